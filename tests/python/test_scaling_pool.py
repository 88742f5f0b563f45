"""Pools of worker processes: real programs, started, watched and ended from Python."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opusclip import ConfigError, ScalingError
from opusclip.performance import (
    ActionState,
    AutoScalingEngine,
    PoolInstanceState,
    PoolStatus,
    ProcessPool,
    ResourceMetrics,
    ScalingConfig,
    ScalingReason,
    ScalingStrategy,
)

SLEEPS = ["sh", "-c", "exec sleep 100"]
SERVER = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["OPUSCLIP_INSTANCE"].encode())
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def pool(command: Any = SLEEPS, **options: Any) -> ProcessPool:
    return ProcessPool(command, **{"output": "discard", "stop_timeout": 5, **options})


def runs(process: int | None) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def soon(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.02)
    return False


def processes(status: PoolStatus) -> list[int | None]:
    return [one.process for one in status.processes]


def measured(workers: ProcessPool, **metrics: Any) -> ResourceMetrics:
    status = workers.status()
    return ResourceMetrics(instances=status.instances, ready_instances=status.ready_instances, **metrics)


def test_as_many_run_as_were_asked_for() -> None:
    with pool() as workers:
        for wanted in (3, 1, 2):
            workers.scale_to(wanted)
            status = workers.wait(30)
            assert (status.wanted, status.instances, status.ready_instances) == (wanted, wanted, wanted)
            assert all(map(runs, processes(status)))
            assert {one.state for one in status.processes} == {PoolInstanceState.READY}
        assert repr(workers) == "ProcessPool(2 of 2 instances are ready)"
        before = processes(workers.status())
    assert not any(map(runs, before))
    with pytest.raises(ScalingError) as caught:
        workers.scale_to(1)
    assert caught.value.code == "scaling.pool"
    workers.stop()


def test_servers_answer_at_their_ports() -> None:
    with pool([sys.executable, "-c", SERVER], ready={"http": "/"}) as workers:
        workers.scale_to(2)
        for one in workers.wait(60).processes:
            with urllib.request.urlopen(f"http://127.0.0.1:{one.port}/", timeout=10) as answer:
                assert answer.read() == str(one.number).encode()
            assert one.ready_after is not None


def test_one_that_dies_is_started_again() -> None:
    with pool(restart_delay=0.01) as workers:
        workers.scale_to(1)
        (first,) = processes(workers.wait(30))
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert soon(lambda: workers.status().restarts == 1 and workers.status().ready_instances == 1)
        (again,) = workers.status().processes
        assert (again.ended, again.restarts) == ("ended by signal 9", 1)
        assert again.process != first


def test_one_that_always_dies_is_given_up() -> None:
    with pool(["sh", "-c", "exit 3"], restarts=1, restart_delay=0.01) as workers:
        workers.scale_to(1)
        with pytest.raises(ScalingError, match="instance 0 ended with exit status 3") as caught:
            workers.wait(30)
        assert (caught.value.code, caught.value.field) == ("scaling.pool", "command")
        status = workers.status()
        assert (status.instances, status.given_up) == (0, 1)


async def test_a_pool_is_an_executor() -> None:
    config = ScalingConfig(strategy=ScalingStrategy.CPU, min_instances=1, max_instances=3)
    with pool() as workers:
        workers.scale_to(1)
        workers.wait(30)
        engine = AutoScalingEngine(config, workers)
        decision = engine.evaluate(measured(workers, cpu_usage=95))
        assert await engine.execute_scaling_action(decision)
        engine.ready(workers.status().ready_instances)
        assert workers.status().ready_instances == decision.target_instances == 2
        (action,) = engine.actions
        assert action.state is ActionState.DONE
        assert action.ready_after is not None
        decision = engine.evaluate(measured(workers, cpu_usage=95))
        assert (decision.reason, decision.notes) == (ScalingReason.COOLDOWN, ())


async def test_a_pool_that_fails_leaves_both_ideas_of_the_world_right(tmp_path: Path) -> None:
    script = 'if [ "$OPUSCLIP_INSTANCE" -ge 1 ]; then exit 1; fi; exec sleep 100'
    config = ScalingConfig(min_instances=1, execution={"retries": 1, "retry_delay": 0})
    with pool(["sh", "-c", script], restarts=0, ready={"seconds": 0.2}) as workers:
        workers.scale_to(1)
        workers.wait(30)
        engine = AutoScalingEngine(config, workers)
        decision = engine.evaluate(measured(workers, cpu_usage=95))
        assert await engine.execute_scaling_action(decision) is False
        (action,) = engine.actions
        assert (action.state, action.attempts) == (ActionState.GIVEN_UP, 2)
        assert "instance 1 ended with exit status 1" in (action.error or "")
        assert soon(lambda: len(workers.status().processes) == 1)
        assert (workers.status().wanted, engine.get_scaling_status().current_instances) == (1, 1)
        assert engine.evaluate(measured(workers, cpu_usage=50)).notes == ()


def test_a_wait_is_over_in_time_and_can_be_interrupted() -> None:
    with pool(ready={"line": "never"}) as workers:
        workers.scale_to(1)
        with pytest.raises(ScalingError, match=r"after 0\.1 s 0 of 1 instances are ready"):
            workers.wait(0.1)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        before = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt):
                workers.wait(60)
        finally:
            signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("end", ["sys.exit()", "os.kill(os.getpid(), signal.SIGKILL)", "os._exit(1)"])
def test_nothing_lives_on_when_the_host_ends(end: str, tmp_path: Path) -> None:
    host = f"""
        import os, signal, sys
        from opusclip.performance import ProcessPool
        workers = ProcessPool(["sh", "-c", "sleep 100 & exec sleep 100"], stop_timeout=1)
        workers.scale_to(2)
        print(*(one.process for one in workers.wait(30).processes), flush=True)
        {end}
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(host)], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        ids = [int(word) for word in started.stdout.readline().split()]
    assert len(ids) == 2
    assert soon(lambda: not any(map(runs, ids)))


def test_a_pool_that_is_dropped_stops() -> None:
    workers = pool()
    workers.scale_to(1)
    ids = processes(workers.wait(30))
    del workers
    assert not any(map(runs, ids))


async def test_others_go_on_while_a_pool_is_waited_for() -> None:
    with pool(ready={"seconds": 0.3}) as workers:
        workers.scale_to(1)
        waiting = asyncio.ensure_future(asyncio.to_thread(workers.wait, 30))
        turns = 0
        while not waiting.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert turns > 5
        assert (await waiting).ready_instances == 1


def test_what_cannot_be_is_refused_by_name(tmp_path: Path) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "command": {"command": []},
        "max_instances": {"max_instances": -1},
        "port": {"port": 70_000},
        "stop_timeout": {"stop_timeout": float("nan")},
        "ready": {"ready": {"tcp": True, "seconds": 1}},
        "ready.lines": {"ready": {"lines": "x"}},
        "output": {"output": "file"},
    }
    for field, options in wrong.items():
        with pytest.raises(ConfigError) as caught:
            pool(**{"command": SLEEPS, **options})
        assert caught.value.field == field, caught.value
    with pool(directory=tmp_path) as workers:
        assert (workers.options["directory"], workers.options["max_instances"]) == (str(tmp_path), 100)
        for instances in (101, -1, 2**40):
            with pytest.raises(ConfigError) as caught:
                workers.scale_to(instances)
            assert (caught.value.code, caught.value.field) == ("config.out_of_range", "instances")
