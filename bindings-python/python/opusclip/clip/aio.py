"""The calls of the clip engine for asyncio.

Each is the twin of a plain call: it takes the same arguments and gives the same result, and the event loop goes on
while it works. The progress callback is called on the event loop. Cancelling the task (also by `asyncio.timeout` or
`asyncio.wait_for`) stops the work and waits for its end, which takes less than 200 ms, before `asyncio.CancelledError`
is raised; nothing half written is left behind.
"""

import asyncio
import contextlib
import contextvars
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

from .._opusclip import CancelToken
from ..progress import Progress, ProgressCallback
from . import calls, choosing, handover, words

#: The callbacks that may be coroutine functions.
NAMES = ("embed", "score", "describe", "transcribe", "subjects", "engine")

P = ParamSpec("P")
R = TypeVar("R")


def _twin(call: Callable[P, R]) -> Callable[P, Coroutine[Any, Any, R]]:
    @functools.wraps(call)
    async def twin(*args: P.args, **kwargs: P.kwargs) -> R:
        return await _run(call, args, kwargs)

    name = f"{call.__name__}_async"
    twin.__name__ = twin.__qualname__ = name
    twin.__module__ = __name__
    twin.__doc__ = f"Do what `opusclip.{call.__name__}` does, for asyncio.\n\n    {call.__doc__}"
    return twin


async def _run(call: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
    given = inspect.signature(call).bind(*args, **kwargs)
    named = given.arguments
    loop = asyncio.get_running_loop()
    done: asyncio.Future[R] = loop.create_future()
    outer: CancelToken | None = named.get("cancel")
    token = CancelToken() if outer is None else outer.child()
    failures: list[BaseException] = []
    answers: list[Future[Any]] = []

    def listener(progress: ProgressCallback) -> ProgressCallback:
        def deliver(step: Progress) -> None:
            if failures or done.done():
                return
            try:
                progress(step)
            except BaseException as error:
                failures.append(error)
                token.cancel()

        return lambda step: loop.call_soon_threadsafe(deliver, step)

    def work() -> None:
        try:
            result = call(*given.args, **given.kwargs)
        except BaseException as error:
            finish: Callable[[], None] = functools.partial(done.set_exception, error)
        else:
            finish = functools.partial(done.set_result, result)
        # A closed loop has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish)

    def on_loop(callback: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(data: Any) -> Any:
            waited = callback(data)
            if not inspect.isawaitable(waited):
                return waited
            answers.append(asyncio.run_coroutine_threadsafe(_finish(waited), loop))
            return answers[-1].result()

        return answer

    named["cancel"] = token
    for name in NAMES:
        if named.get(name) is not None:
            named[name] = on_loop(named[name])
    if named.get("progress") is not None:
        named["progress"] = listener(named["progress"])
    # A thread of its own: the loop's default executor may be full, and a queued job could not be stopped.
    run = contextvars.copy_context().run
    thread = threading.Thread(target=run, args=(work,), name=f"opusclip-{call.__name__}")
    thread.start()

    cancelled: asyncio.CancelledError | None = None
    try:
        while not done.done():
            try:
                await asyncio.wait([done])
            except asyncio.CancelledError as error:
                cancelled = error
                token.cancel()
    finally:
        token.cancel()
        # Nobody waits for a callback any more that still runs.
        for answer in answers:
            answer.cancel()
    thread.join()  # it has handed its result over and is about to end
    if cancelled is not None:
        done.exception()  # marks it as seen
        raise cancelled
    if failures:
        done.exception()
        raise failures[0]
    return done.result()


async def _finish(waited: Awaitable[Any]) -> Any:
    return await waited


probe_async = _twin(calls.probe)
analyze_async = _twin(calls.analyze)
analyze_part_async = _twin(calls.analyze_part)
select_async = _twin(choosing.select)
extract_clips_async = _twin(choosing.extract_clips)
render_async = _twin(calls.render)
export_async = _twin(handover.export)
read_subtitles_async = _twin(words.read_subtitles)
transcribe_async = _twin(words.transcribe)
