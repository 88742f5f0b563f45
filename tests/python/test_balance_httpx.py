"""Requests of httpx through a balancer, to real servers on the loopback."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from opusclip import BalanceError, ConfigError
from opusclip.performance import InstanceSnapshot, LoadBalancer
from opusclip.performance.httpx import AsyncBalancedTransport, BalancedTransport

Answer = Callable[[BaseHTTPRequestHandler], None]


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Server:
    """A server that remembers what it was asked and answers as it is told."""

    def __init__(self, answer: Answer) -> None:
        asked: list[tuple[str, str, str]] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle_one_request()

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                asked.append((self.command, self.path, self.headers["host"]))
                answer(self)

            do_POST = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.asked = asked
        self._server = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def says(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = str(status).encode()
        handler.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hangs(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.5)


def breaks_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("content-length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.close_connection = True


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(answer: Answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def over(*urls: str, **options: Any) -> LoadBalancer:
    lb = LoadBalancer("round_robin", **options)
    for url in urls:
        lb.add_instance(url)
    return lb


def client(lb: LoadBalancer, **options: Any) -> httpx.Client:
    return httpx.Client(transport=BalancedTransport(lb, **options), base_url="http://clips", timeout=10)


def aclient(lb: LoadBalancer, **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=AsyncBalancedTransport(lb, **options), base_url="http://clips", timeout=10)


def of(lb: LoadBalancer, url: str) -> InstanceSnapshot:
    return next(one for one in lb.snapshot().instances if one.id == url)


@pytest.fixture
def nobody() -> str:
    """An address that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


def test_requests_are_spread_and_end_by_their_status(serve: Callable[..., Server]) -> None:
    a, b = serve(says(200)), serve(says(404))
    lb = over(a.url, b.url)
    with client(lb) as http:
        answers = [http.get("/clips?n=1") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 404] * 3
    assert [answer.extensions["opusclip_instance"] for answer in answers] == [a.url, b.url] * 3
    assert a.asked == [("GET", "/clips?n=1", a.url.removeprefix("http://"))] * 3
    assert (of(lb, a.url).results, of(lb, b.url).failures, lb.snapshot().in_flight) == (3, 0, 0)
    assert answers[0].url == "http://clips/clips?n=1"


def test_an_address_may_be_metadata_with_a_path(serve: Callable[..., Server]) -> None:
    a = serve(says(200))
    lb = LoadBalancer("round_robin")
    lb.add_instance("first", metadata={"url": f"{a.url}/v2/"})
    lb.add_instance(a.url.removeprefix("http://"))
    with client(lb) as http:
        assert http.get("/clips").text == http.get("/clips").text == "200"
    assert [path for _, path, _ in a.asked] == ["/v2/clips", "/clips"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_be_sent_again_is_sent_elsewhere(serve: Callable[..., Server], status: int) -> None:
    bad, good = serve(says(status, retry_after="7")), serve(says(200))
    lb = over(bad.url, good.url)
    with client(lb) as http:
        assert http.get("/").status_code == 200
        assert (len(bad.asked), len(good.asked), of(lb, bad.url).failures) == (1, 1, 1)
        statuses = {http.put("/", content=b"x").status_code for _ in range(4)}
        assert statuses == {200}
    assert lb.snapshot().in_flight == 0


def test_what_may_not_be_sent_again_is_not(serve: Callable[..., Server], nobody: str) -> None:
    bad = serve(says(503))
    lb = over(bad.url, nobody)
    with client(lb) as http:
        assert http.post("/").status_code == 503
        with pytest.raises(httpx.ConnectError):
            http.post("/")
        # Nobody could send this body again.
        assert http.put("/", content=iter([b"x"])).status_code == 503
    assert len(bad.asked) == 2
    assert (of(lb, bad.url).failures, of(lb, nobody).failures) == (2, 1)


def test_who_cannot_be_reached_is_not_needed(serve: Callable[..., Server], nobody: str) -> None:
    good = serve(says(200))
    lb = over(nobody, good.url, outlier={"max_ejection_percent": 100, "consecutive_local_failures": 2})
    with client(lb) as http:
        assert [http.get("/").status_code for _ in range(10)] == [200] * 10
    assert of(lb, nobody).state == "ejected"
    assert (of(lb, nobody).failures, of(lb, good.url).failures) == (2, 0)


def test_who_is_too_slow_has_failed(serve: Callable[..., Server]) -> None:
    slow, good = serve(hangs), serve(says(200))
    lb = over(slow.url, good.url)
    with client(lb) as http:
        assert http.get("/", timeout=0.1).status_code == 200
    assert (of(lb, slow.url).failures, lb.snapshot().in_flight) == (1, 0)


def test_the_last_answer_is_the_answer(serve: Callable[..., Server], nobody: str) -> None:
    bad = serve(says(503))
    with client(over(bad.url)) as http:
        answer = http.get("/")
    assert (answer.status_code, answer.text, len(bad.asked)) == (503, "503", 1)
    with client(over(nobody)) as http, pytest.raises(httpx.ConnectError):
        http.get("/")


def test_retries_are_within_their_number_and_the_budget(serve: Callable[..., Server]) -> None:
    servers = [serve(says(503)) for _ in range(4)]
    urls = [server.url for server in servers]

    def asked() -> int:
        return sum(len(server.asked) for server in servers)

    with client(over(*urls), retries=2) as http:
        assert http.get("/").status_code == 503
    assert asked() == 3
    with client(over(*urls), retries=0) as http:
        http.get("/")
    assert asked() == 4
    with client(over(*urls, retry_budget={"percent": 0, "min_per_second": 0}), retries=3) as http:
        assert http.get("/").status_code == 503
    assert asked() == 5


def rests_once(seconds: int) -> Answer:
    """503 and ``Retry-After`` at first, 200 from then on."""
    answers = [says(503, retry_after=str(seconds))]
    return lambda handler: (answers.pop() if answers else says(200))(handler)


def test_who_says_when_it_will_be_well_is_waited_for_where_nobody_else_is_there(serve: Callable[..., Server]) -> None:
    a = serve(rests_once(1))
    lb, began = over(a.url), time.monotonic()
    with client(lb) as http:
        assert http.get("/").status_code == 200
    assert time.monotonic() - began >= 1
    assert (len(a.asked), of(lb, a.url).failures, lb.snapshot().in_flight) == (2, 1, 0)
    for answer, options in ((rests_once(6), {}), (rests_once(1), {"max_retry_after": 0.5}), (rests_once(0), {"retries": 0})):
        b = serve(answer)
        with client(over(b.url), **options) as http:
            assert http.get("/").status_code == 503
        assert len(b.asked) == 1
    c = serve(rests_once(0))
    with client(over(c.url)) as http:
        assert http.post("/").status_code == 503
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ConfigError) as caught:
            BalancedTransport(lb, max_retry_after=wrong)
        assert caught.value.field == "max_retry_after"


