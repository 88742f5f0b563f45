"""Requests of `aiohttp` spread over the instances of a load balancer; needs the extra ``opusclip[aiohttp]``.

>>> from opusclip.performance import LoadBalancer
>>> from opusclip.performance.aiohttp import BalancedMiddleware
>>> lb = LoadBalancer()
>>> lb.add_instance("http://127.0.0.1:8001")
>>> async def main() -> None:
...     async with aiohttp.ClientSession("http://clips", middlewares=[BalancedMiddleware(lb)]) as session:
...         async with session.get("/health") as answer:
...             print(await answer.text())

It does what the transports of `opusclip.performance.httpx` do: a request goes to the base URL of the instance that is
picked, its end is told by status, an idempotent one goes to another instance where the first failed, and ``Retry-After``
is waited for where nobody else is there.

A request is in flight until its body was read to its end, or its answer was released or closed, as the end of
``async with`` does. A body that broke off or was too slow is a local error; one whose reader was cancelled says nothing of
the instance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any, TypeAlias

import aiohttp
from aiohttp.payload import BytesPayload
from yarl import URL

from .._opusclip import Pick
from ._http import REFUSED, Attempts, address, patience, status_of
from .balancer import LoadBalancer, Subset
from .discovery import is_idempotent, is_retryable, retry_after

__all__ = ["BalancedMiddleware"]

#: Gives the key of a request, for strategies that hash one.
KeyOf: TypeAlias = Callable[[aiohttp.ClientRequest], "str | bytes | None"]

# No instance is to blame for anything else, such as the caller's own mistakes.
_UNREACHABLE = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)


class BalancedMiddleware:
    """A middleware for `aiohttp.ClientSession`; the module says what it does.

    Parameters
    ----------
    balancer : LoadBalancer
        Who picks.
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
    aiohttp.ClientConnectionError
        From a request, if no instance may have it; its cause is the `BalanceError` with the reason of each.
    """

    def __init__(
        self,
        balancer: LoadBalancer,
        *,
        retries: int = 2,
        max_retry_after: float = 5.0,
        key: KeyOf | None = None,
        subset: Subset | None = None,
    ) -> None:
        self._balancer = balancer
        self._retries = retries
        self._max_retry_after = patience(max_retry_after)
        self._key = key
        self._subset = subset

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send a request to an instance, or after a failure to others."""
        again = is_idempotent(request.method.upper()) and (not request.body or isinstance(request.body, BytesPayload))
        key = None if self._key is None else self._key(request)
        attempts = Attempts(self._balancer, self._retries if again else 0, key, self._subset, self._max_retry_after)
        asked = request.url
        # mypy takes the hash of an answer for that of its class.
        request.response_class = _followed(request.response_class)  # type: ignore[arg-type]
        try:
            pick = attempts.first()
        except REFUSED as error:
            raise aiohttp.ClientConnectionError(str(error)) from error
        while True:
            _aim(request, asked, pick)
            try:
                response = await handler(request)
            except BaseException as error:
                other = attempts.another() if _failed(pick, error) else None
                if other is None:
                    raise
                pick = other
                continue
            if is_retryable(response.status):
                after = retry_after(response.headers.get("retry-after"))
                pick.report(status=response.status, retry_after=after)
                other = attempts.another()
                if other is None and (seconds := attempts.wait(after)) is not None:
                    await asyncio.sleep(seconds)
                    other = attempts.again()
                if other is not None:
                    response.release()
                    pick = other
                    continue
            assert isinstance(response, _Followed)
            response.follow(pick)
            return response


def _aim(request: aiohttp.ClientRequest, asked: URL, pick: Pick) -> None:
    """Let a request go to the instance."""
    base = URL(address(pick, asked.scheme))
    path = base.raw_path.rstrip("/") + asked.raw_path
    request.url = base.with_path(path, encoded=True).with_query(asked.query).with_fragment(None)
    request.headers["Host"] = request.url.authority


def _failed(pick: Pick, error: BaseException) -> bool:
    """Tell what an error means; gives whether another instance might do better."""
    unreachable = isinstance(error, _UNREACHABLE)
    pick.report("local_error" if unreachable else "cancelled")
    return unreachable


class _Followed(aiohttp.ClientResponse):
    """An answer that tells how its request ended. The first end counts."""

    _pick: Pick | None = None
    _reading = False

    def follow(self, pick: Pick) -> None:
        """The request is in flight until the body has ended, which it may have already."""
        self._pick = pick
        self.content.on_eof(self._succeed)

    def _succeed(self) -> None:
        if self._pick is not None:
            self._pick.report(status=status_of(self.status))

    def _over(self, error: BaseException | None = None) -> None:
        """Whoever reads has come to an end, or to an error."""
        if self._pick is None or self._reading:
            return
        error = error or self.content.exception()
        if isinstance(error, asyncio.CancelledError):
            self._pick.report("cancelled")
        elif isinstance(error, _UNREACHABLE):
            self._pick.report("local_error")
        else:
            # What the caller does with an answer says nothing of the instance.
            self._succeed()

    async def read(self) -> bytes:
        # It closes the answer before its error can be seen.
        self._reading = True
        try:
            return await super().read()
        except BaseException as error:
            self._reading = False
            self._over(error)
            raise
        finally:
            self._reading = False

    def close(self) -> None:
        self._over()
        super().close()

    def release(self) -> Any:
        self._over()
        return super().release()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over(error)
        await super().__aexit__(kind, error, traceback)


@cache
def _followed(kind: type[aiohttp.ClientResponse]) -> type[aiohttp.ClientResponse]:
    """The class of answers that a session wants, which tell how their requests ended."""
    return kind if issubclass(kind, _Followed) else type(kind.__name__, (_Followed, kind), {})
