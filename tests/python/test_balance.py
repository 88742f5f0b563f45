"""Load balancing as a user of Python meets it: guards, times, threads, errors, notebooks."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest

import opusclip
from opusclip import BalanceError, ConfigError, LimitError, performance
from opusclip.performance import (
    BalancerSnapshot,
    BalancingStrategy,
    InstanceSnapshot,
    InstanceState,
    LoadBalancer,
    RequestOutcome,
    load_balancer,
)
from test_types import parse


def balancer(*ids: str, strategy: str = "round_robin", **options: Any) -> LoadBalancer:
    made = LoadBalancer(strategy, **options)
    for id in ids:
        made.add_instance(id)
    return made


def only(made: LoadBalancer) -> InstanceSnapshot:
    (instance,) = made.snapshot().instances
    return instance


# How requests end


def test_a_block_that_ends_is_a_success() -> None:
    lb = balancer("a")
    with lb.pick() as pick:
        assert (pick.id, pick.ended, only(lb).in_flight) == ("a", False, 1)
    assert pick.ended
    assert pick.id == "a"
    assert (only(lb).in_flight, only(lb).results, only(lb).failures) == (0, 1, 0)


@pytest.mark.parametrize("error", [ValueError("no"), ConnectionError("gone"), TimeoutError("late")])
def test_a_block_that_raises_is_a_failure_and_the_error_goes_on(error: Exception) -> None:
    lb = balancer("a")
    with pytest.raises(type(error)), lb.pick():
        raise error
    assert (only(lb).in_flight, only(lb).failures) == (0, 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), GeneratorExit(), asyncio.CancelledError()])
def test_a_block_that_is_broken_off_says_nothing_of_the_instance(error: BaseException) -> None:
    lb = balancer("a")
    with pytest.raises(type(error)), lb.pick():
        raise error
    assert (only(lb).in_flight, only(lb).cancelled, only(lb).results) == (0, 1, 0)


async def test_tasks_that_are_cancelled_leave_nothing_in_flight() -> None:
    lb = balancer("a", "b")

    async def request() -> None:
        async with lb.pick() as pick:
            assert pick.id in {"a", "b"}
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(request()) for _ in range(100)]
    await asyncio.sleep(0)
    assert lb.snapshot().in_flight == 100
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    snapshot = lb.snapshot()
    assert (snapshot.in_flight, sum(one.cancelled for one in snapshot.instances)) == (0, 100)


async def test_an_awaited_block_that_raises_is_a_failure() -> None:
    lb = balancer("a")
    with pytest.raises(OSError, match="gone"):
        async with lb.pick():
            raise OSError("gone")
    async with lb.pick():
        pass
    assert (only(lb).failures, only(lb).results) == (1, 2)


@pytest.mark.parametrize(
    ("told", "failures", "cancelled"),
    [
        ({"status": 200}, 0, 0),
        ({"status": 404}, 0, 0),
        ({"status": 503}, 1, 0),
        ({"outcome": "overloaded", "retry_after": 5}, 1, 0),
        ({"outcome": RequestOutcome.CANCELLED}, 0, 1),
        ({}, 0, 0),
    ],
)
def test_what_is_reported_goes_before_the_end_of_the_block(told: dict[str, Any], failures: int, cancelled: int) -> None:
    lb = balancer("a")
    with lb.pick() as pick:
        assert pick.report(**told)
    assert not pick.report("server_error")
    assert (only(lb).failures, only(lb).cancelled, only(lb).in_flight) == (failures, cancelled, 0)


def test_a_guard_that_is_dropped_counts_as_cancelled() -> None:
    lb = balancer("a")
    lb.pick()
    gc.collect()
    assert (only(lb).in_flight, only(lb).cancelled, only(lb).picks) == (0, 1, 1)


def test_a_guard_may_end_in_another_thread_and_after_its_balancer() -> None:
    lb = balancer("a")
    picks = [lb.pick() for _ in range(50)]
    threads = [threading.Thread(target=pick.report, args=("success",)) for pick in picks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (only(lb).in_flight, only(lb).results) == (0, 50)
    pick = lb.pick()
    del lb
    gc.collect()
    assert (pick.id, pick.report()) == ("a", True)


def test_threads_lose_nothing() -> None:
    lb = balancer("a", "b", "c", strategy="least_response_time")

    def work(number: int) -> None:
        for at in range(2000):
            if (number + at) % 7 == 0:
                lb.pick()
            else:
                with lb.pick() as pick:
                    pick.report(status=200 if at % 5 else 500)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    gc.collect()
    snapshot = lb.snapshot()
    assert (snapshot.picks, snapshot.in_flight) == (16_000, 0)
    assert sum(one.results + one.cancelled for one in snapshot.instances) == 16_000


# Times


def test_times_are_numbers_or_moments_and_go_on_from_there() -> None:
    lb = LoadBalancer("round_robin")
    begin = datetime(2026, 1, 1, tzinfo=timezone.utc)
    lb.add_instance("a", now=begin)
    pick = lb.pick(now=begin.replace(tzinfo=None))
    assert pick.begun == begin.timestamp()
    pick.report(now=begin.timestamp() + 0.25)
    with lb.pick(now=begin.timestamp() + 1):
        # Its end is by its own time, not by that of the system.
        pass
    assert lb.snapshot(now=begin.timestamp() + 2).instances[0].mean == pytest.approx(0.125, rel=0.05)


def test_a_second_instance_is_asked_after_the_learned_quantile() -> None:
    lb = LoadBalancer("round_robin", hedging={"quantile": 0.95, "min_results": 100})
    lb.add_instance("a", now=0)
    assert lb.hedge_delay is None
    for request in range(200):
        lb.pick(now=request / 10).report(now=request / 10 + (0.5 if request % 10 == 0 else 0.1))
    lb.get_next_instance(now=31)
    assert lb.hedge_delay == pytest.approx(0.5, rel=0.05)


# What is asked for


def test_strategies_have_names_and_members() -> None:
    for strategy in BalancingStrategy:
        for name in (strategy, strategy.value):
            lb = LoadBalancer(name)
            lb.add_instance("a")
            assert lb.get_next_instance(key="k") == "a"
            assert lb.snapshot().strategy == strategy


def test_keys_are_texts_or_bytes() -> None:
    lb = balancer("a", "b", "c", "d", strategy="rendezvous")
    assert {lb.get_next_instance("k") for _ in range(20)} == {lb.get_next_instance(key=b"k")}
    assert lb.pick(key=b"x" * 10_000_000).id in lb.instance_ids
    wrong: Any = 7
    with pytest.raises(opusclip.ConfigError) as caught:
        lb.pick(key=wrong)
    assert (caught.value.code, caught.value.field) == ("config.invalid", "key")


@pytest.mark.parametrize("exclude", ["a", [1], [None]])
def test_excluded_ids_are_texts(exclude: Any) -> None:
    with pytest.raises(opusclip.ConfigError) as caught:
        balancer("a", "b").pick(exclude=exclude)
    assert caught.value.field == "exclude"


def test_excluded_ids_come_from_anything_that_can_be_gone_through() -> None:
    lb = balancer("a", "b", "c")
    for exclude in (["a", "b"], ("a", "b"), {"a", "b"}, iter(["a", "b"])):
        assert lb.pick(exclude=exclude).id == "c"
    assert lb.pick_excluding(["a", "c"]).id == "b"


def test_a_subset_belongs_to_its_balancer() -> None:
    lb = balancer("a")
    lb.add_instance("b", metadata={"gpu": "yes"})
    subset = lb.subset({"gpu": "yes"})
    assert repr(subset) == "Subset(gpu=yes)"
    assert {lb.pick(subset=subset).id for _ in range(5)} == {"b"}
    with pytest.raises(opusclip.ConfigError) as caught:
        balancer("a").pick(subset=subset)
    assert caught.value.field == "subset"


def test_nobody_may_have_it_and_the_error_says_why_for_each() -> None:
    lb = balancer("a", "b")
    lb.set_instance_health("a", False)
    lb.disable("b")
    with pytest.raises(opusclip.BalanceError) as caught:
        # All are asked where so few are well, but not those that are disabled.
        lb.pick(exclude=["a"])
    assert caught.value.code == "balance.no_instance"
    assert "a: the request excludes it" in str(caught.value)
    assert "b: an operator has disabled it" in str(caught.value)


def test_options_that_are_impossible_are_refused_by_name() -> None:
    for options, field in (
        ({"overprovisioning_factor": 0.5}, "overprovisioning_factor"),
        ({"panic_threshold": float("nan")}, "panic_threshold"),
        ({"outlier": {"interval": 0}}, "outlier.interval"),
        ({"health_check": {"rise": 0}}, "health_check.rise"),
        ({"slow_start": {"windw": 1}}, "slow_start.windw"),
    ):
        with pytest.raises(opusclip.ConfigError) as caught:
            LoadBalancer(**options)  # type: ignore[arg-type]
        assert caught.value.field == field
    with pytest.raises(TypeError, match="stratgy"):
        LoadBalancer(stratgy="random")  # type: ignore[call-arg]


# What it says of itself


def test_there_is_one_for_the_whole_process() -> None:
    assert load_balancer is performance.load_balancer is opusclip.performance.load_balancer
    assert load_balancer.options["strategy"] == "least_response_time"
    assert repr(load_balancer) == "LoadBalancer(least_response_time, 0 instances)"


def test_snapshots_are_data() -> None:
    lb = balancer("a", "b")
    lb.set_instance_health("b", False)
    snapshot = lb.snapshot()
    assert snapshot == BalancerSnapshot.from_dict(snapshot.to_dict())
    assert snapshot.instances[1].state is InstanceState.UNHEALTHY
    kinds = [event.kind for event in lb.take_events()]
    assert kinds == ["added", "added", "became_unhealthy"]
    assert lb.take_events() == ()


def test_a_notebook_shows_a_table_with_everything_escaped() -> None:
    lb = balancer("<i>a</i>", "b")
    with lb.pick():
        pass
    for html in (lb._repr_html_(), lb.snapshot(now=5)._repr_html_(), LoadBalancer()._repr_html_()):
        parse(html)
    html = lb._repr_html_()
    assert "&lt;i&gt;a&lt;/i&gt;" in html
    assert "2 instances by round_robin, 1 pick" in html


def test_public_names_are_documented() -> None:
    for name in performance.__all__:
        if name not in {"Executor", "auto_scaling_engine", "load_balancer"}:
            assert getattr(performance, name).__doc__, name
    for name in dir(LoadBalancer):
        # The package's own methods of almost the same names stand before these.
        behind = {"add", "due_check_list", "event_list", "explanation", "set_instance_list", "snapshot_data"}
        hidden = name.startswith("_") or name in behind
        assert hidden or getattr(LoadBalancer, name).__doc__, name


def test_guards_are_typed_objects_of_their_own() -> None:
    pick = balancer("a").pick()
    assert repr(pick) == "Pick(a, in flight)"
    pick.report()
    assert repr(pick) == "Pick(a, ended)"


def test_weights_follow_what_instances_say_of_their_load() -> None:
    lb = LoadBalancer("weighted_round_robin")
    for id in ("a", "b", "c"):
        lb.add_instance(id, now=0)
    for second in range(21):
        lb.report_load("a", 0.25, 100.0, now=second)
        lb.report_load("b", utilization=0.75, qps=100.0, eps=0.0, now=second)
        lb.get_next_instance(now=second)
    # 400 and 133 requests a second at full use, 267 on average (gRFC A58); nothing is known of the third.
    assert [one.load_factor for one in lb.snapshot(now=20).instances] == [1.5, 0.5, 1.0]
    picks = [lb.get_next_instance(now=20) for _ in range(600)]
    assert [picks.count(id) for id in ("a", "b", "c")] == [300, 100, 200]
    with pytest.raises(opusclip.ConfigError) as caught:
        lb.report_load("a", float("nan"), 1.0)
    assert (caught.value.code, caught.value.field) == ("config.not_finite", "utilization")


def test_weights_may_follow_response_times() -> None:
    lb = LoadBalancer("weighted_round_robin", response_time={"weights": True})
    for id in ("quick", "slow", "slow too"):
        lb.add_instance(id, now=0)
    for at in range(20_000):
        pick = lb.pick(now=at / 100)
        pick.report(now=at / 100 + (0.1 if pick.id == "quick" else 0.2))
    # Twice as quick as the one in the middle; times are known to a sixty-fourth.
    assert [one.load_factor for one in lb.snapshot(now=200).instances] == pytest.approx([2, 1, 1], abs=0.05)


def test_a_guard_knows_what_its_instance_was_added_with() -> None:
    lb = LoadBalancer()
    lb.add_instance("a", metadata={"url": "http://10.0.0.1", "Großes Wort": "ja"})
    with lb.pick() as pick:
        assert pick.metadata == {"url": "http://10.0.0.1", "Großes Wort": "ja"}
    assert pick.metadata["url"] == "http://10.0.0.1"


def test_there_may_be_so_many_requests_at_a_time() -> None:
    lb = balancer("a", "b", max_requests=2)
    with lb.pick(), lb.pick():
        with pytest.raises(opusclip.LimitError) as caught:
            lb.pick()
        assert (caught.value.code, caught.value.field) == ("limit.exceeded", "max_requests")
    with pytest.raises(ZeroDivisionError), lb.pick():
        raise ZeroDivisionError
    lb.pick()
    gc.collect()
    with lb.pick(), lb.pick():
        pass


def test_nobody_is_well_and_the_error_says_why_for_each() -> None:
    lb = balancer("a", "b", "c", panic_threshold=0, health_check={"rise": 1, "fall": 1})
    lb.report_check("a", False, reason="it said 500")
    lb.set_instance_health("b", False)
    lb.disable("c")
    assert lb.snapshot().instances[0].reason == "its checks failed: it said 500"
    with pytest.raises(BalanceError) as caught:
        lb.pick()
    assert caught.value.code == "balance.no_instance"
    for part in ("a: its checks failed: it said 500", "b: its checks failed, or the host", "c: an operator has disabled it"):
        assert part in caught.value.message


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf")])
def test_weights_that_are_none_are_refused_also_where_all_are(weight: float) -> None:
    lb = balancer("a")
    with pytest.raises(ConfigError) as caught:
        lb.set_weight("a", weight)
    assert caught.value.field == "weight"
    with pytest.raises(ConfigError) as caught:
        lb.set_instances([{"id": id, "weight": weight} for id in "ab"])
    assert caught.value.field == "instances[0].weight"
    assert lb.get_next_instance() == "a", "a list that is not valid changes nothing"


def test_a_key_of_ten_megabytes_is_a_key() -> None:
    lb = LoadBalancer("rendezvous")
    for id in "ab":
        lb.add_instance(id)
    key = "k" * 10_000_000
    assert lb.get_next_instance(key) == lb.get_next_instance(key.encode())


def test_a_million_instances_are_spread_over() -> None:
    lb = LoadBalancer("round_robin")
    for number in range(1_000_000):
        lb.add_instance(str(number))
    assert [lb.get_next_instance() for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(BalanceError) as caught:
        lb.remove_instance("99x")
    assert caught.value.code == "balance.unknown_instance"


def test_a_guard_may_end_twice_and_the_first_end_counts() -> None:
    lb = balancer("a")
    pick = lb.pick()
    assert [pick.report("server_error"), pick.report(), pick.report("cancelled")] == [True, False, False]
    with pytest.raises(ConfigError):
        pick.report("finished")
    del pick
    (one,) = lb.snapshot().instances
    assert (one.in_flight, one.results, one.failures, one.cancelled) == (0, 1, 1, 0)


def test_no_more_retries_at_a_time_than_there_may_be() -> None:
    lb = balancer("a", "b", max_retries=1)
    with lb.pick_excluding(["a"]) as retry:
        assert retry.id == "b"
        with pytest.raises(LimitError) as caught:
            lb.pick_excluding(["a"])
        assert caught.value.field == "max_retries"
        assert "max_requests" not in lb.explain().sentence
    with lb.pick_excluding(["a"]):
        pass
