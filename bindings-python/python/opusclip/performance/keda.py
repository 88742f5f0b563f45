"""An external scaler for KEDA by ``grpc``; needs the extra ``opusclip[grpc]``.

>>> from concurrent.futures import ThreadPoolExecutor
>>> import grpc
>>> from opusclip.performance import AutoScalingEngine
>>> from opusclip.performance.keda import keda_handler
>>> engine = AutoScalingEngine()
>>> server = grpc.server(ThreadPoolExecutor(16))
>>> server.add_generic_rpc_handlers((keda_handler(engine),))

A stream takes one of the server's threads for as long as KEDA listens. Where there is no count the status is
``UNAVAILABLE``, and KEDA leaves everything as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import grpc  # type: ignore[import-untyped]

from ..errors import OpusClipError
from .scaling import AutoScalingEngine

__all__ = ["keda_handler"]

_SERVICE = "externalscaler.ExternalScaler"


def keda_handler(engine: AutoScalingEngine, *, interval: float = 1.0) -> Any:
    """Make a handler for ``add_generic_rpc_handlers`` that answers KEDA by the decisions of an engine.

    Parameters
    ----------
    engine : AutoScalingEngine
        Decides; somebody has to go on evaluating metrics.
    interval : float, optional
        Seconds after which a stream looks whether there is something to tell.
    """

    def once(method: str, request: bytes, context: Any) -> bytes:
        try:
            return engine.answer_keda(method, request)
        except OpusClipError as error:
            context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
            raise

    def stream(method: str, request: bytes, context: Any) -> Iterator[bytes]:
        ended = threading.Event()
        context.add_callback(ended.set)
        told = None
        while not ended.is_set():
            answer = once(method, request, context)
            if answer != told:
                told = answer
                yield answer
            ended.wait(interval)

    def unary(method: str) -> Any:
        return grpc.unary_unary_rpc_method_handler(partial(once, method))

    def streamed(method: str) -> Any:
        return grpc.unary_stream_rpc_method_handler(partial(stream, method))

    makers: dict[str, Callable[[str], Any]] = {
        "IsActive": unary,
        "StreamIsActive": streamed,
        "GetMetricSpec": unary,
        "GetMetrics": unary,
        "StreamMetricSpec": streamed,
    }
    return grpc.method_handlers_generic_handler(_SERVICE, {name: make(name) for name, make in makers.items()})
