"""Deciding how many instances there should be, and having it done."""

import asyncio
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import _opusclip
from .._values import given
from ..errors import OpusClipError
from ._types import (
    ActionRecord,
    ActionState,
    ResourceMetrics,
    ScalingConfig,
    ScalingDecision,
    ScalingRecord,
    ScalingRequest,
    ScalingStatus,
)
from .balancer import Time

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Carries a request out. `False` and exceptions say that it has failed, anything else that it is done.
Executor: TypeAlias = Callable[[ScalingRequest], Awaitable[object] | object]

__all__ = ["AutoScalingEngine", "Executor", "auto_scaling_engine"]


class AutoScalingEngine:
    """Decides how many instances there should be, and explains itself.

    It reads no clock where `now` is given, opens no sockets and starts nothing: whatever it decides is carried out by
    `executor`, or by whoever asked. All methods may be called from any thread.

    Parameters
    ----------
    config : ScalingConfig, optional
        Its options, default all defaults.
    executor : callable, optional
        Called with a `ScalingRequest` to carry it out; a function or a coroutine function. A plain function runs in a
        thread of its own, so that its time limit holds. The request's token is the same at each try, so that a host
        that has heard of it does nothing twice. Without an executor, actions are noted as carried out by the caller.

    Examples
    --------
    >>> engine = AutoScalingEngine(ScalingConfig(max_instances=20))
    >>> decision = engine.evaluate(ResourceMetrics(cpu_usage=85, memory_usage=75, instances=4), now=0)
    >>> decision.action, decision.target_instances
    (<ScalingAction.SCALE_UP: 'scale_up'>, 5)
    """

    def __init__(self, config: ScalingConfig | None = None, executor: Executor | None = None) -> None:
        self._start(ScalingConfig() if config is None else config, executor, None)

    def _start(self, config: ScalingConfig, executor: Executor | None, saved: str | None) -> None:
        self.executor = executor
        self._config = config
        self._core = _opusclip.Scaler(given(**config.to_dict()), saved)

    @classmethod
    def restore(
        cls, saved: str, config: ScalingConfig | None = None, executor: Executor | None = None
    ) -> "AutoScalingEngine":
        """Make an engine that goes on where the saved one was.

        Parameters
        ----------
        saved : str
            What `save` returned.
        config, executor : optional
            As those of the saved engine, which are not saved.

        Raises
        ------
        SnapshotError
            If the text is damaged, or of a version that this one cannot read.
        """
        engine = cls.__new__(cls)
        engine._start(ScalingConfig() if config is None else config, executor, saved)
        return engine

    def save(self) -> str:
        """Return everything that the next decision depends on, as JSON."""
        return self._core.save()

    @property
    def config(self) -> ScalingConfig:
        """The options it was made with."""
        return self._config

    def evaluate(self, metrics: ResourceMetrics, *, now: Time | None = None) -> ScalingDecision:
        """Decide how many instances there should be, by what was measured.

        Whoever does what was decided may say so by `execute_scaling_action`, or give the new count with the next
        metrics.

        Parameters
        ----------
        metrics : ResourceMetrics
            What was measured; what was not is left out.
        now : float or datetime, optional
            The time, default the system's clock.

        Raises
        ------
        ConfigError
            For a number that cannot be: not finite, negative, more than 100 percent. Nothing is remembered of it.
        """
        return ScalingDecision.from_dict(self._core.evaluate(given(**metrics.to_dict()), now))

    async def evaluate_scaling_need(self, metrics: ResourceMetrics, *, now: Time | None = None) -> ScalingDecision:
        """Decide as `evaluate` does, for code that awaits."""
        return self.evaluate(metrics, now=now)

    async def execute_scaling_action(self, decision: ScalingDecision, *, now: Time | None = None) -> bool:
        """Carry a decision out by the executor, with its time limit and its retries (``config.execution``).

        A try that raises, returns `False` or takes too long has failed, and what is known of the instances stays as it
        was. A plain function that answers after its time limit is still heard.

        Parameters
        ----------
        decision : ScalingDecision
            The last one.
        now : float or datetime, optional
            When it begins, default the system's clock; its time goes on from there.

        Returns
        -------
        bool
            Whether nothing is left to do: it was carried out, or there was nothing to carry out (no action, a dry run).
            `False` where every try has failed.

        Raises
        ------
        ScalingError
            If another action is being carried out, or the decision is not the last one.
        """
        clock = _Clock(now)
        request = self.begin(decision, now=clock())
        while request is not None:
            token = request.token
            failure = await self._try(request, clock)
            if failure is None:
                self.succeeded(token, now=clock())
                return True
            self.failed(token, failure, now=clock())
            request = await self._next(token, clock)
            if request is None:
                return self._record(token).state is not ActionState.GIVEN_UP
        return True

    def execute(self, decision: ScalingDecision, *, now: Time | None = None) -> bool:
        """Carry a decision out as `execute_scaling_action` does, and wait for it; not within a running event loop."""
        return asyncio.run(self.execute_scaling_action(decision, now=now))

    def begin(self, decision: ScalingDecision, *, now: Time | None = None) -> ScalingRequest | None:
        """Take a decision to carry it out without the executor; none where there is nothing to do.

        Until `succeeded` or `failed` says how that ended, or every try has timed out, other decisions hold. This and
        the three that follow are for hosts with a way of their own, such as a queue; `execute_scaling_action` is made
        of them.

        Raises
        ------
        ScalingError
            If another action is being carried out, or the decision is not the last one.
        """
        return _request(self._core.begin(decision.to_dict(), now))

    def succeeded(self, token: str, *, now: Time | None = None) -> None:
        """Tell that an action was carried out. Said twice, it changes nothing more.

        Raises
        ------
        ScalingError
            For a token that was never given, or long ago.
        """
        self._core.succeeded(token, now)

    def failed(self, token: str, error: str, *, now: Time | None = None) -> ActionState:
        """Tell that a try has failed, and get whether there will be another. What is known of the instances stays.

        Raises
        ------
        ScalingError
            For a token that was never given, or long ago.
        """
        return ActionState(self._core.failed(token, error, now))

    def due(self, *, now: Time | None = None) -> ScalingRequest | None:
        """Return the try that is to be made now, if there is one. A try that took too long has failed."""
        return _request(self._core.due(now))

    def ready(self, instances: int, *, now: Time | None = None) -> None:
        """Tell that so many instances work, before the next metrics do.

        Then it is known to the moment how long starts take, of which ``start_up`` learns.

        Parameters
        ----------
        instances : int
            Those that work, such as ``pool.status().ready_instances``.
        now : float or datetime, optional
            The time, default the system's clock.
        """
        self._core.ready(instances, now)

    def wanted_instances(self, *, now: Time | None = None) -> int | None:
        """Return the count of the last decision; none before the first, and where it is older than ``metrics_max_age``.

        A count that nobody looks after any more must not be carried out: autoscalers leave everything as it is where a
        metric is missing.
        """
        return self._core.wanted_instances(now)

    def to_prometheus(self, labels: Mapping[str, str] | None = None, *, now: Time | None = None) -> str:
        """Return the count that was decided as text for Prometheus, which the HorizontalPodAutoscaler can follow.

        Parameters
        ----------
        labels : mapping of str to str, optional
            Put at each sample, such as ``{"service": "web"}``.
        now : float or datetime, optional
            The time, default the system's clock.

        Returns
        -------
        str
            The format 0.0.4, ``text/plain; version=0.0.4``. Without a count (`wanted_instances`) its samples are left out.

        Raises
        ------
        ConfigError
            For a label whose name cannot be one.
        """
        return self._core.prometheus_text({} if labels is None else dict(labels), now)

    def to_keda_json(self, *, now: Time | None = None) -> str:
        """Return the count that was decided as JSON, for the ``metrics-api`` scaler of KEDA.

        Raises
        ------
        DataError
            Where there is no count (`wanted_instances`); a server answers with the status 503.
        """
        return self._core.keda_json(now)

    def answer_keda(self, method: str, request: bytes, *, now: Time | None = None) -> bytes:
        """Answer a request of KEDA's to an external scaler; `opusclip.performance.keda` serves it by ``grpc``.

        Parameters
        ----------
        method : str
            A method of ``externalscaler.ExternalScaler``, such as ``GetMetrics``.
        request : bytes
            Its message.
        now : float or datetime, optional
            The time, default the system's clock.

        Raises
        ------
        DataError
            Where there is no count (`wanted_instances`), or the message is none.
        ConfigError
            For a method that there is not.
        """
        return self._core.answer_keda(method, request, now)

    async def _try(self, request: ScalingRequest, clock: "_Clock") -> str | None:
        """Why a try has failed, if it has."""
        if self.executor is None:
            return None
        limit = self.config.execution["timeout"]
        late = _Late(lambda: self.succeeded(request.token, now=clock()))
        call = asyncio.ensure_future(_called(self.executor, request, late))
        try:
            done, _ = await asyncio.wait({call}, timeout=limit)
        except asyncio.CancelledError:
            call.cancel()
            self.failed(request.token, "cancelled", now=clock())
            raise
        if not done:
            late.allowed = True
            call.cancel()
            return f"no answer within {limit:g} s"
        if call.cancelled():
            return "cancelled"
        if (error := call.exception()) is not None:
            return f"{type(error).__name__}: {error}"
        return "the executor said False" if call.result() is False else None

    async def _next(self, token: str, clock: "_Clock") -> ScalingRequest | None:
        """The next try once it is due; none where there is no other."""
        while (request := self.due(now=clock())) is None:
            action = self._record(token)
            if action.state is not ActionState.WAITING:
                return None
            await asyncio.sleep(max(action.changed - clock(), 0.001))
        return request

    def _record(self, token: str) -> ActionRecord:
        return next(action for action in reversed(self.actions) if action.token == token)

    @property
    def actions(self) -> tuple[ActionRecord, ...]:
        """The latest actions and what became of them, the oldest first: 256 at most."""
        return tuple(map(ActionRecord.from_dict, self._core.actions()))

    @property
    def history(self) -> tuple[ScalingRecord, ...]:
        """The latest decisions, the oldest first: 1,024 at most."""
        return tuple(map(ScalingRecord.from_dict, self._core.history()))

    def get_scaling_status(self, *, now: Time | None = None) -> ScalingStatus:
        """Return where the engine stands: counts, bounds, cooldown, actions, forecasts with their accuracy, costs."""
        return ScalingStatus.from_dict(self._core.status(now))

    def plot(self, ax: "Axes | None" = None) -> "Figure":
        """Draw the history of decisions with matplotlib; needs the extra ``opusclip[plot]``.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.

        Returns
        -------
        matplotlib.figure.Figure
            The figure that was drawn into.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from .plot import history

        return history(self.history, ax)

    def _repr_html_(self) -> str:
        from .cards import engine

        history = self.history
        return engine(self.get_scaling_status(now=history[-1].time if history else None), history)

    def __repr__(self) -> str:
        config = self.config
        return f"AutoScalingEngine({config.strategy}, {config.min_instances} to {config.max_instances} instances)"


def _request(answer: dict[str, Any] | None) -> ScalingRequest | None:
    return None if answer is None else ScalingRequest.from_dict(answer)


class _Clock:
    """Unix seconds, which go on from a time that was given."""

    def __init__(self, now: Time | None) -> None:
        if isinstance(now, datetime):
            now = (now if now.tzinfo else now.replace(tzinfo=timezone.utc)).timestamp()
        self._ahead = (time.time() if now is None else now) - time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() + self._ahead


class _Late:
    """Hears of what a thread has done after nobody waits for it any more."""

    def __init__(self, tell: Callable[[], object]) -> None:
        self.allowed = False
        self._tell = tell

    def __call__(self, answer: "Future[object]") -> None:
        if self.allowed and answer.exception() is None and answer.result() is not False:
            # The engine may have forgotten the action by now.
            with suppress(OpusClipError):
                self._tell()


async def _called(executor: Executor, request: ScalingRequest, late: _Late) -> object:
    if inspect.iscoroutinefunction(executor) or inspect.iscoroutinefunction(type(executor).__call__):
        answer = executor(request)
    else:
        future = _in_thread(executor, request)
        future.add_done_callback(late)
        answer = await asyncio.wrap_future(future)
    return await answer if inspect.isawaitable(answer) else answer


def _in_thread(executor: Executor, request: ScalingRequest) -> "Future[object]":
    """Call it in a thread that holds up nobody: not this coroutine, and not the end of the process."""
    future: Future[object] = Future()
    # One that runs is not cancelled with whoever waits for it.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            answer = executor(request)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(answer)

    threading.Thread(target=run, name="opusclip-scaling", daemon=True).start()
    return future


auto_scaling_engine = AutoScalingEngine()
"""One engine for the whole process, with default options; give it an ``executor``."""
