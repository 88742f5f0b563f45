"""Runs of the simulators in tests/vectors/simulations, through Python's public API."""

import json
from itertools import zip_longest
from typing import Any

import pytest

from conftest import ROOT, numbers
from opusclip import OpusClipError
from opusclip.performance import ScalingComparison, Trace, simulate_joint, simulate_scaling

FOLDER = ROOT / "tests" / "vectors" / "simulations"


def cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        for case in file["cases"]:
            # Most name one of the file's traces.
            if isinstance(case["trace"], str):
                case["trace"] = file["traces"][case["trace"]]
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    assert len(found) > 30, "vectors are missing"
    return found


def played(case: dict[str, Any]) -> ScalingComparison:
    trace, options = Trace.from_dict(case["trace"]), numbers(case.get("options", {}))
    if case["call"] == "simulate_scaling":
        return simulate_scaling(trace, **options)
    assert case["call"] == "simulate_joint"
    return simulate_joint(trace, **options, **numbers(case.get("balancing", {})))


def named(got: Any, wanted: Any) -> Any:
    """As much of what was answered as is wanted of it."""
    if isinstance(wanted, dict) and got is not None:
        return {name: named(getattr(got, name), one) for name, one in wanted.items()}
    if isinstance(wanted, list):
        return [named(one, part) for one, part in zip_longest(got, wanted)]
    return got


@pytest.mark.parametrize("case", cases())
def test_vector(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(OpusClipError) as caught:
            played(case)
        assert (caught.value.code, caught.value.field) == (case["error"]["code"], case["error"].get("field"))
        return
    # To the last digit.
    assert named(played(case).runs, case["expect"]) == case["expect"]
