"""Requests of `httpx` spread over the instances of a load balancer; needs the extra ``opusclip[httpx]``.

>>> import httpx
>>> from opusclip.performance import LoadBalancer
>>> from opusclip.performance.httpx import BalancedTransport
>>> lb = LoadBalancer()
>>> for port in (8001, 8002):
...     lb.add_instance(f"http://127.0.0.1:{port}")
>>> client = httpx.Client(transport=BalancedTransport(lb), base_url="http://clips")
>>> client.get("/health")  # doctest: +SKIP
<Response [200 OK]>

A request goes to the base URL of the instance that is picked for it: ``url`` of its metadata, else its id. Path and
query are the request's own, after the path of the base URL; host and port of the request are names only.

How a request ended is told to the balancer when its answer was read or closed: by its status, or as a local error
where the instance could not be reached, broke off or was too slow. A request with an idempotent method (RFC 9110) and
a body that can be sent again goes to another instance where the first could not be reached or said 429, 500, 502, 503
or 504, as long as there are other instances, ``retries`` and room in the retry budget; else the last answer or error
is the answer. Who says ``Retry-After`` is left alone for so long; where nobody else is there, it is waited for, up to
``max_retry_after`` seconds.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

import anyio
import httpx

from .._opusclip import Pick
from ._http import REFUSED, Attempts, address, patience, status_of
from .balancer import LoadBalancer, Subset
from .discovery import is_idempotent, is_retryable, retry_after

__all__ = ["AsyncBalancedTransport", "BalancedTransport"]

#: Gives the key of a request, for strategies that hash one.
KeyOf: TypeAlias = Callable[[httpx.Request], "str | bytes | None"]

# The caller's own mistakes, and its own lack of connections: no instance is to blame.
_OWN = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.PoolTimeout)


class _Balanced:
    """What both transports know and decide."""

    def __init__(
        self, balancer: LoadBalancer, retries: int, max_retry_after: float, key: KeyOf | None, subset: Subset | None
    ) -> None:
        self._balancer = balancer
        self._retries = retries
        self._max_retry_after = patience(max_retry_after)
        self._key = key
        self._subset = subset

    def _begin(self, request: httpx.Request) -> tuple[Attempts, Pick]:
        again = is_idempotent(request.method.upper()) and isinstance(request.stream, httpx.ByteStream)
        key = None if self._key is None else self._key(request)
        attempts = Attempts(self._balancer, self._retries if again else 0, key, self._subset, self._max_retry_after)
        try:
            return attempts, attempts.first()
        except REFUSED as error:
            raise httpx.ConnectError(str(error), request=request) from error


def _aimed(request: httpx.Request, pick: Pick) -> httpx.Request:
    """The same request to the instance."""
    base = httpx.URL(address(pick, request.url.scheme))
    path = base.raw_path.partition(b"?")[0].rstrip(b"/") + request.url.raw_path
    url = base.copy_with(raw_path=path)
    headers = request.headers.copy()
    headers["host"] = url.netloc.decode("ascii")
    return httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=request.extensions)


def _failed(pick: Pick, error: BaseException) -> bool:
    """Tell what an error means; gives whether another instance might do better."""
    unreachable = isinstance(error, httpx.TransportError) and not isinstance(error, _OWN)
    pick.report("local_error" if unreachable else "cancelled")
    return unreachable


def _refused(pick: Pick, response: httpx.Response) -> float | None:
    """Tell of an answer that another instance may not give; gives after how many seconds it wants to be asked again."""
    seconds = retry_after(response.headers.get("retry-after"))
    pick.report(status=response.status_code, retry_after=seconds)
    return seconds


def _broken(pick: Pick, error: BaseException) -> None:
    """Tell that the body of an answer did not come to its end."""
    pick.report("local_error" if isinstance(error, Exception) else "cancelled")


class BalancedTransport(_Balanced, httpx.BaseTransport):
    """A transport for `httpx.Client`; the module says what it does.

    Parameters
    ----------
    balancer : LoadBalancer
        Who picks.
    transport : httpx.BaseTransport, optional
        Who sends, default an `httpx.HTTPTransport`.
    retries : int
        How often a request goes to another instance at most, default 2.
    max_retry_after : float
        Where no other instance is there, one that said ``Retry-After`` is waited for, for so many seconds at most, default
        5.
    key : callable, optional
        Gives the key of a request, for strategies that hash one.
    subset : Subset, optional
        Only instances of this subset.

    Raises
    ------
    httpx.ConnectError
        From a request, if no instance may have it; its cause is the `BalanceError` with the reason of each, or a
        `LimitError` for more requests than there may be.
    """

    def __init__(
        self,
        balancer: LoadBalancer,
        transport: httpx.BaseTransport | None = None,
        *,
        retries: int = 2,
        max_retry_after: float = 5.0,
        key: KeyOf | None = None,
        subset: Subset | None = None,
    ) -> None:
        super().__init__(balancer, retries, max_retry_after, key, subset)
        self._transport = httpx.HTTPTransport() if transport is None else transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to an instance, or after a failure to others."""
        attempts, pick = self._begin(request)
        while True:
            try:
                response = self._transport.handle_request(_aimed(request, pick))
            except BaseException as error:
                other = attempts.another() if _failed(pick, error) else None
                if other is None:
                    raise
                pick = other
                continue
            if is_retryable(response.status_code):
                after = _refused(pick, response)
                other = attempts.another()
                if other is None and (seconds := attempts.wait(after)) is not None:
                    time.sleep(seconds)
                    other = attempts.again()
                if other is not None:
                    response.close()
                    pick = other
                    continue
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = _Body(response.stream, pick, status_of(response.status_code))
            response.extensions["opusclip_instance"] = pick.id
            return response

    def close(self) -> None:
        """Close the transport that sends."""
        self._transport.close()


