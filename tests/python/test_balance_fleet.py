"""Instances that an autoscaler starts and stops."""

import pytest

from opusclip import BalanceError, ConfigError
from opusclip.performance import (
    AutoScalingEngine,
    Fleet,
    InstanceSpec,
    LeaveFirst,
    LoadBalancer,
    ResourceMetrics,
    ScalingConfig,
)


def test_new_ones_join_slowly_and_those_that_leave_drain_first() -> None:
    lb = LoadBalancer("round_robin", slow_start={"window": 100})
    fleet = Fleet(lb)
    assert fleet.join(["a", InstanceSpec(id="b", weight=2.0), {"id": "c"}], now=0) == ("a", "b", "c")
    assert fleet.resize(5, starting=1, now=10).start == 1
    assert fleet.join(["c", "d"], now=10) == ("d",)
    assert lb.snapshot(now=60).instances[3].warmth == pytest.approx(0.5, abs=0.01)
    with lb.pick(exclude=["a", "b", "c"], now=200) as busy:
        assert busy.id == "d"
        leaving = fleet.leave(["d"], now=200)
        assert [(one.id, one.in_flight, one.until) for one in leaving] == [("d", 1, 230.0)]
        assert fleet.stoppable(now=201) == ()
        assert "d" not in {lb.get_next_instance(now=201) for _ in range(20)}
    assert [(one.id, one.in_flight) for one in fleet.stoppable(now=202)] == [("d", 0)]
    assert fleet.stoppable(now=203) == ()
    assert lb.instance_ids == ["a", "b", "c"]


def test_a_balancer_without_a_slow_start_gets_that_of_the_fleet() -> None:
    for options, warmth in (({}, 0.5), ({"slow_start_window": 60}, 0.25), ({"slow_start_window": 0}, 1.0)):
        lb = LoadBalancer()
        fleet = Fleet(lb, **options)
        fleet.join(["a"], now=0)
        fleet.join(["b"], now=10)
        assert [one.warmth for one in lb.snapshot(now=25).instances] == pytest.approx([1.0, warmth], abs=0.01)


def test_the_time_to_drain_ends() -> None:
    lb = LoadBalancer()
    fleet = Fleet(lb, drain=5, leave_first=LeaveFirst.OLDEST)
    fleet.join(["a", "b"], now=0)
    pick = lb.pick(exclude=["b"], now=0)
    assert [one.id for one in fleet.resize(1, now=1).leaving] == ["a"]
    assert fleet.stoppable(now=5.9) == ()
    assert [(one.id, one.in_flight) for one in fleet.stoppable(now=6)] == [("a", 1)]
    pick.report()


def test_those_that_leave_stay_where_they_are_wanted_again() -> None:
    lb = LoadBalancer()
    fleet = Fleet(lb)
    fleet.join(["a", "b"], now=0)
    fleet.resize(1, now=1)
    resized = fleet.resize(3, now=2)
    assert (resized.start, resized.returned, resized.leaving) == (1, ("b",), ())
    assert fleet.stoppable(now=100) == ()


def test_what_an_engine_decides_is_carried_out() -> None:
    lb = LoadBalancer()
    fleet = Fleet(lb)
    fleet.join(["w1", "w2"], now=0)
    engine = AutoScalingEngine(ScalingConfig(min_instances=1, max_instances=10, target_cpu_usage=50.0))
    decision = engine.evaluate(ResourceMetrics(cpu_usage=100.0, instances=2), now=0)
    resized = fleet.resize(decision.target_instances, now=0)
    assert resized.start == decision.target_instances - 2 > 0
    fleet.join([f"w{number + 3}" for number in range(resized.start)], now=30)
    assert len(lb.instance_ids) == decision.target_instances


def test_what_cannot_be_is_refused_by_name() -> None:
    lb = LoadBalancer()
    with pytest.raises(ConfigError) as caught:
        Fleet(lb, drain=-1)
    assert caught.value.field == "drain"
    with pytest.raises(ConfigError) as caught:
        Fleet(lb, leave_first="eldest")
    assert caught.value.field == "leave_first"
    with pytest.raises(ConfigError) as caught:
        Fleet(lb, slow_start_window=float("nan"))
    assert caught.value.field == "slow_start_window"
    fleet = Fleet(lb)
    with pytest.raises(ConfigError) as caught:
        fleet.join(["a", "a"])
    assert caught.value.field == "instances[1].id"
    with pytest.raises(BalanceError) as unknown:
        fleet.leave(["x"])
    assert unknown.value.code == "balance.unknown_instance"
    for wrong in (-1, 2**32):
        with pytest.raises(ConfigError) as caught:
            fleet.resize(wrong)
        assert caught.value.field == "target"
