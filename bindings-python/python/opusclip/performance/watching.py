"""Lists of instances that are asked for again and again, such as name servers have them.

>>> from opusclip.performance import Discovery, LoadBalancer, dns_source
>>> lb = LoadBalancer()
>>> async def main() -> None:
...     async with Discovery(lb, dns_source("renderers.internal", scheme="http", port=8000), interval=30):
...         ...  # requests

Where a source fails, hangs, or gives a list that is not valid, the last good list goes on, and the source is asked again
after a second, then after two, and so on.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, Literal, TypeAlias

from .._opusclip import Refresh
from .._values import given
from ..errors import ConfigError
from ._hosted import in_thread
from ._types import InstanceChanges, InstanceSpec, SrvRecord
from .balancer import LoadBalancer
from .discovery import instances_of_addresses, instances_of_srv

__all__ = ["Discovery", "Source", "ThreadedDiscovery", "dns_source"]

#: The instances that there should be.
_Listed: TypeAlias = Iterable[InstanceSpec | Mapping[str, Any]]
#: Gives the instances that there should be.
Source: TypeAlias = Callable[[], "_Listed | Awaitable[_Listed]"]

#: No timer is set for longer, in seconds: the source is asked too early then, which does no harm.
_LONGEST = 86_400.0


class _Watching:
    """What both kinds know and decide."""

    def __init__(
        self,
        balancer: LoadBalancer,
        source: Source,
        *,
        interval: float | None = None,
        jitter: float | None = None,
        retry: float | None = None,
        seed: int | None = None,
        drain: float = 30.0,
        timeout: float = 10.0,
        on_change: Callable[[InstanceChanges], object] | None = None,
        on_error: Callable[[BaseException], object] | None = None,
    ) -> None:
        if not 0 < timeout <= _LONGEST:
            text = f"timeout is {timeout}, not above 0 and at most {_LONGEST:.0f} s"
            raise ConfigError(text, code="config.out_of_range", field="timeout")
        self._refresh = Refresh(given(interval=interval, jitter=jitter, retry=retry, seed=seed))
        self._balancer = balancer
        self._source = source
        self._drain = drain
        self._timeout = timeout
        self._on_change = on_change
        self._on_error = on_error
        self._due = time.time()

    @property
    def failures(self) -> int:
        """Looks that have failed since the last one that did not."""
        return self._refresh.failures

    def _took(self, listed: _Listed) -> InstanceChanges:
        return self._balancer.set_instances(listed, drain=self._drain)

    def _ended(self, changes: InstanceChanges | None, error: BaseException | None) -> InstanceChanges | None:
        """Tell of a look, and when the next one is due."""
        self._due = self._refresh.looked(error is None, None)
        if error is not None and self._on_error is not None:
            self._on_error(error)
        if changes is not None and (changes.added or changes.removed or changes.changed) and self._on_change:
            self._on_change(changes)
        return changes

    def _rest(self) -> float:
        return min(max(self._due - time.time(), 0.0), _LONGEST)

    def _late(self) -> TimeoutError:
        return TimeoutError(f"the source gave no list within {self._timeout:g} s")


class Discovery(_Watching):
    """Keeps a balancer's instances as a source says, in a task of asyncio.

    Use it as ``async with Discovery(lb, source): ...``, which has looked once when the block begins, or with `start` and
    `stop`.

    Parameters
    ----------
    balancer : LoadBalancer
        Who gets the instances.
    source : callable
        Gives all instances there should be, such as `dns_source`. What it awaits is cancelled when its time is over; a
        plain function runs on a thread of its own.
    interval : float, optional
        Seconds between looks, default 30.
    jitter : float, optional
        A look comes earlier by up to this share, default 0.2, so that many callers do not ask at once.
    retry : float, optional
        After a failure the source is asked again after so many seconds, default 1, twice as many after each further one,
        but never later than otherwise.
    seed : int, optional
        What is drawn depends on it, default 0.
    drain : float
        Seconds that an instance has to end its requests after it has left the list, default 30.
    timeout : float
        Seconds after which a source that says nothing has failed, default 10.
    on_change : callable, optional
        Called with what has changed, and not where nothing has.
    on_error : callable, optional
        Called with the error where the source has failed, or its list is not valid.

    Raises
    ------
    ConfigError
        For an option that is out of its range; it names it.
    """

    _task: asyncio.Task[None] | None = None
    _looking: asyncio.Task[InstanceChanges | None] | None = None

    async def refresh(self) -> InstanceChanges | None:
        """Look now, such as after a hint that something has changed; gives nothing where the source has failed.

        Two that ask at the same time get the same answer.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        return await asyncio.shield(self._looking)

    async def run(self) -> None:
        """Look now and then at intervals, until this is cancelled."""
        while True:
            await asyncio.sleep(self._rest())
            if self._rest() == 0.0:
                await self.refresh()

    async def start(self) -> InstanceChanges | None:
        """Look now, and then at intervals in a task; gives what has changed, nothing where the source has failed."""
        changes = await self.refresh()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.run())
        return changes

    async def stop(self) -> None:
        """Look no more."""
        for task in (self._task, self._looking):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])
        self._task = self._looking = None

    async def __aenter__(self) -> Discovery:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _look(self) -> InstanceChanges | None:
        asked = asyncio.ensure_future(self._ask())
        try:
            # Not `wait_for`, which waits for whoever does not want to be cancelled.
            done, _ = await asyncio.wait([asked], timeout=self._timeout)
            changes = self._took(asked.result() if done else _raise(self._late()))
        except Exception as error:
            return self._ended(None, error)
        finally:
            asked.cancel()
        return self._ended(changes, None)

    async def _ask(self) -> _Listed:
        if inspect.iscoroutinefunction(self._source):
            listed: _Listed = await self._source()
            return listed
        given: _Listed | Awaitable[_Listed] = await asyncio.wrap_future(in_thread(self._source))
        return await given if isinstance(given, Awaitable) else given


