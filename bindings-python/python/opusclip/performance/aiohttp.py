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
picked, its end is told by status, and an idempotent one goes to another instance where the first failed. Here a
request ends when the head of its answer is there: whether a body was read to its end a middleware cannot see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import aiohttp
from aiohttp.payload import BytesPayload
from yarl import URL

from .._opusclip import Pick
from ._http import REFUSED, Attempts, address, status_of
from .balancer import LoadBalancer, Subset
from .discovery import is_idempotent, is_retryable, retry_after

__all__ = ["BalancedMiddleware"]

#: Gives the key of a request, for strategies that hash one.
KeyOf: TypeAlias = Callable[[aiohttp.ClientRequest], "str | bytes | None"]


class BalancedMiddleware:
    """A middleware for `aiohttp.ClientSession`; the module says what it does.

    Parameters
    ----------
    balancer : LoadBalancer
        Who picks.
    retries : int
        How often a request goes to another instance at most, default 2.
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
        self, balancer: LoadBalancer, *, retries: int = 2, key: KeyOf | None = None, subset: Subset | None = None
    ) -> None:
        self._balancer = balancer
        self._retries = retries
        self._key = key
        self._subset = subset

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send a request to an instance, or after a failure to others."""
        again = is_idempotent(request.method.upper()) and (not request.body or isinstance(request.body, BytesPayload))
        key = None if self._key is None else self._key(request)
        attempts = Attempts(self._balancer, self._retries if again else 0, key, self._subset)
        asked = request.url
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
                pick.report(status=response.status, retry_after=retry_after(response.headers.get("retry-after")))
                if (other := attempts.another()) is not None:
                    response.release()
                    pick = other
                    continue
            pick.report(status=status_of(response.status))
            return response


def _aim(request: aiohttp.ClientRequest, asked: URL, pick: Pick) -> None:
    """Let a request go to the instance."""
    base = URL(address(pick, asked.scheme))
    path = base.raw_path.rstrip("/") + asked.raw_path
    request.url = base.with_path(path, encoded=True).with_query(asked.query).with_fragment(None)
    request.headers["Host"] = request.url.authority


def _failed(pick: Pick, error: BaseException) -> bool:
    """Tell what an error means; gives whether another instance might do better."""
    # No instance is to blame for the caller's own mistakes.
    unreachable = isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | TimeoutError)
    pick.report("local_error" if unreachable else "cancelled")
    return unreachable
