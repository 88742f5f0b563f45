"""Calls of `grpc` spread over the instances of a load balancer; needs the extra ``opusclip[grpc]``.

A `BalancedChannel` is given to stubs in place of a channel. Each call goes to the instance that is picked for it:
``url`` of its metadata, else its id, is the target. An interceptor could not choose where a call goes, so it is a
channel.

How a call ended is told by its status when it is over, of a stream with its last message. A call with one request, of a
method that the caller says may be called twice, goes to another instance where the first was ``UNAVAILABLE`` or
``RESOURCE_EXHAUSTED``, within the retry budget; ``grpc-retry-pushback-ms`` leaves the instance alone for so long. Calls
of futures are not sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

import grpc  # type: ignore[import-untyped]

from .._opusclip import Pick
from ._http import REFUSED, Attempts
from .balancer import LoadBalancer, Subset

__all__ = ["BalancedChannel", "NoInstanceError"]

#: Gives the key of a call by its method and request, for strategies that hash one.
KeyOf: TypeAlias = Callable[[str, Any], "str | bytes | None"]

_CODE = grpc.StatusCode
_OUTCOMES = {
    **dict.fromkeys([_CODE.UNAVAILABLE, _CODE.DEADLINE_EXCEEDED], "local_error"),
    **dict.fromkeys([_CODE.INTERNAL, _CODE.UNKNOWN, _CODE.DATA_LOSS, _CODE.UNIMPLEMENTED], "server_error"),
    _CODE.RESOURCE_EXHAUSTED: "overloaded",
    _CODE.CANCELLED: "cancelled",
}
_RETRIED = (_CODE.UNAVAILABLE, _CODE.RESOURCE_EXHAUSTED)


class NoInstanceError(grpc.RpcError):  # type: ignore[misc]
    """No instance may have the call; its cause is the `BalanceError` with the reason of each."""

    def code(self) -> Any:
        """Return ``UNAVAILABLE``, as of any call that cannot be made."""
        return _CODE.UNAVAILABLE

    def details(self) -> str:
        """Return the reasons."""
        return str(self)


class BalancedChannel(grpc.Channel):  # type: ignore[misc]
    """A channel for stubs; the module says what it does.

    Parameters
    ----------
    balancer : LoadBalancer
        Who picks.
    connect : callable
        Makes the channel to a target, default `grpc.insecure_channel`. Channels are kept.
    retries : int
        How often a call goes to another instance at most, default 2.
    idempotent : callable, optional
        Says of a method such as ``/clips.Clips/Get`` whether it may be called twice; none may by default.
    key : callable, optional
        Gives the key of a call by its method and request, for strategies that hash one.
    subset : Subset, optional
        Only instances of this subset.
    """

    def __init__(
        self,
        balancer: LoadBalancer,
        connect: Callable[[str], Any] = grpc.insecure_channel,
        *,
        retries: int = 2,
        idempotent: Callable[[str], bool] = lambda method: False,
        key: KeyOf | None = None,
        subset: Subset | None = None,
    ) -> None:
        self._balancer = balancer
        self._connect = connect
        self._retries = retries
        self._idempotent = idempotent
        self._key = key
        self._subset = subset
        self._channels: dict[str, Any] = {}
        self._lock = Lock()

    def unary_unary(self, method: str, *serializers: Any, **more: Any) -> Any:
        """Return what calls a method with one request and one response."""
        return _OneResponse(self, "unary_unary", method, serializers, more)

    def unary_stream(self, method: str, *serializers: Any, **more: Any) -> Any:
        """Return what calls a method with one request and many responses."""
        return _ManyResponses(self, "unary_stream", method, serializers, more)

    def stream_unary(self, method: str, *serializers: Any, **more: Any) -> Any:
        """Return what calls a method with many requests and one response."""
        return _OneResponse(self, "stream_unary", method, serializers, more)

    def stream_stream(self, method: str, *serializers: Any, **more: Any) -> Any:
        """Return what calls a method with many requests and many responses."""
        return _ManyResponses(self, "stream_stream", method, serializers, more)

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        """Raise: there are as many connections as instances. `LoadBalancer.snapshot` says how they are."""
        # grpc.Channel has this method; one state for many connections would be made up, and silence would hang a waiter.
        raise NotImplementedError("a balanced channel has many connections; ask the balancer for a snapshot")

    def unsubscribe(self, callback: Any) -> None:
        """Do nothing: nobody is subscribed."""

    def close(self) -> None:
        """Close all channels."""
        with self._lock:
            channels, self._channels = self._channels, {}
        for channel in channels.values():
            channel.close()

    def __enter__(self) -> BalancedChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _to(self, pick: Pick) -> Any:
        target = pick.metadata.get("url") or pick.id
        with self._lock:
            channel = self._channels.get(target)
            if channel is None:
                channel = self._channels[target] = self._connect(target)
        return channel

    def _begin(self, method: str, request: Any, again: bool) -> tuple[Attempts, Pick]:
        key = None if self._key is None else self._key(method, request)
        attempts = Attempts(self._balancer, self._retries if again else 0, key, self._subset)
        try:
            return attempts, attempts.first()
        except REFUSED as error:
            raise NoInstanceError(str(error)) from error


class _Method:
    """A method that is called at whichever instance is picked."""

    def __init__(
        self, channel: BalancedChannel, kind: str, method: str, serializers: tuple[Any, ...], more: dict[str, Any]
    ) -> None:
        self._channel = channel
        self._kind = kind
        self._method = method
        self._serializers = serializers
        self._more = more

    def _at(self, pick: Pick) -> Any:
        return getattr(self._channel._to(pick), self._kind)(self._method, *self._serializers, **self._more)


class _OneResponse(_Method):
    def __call__(self, request: Any, *args: Any, **more: Any) -> Any:
        return self.with_call(request, *args, **more)[0]

    def with_call(self, request: Any, *args: Any, **more: Any) -> Any:
        again = self._kind == "unary_unary" and self._channel._idempotent(self._method)
        attempts, pick = self._channel._begin(self._method, request, again)
        while True:
            try:
                answer = self._at(pick).with_call(request, *args, **more)
            except grpc.RpcError as error:
                pick.report(_OUTCOMES.get(error.code()), retry_after=_pushback(error))
                other = attempts.another() if error.code() in _RETRIED else None
                if other is None:
                    raise
                pick = other
            except BaseException:
                # The caller's own mistake, or it was broken off.
                pick.report("cancelled")
                raise
            else:
                pick.report()
                return answer

    def future(self, request: Any, *args: Any, **more: Any) -> Any:
        _, pick = self._channel._begin(self._method, request, again=False)
        future = self._at(pick).future(request, *args, **more)
        future.add_done_callback(lambda done: pick.report(_OUTCOMES.get(done.code())))
        return future


class _ManyResponses(_Method):
    def __call__(self, request: Any, *args: Any, **more: Any) -> Any:
        _, pick = self._channel._begin(self._method, request, again=False)
        call = self._at(pick)(request, *args, **more)

        def told() -> None:
            pick.report(_OUTCOMES.get(call.code()))

        if not call.add_callback(told):
            told()
        return call


def _pushback(error: Any) -> float | None:
    """Seconds that the server asks to wait for (gRFC A6)."""
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-retry-pushback-ms" and str(value).isdigit():
            return int(value) / 1000
    return None
