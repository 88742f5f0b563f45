"""Checks of instances, by real connections on the loopback."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from opusclip import BalanceError, ConfigError
from opusclip.performance import DueCheck, HealthChecker, LoadBalancer, ThreadedHealthChecker
from test_balance_httpx import Server, nobody, of, says, serve

__all__ = ["nobody", "serve"]

QUICK: dict[str, Any] = {
    "interval": 0.03,
    "unhealthy_interval": 0.03,
    "timeout": 0.5,
    "rise": 1,
    "fall": 1,
    "healthy_at_first": False,
}


def checked(*ids: str, **options: Any) -> LoadBalancer:
    lb = LoadBalancer(panic_threshold=0, health_check={**QUICK, **options})
    for id in ids:
        lb.add_instance(id)
    return lb


def hangs(_: object) -> None:
    time.sleep(1.2)


def until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to hold")


async def until_then(holds: Callable[[], bool]) -> None:
    await asyncio.to_thread(until, holds)


def reason(lb: LoadBalancer, id: str) -> str:
    return of(lb, id).reason


def is_well(lb: LoadBalancer, id: str) -> bool:
    return of(lb, id).state == "healthy"


async def check_all(serve: Callable[..., Server], nobody: str, checker: Any) -> None:
    well, failing, hanging = serve(says(204)), serve(says(500)), serve(hangs)
    lb = checked(well.url, failing.url, hanging.url, nobody, "no address")
    async with checker(lb, path="/up", host="clips"):
        await until_then(lambda: is_well(lb, well.url) and "within 0.5 s" in reason(lb, hanging.url))
        assert "it said 500, not 200 to 299" in reason(lb, failing.url)
        assert "no answer: ConnectionRefusedError" in reason(lb, nobody)
        assert "is no URL" in reason(lb, "no address")
        assert well.asked[0] == ("GET", "/up", "clips")
        with pytest.raises(BalanceError, match="it said 500"):
            lb.pick(exclude=[well.url])
        failing_before = len(failing.asked)
        await until_then(lambda: len(failing.asked) > failing_before)
    await asyncio.sleep(0.1)
    asked = len(well.asked)
    await asyncio.sleep(0.2)
    assert len(well.asked) == asked, "nothing is asked after the end"


class Threaded(ThreadedHealthChecker):
    """The one with threads as a context that awaits, for tests of both."""

    async def __aenter__(self) -> "Threaded":
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)


KINDS = pytest.mark.parametrize("checker", [HealthChecker, Threaded])


@KINDS
async def test_every_way_to_fail_has_its_reason(serve: Callable[..., Server], nobody: str, checker: Any) -> None:
    await check_all(serve, nobody, checker)


@KINDS
async def test_an_instance_falls_and_rises_by_the_rules_of_the_balancer(
    serve: Callable[..., Server], checker: Any
) -> None:
    status = [200]
    server = serve(lambda handler: says(status[0])(handler))
    lb = checked(server.url, rise=2, fall=3)
    async with checker(lb):
        for _ in range(2):
            status[0] = 200
            await until_then(lambda: is_well(lb, server.url))
            before = len(server.asked)
            status[0] = 503
            await until_then(lambda: not is_well(lb, server.url))
            assert len(server.asked) >= before + 3


@KINDS
async def test_a_port_is_enough_for_tcp_and_newcomers_are_checked_too(
    serve: Callable[..., Server], nobody: str, checker: Any
) -> None:
    address, gone = serve(hangs).url.removeprefix("http://"), nobody.removeprefix("http://")
    lb = checked(gone)
    async with checker(lb, protocol="tcp"):
        lb.add_instance(address)
        await until_then(lambda: is_well(lb, address) and "ConnectionRefused" in reason(lb, gone))


@KINDS
async def test_a_check_that_raises_or_hangs_is_a_failed_one(checker: Any) -> None:
    lb = checked("raises", "hangs", "fails", "false", "well")
    free = threading.Event()

    def check(due: DueCheck) -> str | bool | None:
        match due.id:
            case "raises":
                raise RuntimeError("no such GPU")
            case "hangs":
                free.wait(10)
            case "fails":
                return "its disk is full"
            case "false":
                return False
        return None

    async with checker(lb, check):
        await until_then(lambda: is_well(lb, "well") and "within 0.5 s" in reason(lb, "hangs"))
        assert reason(lb, "raises") == "its checks failed: RuntimeError: no such GPU"
        assert reason(lb, "fails") == "its checks failed: its disk is full"
        assert of(lb, "false").state == "unhealthy"
        free.set()


async def test_a_check_may_await_and_one_that_will_not_be_cancelled_stops_nobody() -> None:
    lb = checked("stubborn", "well")
    end = asyncio.Event()

    async def check(due: DueCheck) -> None:
        if due.id == "stubborn":
            while not end.is_set():
                try:
                    await asyncio.sleep(0.05)
                except asyncio.CancelledError:
                    pass

    async with HealthChecker(lb, check):
        await until_then(lambda: is_well(lb, "well") and "within 0.5 s" in reason(lb, "stubborn"))
        end.set()


async def test_no_more_checks_at_a_time_than_asked_for_and_each_gets_its_turn() -> None:
    lb = checked(*(f"i{number}" for number in range(30)))
    now, most = 0, 0

    async def check(_: DueCheck) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1

    async with HealthChecker(lb, check, concurrency=4):
        await until_then(lambda: all(one.state == "healthy" for one in lb.snapshot().instances))
    assert most <= 4


def test_a_checker_that_cannot_be_is_refused_by_name() -> None:
    for make in (HealthChecker, ThreadedHealthChecker):
        with pytest.raises(ConfigError) as caught:
            make(LoadBalancer())
        assert caught.value.field == "health_check"
        for options, field in [({"path": "up"}, "path"), ({"concurrency": 0}, "concurrency"), ({"port": 0}, "port")]:
            with pytest.raises(ConfigError) as caught:
                make(checked(), **options)
            assert caught.value.field == field


async def test_a_checker_may_be_stopped_twice_and_started_again() -> None:
    lb = checked("a")
    checks = []
    checker = HealthChecker(lb, lambda due: checks.append(due.id))
    await checker.stop()
    for _ in range(2):
        checker.start()
        checker.start()
        before = len(checks)
        await until_then(lambda before=before: len(checks) > before)  # type: ignore[misc]
        await checker.stop()
        await checker.stop()
