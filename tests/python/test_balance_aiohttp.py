"""Requests of aiohttp through a balancer, to real servers on the loopback."""

import asyncio
import gc
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import aiohttp
import pytest

from opusclip import BalanceError
from opusclip.performance import LoadBalancer
from opusclip.performance.aiohttp import BalancedMiddleware
from test_balance_httpx import Server, breaks_off, hangs, nobody, of, over, rests_once, says, serve

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


async def test_who_says_when_it_will_be_well_is_waited_for_where_nobody_else_is_there(
    serve: Callable[..., Server],
) -> None:
    a, began = serve(rests_once(1)), time.monotonic()
    lb = over(a.url)
    async with session(lb) as http, http.get("/") as answer:
        assert answer.status == 200
    assert time.monotonic() - began >= 1
    assert (len(a.asked), of(lb, a.url).failures, lb.snapshot().in_flight) == (2, 1, 0)
    b = serve(rests_once(6))
    async with session(over(b.url)) as http, http.get("/") as answer:
        assert answer.status == 503
    assert len(b.asked) == 1


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


def trickles(handler: BaseHTTPRequestHandler) -> None:
    """Half of the body, and the rest a little later."""
    handler.send_response(200)
    handler.send_header("content-length", "8")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.wfile.flush()
    time.sleep(0.3)
    handler.wfile.write(b"body")


def counts(lb: LoadBalancer, url: str) -> dict[str, int]:
    one = of(lb, url)
    return {"in_flight": one.in_flight, "results": one.results, "failures": one.failures, "cancelled": one.cancelled}


SUCCESS = {"in_flight": 0, "results": 1, "failures": 0, "cancelled": 0}
FAILURE = {"in_flight": 0, "results": 1, "failures": 1, "cancelled": 0}
CANCELLED = {"in_flight": 0, "results": 0, "failures": 0, "cancelled": 1}


async def test_a_request_is_in_flight_until_its_body_has_ended(serve: Callable[..., Server]) -> None:
    a = serve(trickles)
    lb = over(a.url)
    async with session(lb) as http, http.get("/") as answer:
        assert counts(lb, a.url) == {"in_flight": 1, "results": 0, "failures": 0, "cancelled": 0}
        assert await answer.read() == b"halfbody"
        assert counts(lb, a.url) == SUCCESS
        assert (of(lb, a.url).mean or 0) >= 0.25
    assert counts(lb, a.url) == SUCCESS


@pytest.mark.parametrize("how", ["read", "stream"])
async def test_a_body_that_breaks_off_is_a_failure(serve: Callable[..., Server], how: str) -> None:
    a = serve(breaks_off)
    lb = over(a.url)
    async with session(lb) as http:
        with pytest.raises(aiohttp.ClientPayloadError):
            async with http.get("/") as answer:
                if how == "read":
                    await answer.text()
                else:
                    async for _ in answer.content.iter_any():
                        pass
    assert counts(lb, a.url) == FAILURE


async def test_a_body_that_is_too_slow_is_a_failure(serve: Callable[..., Server]) -> None:
    a = serve(trickles)
    lb = over(a.url)
    async with session(lb) as http:
        with pytest.raises(TimeoutError):
            async with http.get("/", timeout=aiohttp.ClientTimeout(0.1)) as answer:
                await answer.read()
    assert counts(lb, a.url) == FAILURE


@pytest.mark.parametrize("how", ["read", "stream"])
async def test_a_reader_that_is_cancelled_says_nothing_of_the_instance(
    serve: Callable[..., Server], how: str
) -> None:
    a = serve(trickles)
    lb = over(a.url)
    begun = asyncio.Event()

    async def reads(http: aiohttp.ClientSession) -> None:
        async with http.get("/") as answer:
            begun.set()
            if how == "read":
                await answer.read()
            else:
                async for _ in answer.content.iter_chunked(100):
                    pass

    async with session(lb) as http:
        task = asyncio.create_task(reads(http))
        await begun.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert counts(lb, a.url) == CANCELLED


async def test_whoever_does_not_read_has_its_answer(serve: Callable[..., Server]) -> None:
    for end in ("leave", "release", "close", "raise"):
        a = serve(trickles)
        lb = over(a.url)
        async with session(lb) as http:
            if end == "leave":
                async with http.get("/"):
                    pass
            elif end == "raise":
                with pytest.raises(ValueError, match="mine"):
                    async with http.get("/"):
                        raise ValueError("mine")
            else:
                getattr(await http.get("/"), end)()
        assert counts(lb, a.url) == SUCCESS, end
    failing = serve(says(500))
    lb = over(failing.url)
    async with session(lb) as http:
        (await http.post("/")).release()
    assert counts(lb, failing.url) == FAILURE


async def test_an_answer_that_is_lost_is_in_flight_until_its_body_has_come(serve: Callable[..., Server]) -> None:
    a = serve(trickles)
    lb = over(a.url)
    async with session(lb) as http:
        answer = await http.get("/")
        # Its connection holds on to it.
        del answer
        gc.collect()
        await asyncio.sleep(0.6)
        assert counts(lb, a.url) == SUCCESS


async def test_a_class_of_answers_of_the_callers_own_stays(serve: Callable[..., Server]) -> None:
    class Answer(aiohttp.ClientResponse):
        def shout(self) -> str:
            return str(self.reason).upper()

    a = serve(says(200))
    lb = over(a.url)
    options: dict[str, Any] = {"middlewares": (BalancedMiddleware(lb),), "response_class": Answer}
    async with aiohttp.ClientSession("http://clips", **options) as http, http.get("/") as answer:
        assert isinstance(answer, Answer)
        assert answer.shout() == "OK"
        assert await answer.text() == "200"
    assert counts(lb, a.url) == SUCCESS
