"""Active checks of a balancer's instances, by HTTP, by TCP, or by a function.

>>> from opusclip.performance import HealthChecker, LoadBalancer
>>> lb = LoadBalancer(health_check={"interval": 10, "timeout": 2, "rise": 2, "fall": 3})
>>> async def main() -> None:
...     async with HealthChecker(lb, path="/health"):
...         ...  # requests

When an instance is checked, and what follows from the answers, are the balancer's ``health_check`` options; here are the
connections. A check that raises, or that has no answer in time, is a failed one with its reason, and no business of the
others.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import inspect
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from typing import Any, TypeAlias

from .._opusclip import CheckRules
from .._values import given
from ..errors import BalanceError
from ._hosted import in_thread, said
from ._types import CheckProtocol, DueCheck
from .balancer import LoadBalancer

__all__ = ["Check", "HealthChecker", "ThreadedHealthChecker"]

#: What a check found: nothing or `True` where the instance is well, else `False`, or in words what is wrong.
Found: TypeAlias = "str | bool | None"
#: A check of the caller's.
Check: TypeAlias = Callable[[DueCheck], "Found | Awaitable[Found]"]

#: Seconds until it is looked whether instances have come, whose checks may be due before all others.
_LOOK = 0.25


class _Checker:
    """What both checkers know and decide."""

    def __init__(
        self,
        balancer: LoadBalancer,
        check: Check | None = None,
        *,
        protocol: CheckProtocol | str | None = None,
        path: str | None = None,
        method: str | None = None,
        host: str | None = None,
        port: int | None = None,
        lowest_status: int | None = None,
        highest_status: int | None = None,
        concurrency: int | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._balancer = balancer
        self._rules = CheckRules(
            balancer,
            given(
                protocol=protocol,
                path=path,
                method=method,
                host=host,
                port=port,
                lowest_status=lowest_status,
                highest_status=highest_status,
                concurrency=concurrency,
            ),
        )
        self._concurrency: int = self._rules.options["concurrency"]
        self._tcp: bool = self._rules.options["protocol"] == "tcp"
        self._method: str = self._rules.options["method"]
        self._check = check
        self._context = context

    def _probe(self, due: DueCheck) -> _Probe:
        return _Probe(self._rules, self._tcp, self._method, self._context, due)

    def _tell(self, due: DueCheck, found: Found) -> None:
        well = found is None or found is True
        # It may have been removed while it was checked: nobody wants to know any more.
        with contextlib.suppress(BalanceError):
            self._balancer.report_check(due.id, well, reason=found if isinstance(found, str) else None)

    def _rest(self, free: int) -> float:
        """Seconds until something is due."""
        due = self._balancer.next_check
        if free == 0 or due is None:
            return _LOOK
        return min(max(due - time.time(), 0.001), _LOOK)


class _Probe:
    """One check by HTTP or TCP, which another thread may break off."""

    def __init__(
        self, rules: CheckRules, tcp: bool, method: str, context: ssl.SSLContext | None, due: DueCheck
    ) -> None:
        self._rules = rules
        self._tcp = tcp
        self._method = method
        self._context = context
        self._due = due
        self._socket: socket.socket | None = None
        self._broken_off = False

    def run(self) -> Found:
        """Ask; gives in words what is wrong."""
        target = self._rules.target(self._due.address)
        place, limit = (target["host"], target["port"]), self._due.timeout
        try:
            with socket.create_connection(place, timeout=limit) as connection:
                self._socket = connection
                if self._broken_off or self._tcp:
                    return None
                return self._ask(target, connection)
        except TimeoutError:
            return _late(self._due)
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {said(error)}"

    def _ask(self, target: dict[str, Any], connection: socket.socket) -> Found:
        if target["tls"]:
            context = self._context or ssl.create_default_context()
            connection = self._socket = context.wrap_socket(connection, server_hostname=target["host"])
        client = http.client.HTTPConnection(target["host"], target["port"])
        # The connection is there already, so that another thread knows it.
        client.sock = connection
        try:
            client.putrequest(self._method, target["path"], skip_host=True, skip_accept_encoding=True)
            client.putheader("Host", target["authority"])
            client.putheader("Connection", "close")
            client.endheaders()
            return self._rules.refusal(client.getresponse().status)
        finally:
            client.close()

    def break_off(self) -> None:
        """Let a thread that waits for an answer go on."""
        self._broken_off = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _late(due: DueCheck) -> str:
    return f"it gave no answer within {due.timeout:g} s"


class HealthChecker(_Checker):
    """Checks instances in a task of asyncio.

    Use it as ``async with HealthChecker(lb): ...``, or with `start` and `stop`, or await `run`.

    Parameters
    ----------
    balancer : LoadBalancer
        Whose instances are checked; its ``health_check`` options say when, and what follows.
    check : callable, optional
        Checks an instance in place of HTTP or TCP: gets a `DueCheck`, gives nothing where it is well, or in words what is
        wrong. What it awaits is cancelled when its time is over; a plain function runs on a thread of its own.
    protocol : CheckProtocol, optional
        ``http``, the default, or ``tcp``: the connection must be accepted.
    path : str, optional
        What is asked for, after the path of the instance's own URL, default ``/``.
    method : str, optional
        ``GET``, the default, or ``HEAD``.
    host : str, optional
        What the request says of the host, default the instance's own.
    port : int, optional
        The port that is asked, default the instance's own.
    lowest_status, highest_status : int, optional
        Statuses of instances that are well, default 200 to 299.
    concurrency : int, optional
        Checks that are on their way at a time, default 32.
    context : ssl.SSLContext, optional
        For ``https``, default `ssl.create_default_context`.

    Raises
    ------
    ConfigError
        For an option that is out of its range, and for a balancer without ``health_check``.
    """

    _task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Check until this is cancelled, which gives up what was begun."""
        on_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                for due in self._balancer.due_checks(most=self._concurrency - len(on_way)):
                    on_way.add(asyncio.create_task(self._one(due)))
                rest = self._rest(self._concurrency - len(on_way))
                if on_way:
                    _, on_way = await asyncio.wait(on_way, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(rest)
        finally:
            for task in on_way:
                task.cancel()
            await asyncio.gather(*on_way, return_exceptions=True)

    def start(self) -> None:
        """Check in a task of the running loop."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self.run())

    async def stop(self) -> None:
        """Check no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def __aenter__(self) -> HealthChecker:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _one(self, due: DueCheck) -> None:
        probe = None
        if self._check is None:
            probe = self._probe(due)
            asked: asyncio.Future[Found] = asyncio.wrap_future(in_thread(probe.run))
        else:
            asked = asyncio.ensure_future(self._own(self._check, due))
        try:
            # Not `wait_for`, which waits for whoever does not want to be cancelled.
            done, _ = await asyncio.wait([asked], timeout=due.timeout)
            self._tell(due, _found(asked) if done else _late(due))
        finally:
            asked.cancel()
            if probe is not None:
                probe.break_off()

    async def _own(self, check: Check, due: DueCheck) -> Found:
        if inspect.iscoroutinefunction(check):
            own: Found = await check(due)
            return own
        found: Found | Awaitable[Found] = await asyncio.wrap_future(in_thread(check, due))
        return await found if isinstance(found, Awaitable) else found


class ThreadedHealthChecker(_Checker):
    """The same for programs without asyncio: checks instances on threads, which keep no process alive.

    Use it as ``with ThreadedHealthChecker(lb): ...``, or with `start` and `stop`. Its arguments are those of
    `HealthChecker`; `check` is a plain function. One that hangs is left alone: its instance has failed, and is not checked
    again before the function has come back.
    """

    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Check on a thread."""
        if self._thread is None or not self._thread.is_alive():
            self._end = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._end,), name="opusclip-checks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Check no more, and wait until that is so."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._end.set()
            thread.join()

    def __enter__(self) -> ThreadedHealthChecker:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _own(self, due: DueCheck) -> Any:
        return None if self._check is None else self._check(due)

    def _run(self, end: threading.Event) -> None:
        on_way: dict[Future[Found], tuple[DueCheck, float, _Probe | None]] = {}
        hanging: dict[str, Future[Found]] = {}
        while not end.is_set():
            for due in self._balancer.due_checks(most=self._concurrency - len(on_way)):
                if due.id in hanging and not hanging[due.id].done():
                    self._tell(due, "its check before has not come back")
                    continue
                hanging.pop(due.id, None)
                probe = self._probe(due) if self._check is None else None
                asked = in_thread(probe.run if probe is not None else partial(self._own, due))
                on_way[asked] = (due, time.monotonic() + due.timeout, probe)
            rest = self._rest(self._concurrency - len(on_way))
            soonest = min((until for _, until, _ in on_way.values()), default=float("inf")) - time.monotonic()
            rest = max(min(rest, soonest), 0.001)
            if on_way:
                wait(on_way, timeout=rest, return_when=FIRST_COMPLETED)
            else:
                end.wait(rest)
            for asked, (due, until, probe) in list(on_way.items()):
                if asked.done():
                    self._tell(due, _found(asked))
                elif time.monotonic() >= until:
                    self._tell(due, _late(due))
                    hanging[due.id] = asked
                    if probe is not None:
                        probe.break_off()
                else:
                    continue
                del on_way[asked]
        for _, _, probe in on_way.values():
            if probe is not None:
                probe.break_off()


def _found(asked: Any) -> Found:
    """What a check found; that it raised is a finding, too."""
    if asked.cancelled():
        return "its check was cancelled"
    error = asked.exception()
    if error is not None:
        return said(error)
    found: Found = asked.result()
    return found
