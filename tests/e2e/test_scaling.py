"""`opusclip scaling`: decisions with their reasons, recorded traffic, cases with known results."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from doors import COMMAND, ROOT, run

SHARED = ROOT.parent / "shared" / "cases" / "hpa_cases.json"


def answered(*arguments: object) -> Any:
    """What a command says as JSON."""
    return json.loads(run(COMMAND, "scaling", *map(str, arguments), "--json"))


def failed(*arguments: object) -> tuple[int, dict[str, Any]]:
    command = [str(COMMAND), "scaling", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, json.loads(done.stderr or "{}").get("error")


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A day by the minute, twice as busy at noon as on average; counts of requests."""
    file = tmp_path / "day.csv"
    counts = [round(60 * (100 - 60 * math.cos(2 * math.pi * minute / 1440))) for minute in range(1440)]
    rows = [f"{1_700_000_000 + 60 * minute},{count}" for minute, count in enumerate(counts)]
    file.write_text("\n".join(["time,requests", *rows]) + "\n", "utf-8")
    return file


def test_a_decision_says_why() -> None:
    decision = answered("evaluate", "--cpu", 85, "--memory", 75, "--instances", 4)
    # 4 * 85 / 70 is 4.9.
    found = (decision["action"], decision["target_instances"], decision["reason"])
    assert found == ("scale_up", 5, "DesiredWithinRange")
    said = run(COMMAND, "scaling", "evaluate", "--cpu", "85", "--memory", "75", "-n", "4")
    assert said.startswith("Scale up from 4 to 5: CPU usage of 85.0 %")
    assert all(text in said for text in ("memory", "confidence 1.00"))


def test_options_come_from_a_file_and_histories_are_decided_line_by_line(tmp_path: Path) -> None:
    config = tmp_path / "scaling.json"
    config.write_text('{"strategy": "cpu", "cooldown_period": 60}', "utf-8")
    history = tmp_path / "history.ndjson"
    lines = [{"timestamp": 60 * minute, "cpu_usage": 95} for minute in range(3)]
    history.write_text("\n".join(map(json.dumps, lines)) + "\n\n", "utf-8")
    decisions = answered("evaluate", history, "--config", config)
    # Two times 95 / 70 is 2.7, three times 4.1, and five times would be 6.8.
    assert [one["target_instances"] for one in decisions] == [3, 5, 7]
    history.write_text('{"timestamp": 0, "cpu_usage": 95}\n{"cpu_usage": 95}\n', "utf-8")
    status, error = failed("evaluate", history)
    assert (status, error["code"], error["field"], error["line"]) == (4, "data.invalid", "timestamp", 2)
    config.write_text('{"max_instances": 1}', "utf-8")
    status, error = failed("evaluate", "--config", config)
    assert (status, error["code"], error["field"]) == (2, "config.out_of_range", "min_instances")


def test_policies_meet_the_same_traffic(day: Path) -> None:
    arguments = ("simulate", day, "--policies", "hpa,fixed,oracle", "--targets", "0.6,0.8", "--start-up", 30)
    report = answered(*arguments)
    assert report == answered(*arguments)
    assert [(one["policy"], one["target"]) for one in report["runs"]] == [
        (policy, target) for policy in ("hpa", "fixed", "oracle") for target in (0.6, 0.8)
    ]
    assert report["mean_rate"] == pytest.approx(100, rel=0.001)
    assert report["peak_rate"] == pytest.approx(160, rel=0.001)
    assert report["plant"]["start_up"] == 30
    hours = {(one["policy"], one["target"]): one["result"]["instance_hours"] for one in report["runs"]}
    # Two thirds of a day with enough for the peak: 160 / (0.8 * 20) is 10.
    assert hours["fixed", 0.8] == pytest.approx(160, rel=0.01)
    assert hours["oracle", 0.8] < hours["hpa", 0.8] < hours["fixed", 0.8]
    requests = {one["result"]["requests"] for one in report["runs"]}
    assert len(requests) == 1


def test_the_table_for_people(day: Path, tmp_path: Path) -> None:
    config = tmp_path / "scaling.json"
    config.write_text('{"strategy": "request", "target_request_rate": 14}', "utf-8")
    options = ("--policies", "engine,hpa", "--config", str(config), "--runs", "2", "--currency", "EUR")
    lines = run(COMMAND, "scaling", "simulate", str(day), *options).splitlines()
    assert lines[0].startswith("1.00 days of 100.0 requests/s on average, 160.0 at most")
    assert lines[0].endswith("EUR")
    assert lines[1].split()[:3] == ["target", "violations", "%"]
    assert [line.split()[0] for line in lines[2:]] == ["engine", "hpa"]


