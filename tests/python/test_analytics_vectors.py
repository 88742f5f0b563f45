"""The answers of other tools in tests/vectors/analytics, through Python's public API."""

import json
from typing import Any

import pytest

from conftest import ROOT
from opusclip import OpusClipError, analytics
from opusclip.analytics import BgNbd, CustomerSummary, GammaGamma, Mean, Proportion
from test_vectors import compare, resolve


def cases() -> list[Any]:
    found = []
    for file in sorted((ROOT / "tests" / "vectors" / "analytics").glob("*.json")):
        for case in json.loads(file.read_text("utf-8"))["cases"]:
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    assert len(found) > 90, "vectors are missing"
    return found


def seconds(table: dict[str, Any]) -> dict[str, Any]:
    """Whole numbers would be microseconds."""
    times = {name: [float(time) for time in table[name]] for name in ("time", "start") if name in table}
    return {**table, **times}


def arm(given: dict[str, Any]) -> Proportion | Mean:
    return Proportion.from_dict(given) if "converted" in given else Mean.from_dict(given)


def model(case: dict[str, Any]) -> dict[str, Any]:
    customers = [CustomerSummary.from_dict(one) for one in case["customers"]]
    if case["call"] == "gamma_gamma":
        values = GammaGamma.fit(customers)
        return {"model": values.to_dict(), "expected": values.expected_value(customers).tolist()}
    purchases = BgNbd.fit(customers)
    alive = purchases.probability_alive(customers).tolist()
    expected = purchases.expected_purchases(customers, case["horizon"]).tolist()
    return {"model": purchases.to_dict(), "alive": alive, "expected": expected}


def call(case: dict[str, Any]) -> dict[str, Any]:
    name, options = case["call"], dict(case["options"])
    function: Any = getattr(analytics, name, None)
    if name in {"bg_nbd", "gamma_gamma"}:
        return model(case)
    if name == "compare":
        given = {"control": arm(case["control"]), "variant": arm(case["variant"])}
    elif name == "drivers":
        given = case["rows"]
    elif name == "funnel":
        # What is missing is missing from the call as well.
        given = {"steps": options.pop("steps", []), "event": None, **seconds(case["events"])}
        # `from` is no name that Python could have.
        given["since"] = options.pop("from", None)
    elif name in {"retention", "users"}:
        given = seconds(case["events"])
        given = {column: given[column] for column in given if name == "retention" or column != "event"}
    else:
        table = case["subscriptions" if name == "mrr" else "payments"]
        given = {**seconds(table), "only": options.pop("currency", None)}
    result: dict[str, Any] = function(**given, **options).to_dict()
    return result


@pytest.mark.parametrize("case", cases())
def test_answers_are_those_of_the_oracles(case: dict[str, Any], tmp_path: Any) -> None:
    case = {**case, "options": resolve(case["options"], tmp_path, numbers=True)}
    expect = case["expect"]
    if "error" not in expect:
        tolerance = case.get("tolerance", 1e-6)
        compare(call(case), expect["value"], tolerance, relative=tolerance)
        return
    with pytest.raises(OpusClipError) as caught:
        call(case)
    for name, value in expect["error"].items():
        assert getattr(caught.value, name) == value, f"{name} of {caught.value}"
