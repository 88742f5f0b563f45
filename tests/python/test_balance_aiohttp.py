"""Requests of aiohttp through a balancer, to real servers on the loopback."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from opusclip import BalanceError
from opusclip.performance import LoadBalancer
from opusclip.performance.aiohttp import BalancedMiddleware
from test_balance_httpx import Server, hangs, nobody, of, over, says, serve

__all__ = ["nobody", "serve"]


def session(lb: LoadBalancer, retries: int = 2) -> aiohttp.ClientSession:
    middlewares = (BalancedMiddleware(lb, retries=retries),)
    return aiohttp.ClientSession("http://clips", middlewares=middlewares, timeout=aiohttp.ClientTimeout(10))


async def test_requests_are_spread_and_end_by_their_status(serve: Callable[..., Server]) -> None:
    a, b = serve(says(200)), serve(says(404))
    lb = over(a.url, b.url)
    async with session(lb) as http:
        statuses = []
        for _ in range(6):
            async with http.get("/clips?n=1&m=a%20b") as answer:
                statuses.append(answer.status)
                assert await answer.text() == f"{answer.status}"
    assert statuses == [200, 404] * 3
    assert {asked[2] for asked in a.asked} == {a.url.removeprefix("http://")}
    assert a.asked[0][1].startswith("/clips?n=1&m=a")
    assert (of(lb, a.url).results, of(lb, b.url).failures, lb.snapshot().in_flight) == (3, 0, 0)


async def test_an_address_may_be_metadata_with_a_path(serve: Callable[..., Server]) -> None:
    a = serve(says(200))
    lb = LoadBalancer()
    lb.add_instance("first", metadata={"url": f"{a.url}/v2/"})
    async with session(lb) as http, http.get("/clips") as answer:
        assert await answer.text() == "200"
    assert a.asked[0][1] == "/v2/clips"


async def test_what_may_be_sent_again_is_sent_elsewhere(serve: Callable[..., Server], nobody: str) -> None:
    bad, good = serve(says(503, retry_after="7")), serve(says(200))
    lb = over(bad.url, nobody, good.url)
    async with session(lb) as http:
        for call in (http.get, http.put):
            async with call("/") as answer:
                assert (answer.status, await answer.text()) == (200, "200")
        async with http.put("/", data=b"body") as answer:
            assert answer.status == 200
    assert lb.snapshot().in_flight == 0
    assert of(lb, bad.url).failures == len(bad.asked)


async def test_what_may_not_be_sent_again_is_not(serve: Callable[..., Server], nobody: str) -> None:
    bad = serve(says(503))
    async with session(over(bad.url, nobody)) as http:
        async with http.post("/") as answer:
            assert answer.status == 503
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.post("/")
    assert len(bad.asked) == 1


async def test_nobody_is_there() -> None:
    async with session(LoadBalancer()) as http:
        with pytest.raises(aiohttp.ClientConnectionError, match="no instances") as caught:
            await http.get("/")
    assert isinstance(caught.value.__cause__, BalanceError)


async def test_a_task_that_is_cancelled_says_nothing_of_the_instance(serve: Callable[..., Server]) -> None:
    slow = serve(hangs)
    lb = over(slow.url)
    async with session(lb) as http:
        task = asyncio.create_task(http.get("/").__aenter__())
        while not slow.asked:
            await asyncio.sleep(0.01)
        assert lb.snapshot().in_flight == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (of(lb, slow.url).cancelled, of(lb, slow.url).failures, lb.snapshot().in_flight) == (1, 0, 0)