def test_scalers_and_balancers_are_played_together(day: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    options = ("--balance", "--mean-rate", "10", "--html", str(page))
    lines = run(COMMAND, "scaling", "simulate", str(day), *options).splitlines()
    assert [tuple(line.split()[:2]) for line in lines[2:]] == [
        (policy, balancer) for policy in ("predictive", "hpa") for balancer in ("least_response_time", "round_robin")
    ]
    assert lines[1].split()[-4:] == ["burst", "%", "calm", "%"]
    text = page.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>") and text.count("Load and capacity of") == 8
    assert failed("simulate", day, "--html", page)[1]["code"] == "output.exists"
    one = answered("simulate", day, "--mode", "requests", "--policies", "fixed", "--mean-rate", 10, "--spread", "fewest")
    assert one["runs"][0]["balancer"] == "fewest"
    assert failed("simulate", day, "--balance=best")[1]["field"] == "balancers"
    assert failed("simulate", day, "--warming", 5)[1]["field"] == "mode"


def test_what_cannot_be_played_is_refused(day: Path, tmp_path: Path) -> None:
    assert failed("simulate", day, "--policies", "magic")[1]["field"] == "policies"
    assert failed("simulate", day, "--targets", "2")[1]["field"] == "targets"
    assert failed("simulate", day, "--capacity", "nan")[1]["code"] == "config.not_finite"
    status, error = failed("simulate", day, "--column", "request")
    assert (status, error["code"], error["field"]) == (4, "data.invalid", "column")
    assert failed("simulate", tmp_path / "none.csv")[0] == 4


@pytest.fixture
def days(tmp_path: Path) -> Path:
    """Two days by five minutes, nine times as busy at noon as at night."""
    file = tmp_path / "days.csv"
    counts = [round(300 * (100 - 80 * math.cos(2 * math.pi * step / 288))) for step in range(576)]
    rows = [f"{1_700_000_000 + 300 * step},{count}" for step, count in enumerate(counts)]
    file.write_text("\n".join(["time,requests", *rows]) + "\n", "utf-8")
    return file


def test_settings_are_recommended_for_a_level(days: Path, tmp_path: Path) -> None:
    level = ("--objective", "0.4s", "--violations", "0.5%", "--warm-up", "0.5", "--runs", "1", "--price", "80000")
    found = answered("recommend", days, *level)
    assert (found["reached"], found["violations"], found["plant"]["objective"]) == (True, 0.005, 400)
    assert found["expected"]["violations"]["median"] <= 0.005
    # What was found can be played, and gives what was expected.
    config = tmp_path / "scaling.json"
    config.write_text(json.dumps(found["config"]), "utf-8")
    bounds = ("--min", found["config"]["min_instances"], "--max", found["config"]["max_instances"])
    played = answered("simulate", days, "--policies", "engine", "--config", config, *level[:2], *level[4:], *bounds)
    assert played["runs"][0]["result"]["violations"] == found["expected"]["violations"]["median"]
    said = run(COMMAND, "scaling", "recommend", str(days), *level)
    first, *rest = said.splitlines()
    assert first.startswith(found["expected"]["policy"])
    assert first.endswith("holds 0.5 % of requests over 400 ms")
    assert [line.split()[0] for line in rest if line.startswith("  ") and "%" in line][-1] == "knows"
    assert json.loads(said[said.index("{") :]) == found["config"]
    assert any("no day" in line or "no week" in line for line in rest), "what two days cannot show"


def test_levels_that_cannot_be_are_refused(days: Path) -> None:
    assert failed("recommend", days, "--objective", "10ms")[1]["field"] == "objective"
    assert failed("recommend", days, "--violations", "80%")[1]["field"] == "violations"
    assert failed("recommend", days, "--violations", "nan")[1]["code"] == "config.not_finite"
    done = subprocess.run(
        [str(COMMAND), "scaling", "recommend", str(days), "--violations", "few"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "0.5%" in done.stderr


def test_cases_pass_or_say_what_is_instead(tmp_path: Path) -> None:
    assert run(COMMAND, "scaling", "cases", str(ROOT / "tests" / "vectors" / "scaling" / "hpa.json")).endswith(
        " passed, 0 failed\n"
    )
    file = tmp_path / "cases.json"
    case = {"id": "x", "kind": "external_avg", "current": 3, "value": 8600, "target_avg": 2150, "expect": 5}
    file.write_text(json.dumps({"cases": [case]}), "utf-8")
    done = subprocess.run([str(COMMAND), "scaling", "cases", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (9, "x (external_avg): gives 4, not 5\n0 passed, 1 failed\n")


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is not there")
def test_all_shared_cases_pass() -> None:
    assert all(one["passed"] for one in answered("cases", SHARED))
