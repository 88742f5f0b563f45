"""Histories of load balancers in tests/vectors/balance, and cases with known results, through Python's public API."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, numbers
from opusclip import OpusClipError
from opusclip.performance import LoadBalancer, run_cases

SHARED = ROOT.parent / "shared" / "cases" / "lb_cases.json"


def cases() -> list[Any]:
    found = []
    for file in sorted((ROOT / "tests" / "vectors" / "balance").glob("*.json")):
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    assert len(found) > 50, "vectors are missing"
    return found


def made(options: dict[str, Any]) -> LoadBalancer:
    # Nothing is False here: None is what was not given.
    options = {name: False if value is None else value for name, value in numbers(options).items()}
    try:
        return LoadBalancer(**options)
    except TypeError:
        # A name that the class has no parameter for goes to the core as it is.
        return LoadBalancer.__base__.__new__(LoadBalancer, options)  # type: ignore[union-attr]


class History:
    """A balancer with what was handed out by it."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.balancer = made(options)
        self.kept: dict[str, Any] = {}

    def call(self, do: str, given: dict[str, Any]) -> Any:
        given = numbers(given)
        if "subset" in given:
            given["subset"] = self.kept[given["subset"]]
        name = given.pop("as", None)
        if do == "add_instance":
            return self.balancer.add_instance(given.pop("id"), **given.pop("options", {}), **given)
        if do == "end":
            return self.kept[given.pop("pick")].report(given.pop("outcome", None), **given)
        if do in {"next_check", "instance_ids"}:
            return getattr(self.balancer, do)
        result = getattr(self.balancer, do)(**given)
        if name is not None:
            self.kept[name] = result
        if do in {"pick", "pick_excluding"}:
            return result.id
        if isinstance(result, tuple):
            return [item.to_dict() for item in result]
        return result.to_dict() if hasattr(result, "to_dict") else result

    def step(self, step: dict[str, Any]) -> None:
        step = dict(step)
        do, times, error = step.pop("do"), step.pop("times", None), step.pop("error", None)
        nothing = object()
        expect = step.pop("expect", nothing)
        if error is not None:
            with pytest.raises(OpusClipError) as caught:
                self.call(do, step)
            assert {name: getattr(caught.value, name) for name in error} == error, caught.value
            return
        got = self.call(do, step) if times is None else [self.call(do, step) for _ in range(times)]
        if expect is not nothing:
            compare(got, expect, do)


def compare(got: Any, expect: Any, at: str) -> None:
    if isinstance(expect, list):
        assert len(got) == len(expect), f"{at}: {got}"
        for number, (one, wanted) in enumerate(zip(got, expect, strict=True)):
            compare(one, wanted, f"{at}[{number}]")
    elif not isinstance(expect, dict):
        assert got == (pytest.approx(expect) if isinstance(expect, float) else expect), at
    elif "$contains" in expect:
        assert expect["$contains"] in got, at
    elif "$same" in expect:
        assert len(set(got)) == 1, f"{at}: {got}"
    elif "$any_of" in expect:
        assert set(got) <= set(expect["$any_of"]), f"{at}: {got}"
    elif "$near" in expect:
        assert got == pytest.approx(expect["$near"], abs=expect["within"]), at
    else:
        for name, wanted in expect.items():
            compare(got[name], wanted, f"{at}.{name}")


