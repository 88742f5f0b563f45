"""What only Python can show of the scaling engine: callbacks, their time limits, pickling, times, notebooks."""

import asyncio
import math
import pickle
import threading
import time
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

from opusclip import CancelToken, Cancelled, ConfigError, DataError, Progress, ScalingError
from opusclip.performance import (
    ActionState,
    AutoScalingEngine,
    Pod,
    PriceModel,
    ResourceMetrics,
    ScalingAction,
    ScalingConfig,
    ScalingNoteKind,
    ScalingReason,
    ScalingRequest,
    ScalingStrategy,
    ScalingWarningKind,
    Spread,
    Trace,
    auto_scaling_engine,
    recommend_scaling,
    simulate_joint,
    simulate_scaling,
)

BUSY = ResourceMetrics(cpu_usage=95.0, instances=4)


def engine(executor: Any = None, **execution: Any) -> AutoScalingEngine:
    return AutoScalingEngine(ScalingConfig(execution={"retry_delay": 0.0, **execution}), executor)  # type: ignore[typeddict-item]


async def test_the_example_of_the_service_works_as_written() -> None:
    config = ScalingConfig(
        min_instances=2,
        max_instances=10,
        target_cpu_usage=70.0,
        target_memory_usage=80.0,
        target_response_time=500.0,
        scale_up_threshold=80.0,
        scale_down_threshold=30.0,
        cooldown_period=300,
        strategy=ScalingStrategy.HYBRID,
    )
    assert config == ScalingConfig(), "these are the defaults"
    engine = AutoScalingEngine(config)
    metrics = ResourceMetrics(cpu_usage=85.0, memory_usage=75.0, response_time=800.0, request_rate=500.0)
    decision = await engine.evaluate_scaling_need(metrics)
    # 2 * 85 / 70 is 2.4, 2 * 800 / 500 is 3.2, and the larger one counts.
    assert (decision.action, decision.target_instances) == (ScalingAction.SCALE_UP, 4)
    success = await engine.execute_scaling_action(decision)
    assert success is True
    status = engine.get_scaling_status()
    assert (status.current_instances, status.actions.succeeded) == (4, 1)
    assert abs(status.time - time.time()) < 5
    assert isinstance(auto_scaling_engine, AutoScalingEngine)


@pytest.mark.parametrize("awaits", [True, False])
async def test_an_executor_is_asked_once_and_believed(awaits: bool) -> None:
    asked: list[ScalingRequest] = []

    async def later(request: ScalingRequest) -> None:
        await asyncio.sleep(0)
        asked.append(request)

    scaler = engine(later if awaits else asked.append)
    assert await scaler.execute_scaling_action(scaler.evaluate(BUSY, now=100), now=100)
    (request,) = asked
    assert (request.current_instances, request.target_instances, request.attempt) == (4, 6, 1)
    (action,) = scaler.actions
    assert action.state is ActionState.STARTING
    # The host's time goes on from the one that was given.
    assert 100 <= action.changed < 110
    assert scaler.evaluate(ResourceMetrics(cpu_usage=95), now=120).reason is ScalingReason.COOLDOWN


async def test_a_try_that_fails_is_made_again_with_the_same_token() -> None:
    asked: list[ScalingRequest] = []

    def executor(request: ScalingRequest) -> bool:
        asked.append(request)
        if len(asked) == 1:
            raise OSError("no quota")
        return len(asked) > 2

    scaler = engine(executor, retries=2)
    assert await scaler.execute_scaling_action(scaler.evaluate(BUSY))
    assert [request.attempt for request in asked] == [1, 2, 3]
    assert len({request.token for request in asked}) == 1
    assert scaler.get_scaling_status().actions.failed_attempts == 2


async def test_an_action_that_fails_for_good_changes_nothing_that_is_known() -> None:
    def executor(request: ScalingRequest) -> None:
        raise RuntimeError(f"cannot start {request.target_instances}")

    scaler = engine(executor, retries=1)
    decision = scaler.evaluate(BUSY)
    assert await scaler.execute_scaling_action(decision) is False
    (action,) = scaler.actions
    assert (action.state, action.attempts, action.error) == (ActionState.GIVEN_UP, 2, "RuntimeError: cannot start 6")
    status = scaler.get_scaling_status()
    assert (status.current_instances, status.cooldown_until, status.actions.success_rate) == (4, None, 0.0)
    assert scaler.evaluate(BUSY).action is ScalingAction.SCALE_UP


