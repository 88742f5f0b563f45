"""Functions of the caller's that may raise or hang, each on a thread that keeps no process alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


def in_thread(function: Callable[..., Any], *args: Any) -> Future[Any]:
    """Call a function on a thread of its own. Nobody waits for it where the process ends."""
    # Threads of an executor are waited for at the end of the process, also those that hang.
    future: Future[Any] = Future()
    # From here on it cannot be cancelled: whoever gives up waiting only stops looking.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(function(*args))
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            future.set_exception(error)

    threading.Thread(target=run, name="opusclip-host", daemon=True).start()
    return future


def said(error: BaseException) -> str:
    """What an error says, in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
