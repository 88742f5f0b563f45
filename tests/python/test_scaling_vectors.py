"""Histories of scaling engines in tests/vectors/scaling, and cases with known results, through Python's public API."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, numbers
from opusclip import OpusClipError
from opusclip.performance import (
    AutoScalingEngine,
    ResourceMetrics,
    ScalingConfig,
    ScalingDecision,
    run_scaling_cases,
)

FOLDER = ROOT / "tests" / "vectors" / "scaling"
#: Its cases have a format of their own, which `run_scaling_cases` reads.
CASES = FOLDER / "hpa.json"
SHARED = ROOT.parent / "shared" / "cases" / "hpa_cases.json"


def cases() -> list[Any]:
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        if file != CASES:
            for case in json.loads(file.read_text("utf-8"))["cases"]:
                found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    assert len(found) > 60, "vectors are missing"
    return found


def made(config: dict[str, Any]) -> ScalingConfig:
    try:
        return ScalingConfig(**numbers(config))
    except TypeError:
        # A name that the class has no field for goes to the core as it is.
        AutoScalingEngine.__new__(AutoScalingEngine)._start(Unknown(config), None, None)  # type: ignore[arg-type]
        raise


class Unknown:
    """Options that the class does not know."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    def to_dict(self) -> dict[str, Any]:
        return self.config


class History:
    """An engine with what was handed out by it."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.engine = AutoScalingEngine(made(config))
        self.decisions: dict[str | None, ScalingDecision] = {}
        self.tokens: dict[str | None, str] = {}

    def call(self, step: dict[str, Any]) -> Any:
        engine, do = self.engine, step["do"]
        name, now = step.get("as"), numbers(step.get("now", 0))
        token = self.tokens[step["action"]] if "action" in step else step.get("token", "")
        if do == "evaluate":
            metrics = ResourceMetrics.from_dict(numbers(step["metrics"]))
            decision = self.decisions[None] = self.decisions[name] = engine.evaluate(metrics, now=now)
            return decision
        if do == "begin":
            request = engine.begin(self.decisions[step.get("decision")], now=now)
            if request is not None:
                self.tokens[name] = request.token
            return request
        if do == "succeeded":
            return engine.succeeded(token, now=now)
        if do == "failed":
            return engine.failed(token, step["because"], now=now)
        if do == "due":
            request = engine.due(now=now)
            if "same" in step:
                assert request is not None
                assert request.token == self.tokens[step["same"]]
            return request
        if do == "ready":
            return engine.ready(step["instances"], now=now)
        if do == "wanted_instances":
            return engine.wanted_instances(now=now)
        if do == "prometheus_text":
            return engine.to_prometheus(step["labels"], now=now)
        if do == "keda_json":
            return engine.to_keda_json(now=now)
        if do == "answer_keda":
            return engine.answer_keda(step["method"], bytes.fromhex(step["request"]), now=now).hex()
        if do == "restore":
            self.engine = AutoScalingEngine.restore(step.get("saved") or engine.save(), engine.config)
            return None
        return engine.get_scaling_status(now=now) if do == "status" else getattr(engine, do)

    def step(self, step: dict[str, Any]) -> Any:
        """What was answered, where it was not refused."""
        if "error" in step:
            with pytest.raises(OpusClipError) as caught:
                self.call(step)
            return refused(caught.value, step["error"])
        got = self.call(step)
        if "expect" in step:
            compare(got, step["expect"], step["do"])
        return got


def refused(error: OpusClipError, wanted: dict[str, Any]) -> None:
    assert error.code == wanted["code"], error
    assert "field" not in wanted or error.field == wanted["field"], error


def compare(got: Any, wanted: Any, at: str) -> None:
    wrong = f"{at} is {got!r}, wanted {wanted!r}"
    if isinstance(wanted, list):
        assert len(got) == len(wanted), wrong
        for number, one in enumerate(wanted):
            compare(got[number], one, f"{at}[{number}]")
    elif not isinstance(wanted, dict):
        assert got == (pytest.approx(wanted) if isinstance(wanted, float) else wanted), wrong
    elif "$contains" in wanted:
        assert wanted["$contains"] in got, wrong
    else:
        for name, one in wanted.items():
            compare(getattr(got, name), one, f"{at}.{name}")


@pytest.mark.parametrize("case", cases())
def test_vector(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(OpusClipError) as caught:
            History(case["config"])
        return refused(caught.value, case["error"])
    history, again = History(case["config"]), History(case["config"])
    for step in case["steps"]:
        # The same inputs again give the same answers.
        assert history.step(step) == again.step(step)


@pytest.mark.parametrize("file", [CASES, SHARED], ids=lambda file: file.name)
def test_known_cases_pass(file: Path) -> None:
    if not file.exists():
        pytest.skip(f"{file} is not there")
    text = file.read_text("utf-8")
    results = run_scaling_cases(text)
    assert len(results) == len(json.loads(text)["cases"])
    assert [result for result in results if not result.passed] == []


def test_files_that_hold_no_cases() -> None:
    for text in ("", "[]", "{}", '{"cases": 1}'):
        with pytest.raises(OpusClipError) as caught:
            run_scaling_cases(text)
        assert caught.value.code == "data.invalid"
    (result,) = run_scaling_cases('{"cases": [{"id": "x", "kind": "kpa", "expect": 1}]}')
    assert (result.passed, result.id) == (False, "x")