async def test_an_executor_that_hangs_is_left_and_heard_later() -> None:
    let_go = threading.Event()
    scaler = engine(lambda request: let_go.wait(30), timeout=0.1, retries=0)
    begun = time.monotonic()
    assert await scaler.execute_scaling_action(scaler.evaluate(BUSY)) is False
    assert time.monotonic() - begun < 5
    assert scaler.actions[0].error == "no answer within 0.1 s"
    assert scaler.get_scaling_status().current_instances == 4
    let_go.set()
    for _ in range(500):
        if scaler.get_scaling_status().current_instances == 6:
            break
        await asyncio.sleep(0.01)
    assert scaler.get_scaling_status().current_instances == 6, "it was done after all"


async def test_an_executor_that_lies_is_found_out() -> None:
    scaler = engine(lambda request: True)
    assert await scaler.execute_scaling_action(scaler.evaluate(BUSY, now=0), now=0)
    assert scaler.get_scaling_status(now=1).current_instances == 6
    decision = scaler.evaluate(BUSY, now=300)
    (note,) = decision.notes
    assert (note.kind, note.expected, note.found) == (ScalingNoteKind.ACTION_NOT_SEEN, 6, 4)
    assert "6 were reported, but there are 4" in decision.sentence
    assert (decision.action, decision.current_instances) == (ScalingAction.SCALE_UP, 4)
    (action,) = scaler.actions
    assert (action.state, scaler.get_scaling_status(now=300).actions.success_rate) == (ActionState.GIVEN_UP, 0.0)


async def test_a_coroutine_that_hangs_is_cancelled() -> None:
    ended: list[str] = []

    async def executor(request: ScalingRequest) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    scaler = engine(executor, timeout=0.1, retries=1)
    assert await scaler.execute_scaling_action(scaler.evaluate(BUSY)) is False
    await asyncio.sleep(0)
    assert ended == ["cancelled", "cancelled"]


