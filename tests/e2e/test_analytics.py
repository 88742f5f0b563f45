"""`opusclip analytics` on tables with planted answers, and on tables that are none."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from doors import COMMAND, run

NOW = 1_700_000_000


def asked(*arguments: object) -> Any:
    return json.loads(run(COMMAND, "analytics", *map(str, arguments), "--json"))


def failed(*arguments: object) -> dict[str, Any]:
    command = [str(COMMAND), "analytics", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode not in (0, 101), done
    error: dict[str, Any] = json.loads(done.stderr)["error"]
    return error


@pytest.fixture
def hourly(tmp_path: Path) -> Path:
    """Five weeks of hours: a rise of 0.1 an hour, a daily season, one spike."""
    rows = ["timestamp,value"]
    for hour in range(24 * 35):
        value = 100 + 0.1 * hour + 10 * math.sin(2 * math.pi * hour / 24) + 0.5 * math.sin(hour * hour)
        rows.append(f"{NOW + 3600 * hour},{value + (80 if hour == 700 else 0):.4f}")
    path = tmp_path / "hourly.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def test_a_trend_is_the_one_that_was_planted(hourly: Path) -> None:
    assert asked("trend", hourly)["slope"]["estimate"]["per_hour"] == pytest.approx(0.1, rel=0.05)
    assert "by " in run(COMMAND, "analytics", "trend", hourly)


def test_the_spike_is_found(hourly: Path) -> None:
    assert 700 in {point["index"] for point in asked("anomalies", hourly)["points"]}
    scores = run(COMMAND, "analytics", "anomalies", hourly, "--csv").splitlines()
    assert scores[0] == "timestamp,value,anomaly_score"
    assert len(scores) == 24 * 35 + 1


def test_a_forecast_goes_on(hourly: Path) -> None:
    ahead = asked("forecast", hourly, "--horizon", 24, "--effort", "fast")
    truth = [100 + 0.1 * hour + 10 * math.sin(2 * math.pi * hour / 24) for hour in range(24 * 35, 24 * 36)]
    assert sum(abs(a - b) for a, b in zip(ahead["mean"], truth, strict=True)) / 24 < 2.5


def test_columns_that_go_together(tmp_path: Path) -> None:
    waves = [math.sin(at * at) for at in range(200)]
    rows = [json.dumps({"time": NOW + 60 * at, "a": wave, "b": 2 * wave}) for at, wave in enumerate(waves)]
    table = tmp_path / "columns.ndjson"
    table.write_text("\n".join(rows) + "\n", "utf-8")
    (pair,) = asked("correlate", table)["pairs"]
    assert (pair["a"], pair["b"], pair["significant"]) == ("a", "b", True)


def test_people_in_steps_and_people_who_return(tmp_path: Path) -> None:
    day = 86_400
    events = [(0, "u1", "visit"), (60, "u1", "pay"), (0, "u2", "visit"), (9 * day, "u3", "visit")]
    events.append((7 * day, "u1", "visit"))
    table = tmp_path / "events.csv"
    lines = [f"{NOW + time},{user},{event}" for time, user, event in events]
    table.write_text("\n".join(["timestamp,user,event", *lines]) + "\n", "utf-8")
    found = asked("funnel", table, "--steps", "visit,pay", "--window", day, "--until", NOW + 9 * day)
    assert (found["entered"], found["converted"], found["pending"], found["lost"]) == (3, 1, 1, 1)
    kept = asked("retention", table, "--period", "week")
    assert kept["cohorts"][0]["size"] == 2


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "data.", ""),
        ("timestamp,value\n", "data.", ""),
        ("timestamp,value\n1700000000,1\n", "data.too_few", ""),
        ("timestamp,name\n1700000000,x\n1700000060,y\n", "data.invalid", "number"),
        ("value\n1\n2\n", "data.invalid", "time"),
    ],
)
def test_a_table_that_will_not_do(tmp_path: Path, text: str, code: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    error = failed("trend", path)
    assert error["code"].startswith(code)
    assert said in json.dumps(error)


def test_options_and_columns_that_are_not_there(hourly: Path, tmp_path: Path) -> None:
    assert failed("trend", hourly, "--column", "vlaue")["code"] == "data.invalid"
    assert failed("forecast", hourly, "--level", "2")["code"] == "config.out_of_range"
    assert failed("trend", hourly, "--confidence", "NaN")["code"] in {"config.not_finite", "config.out_of_range"}
    assert failed("anomalies", tmp_path / "none.csv")["code"] == "data.invalid"
