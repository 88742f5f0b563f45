"""`opusclip balance`: strategies in virtual time, traces, cases with known results."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from doors import COMMAND, ROOT, run

SHARED = ROOT.parent / "shared" / "cases" / "lb_cases.json"
STRATEGIES = ("round_robin", "least_response_time")


def simulated(*arguments: object) -> dict[str, Any]:
    """A report of simulations."""
    report: dict[str, Any] = json.loads(run(COMMAND, "balance", "simulate", *map(str, arguments), "--json"))
    return report


def results(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["policy"]: one["result"] for one in report["runs"]}


def failed(*arguments: object) -> tuple[int, dict[str, Any]]:
    command = [str(COMMAND), "balance", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, json.loads(done.stderr or "{}").get("error")


def test_faults_are_found_out_by_who_looks() -> None:
    report = simulated("faults", "--strategies", ",".join(STRATEGIES), "--requests", 20000, "--seed", 7)
    found = results(report)
    assert found["least_response_time"]["availability"] > 0.999
    assert found["round_robin"]["availability"] < 0.95
    assert found["least_response_time"]["p99"] < found["round_robin"]["p99"] / 5
    # The servers of the scenario, in their order: the seventh answers everything with an error.
    assert report["scenario"]["servers"][6]["fault"] == "failing_fast"
    assert found["least_response_time"]["shares"][6] < 1 / 16


def test_the_same_seed_gives_the_same_run_and_runs_have_seeds_of_their_own() -> None:
    arguments = ("equal", "--strategies", "random", "--requests", 20_000, "--seed", 3, "--runs", 3)
    report = simulated(*arguments)
    assert report == simulated(*arguments)
    assert [one["seed"] for one in report["runs"]] == [3, 4, 5]
    assert len({one["result"]["mean"] for one in report["runs"]}) == 3


def test_requests_that_are_over_before_any_counts_are_too_few() -> None:
    _, error = failed("simulate", "equal", "--requests", 5000)
    assert (error["code"], error["field"]) == ("data.too_few", "requests")
    assert error["message"] == "all 5000 requests come in the first 5 s, which are not counted"


def test_a_queue_of_one_server_is_that_of_the_theory() -> None:
    """M/G/1 with processor sharing: the mean is work / (1 - load), whatever the distribution (Kleinrock, 1967)."""
    options = ("--servers", 1, "--workers", 1, "--load", 0.5, "--work", 0.02, "--requests", 100_000)
    options += ("--strategies", "round_robin")
    for distribution in ("constant", "exponential"):
        (found,) = results(simulated("equal", *options, "--distribution", distribution)).values()
        assert found["mean"] == pytest.approx(0.04, rel=0.05)


def test_requests_come_as_a_trace_says(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text("time,size\n1700000007,1\n1700000000,1\n1700000001,1\n1700000007,1\n", "utf-8")
    options = ("--servers", 1, "--workers", 1, "--work", 0.5, "--distribution", "constant", "--warm-up", 0)
    options += ("--strategies", "random")
    report = simulated("equal", "--trace", trace, *options)
    assert report["scenario"]["arrivals"] == [0, 1, 7, 7]
    (found,) = results(report).values()
    # Two meet nobody, two of the same moment share the server.
    assert (found["requests"], found["mean"]) == (4, pytest.approx((0.5 + 0.5 + 1 + 1) / 4))
    assert failed("simulate", "--trace", tmp_path / "none.csv")[1]["code"] == "data.invalid"
    assert failed("simulate", "--trace", trace, "--time", "when")[1]["code"] == "data.invalid"


def test_servers_are_numbered_from_one() -> None:
    options = ("--servers", 3, "--speed", "2=0.1", "--fault", "3=failing", "--fault", "1=dead:5", "--requests", 20_000)
    servers = simulated("equal", *options, "--strategies", "random")["scenario"]["servers"]
    assert [server["speed"] for server in servers] == [1.0, 0.1, 1.0]
    assert [server["fault"] for server in servers] == [{"dead": {"since": 5.0}}, "none", "failing_fast"]


def test_a_table_for_people() -> None:
    text = run(COMMAND, "balance", "simulate", "half_slow", "--requests", 10000)
    lines = text.splitlines()
    assert lines[0].startswith("half_slow: 10 servers")
    names = [line.split()[0] for line in lines[2:]]
    assert {"round_robin", "least_response_time", "prequal", "omniscient"} <= set(names)
    assert len(names) == 12


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (("simulate", "--strategies", "best"), "config.invalid", "strategies"),
        (("simulate", "--load", "0"), "config.out_of_range", "load"),
        (("simulate", "--load", "NaN"), "config.out_of_range", "load"),
        (("simulate", "--rate", "-5"), "config.out_of_range", "rate"),
        (("simulate", "--rate", "inf"), "config.not_finite", "rate"),
        (("simulate", "--speed", "11=1"), "config.out_of_range", "speed"),
        (("simulate", "--fault", "1=flapping:-1"), "config.out_of_range", "servers.fault.period"),
        (("simulate", "--requests", "0"), "config.out_of_range", "requests"),
    ],
)
def test_what_cannot_be_simulated(arguments: tuple[str, ...], code: str, field: str) -> None:
    status, error = failed(*arguments)
    assert (status, error["code"], error["field"]) == (2, code, field)


@pytest.mark.parametrize("fault", ["sleepy", "dead", "dead:x", "cold:1", "=failing", "0=failing", "1"])
def test_faults_that_cannot_be_read(fault: str) -> None:
    status, error = failed("simulate", "--fault", fault if "=" in fault or fault == "1" else f"1={fault}")
    assert (status, error["code"]) == (2, "config.invalid")


def test_known_cases_pass() -> None:
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not there")
    assert run(COMMAND, "balance", "cases", SHARED).endswith(" passed, 0 failed\n")


def test_cases_that_fail_say_where_and_end_with_9(tmp_path: Path) -> None:
    case = {"id": "x", "kind": "smooth_wrr", "input": {"weights": {"a": 1, "b": 1}, "picks": 2}}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [{**case, "expect": {"picks": ["a", "a"]}}]}), "utf-8")
    command = [str(COMMAND), "balance", "cases", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (9, 'x (smooth_wrr): picks[1] is "b", not "a"\n0 passed, 1 failed\n')
    file.write_text("{}", "utf-8")
    status, error = failed("cases", file)
    assert (status, error["code"], error["field"]) == (4, "data.invalid", "cases")
