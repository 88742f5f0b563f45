"""Lists of instances from name servers and Kubernetes, and what HTTP says about sending again."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from opusclip import ConfigError, DataError
from opusclip.performance import (
    InstanceSpec,
    LoadBalancer,
    SrvRecord,
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
