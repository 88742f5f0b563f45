"""Lists of instances from name servers and Kubernetes, and what HTTP says about sending again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest

from opusclip import ConfigError, DataError
from opusclip.performance import (
    Discovery,
    InstanceSpec,
    LoadBalancer,
    SrvRecord,
    ThreadedDiscovery,
    dns_source,
    instances_of_addresses,
    instances_of_slices,
    instances_of_srv,
    is_idempotent,
    is_retryable,
    retry_after,
)


def test_addresses_become_instances_in_an_order_of_their_own() -> None:
    found = instances_of_addresses(["10.0.0.2", "10.0.0.1", "10.0.0.2", "2001:db8::1"], scheme="http", port=80)
    assert [instance.id for instance in found] == ["http://10.0.0.1:80", "http://10.0.0.2:80", "http://[2001:db8::1]:80"]
    with pytest.raises(ConfigError) as caught:
        instances_of_addresses(["h"], port=0)
    assert (caught.value.code, caught.value.field) == ("config.out_of_range", "port")


def test_priorities_of_srv_records_become_tiers() -> None:
    records = [SrvRecord(name="b", port=81, priority=20, weight=5), {"name": "a", "port": 80, "priority": 10, "weight": 0}]
    found = instances_of_srv(records, scheme="http")
    assert [(one.id, one.tier, one.weight) for one in found] == [("http://a:80", 0, 0.1), ("http://b:81", 1, 5.0)]
    assert instances_of_srv([]) == ()


def test_slices_of_kubernetes_become_instances() -> None:
    slice_ = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "ports": [{"name": "http", "port": 8000}],
        "endpoints": [
            {"addresses": ["10.0.0.1"], "conditions": {"ready": True}, "zone": "a", "nodeName": "node_7"},
            {"addresses": ["10.0.0.2"], "conditions": {"ready": False, "serving": True, "terminating": True}},
        ],
    }
    (one,) = instances_of_slices(json.dumps({"items": [slice_]}), scheme="http", port="http")
    assert (one.id, one.zone, one.metadata) == ("http://10.0.0.1:8000", "a", {"node": "node_7"})
    for text in ("", "{", "1"):
        with pytest.raises(DataError) as caught:
            instances_of_slices(text)
        assert (caught.value.code, caught.value.field) == ("data.invalid", "slices")


def test_a_balancer_takes_lists_of_objects_and_of_dictionaries() -> None:
    lb = LoadBalancer()
    changes = lb.set_instances([InstanceSpec(id="a", weight=2.0), {"id": "b"}], now=0)
    assert changes.added == ("a", "b")
    with pytest.raises(ConfigError) as caught:
        lb.set_instances([{"id": "a"}, {"id": "c", "weight": "much"}], now=1)
    assert caught.value.field is not None and caught.value.field.startswith("instances")
    assert lb.instance_ids == ["a", "b"]


def test_what_http_says_about_sending_again() -> None:
    # RFC 9110, sections 9.2.2 and 10.2.3.
    assert all(map(is_idempotent, ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]))
    assert not any(map(is_idempotent, ["POST", "PATCH", "CONNECT", "get", ""]))
    assert [status for status in range(100, 600) if is_retryable(status)] == [429, 500, 502, 503, 504]
    assert retry_after("120") == 120.0
    assert retry_after("Fri, 31 Dec 1999 23:59:59 GMT", now=datetime(1999, 12, 31, 23, 59, 49, tzinfo=timezone.utc)) == 10.0
    assert [retry_after(text) for text in ("", "soon", "-5", "1.5", "٣", None)] == [None] * 6


def lists(*answers: Any) -> tuple[Callable[[], Any], list[int]]:
    """A source that gives one answer after the other, the last one for ever; and a list of its calls."""
    calls: list[int] = []

    def source() -> Any:
        calls.append(len(calls))
        answer = answers[min(len(calls), len(answers)) - 1]
        if isinstance(answer, BaseException):
            raise answer
        return answer() if callable(answer) else answer

    return source, calls


OFTEN: dict[str, Any] = {"interval": 0.02, "retry": 0.01, "jitter": 0.0, "drain": 0.0}


def hangs() -> list[str]:
    time.sleep(0.3)
    return []


def the_same_for_both(told: list[str], lb: LoadBalancer) -> None:
    errors = ["OSError", "ConfigError", "TimeoutError"]
    assert [text for text in told if text in errors][:3] == errors
    assert [text for text in told if text not in errors] == ["a", "c"]
    assert lb.instance_ids == ["a", "c"]


ANSWERS = ([{"id": "a"}], OSError("down"), [{"id": "b"}, {"id": "b"}], hangs, [{"id": "a"}, {"id": "c"}])


async def test_a_source_is_asked_again_and_its_last_good_list_goes_on() -> None:
    source, calls = lists(*ANSWERS)
    lb, told = LoadBalancer(), list[str]()
    watch = Discovery(
        lb,
        source,
        timeout=0.1,
        on_change=lambda changes: told.append("".join(changes.added)),
        on_error=lambda error: told.append(type(error).__name__),
        **OFTEN,
    )
    async with watch:
        assert (lb.instance_ids, watch.failures) == (["a"], 0)
        while len(calls) < 8:
            await asyncio.sleep(0.01)
    the_same_for_both(told, lb)
    stopped = len(calls)
    await asyncio.sleep(0.1)
    assert len(calls) == stopped


def test_the_same_on_a_thread() -> None:
    source, calls = lists(*ANSWERS)
    lb, told = LoadBalancer(), list[str]()
    watch = ThreadedDiscovery(
        lb,
        source,
        timeout=0.1,
        on_change=lambda changes: told.append("".join(changes.added)),
        on_error=lambda error: told.append(type(error).__name__),
        **OFTEN,
    )
    with watch:
        assert (lb.instance_ids, watch.failures) == (["a"], 0)
        while len(calls) < 8:
            time.sleep(0.01)
    the_same_for_both(told, lb)
    stopped = len(calls)
    time.sleep(0.1)
    assert len(calls) == stopped


async def test_a_source_may_await_and_two_that_ask_get_the_same_answer() -> None:
    calls = 0

    async def source() -> list[InstanceSpec]:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.02)
        return [InstanceSpec(id=f"i{calls}")]

    watch = Discovery(LoadBalancer(), source)
    one, two = await asyncio.gather(watch.refresh(), watch.refresh())
    assert one is two
    assert one is not None
    assert (one.added, calls) == (("i1",), 1)
    await watch.stop()


async def test_one_that_looks_is_stopped_in_the_middle() -> None:
    ended = False

    async def source() -> list[InstanceSpec]:
        nonlocal ended
        try:
            await asyncio.sleep(10)
        finally:
            ended = True
        return []

    watch = Discovery(LoadBalancer(), source)
    task = asyncio.create_task(watch.start())
    await asyncio.sleep(0.05)
    await watch.stop()
    assert ended
    with pytest.raises(asyncio.CancelledError):
        await task


def test_names_are_resolved_as_the_system_does() -> None:
    assert [one.id for one in dns_source("127.0.0.1", port=8000, scheme="http")()] == ["http://127.0.0.1:8000"]
    with pytest.raises(OSError, match=r".+"):
        dns_source("no.such.name.invalid", port=1)()
    with pytest.raises(ConfigError, match="say which"):
        dns_source("localhost")
    with pytest.raises(ConfigError, match="SRV"):
        dns_source("localhost", type="MX", port=1)  # type: ignore[arg-type]


def test_srv_records_say_ports_and_tiers(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = pytest.importorskip("dns.resolver", reason="the extra opusclip[dns] is not installed")
    rdata = pytest.importorskip("dns.rdata")

    def resolve(name: str, kind: str) -> list[Any]:
        assert (name, kind) == ("_http._tcp.workers.example", "SRV")
        return [rdata.from_text("IN", "SRV", text) for text in ("20 5 8001 b.example.", "10 0 8000 a.example.")]

    monkeypatch.setattr(resolver, "resolve", resolve)
    found = dns_source("_http._tcp.workers.example", type="SRV", scheme="http")()
    assert [(one.id, one.tier, one.weight) for one in found] == [
        ("http://a.example:8000", 0, 0.1),
        ("http://b.example:8001", 1, 5.0),
    ]


@pytest.mark.parametrize(
    ("options", "field"), [({"interval": 0}, "interval"), ({"jitter": 2}, "jitter"), ({"timeout": 0}, "timeout")]
)
def test_options_that_cannot_be_are_refused_by_name(options: dict[str, Any], field: str) -> None:
    for kind in (Discovery, ThreadedDiscovery):
        with pytest.raises(ConfigError) as caught:
            kind(LoadBalancer(), list, **options)
        assert caught.value.field == field
