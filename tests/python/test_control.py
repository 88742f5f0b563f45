"""Progress, cancellation and Ctrl-C of plain calls."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import opusclip
from conftest import QUICK, SLOW, leftovers

# What is promised. A loaded machine may miss it once, so the best of a few tries counts.
PROMISED = 0.2
TRIES = 3


def test_progress_never_falls_and_ends_at_one(talk: Path, talk_srt: Path, tmp_path: Path) -> None:
    steps: list[opusclip.Progress] = []
    opusclip.extract_clips(talk, tmp_path / "out", transcript=talk_srt, progress=steps.append, **QUICK)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    stages = [step.stage for step in steps]
    assert stages == sorted(stages, key=["probe", "analyze", "select", "render", "export"].index)
    assert {"analyze", "render", "export"} <= set(stages)
    assert str(opusclip.Progress("render", 0.5, 12.3)) == "render 50%, 12 s left"


def test_an_exception_in_the_callback_stops_the_work_and_comes_out(talk: Path, tmp_path: Path) -> None:
    failure = RuntimeError("the disk of the web server is full")

    def progress(step: opusclip.Progress) -> None:
        if step.stage == "render":
            raise failure

    with pytest.raises(RuntimeError) as caught:
        opusclip.extract_clips(talk, tmp_path / "out", progress=progress, **SLOW)
    assert caught.value is failure
    assert leftovers(tmp_path) == []


def cancel_while_rendering(talk: Path, out_dir: Path, where: str) -> float:
    """Seconds from the cancellation to the exception."""
    token = opusclip.CancelToken()
    asked: list[float] = []
    rendering = threading.Event()

    def progress(step: opusclip.Progress) -> None:
        if step.stage != "render" or asked:
            return
        if where == "callback":
            asked.append(time.monotonic())
            token.cancel()
        rendering.set()

    def cancel() -> None:
        assert rendering.wait(60)
        time.sleep(0.1)
        asked.append(time.monotonic())
        token.cancel()

    thread = threading.Thread(target=cancel)
    if where == "thread":
        thread.start()
    with pytest.raises(opusclip.Cancelled) as caught:
        opusclip.extract_clips(talk, out_dir, progress=progress, cancel=token, **SLOW)
    took = time.monotonic() - asked[0]
    if where == "thread":
        thread.join()
    assert caught.value.code == "cancelled"
    assert token.cancelled
    assert not out_dir.exists()
    return took


@pytest.mark.parametrize("where", ["callback", "thread"])
def test_a_token_stops_the_work_quickly(talk: Path, tmp_path: Path, where: str) -> None:
    took = min(cancel_while_rendering(talk, tmp_path / "out", where) for _ in range(TRIES))
    assert took < PROMISED
    assert leftovers(tmp_path) == []


def test_tokens() -> None:
    parent = opusclip.CancelToken()
    child, sibling = parent.child(), parent.child()
    child.cancel()
    assert (parent.cancelled, child.cancelled, sibling.cancelled) == (False, True, False)
    grandchild = sibling.child()
    parent.cancel()
    assert sibling.cancelled
    assert grandchild.cancelled
    assert repr(parent) == "<CancelToken cancelled>"
    assert repr(opusclip.CancelToken()) == "<CancelToken>"


@pytest.mark.parametrize("call", ["probe", "analyze", "select", "extract_clips"])
def test_a_cancelled_token_stops_every_call(talk: Path, tmp_path: Path, call: str) -> None:
    token = opusclip.CancelToken()
    token.cancel()
    args = (talk, tmp_path / "out") if call == "extract_clips" else (talk,)
    with pytest.raises(opusclip.Cancelled):
        getattr(opusclip, call)(*args, cancel=token)
    assert leftovers(tmp_path) == []


def test_the_interpreter_goes_on_while_it_works(talk: Path) -> None:
    stop = threading.Event()
    gaps: list[float] = []

    def tick() -> None:
        last = time.monotonic()
        while not stop.is_set():
            time.sleep(0.001)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    ticker = threading.Thread(target=tick)
    ticker.start()
    started = time.monotonic()
    opusclip.analyze(talk, level=opusclip.Level.EXACT, cache=False)
    took = time.monotonic() - started
    stop.set()
    ticker.join()
    # Held for the whole call, the lock would have let the ticker run a handful of times at most.
    assert len(gaps) > took / 0.05


def test_calls_work_side_by_side_from_other_threads(talk: Path, tmp_path: Path) -> None:
    results: dict[int, Any] = {}

    def work(number: int) -> None:
        steps: list[opusclip.Progress] = []
        report = opusclip.extract_clips(talk, tmp_path / str(number), progress=steps.append, **QUICK)
        results[number] = (report.clips[0].start, steps[-1].fraction)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results[0] == results[1]
    assert results[0][1] == 1.0


SYNC = """
import sys, time, opusclip
def progress(step):
    if step.stage == "render":
        print("rendering", flush=True)
try:
    opusclip.extract_clips(sys.argv[1], sys.argv[2], speed="slow", progress=progress)
except KeyboardInterrupt:
    print("interrupted", time.monotonic(), flush=True)
    raise
"""
ASYNC = """
import asyncio, sys, time, opusclip
def progress(step):
    if step.stage == "render":
        print("rendering", flush=True)
async def main():
    await opusclip.extract_clips_async(sys.argv[1], sys.argv[2], speed="slow", progress=progress)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", time.monotonic(), flush=True)
    raise
"""


def interrupt(script: str, talk: Path, out_dir: Path) -> float:
    """Seconds from SIGINT to KeyboardInterrupt in a process that renders."""
    # A shell that started the tests in the background may have made SIGINT ignored.
    child = subprocess.Popen(
        [sys.executable, "-c", f"import signal; signal.signal(2, signal.default_int_handler)\n{script}", talk, out_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "rendering\n", child.communicate()[1]
        time.sleep(0.1)
        sent = time.monotonic()
        os.kill(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=30)
    finally:
        child.kill()
        child.wait()
    assert child.returncode == -signal.SIGINT, err
    assert "KeyboardInterrupt" in err
    assert not out_dir.exists()
    return float(out.split("interrupted ")[1]) - sent


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("script", [SYNC, ASYNC], ids=["plain", "asyncio"])
def test_ctrl_c_stops_the_work_quickly(talk: Path, tmp_path: Path, script: str) -> None:
    took = min(interrupt(script, talk, tmp_path / "out") for _ in range(TRIES))
    assert took < PROMISED
    assert leftovers(tmp_path) == []
