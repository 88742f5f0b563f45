"""Calls of gRPC through a balancer, to real servers on the loopback."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from opusclip import BalanceError
from opusclip.performance import InstanceSnapshot, LoadBalancer
from opusclip.performance.grpc import BalancedChannel, NoInstanceError

Behave = Callable[[bytes, Any], bytes]
UNARY, STREAM, GATHER, BOTH = "/test.Echo/Unary", "/test.Echo/Stream", "/test.Echo/Gather", "/test.Echo/Both"


def echo(request: bytes, context: Any) -> bytes:
    return request


def fails(code: grpc.StatusCode) -> Behave:
    def behave(request: bytes, context: Any) -> bytes:
        context.set_trailing_metadata((("grpc-retry-pushback-ms", "5000"),))
        context.abort(code, "no")
        raise AssertionError

    return behave


class Server:
    def __init__(self, behave: Behave) -> None:
        self.asked: list[bytes] = []

        def one(request: bytes, context: Any) -> bytes:
            self.asked.append(request)
            return behave(request, context)

        def many(request: bytes, context: Any) -> Iterator[bytes]:
            yield from [one(request, context)] * 3

        def gather(requests: Iterator[bytes], context: Any) -> bytes:
            return one(b"".join(requests), context)

        def both(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            return (one(request, context) for request in requests)

        handlers = {
            "Unary": grpc.unary_unary_rpc_method_handler(one),
            "Stream": grpc.unary_stream_rpc_method_handler(many),
            "Gather": grpc.stream_unary_rpc_method_handler(gather),
            "Both": grpc.stream_stream_rpc_method_handler(both),
        }
        self._server = grpc.server(ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", handlers),))
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def close(self) -> None:
        self._server.stop(None).wait()


@pytest.fixture
def start() -> Iterator[Callable[[Behave], Server]]:
    servers: list[Server] = []

    def make(behave: Behave) -> Server:
        servers.append(Server(behave))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def over(*servers: Server) -> LoadBalancer:
    lb = LoadBalancer("round_robin")
    for server in servers:
        lb.add_instance(server.target)
    return lb


def of(lb: LoadBalancer, server: Server) -> InstanceSnapshot:
    return next(one for one in lb.snapshot().instances if one.id == server.target)


def test_calls_of_every_kind_are_spread(start: Callable[[Behave], Server]) -> None:
    a, b = start(echo), start(echo)
    lb = over(a, b)
    with BalancedChannel(lb) as channel:
        assert [channel.unary_unary(UNARY)(b"x", timeout=10) for _ in range(4)] == [b"x"] * 4
        assert list(channel.unary_stream(STREAM)(b"y", timeout=10)) == [b"y"] * 3
        assert channel.stream_unary(GATHER)(iter([b"a", b"b"]), timeout=10) == b"ab"
        assert list(channel.stream_stream(BOTH)(iter([b"a", b"b"]), timeout=10)) == [b"a", b"b"]
        assert channel.unary_unary(UNARY).future(b"z", timeout=10).result() == b"z"
    assert a.asked.count(b"x") == b.asked.count(b"x") == 2
    # What ends in another thread is told a moment later.
    done = threading.Event()
    for _ in range(100):
        if lb.snapshot().in_flight == 0:
            break
        done.wait(0.02)
    snapshot = lb.snapshot()
    assert (snapshot.in_flight, sum(one.results for one in snapshot.instances)) == (0, 8)


@pytest.mark.parametrize(
    ("code", "failures", "cancelled"),
    [
        (grpc.StatusCode.UNAVAILABLE, 1, 0),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, 1, 0),
        (grpc.StatusCode.INTERNAL, 1, 0),
        (grpc.StatusCode.NOT_FOUND, 0, 0),
        (grpc.StatusCode.CANCELLED, 0, 1),
    ],
)
def test_a_status_says_who_is_to_blame(
    start: Callable[[Behave], Server], code: grpc.StatusCode, failures: int, cancelled: int
) -> None:
    server = start(fails(code))
    lb = over(server)
    with BalancedChannel(lb) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(UNARY)(b"x", timeout=10)
    assert caught.value.code() == code
    assert (of(lb, server).failures, of(lb, server).cancelled, of(lb, server).in_flight) == (failures, cancelled, 0)


def test_only_what_may_be_called_twice_is(start: Callable[[Behave], Server]) -> None:
    bad, good = start(fails(grpc.StatusCode.UNAVAILABLE)), start(echo)
    with BalancedChannel(over(bad, good), idempotent=lambda method: method == UNARY) as channel:
        assert [channel.unary_unary(UNARY)(b"x", timeout=10) for _ in range(4)] == [b"x"] * 4
    assert bad.asked
    with BalancedChannel(over(bad, good)) as channel, pytest.raises(grpc.RpcError):
        channel.unary_unary(UNARY)(b"x", timeout=10)


def test_who_cannot_be_reached_is_not_needed(start: Callable[[Behave], Server]) -> None:
    gone, good = start(echo), start(echo)
    gone.close()
    lb = over(gone, good)
    with BalancedChannel(lb, idempotent=lambda method: True) as channel:
        assert channel.unary_unary(UNARY)(b"x", timeout=10) == b"x"
    assert of(lb, gone).failures == 1


def test_nobody_is_there() -> None:
    with BalancedChannel(LoadBalancer()) as channel, pytest.raises(NoInstanceError, match="no instances") as caught:
        channel.unary_unary(UNARY)(b"x")
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert isinstance(caught.value.__cause__, BalanceError)


def test_the_same_key_goes_to_the_same_instance(start: Callable[[Behave], Server]) -> None:
    servers = [start(echo) for _ in range(3)]
    lb = LoadBalancer("rendezvous")
    for number, server in enumerate(servers):
        lb.add_instance(f"{number}", metadata={"url": server.target})
    with BalancedChannel(lb, key=lambda method, request: request) as channel:
        for _ in range(6):
            channel.unary_unary(UNARY)(b"session", timeout=10)
    assert sorted(len(server.asked) for server in servers) == [0, 0, 6]