class ThreadedDiscovery(_Watching):
    """The same for programs without asyncio: looks on a thread, which keeps no process alive.

    Use it as ``with ThreadedDiscovery(lb, source): ...``, or with `start` and `stop`. Its arguments are those of
    `Discovery`; `source` is a plain function. One that hangs is left alone until it has come back.
    """

    _thread: threading.Thread | None = None
    _hanging: Future[_Listed] | None = None

    def refresh(self) -> InstanceChanges | None:
        """Look now; gives what has changed, nothing where the source has failed."""
        with self._lock:
            try:
                changes = self._took(self._ask())
            except Exception as error:
                return self._ended(None, error)
            return self._ended(changes, None)

    def start(self) -> InstanceChanges | None:
        """Look now, and then at intervals on a thread; gives what has changed."""
        changes = self.refresh()
        if self._thread is None or not self._thread.is_alive():
            self._end = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._end,), name="opusclip-lists", daemon=True)
            self._thread.start()
        return changes

    def stop(self) -> None:
        """Look no more, and wait until that is so."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._end.set()
            thread.join()

    def __init__(self, balancer: LoadBalancer, source: Source, **options: Any) -> None:
        super().__init__(balancer, source, **options)
        self._lock = threading.Lock()

    def __enter__(self) -> ThreadedDiscovery:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, end: threading.Event) -> None:
        while not end.wait(self._rest()):
            self.refresh()

    def _ask(self) -> _Listed:
        if self._hanging is not None and not self._hanging.done():
            raise TimeoutError("the source has not come back from the look before")
        self._hanging = asked = in_thread(self._source)
        try:
            listed: _Listed = asked.result(self._timeout)
        except TimeoutError:
            # The source's own, or nobody answered.
            raise (self._late() if not asked.done() else asked.exception() or self._late()) from None
        return listed


def _raise(error: BaseException) -> Any:
    raise error


def dns_source(
    name: str, *, type: Literal["A", "AAAA", "SRV"] = "A", port: int | str | None = None, scheme: str = ""
) -> Callable[[], tuple[InstanceSpec, ...]]:
    """Make a source that asks name servers, for `Discovery`.

    Parameters
    ----------
    name : str
        The name. Addresses are resolved as the system does, its file of hosts included.
    type : str
        ``A``, the default, ``AAAA`` or ``SRV``. SRV records need the extra ``opusclip[dns]``: the system resolves none.
    port : int, optional
        The port of addresses; SRV records say their own.
    scheme : str, optional
        Ids are ``scheme://host:port``, or ``host:port`` without it.

    Raises
    ------
    ConfigError
        For another type, and for addresses without a port.
    """
    families = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}
    if type == "SRV":
        return _srv_source(name, scheme)
    if type not in families:
        raise ConfigError(f"type is {type!r}, none of A, AAAA and SRV", code="config.invalid", field="type")
    if port is None:
        raise ConfigError("addresses have no port: say which", code="config.invalid", field="port")

    def source() -> tuple[InstanceSpec, ...]:
        found = socket.getaddrinfo(name, None, families[type], socket.SOCK_STREAM)
        return instances_of_addresses([str(where[0]) for *_, where in found], port=port, scheme=scheme)

    return source


def _srv_source(name: str, scheme: str) -> Callable[[], tuple[InstanceSpec, ...]]:
    try:
        import dns.resolver
    except ImportError as error:
        raise ImportError("SRV records need dnspython: pip install 'opusclip[dns]'") from error

    def source() -> tuple[InstanceSpec, ...]:
        answer = dns.resolver.resolve(name, "SRV")
        records = [
            SrvRecord(name=str(one.target), port=one.port, priority=one.priority, weight=one.weight) for one in answer
        ]
        return instances_of_srv(records, scheme=scheme)

    return source