class AsyncBalancedTransport(_Balanced, httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient`; the same as `BalancedTransport`.

    A task that is cancelled says nothing of the instance.
    """

    def __init__(
        self,
        balancer: LoadBalancer,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        retries: int = 2,
        max_retry_after: float = 5.0,
        key: KeyOf | None = None,
        subset: Subset | None = None,
    ) -> None:
        super().__init__(balancer, retries, max_retry_after, key, subset)
        self._transport = httpx.AsyncHTTPTransport() if transport is None else transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to an instance, or after a failure to others."""
        attempts, pick = self._begin(request)
        while True:
            try:
                response = await self._transport.handle_async_request(_aimed(request, pick))
            except BaseException as error:
                other = attempts.another() if _failed(pick, error) else None
                if other is None:
                    raise
                pick = other
                continue
            if is_retryable(response.status_code):
                after = _refused(pick, response)
                other = attempts.another()
                if other is None and (seconds := attempts.wait(after)) is not None:
                    # httpx runs on asyncio and on trio.
                    await anyio.sleep(seconds)
                    other = attempts.again()
                if other is not None:
                    await response.aclose()
                    pick = other
                    continue
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = _AsyncBody(response.stream, pick, status_of(response.status_code))
            response.extensions["opusclip_instance"] = pick.id
            return response

    async def aclose(self) -> None:
        """Close the transport that sends."""
        await self._transport.aclose()


class _Body(httpx.SyncByteStream):
    """The body of an answer, whose end is that of the request."""

    def __init__(self, stream: httpx.SyncByteStream, pick: Pick, status: int) -> None:
        self._stream = stream
        self._pick = pick
        self._status = status

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except GeneratorExit:
            raise
        except BaseException as error:
            _broken(self._pick, error)
            raise

    def close(self) -> None:
        self._pick.report(status=self._status)
        self._stream.close()


class _AsyncBody(httpx.AsyncByteStream):
    """The same for code that awaits."""

    def __init__(self, stream: httpx.AsyncByteStream, pick: Pick, status: int) -> None:
        self._stream = stream
        self._pick = pick
        self._status = status

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except GeneratorExit:
            raise
        except BaseException as error:
            _broken(self._pick, error)
            raise

    async def aclose(self) -> None:
        self._pick.report(status=self._status)
        await self._stream.aclose()