async def test_who_waits_may_be_cancelled() -> None:
    async def executor(request: ScalingRequest) -> None:
        await asyncio.sleep(60)

    scaler = engine(executor)
    task = asyncio.ensure_future(scaler.execute_scaling_action(scaler.evaluate(BUSY)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scaler.actions[0].error == "cancelled"
    assert scaler.get_scaling_status().current_instances == 4


async def test_two_actions_at_a_time_are_refused() -> None:
    async def executor(request: ScalingRequest) -> None:
        await asyncio.sleep(0.2)

    scaler = engine(executor)
    decision = scaler.evaluate(BUSY)
    first = asyncio.ensure_future(scaler.execute_scaling_action(decision))
    await asyncio.sleep(0.05)
    with pytest.raises(ScalingError) as caught:
        await scaler.execute_scaling_action(decision)
    assert (caught.value.code, caught.value.field) == ("scaling.outdated", "decision")
    assert await first


async def test_nothing_to_do_asks_nobody() -> None:
    asked: list[ScalingRequest] = []
    scaler = engine(asked.append)
    assert await scaler.execute_scaling_action(scaler.evaluate(ResourceMetrics(cpu_usage=50, instances=4)))
    dry = AutoScalingEngine(ScalingConfig(dry_run=True), asked.append)
    assert await dry.execute_scaling_action(dry.evaluate(BUSY))
    assert asked == []


def test_without_an_event_loop() -> None:
    asked: list[ScalingRequest] = []
    scaler = engine(asked.append)
    assert scaler.execute(scaler.evaluate(BUSY))
    assert len(asked) == 1


def test_times_are_numbers_or_moments() -> None:
    noon = datetime(2024, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert engine().evaluate(BUSY, now=noon).time == noon.timestamp()
    assert engine().evaluate(BUSY, now=datetime(2024, 7, 1, 10)).time == noon.timestamp()


def test_config_is_checked_when_it_is_built_and_is_whole() -> None:
    with pytest.raises(ConfigError) as caught:
        ScalingConfig(max_instances=1)
    assert caught.value.field == "min_instances"
    config = ScalingConfig(strategy="cpu", start_up={"seconds": 5}, min_instances=3)  # type: ignore[arg-type]
    assert config.strategy is ScalingStrategy.CPU
    assert config.start_up["quantile"] == 0.9
    assert pickle.loads(pickle.dumps(config)) == config == ScalingConfig.from_dict(config.to_dict())
    with pytest.raises(AttributeError):
        config.min_instances = 1  # type: ignore[misc]


def test_decisions_are_data() -> None:
    scaler = engine()
    decision = scaler.evaluate(ResourceMetrics(cpu_usage=95, instances=4), now=0)
    assert pickle.loads(pickle.dumps(decision)) == decision
    assert type(decision).from_dict(decision.to_dict()) == decision
    assert scaler.begin(type(decision).from_dict(decision.to_dict()), now=0) is not None


def test_pods_by_the_rules_of_the_hpa() -> None:
    config = ScalingConfig(compatibility="hpa", strategy="cpu", target_cpu_usage=30, max_instances=100)  # type: ignore[arg-type]
    pods = (Pod(usage=300), Pod(usage=500), Pod(usage=700))
    decision = AutoScalingEngine(config).evaluate(ResourceMetrics(pods=pods, instances=3), now=0)
    # Half of what was requested, at a target of 30 %, by three pods: 50 / 30 * 3.
    assert decision.target_instances == 5


DAY = Trace.of([150 - 100 * (abs(720 - minute) / 720) for minute in range(1440)], 60, start=1.7e9)


def test_recorded_traffic_is_played_again() -> None:
    options: dict[str, Any] = {"policies": ["hpa", "fixed"], "targets": [0.6, 0.8], "seeds": [1, 2]}
    report = simulate_scaling(DAY, **options)
    assert [(run.policy, run.target, run.seed) for run in report.runs] == [
        (policy, target, seed) for policy in ("hpa", "fixed") for target in (0.6, 0.8) for seed in (1, 2)
    ]
    assert report == simulate_scaling(DAY, **options), "the same seed gives the same run"
    hours = {(run.policy, run.target): run.result.instance_hours for run in report.runs}
    # Two thirds of a day are counted, with enough for the peak: 150 / (0.6 * 20) is 12.5.
    assert hours["fixed", 0.6] == pytest.approx(13 * 16, rel=0.01)
    assert hours["hpa", 0.6] < hours["fixed", 0.6]
    assert hours["hpa", 0.8] < hours["hpa", 0.6]
    assert report.runs[0].course is None


def test_traffic_is_played_request_by_request() -> None:
    trace = Trace.of([100] * 60, 60)
    report = simulate_scaling(trace, policies=["fixed"], requests={"spread": Spread.FEWEST, "cold_speed": 1})
    (run,) = report.runs
    assert run.requests is not None
    assert run.balancer == "fewest"
    ends = run.requests.answered + run.requests.refused + run.requests.broken_off + run.requests.timed_out
    assert run.requests.arrived == ends + run.requests.in_flight == run.result.requests
    assert run.result.usage == pytest.approx(100 / 160, rel=0.02), "eight are enough for 100 a second at 0.7"
    fluid = simulate_scaling(trace, policies=["fixed"]).runs[0]
    assert (fluid.balancer, fluid.requests) == (None, None)
    assert fluid.result.requests == run.result.requests


def test_scaling_and_balancing_are_played_together() -> None:
    waves = Trace.of([100 - 40 * math.cos(minute / 30 * math.pi) for minute in range(120)], 60)
    report = simulate_joint(waves, targets=[0.6])
    assert [(run.policy, run.balancer) for run in report.runs] == [
        (policy, balancer)
        for policy in ("predictive", "hpa")
        for balancer in ("least_response_time", "round_robin")
    ]
    bursts = {(run.policy, run.balancer): run.requests.burst_violations for run in report.runs if run.requests}
    assert bursts["predictive", "least_response_time"] < bursts["hpa", "round_robin"]
    assert "Scalers by balancers" in report.to_html()
    several = simulate_joint(waves, policies=["fixed"], balancers=["random"], callers=3, balancer={"max_requests": 100})
    assert several.runs[0].balancer == "random"
    for field, options in {
        "balancers": {"balancers": ["best"]},
        "callers": {"callers": 0},
        "requests.drain": {"requests": {"drain": -1}},
        "service_time": {"plant": {"service_time": 10}},
    }.items():
        with pytest.raises(ConfigError) as caught:
            simulate_joint(waves, **options)  # type: ignore[arg-type]
        assert caught.value.field == field


def test_a_course_has_its_points() -> None:
    plant: Any = {"price": PriceModel(currency="EUR", on_demand_micros=50_000)}
    config = ScalingConfig(strategy=ScalingStrategy.REQUEST, target_request_rate=12)
    report = simulate_scaling(DAY, policies=["engine", "oracle"], config=config, points=288, plant=plant)
    ours, oracle = report.runs
    assert (ours.policy, ours.target, oracle.target) == ("engine", None, 0.7)
    assert ours.course is not None
    assert len(ours.course.times) == len(ours.course.instances) == 288
    assert ours.course.times[0] == 1.7e9 + 300
    # Each point is the mean of five minutes: nearly the trace at noon.
    assert max(ours.course.rates) == pytest.approx(150, rel=0.05)
    assert report.plant["price"]["currency"] == "EUR"


def test_traces_of_files(tmp_path: Any) -> None:
    file = tmp_path / "traffic.csv"
    file.write_text("time,requests\n0,600\n60,660\n180,780\n", "utf-8")
    trace = Trace.read(file)
    assert (trace.step, trace.filled, list(trace.rates)) == (60, 1, [10, 11, 12, 13])
    file.write_text("time,requests\n0,600\n60,many\n", "utf-8")
    with pytest.raises(DataError) as caught:
        Trace.read(file)
    assert (caught.value.line, caught.value.file) == (3, file)


TRACES: dict[str, int | tuple[float, int, list[float]]] = {
    # In any order, with a gap, with times of other zones.
    "time,requests\n180,240\n0,60\n60,120\n": (60, 1, [1, 2, 3, 4]),
    "timestamp,requests\n2026-01-01T00:00:00Z,60\n2026-01-01T02:01:00+02:00,120\n": (60, 0, [1, 2]),
    # Twice at a time, off the grid, negative, no number, no time: by their lines.
    "time,requests\n0,1\n0,2\n60,1\n": 3,
    "time,requests\n0,1\n60,1\n120,1\n135,1\n": 5,
    "time,requests\n0,1\n60,-2\n": 3,
    "time,requests\n0,NaN\n60,2\n": 2,
    "time,requests\n0,1\nsoon,2\n": 3,
}


@pytest.mark.parametrize("text", TRACES)
def test_traces_that_are_in_disorder(text: str, tmp_path: Any) -> None:
    file = tmp_path / "traffic.csv"
    file.write_text(text, "utf-8")
    wanted = TRACES[text]
    if isinstance(wanted, int):
        with pytest.raises(DataError) as caught:
            Trace.read(file)
        assert caught.value.line == wanted
    else:
        trace = Trace.read(file)
        assert (trace.step, trace.filled, list(trace.rates)) == wanted


#: Two days, of which the second one judges.
DAYS = Trace.of([300 - 200 * abs(144 - step % 288) / 144 for step in range(576)], 300)
JUDGED: Any = {"warm_up": 0.5, "price": PriceModel(currency="EUR", on_demand_micros=80_000)}


def test_settings_are_recommended_by_a_history() -> None:
    heard: list[Progress] = []
    found = recommend_scaling(DAYS, objective=400, violations=0.01, plant=JUDGED, seeds=[1], progress=heard.append)
    assert found.reached
    assert found.expected.violations.median <= 0.01
    assert (found.plant["objective"], found.config.price, found.judged) == (400, found.plant["price"], 86_400)
    assert heard[-1].fraction == 1
    assert {progress.stage for progress in heard} == {"simulate"}
    fixed = next(other for other in found.alternatives if other.policy == "fixed")
    assert fixed.saved_per_day_micros == fixed.cost_per_day_micros.median - found.expected.cost_per_day_micros.median > 0
    assert [warning.kind for warning in found.warnings][-1] in ScalingWarningKind
    # It is ready to use, and does what was expected.
    assert AutoScalingEngine(found.config).config == found.config
    bounds: Any = {"min_instances": found.config.min_instances, "max_instances": found.config.max_instances}
    (run,) = simulate_scaling(DAYS, policies=["engine"], config=found.config, plant=found.plant | bounds).runs
    assert run.result.violations == found.expected.violations.median
    html = found._repr_html_()
    assert all(text in html for text in ("holds", "EUR a day", "fixed", "knows the future"))
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_cannot_be_recommended_is_refused() -> None:
    for field, options in {
        "objective": {"objective": 10},
        "violations": {"violations": float("nan")},
        "seeds": {"seeds": []},
        "plant.warm_up": {"plant": {"warm_up": 0}},
    }.items():
        with pytest.raises(ConfigError) as caught:
            recommend_scaling(DAYS, **options)  # type: ignore[arg-type]
        assert caught.value.field == field
    with pytest.raises(DataError):
        recommend_scaling(Trace.of([10.0] * 60, 60))
    token = CancelToken()
    with pytest.raises(Cancelled):
        recommend_scaling(DAYS, progress=lambda _: token.cancel(), cancel=token)


def test_what_cannot_be_played_is_refused() -> None:
    for field, options in {
        "policies": {"policies": ["magic"]},
        "targets": {"targets": [1.5]},
        "capacity": {"plant": {"capacity": float("nan")}},
        "config": {"policies": ["engine"]},
        "seeds": {"seeds": []},
    }.items():
        with pytest.raises(ConfigError) as caught:
            simulate_scaling(DAY, **options)  # type: ignore[arg-type]
        assert field in (caught.value.field or ""), caught.value
    with pytest.raises(ConfigError):
        simulate_scaling(Trace.of([1, float("nan")], 60))


def test_notebooks_show_cards() -> None:
    scaler = AutoScalingEngine(ScalingConfig(price=PriceModel(currency="EUR", on_demand_micros=50_000)))
    decision = scaler.evaluate(ResourceMetrics(cpu_usage=95, memory_usage=50, instances=4), now=1.7e9)
    html = decision._repr_html_()
    assert all(text in html for text in ("Scale up from 4 to 6", "memory", "+0.1000"))
    scaler.execute(decision, now=1.7e9)
    assert all(text in scaler._repr_html_() for text in ("2023-11-14", "4 to 6"))
    assert "6 instances, 2 to 10 by hybrid" in scaler.get_scaling_status(now=1.7e9 + 1)._repr_html_()
    table = simulate_scaling(DAY, policies=["fixed"])._repr_html_()
    assert all(text in table for text in ("fixed", "USD"))
    shown = simulate_scaling(DAY, policies=["hpa"], targets=[0.6, 0.8], points=100)
    page = shown.to_html("A <day>")
    assert page.startswith("<!DOCTYPE html>") and "A &lt;day&gt;" in page
    assert all(text in page for text in ("Load and capacity", "Cost, USD, by violations", "hpa at 0.8"))
    assert "<svg" in shown._repr_html_() and "<html" not in shown._repr_html_()
    assert repr(scaler) == "AutoScalingEngine(hybrid, 2 to 10 instances)"


def test_forecasts_are_shown_with_how_good_they_have_been() -> None:
    config = ScalingConfig(strategy=ScalingStrategy.PREDICTIVE, target_request_rate=10, evaluation_period=30)
    scaler = AutoScalingEngine(config)
    for step in range(400):
        scaler.evaluate(ResourceMetrics(request_rate=40 + 20 * (step % 10 > 5), instances=8), now=30.0 * step)
    status = scaler.get_scaling_status(now=12_000)
    assert status.forecast is not None
    assert status.forecast.lower <= status.forecast.value <= status.forecast.upper
    assert [one.chosen for one in status.accuracy].count(True) == 1
    html = status._repr_html_()
    assert f"{status.forecast.model.value} (chosen)" in html
    assert f"forecast in {status.forecast.horizon:g} s" in html


def test_pictures() -> None:
    pytest.importorskip("matplotlib").use("agg")
    scaler = engine()
    scaler.evaluate(BUSY, now=1.7e9)
    scaler.evaluate(BUSY, now=1.7e9 + 60)
    (axes,) = scaler.plot().axes
    assert axes.get_title("left") == "2 decisions, 2 to change"
    (axes,) = simulate_scaling(DAY, policies=["hpa", "kpa"], targets=[0.6, 0.8]).plot().axes
    assert [line.get_label() for line in axes.get_lines()] == ["hpa", "kpa"]
    (axes,) = simulate_scaling(DAY, policies=["hpa"], points=100).plot(axes).axes
    assert "hpa at 0.7" in [line.get_label() for line in axes.get_lines()]


class SlowZone(tzinfo):
    """A time zone whose rules let other threads go first."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        time.sleep(0.001)
        return timedelta(0)

    def dst(self, moment: datetime | None) -> timedelta:
        return timedelta(0)


def test_any_thread_may_ask() -> None:
    scaler = engine()
    noon = datetime(2024, 7, 1, 12, tzinfo=SlowZone())

    def ask() -> None:
        for _ in range(50):
            scaler.evaluate(BUSY, now=noon)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert scaler.get_scaling_status(now=noon).decisions == 200
