"""Worker processes of this machine, as many as there should be."""

import os
import weakref
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from .. import _opusclip
from .._values import given
from ._types import PoolOutput, PoolReady, PoolStatus, ScalingRequest

__all__ = ["ProcessPool"]


class ProcessPool:
    """Runs a command as often as there should be instances, and is an executor of `AutoScalingEngine`.

    Each instance leads a group of processes of its own. One that ends by itself is started again, after longer and longer
    pauses. They are stopped with the block, by `stop`, when the interpreter ends; and where that is killed, by a shell
    that waits beside it (`guard`). All methods may be called from any thread.

    Parameters
    ----------
    command : iterable of str
        The program and its arguments; no shell reads them. ``{instance}`` and ``{port}`` in arguments become its number,
        counted from 0, and its port. The environment has them as ``OPUSCLIP_INSTANCE`` and ``PORT``.
    ready : PoolReady, optional
        When an instance counts as ready: ``{"line": "text"}`` on its standard output, ``{"tcp": True}`` or
        ``{"http": "/path"}`` at its port of 127.0.0.1, or ``{"seconds": 2}``; by default as soon as it runs.
    env : mapping of str to str, optional
        Environment variables beside those of the host.
    directory : path-like, optional
        The folder that it runs in.
    port : int, optional
        The port of instance 0; each further one has the next. By default a free one is looked for at each start.
    max_instances : int, optional
        Most instances that may be asked for, default 100.
    stop_timeout : float, optional
        Seconds from ``SIGTERM`` to ``SIGKILL``, default 10.
    ready_timeout : float, optional
        Seconds after which an instance that is not ready is started again, default 60.
    restarts : int, optional
        Starts after an instance has ended by itself, in a row, default 5; then it is given up until a count is asked for
        again.
    restart_delay : float, optional
        Seconds before the first of these, default 0.5; they double up to a minute.
    output : PoolOutput, optional
        Where output goes: ``inherit`` (the default) or ``discard``.
    guard : bool, optional
        Whether a shell waits to end all instances when the host is gone, default yes; needs ``/bin/sh``.

    Raises
    ------
    ConfigError
        For an option that cannot be; it names it.
    ScalingError
        Where the guard cannot be started.

    Examples
    --------
    >>> with ProcessPool(["sleep", "60"]) as pool:
    ...     pool.scale_to(2)
    ...     pool.wait().ready_instances
    2
    """

    def __init__(
        self,
        command: Iterable[str],
        *,
        ready: PoolReady | None = None,
        env: Mapping[str, str] | None = None,
        directory: str | os.PathLike[str] | None = None,
        port: int | None = None,
        max_instances: int | None = None,
        stop_timeout: float | None = None,
        ready_timeout: float | None = None,
        restarts: int | None = None,
        restart_delay: float | None = None,
        output: PoolOutput | str | None = None,
        guard: bool | None = None,
    ) -> None:
        options = given(
            command=command if isinstance(command, str) else list(command),
            ready=ready,
            env=env,
            directory=directory,
            port=port,
            max_instances=max_instances,
            stop_timeout=stop_timeout,
            ready_timeout=ready_timeout,
            restarts=restarts,
            restart_delay=restart_delay,
            output=output,
            guard=guard,
        )
        self._core = _opusclip.Pool(options)
        self._stop = weakref.finalize(self, self._core.stop)

    @property
    def options(self) -> dict[str, Any]:
        """The options with every default."""
        return self._core.options()

    def scale_to(self, instances: int) -> None:
        """Ask for so many instances, and do not wait. Those that were given up are started again.

        Raises
        ------
        ConfigError
            For more than ``max_instances``.
        ScalingError
            After `stop`.
        """
        self._core.scale_to(instances)

    def wait(self, timeout: float | None = None) -> PoolStatus:
        """Wait until as many instances are ready as were asked for, and none is left that is too many.

        Parameters
        ----------
        timeout : float, optional
            Seconds, default ``ready_timeout`` and ``stop_timeout`` together.

        Raises
        ------
        ScalingError
            Where an instance was given up, the pool was stopped, or that takes too long; it says how the instance ended.
        """
        return PoolStatus.from_dict(self._core.wait(timeout))

    def execute(self, request: ScalingRequest, timeout: float | None = None) -> PoolStatus:
        """Carry a request out and wait for it; where that fails, the count is again what it was.

        The pool itself can be called with a request as well: ``AutoScalingEngine(config, executor=pool)``.

        Raises
        ------
        ConfigError, ScalingError
            As `scale_to` and `wait`.
        """
        return PoolStatus.from_dict(self._core.execute(request.to_dict(), timeout))

    def __call__(self, request: ScalingRequest) -> PoolStatus:
        return self.execute(request)

    def status(self) -> PoolStatus:
        """Return how it stands; its counts are what `ResourceMetrics` has as ``instances`` and ``ready_instances``."""
        return PoolStatus.from_dict(self._core.status())

    def stop(self) -> None:
        """Stop all instances and wait for that, ``stop_timeout`` at most. The pool cannot be used after that."""
        self._stop()

    def __enter__(self) -> "ProcessPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        status = self.status()
        return f"ProcessPool({status.ready_instances} of {status.wanted} instances are ready)"