@pytest.mark.parametrize("case", cases())
def test_histories_are_the_same_in_every_language(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(OpusClipError) as caught:
            made(case["options"])
        assert {name: getattr(caught.value, name) for name in case["error"]} == case["error"]
        return
    history = History(case.get("options", {}))
    for step in case["steps"]:
        history.step(step)


# Cases with known results


@pytest.fixture(scope="module")
def known() -> list[dict[str, Any]]:
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not there")
    found: list[dict[str, Any]] = json.loads(SHARED.read_text("utf-8"))["cases"]
    return found


def of(known: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    found = [case for case in known if case["kind"] in kinds]
    assert found, kinds
    return found


def weighted(weights: dict[str, float]) -> LoadBalancer:
    balancer = LoadBalancer("weighted_round_robin")
    for id, weight in weights.items():
        balancer.add_instance(id, weight=weight, now=0)
    return balancer


def tiered(percents: list[float], **options: Any) -> LoadBalancer:
    """A hundred instances in each tier, so many of them well."""
    balancer = LoadBalancer("round_robin", **options)
    for tier, percent in enumerate(percents):
        for number in range(100):
            balancer.add_instance(f"{tier}-{number}", tier=tier, now=0)
            balancer.set_instance_health(f"{tier}-{number}", number < percent, now=0)
    return balancer


def test_all_known_cases_pass(known: list[dict[str, Any]]) -> None:
    """Rules that no call shows by itself are asked by the runner of the core."""
    outcomes = run_cases(SHARED.read_text("utf-8"))
    assert len(outcomes) == len(known)
    assert [outcome for outcome in outcomes if not outcome.passed] == []


def test_known_sequences_are_those_of_the_balancer(known: list[dict[str, Any]]) -> None:
    for case in of(known, "smooth_wrr", "smooth_wrr_vs_expanded"):
        balancer = weighted(case["input"]["weights"])
        picks = [balancer.get_next_instance(now=0) for _ in range(case["input"]["picks"])]
        assert picks == case["expect"].get("picks", picks), case["id"]
        counts = case["expect"].get("counts", {})
        assert {id: picks.count(id) for id in counts} == counts


def test_known_shares_are_those_of_a_snapshot(known: list[dict[str, Any]]) -> None:
    for case in of(known, "priority_load", "panic_threshold"):
        given, expect = case["input"], case["expect"]
        options = {"overprovisioning_factor": given.get("overprovisioning_factor", 1.4)}
        options |= {"panic_threshold": given["threshold_percent"]} if "threshold_percent" in given else {}
        for number, row in enumerate(given["rows_percent_healthy"]):
            tiers = tiered(row, **options).snapshot(now=0).tiers
            if "traffic_percent" in expect:
                wanted = pytest.approx(expect["traffic_percent"][number], abs=case.get("tolerance", 1e-9))
                assert [tier.share for tier in tiers] == wanted, row
            if "in_panic" in expect:
                assert [tier.panic for tier in tiers] == expect["in_panic"][number], row


def test_known_weights_in_slow_start_are_those_of_a_snapshot(known: list[dict[str, Any]]) -> None:
    for case in of(known, "slow_start"):
        for row, wanted in zip(case["input"]["rows"], case["expect"]["effective_weight"], strict=True):
            least = case["input"].get("min_weight_percent", 10)
            window = {"window": row["window_s"], "min_weight_percent": least, "aggression": row.get("aggression", 1.0)}
            balancer = LoadBalancer("round_robin", slow_start=window)  # type: ignore[arg-type]
            balancer.add_instance("first", now=0)
            balancer.add_instance("late", weight=row["weight"], now=1)
            late = balancer.snapshot(now=1 + row["age_s"]).instances[1]
            assert late.weight * late.warmth == pytest.approx(wanted), row


def test_known_ejections_are_those_of_events(known: list[dict[str, Any]]) -> None:
    for case in of(known, "ejection_time"):
        base, longest = case["input"]["base_s"], case["input"]["max_s"]
        outlier = {"base_ejection_time": base, "max_ejection_time": longest, "interval": 1e6, "consecutive_failures": 1}
        balancer = LoadBalancer("round_robin", outlier=outlier)  # type: ignore[arg-type]
        balancer.add_instance("a", now=0)
        now, lengths = 0.0, []
        for _ in range(max(case["input"]["ejections_in_a_row"])):
            balancer.pick(now=now).report("server_error", now=now)
            (ejected,) = [event for event in balancer.take_events() if event.kind == "ejected"]
            assert ejected.until is not None
            lengths.append(ejected.until - now)
            now = ejected.until
        wanted = [lengths[count - 1] for count in case["input"]["ejections_in_a_row"]]
        assert wanted == pytest.approx(case["expect"]["seconds"])


def test_files_that_hold_no_cases(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"cases": 1}'):
        with pytest.raises(OpusClipError) as caught:
            run_cases(text)
        assert caught.value.code == "data.invalid"
    (outcome,) = run_cases('{"cases": [{"id": "x", "kind": "smooth_wrr"}]}')
    assert (outcome.passed, outcome.id) == (False, "x")
