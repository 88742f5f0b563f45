"""The Rust examples build and do what they say. Python's and Node's run in their own suites."""

import json
import math
import re
from pathlib import Path

import pytest
from doors import ROOT, media, run

EXAMPLES = ROOT / "target" / "release" / "examples"


@pytest.fixture(scope="module")
def built() -> Path:
    # The features of `make cli`, so that nothing else is built for it; balancer and scaling alone are built in no time.
    for features in ("cli", "scaling,reqwest,tokio --no-default-features"):
        command = f"cargo build --release --quiet -p opusclip-core --features {features} --examples"
        run(*command.split(), cwd=ROOT, timeout=1800)
    return EXAMPLES


def test_every_example_is_tested() -> None:
    assert {path.stem for path in (ROOT / "examples" / "rust").glob("*.rs")} == {
        "analytics", "analyze", "balance", "cases", "discovery", "extract", "fleet", "joint", "reqwest", "scaling", "stages",
        "tower",
    }


def test_analytics(built: Path) -> None:
    lines = run(built / "analytics").splitlines()
    assert "disk rises" in lines[0]
    assert "latency follows load by 2 h" in lines[3]
    assert lines[5].startswith("latency within 24h: 23 values")
    assert "225 of 900" in lines[6]


def test_analyze(built: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    said = run(built / "analyze", media("cuts.mp4"), page)
    assert "3.000 s  Cut" in said
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_extract_and_stages(built: Path, short_talk: tuple[Path, Path], tmp_path: Path) -> None:
    video, transcript = short_talk
    said = run(built / "extract", video, tmp_path / "clips", transcript)
    assert "clip-01.mp4" in said
    assert "Chosen for" in said
    manifest = tmp_path / "clips" / "manifest.json"
    (clip,) = json.loads(manifest.read_text("utf-8"))["clips"]

    said = run(built / "stages", video, transcript, manifest, tmp_path / "again")
    assert "hook" in said
    (again,) = json.loads((tmp_path / "again" / "manifest.json").read_text("utf-8"))["clips"]
    assert again["start"] == clip["start"]
    assert again["duration"] == pytest.approx(clip["duration"] - 1, abs=0.05)
    assert f"{again['duration']:.1f} s" in said


def test_balance(built: Path) -> None:
    said = run(built / "balance", "cold_start", "1")
    lines = said.splitlines()
    assert lines[0].startswith("cold_start")
    assert lines[-1].split()[0] == "omniscient"
    assert len(lines) == 13


def test_discovery(built: Path) -> None:
    said = run(built / "discovery", "127.0.0.1:8000").splitlines()
    assert said == ['new: ["http://127.0.0.1:8000"]; gone: []; kept: []']


def test_tower(built: Path) -> None:
    said = run(built / "tower").splitlines()
    answers = {line.split()[4]: int(line.split()[0]) for line in said if " answers 200 " in line}
    # One of three fails at once, and is asked again only now and then.
    assert set(answers) == {"10.0.0.1", "10.0.0.2"}
    assert sum(answers.values()) == 1000
    (asked, failed) = (int(number) for number in re.findall(r"(\d+) times", said[-1]))
    assert asked == failed
    assert 0 < asked < 50


def test_reqwest(built: Path) -> None:
    said = run(built / "reqwest").splitlines()
    assert said[0] == "300 of 300 requests were answered"
    assert [line.split(",")[0] for line in said[1:]] == ["one: healthy", "two: healthy", "broken: unhealthy"]
    assert said[3].endswith("its checks failed: it said 503, not 200 to 299")


def test_fleet(built: Path) -> None:
    said = run(built / "fleet").splitlines()
    assert said[0] == "minute 0: worker-3 joins, nobody leaves"
    # One has ended its request in time, the other one has not.
    assert said[2:] == [
        "minute 10: worker-3 is stopped with 0 requests in flight",
        "minute 11: worker-2 is stopped with 1 requests in flight",
        "1 workers are left: worker-1",
    ]


def test_cases(built: Path, tmp_path: Path) -> None:
    cases = {
        "cases": [
            {"id": "right", "kind": "bounded_load", "input": LOAD, "expect": {"cap_per_server": [2, 4, 5]}},
            {"id": "wrong", "kind": "bounded_load", "input": LOAD, "expect": {"cap_per_server": [2, 4, 6]}},
        ]
    }
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases), "utf-8")
    said = run(built / "cases", file).splitlines()
    assert said == ["wrong (bounded_load): cap_per_server[2] is 5, not 6", "1 passed, 1 failed"]


def test_cases_of_scaling(built: Path) -> None:
    said = run(built / "cases", ROOT / "tests" / "vectors" / "scaling" / "hpa.json").splitlines()
    cases = json.loads((ROOT / "tests" / "vectors" / "scaling" / "hpa.json").read_text("utf-8"))["cases"]
    assert said == [f"{len(cases)} passed, 0 failed"]


def test_what_scaling_saves_is_printed_for_each_trace(built: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    rates = [3600 * (300 - 200 * abs(12 - hour % 24) // 12) for hour in range(72)]
    trace.write_text("\n".join(["hits", *map(str, rates)]) + "\n", "utf-8")
    said = run(built / "against", f"{trace},column=hits,step=3600", "seeds=1", "days=3").splitlines()
    assert [line.split()[:2] for line in said[1::2]] == [["trace", "hpa_cpu_50"], ["trace", "fixed_at_peak"]]
    cost = [float(line.split()[2]) for line in said[1::2]]
    assert all(-90 < saved < 0 for saved in cost), said
    assert all("violations=" in line and "knowing=" in line for line in said[2::2])


def test_scaling(built: Path, tmp_path: Path) -> None:
    rates = [600 - 300 * math.cos(hour / 12 * math.pi) for hour in range(96)]
    trace = tmp_path / "trace.csv"
    trace.write_text("hour,requests\n" + "".join(f"{hour},{rate:.0f}\n" for hour, rate in enumerate(rates)), "utf-8")
    said = run(built / "scaling", trace, "step=3600", "seeds=1").splitlines()
    assert [line.split()[0] for line in said[2:9]] == ["ours", "seeing", "hpa", "hpa_cpu", "kpa", "aws", "oracle"]
    assert re.match(r"cost_vs_hpa=\S+ cost_vs_kpa=\S+ .*reversals_vs_hpa=\S+$", said[-1])


def test_joint(built: Path) -> None:
    said = [line.split() for line in run(built / "joint", "days=0.05", "mean=40").splitlines()]
    assert [tuple(line[:2]) for line in said[1:5]] == [
        (scaler, balancer) for scaler in ("predictive", "hpa") for balancer in ("least_response_time", "round_robin")
    ]
    assert said[5][0].startswith("requests_per_second=")


LOAD = {"factor_percent": 150, "servers": 4, "active_after_this_request": [4, 10, 11]}