def test_nobody_is_there(serve: Callable[..., Server]) -> None:
    with client(LoadBalancer()) as http, pytest.raises(httpx.ConnectError, match="no instances") as caught:
        http.get("/")
    assert isinstance(caught.value.__cause__, BalanceError)
    assert caught.value.__cause__.code == "balance.no_instance"


def test_an_answer_that_is_read_bit_by_bit_is_in_flight_until_its_end(serve: Callable[..., Server]) -> None:
    a = serve(says(200))
    lb = over(a.url)
    with client(lb) as http:
        with http.stream("GET", "/") as answer:
            assert (lb.snapshot().in_flight, of(lb, a.url).results) == (1, 0)
            assert b"".join(answer.iter_bytes()) == b"200"
        with http.stream("GET", "/"):
            pass
    assert (lb.snapshot().in_flight, of(lb, a.url).results, of(lb, a.url).failures) == (0, 2, 0)


def test_an_answer_that_breaks_off_is_a_failure(serve: Callable[..., Server]) -> None:
    a = serve(breaks_off)
    lb = over(a.url)
    with client(lb) as http, pytest.raises(httpx.RemoteProtocolError):
        http.get("/")
    assert (of(lb, a.url).failures, lb.snapshot().in_flight) == (1, 0)


def test_a_mistake_of_the_caller_is_nobody_elses(nobody: str) -> None:
    lb = LoadBalancer()
    lb.add_instance("a", metadata={"url": "ftp://127.0.0.1"})
    with client(lb) as http, pytest.raises(httpx.UnsupportedProtocol):
        http.get("/")
    assert (of(lb, "a").failures, of(lb, "a").cancelled) == (0, 1)


def test_the_same_key_goes_to_the_same_instance(serve: Callable[..., Server]) -> None:
    servers = [serve(says(200)) for _ in range(4)]
    lb = LoadBalancer("rendezvous")
    for server in servers:
        lb.add_instance(server.url)
    with client(lb, key=lambda request: request.headers.get("x-session")) as http:
        for session in range(8):
            owners = {
                http.get("/", headers={"x-session": f"{session}"}).extensions["opusclip_instance"] for _ in range(4)
            }
            assert len(owners) == 1


async def test_code_that_awaits_has_the_same(serve: Callable[..., Server], nobody: str) -> None:
    bad, good = serve(says(503)), serve(says(200))
    lb = over(bad.url, nobody, good.url)
    async with aclient(lb) as http:
        answers = await asyncio.gather(*(http.get("/") for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}
        async with http.stream("GET", "/") as answer:
            assert lb.snapshot().in_flight == 1
            assert b"".join([part async for part in answer.aiter_bytes()]) == b"200"
    assert lb.snapshot().in_flight == 0


async def test_a_task_that_is_cancelled_says_nothing_of_the_instance(serve: Callable[..., Server]) -> None:
    slow = serve(hangs)
    lb = over(slow.url)
    async with aclient(lb) as http:
        task = asyncio.create_task(http.get("/", timeout=30))
        while not slow.asked:
            await asyncio.sleep(0.01)
        assert lb.snapshot().in_flight == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (of(lb, slow.url).cancelled, of(lb, slow.url).failures, lb.snapshot().in_flight) == (1, 0, 0)


async def test_code_that_awaits_waits_for_who_says_when_it_will_be_well(serve: Callable[..., Server]) -> None:
    a = serve(rests_once(1))
    lb, began = over(a.url), time.monotonic()
    async with aclient(lb) as http:
        waiting = asyncio.create_task(http.get("/"))
        while not a.asked:
            await asyncio.sleep(0.01)
        assert (await waiting).status_code == 200
        assert time.monotonic() - began >= 1
    assert (len(a.asked), lb.snapshot().in_flight) == (2, 0)


async def test_an_awaited_answer_that_breaks_off_is_a_failure(serve: Callable[..., Server]) -> None:
    a = serve(breaks_off)
    lb = over(a.url)
    async with aclient(lb) as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get("/")
    assert (of(lb, a.url).failures, lb.snapshot().in_flight) == (1, 0)



def test_more_than_there_may_be_are_refused_at_once(serve: Callable[..., Server]) -> None:
    a = serve(says(200))
    lb = over(a.url, max_requests=1)
    with client(lb) as http, http.stream("GET", "/") as answer:
        with pytest.raises(httpx.ConnectError, match="the most there may be"):
            http.get("/")
        assert answer.read() == b"200"
        assert http.get("/").status_code == 200
