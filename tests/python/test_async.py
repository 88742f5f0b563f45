"""The asyncio twins."""

import asyncio
import inspect
import threading
import time
from pathlib import Path

import pytest

import opusclip
from conftest import QUICK, SLOW, leftovers
from test_control import PROMISED, TRIES

NAMES = ["probe", "analyze", "analyze_part", "select", "extract_clips", "render", "read_subtitles", "transcribe"]


@pytest.mark.parametrize("name", NAMES)
def test_twins_take_what_the_plain_calls_take(name: str) -> None:
    plain, twin = getattr(opusclip, name), getattr(opusclip, f"{name}_async")
    assert inspect.signature(plain) == inspect.signature(twin)
    assert inspect.iscoroutinefunction(twin)
    assert twin.__name__ == f"{name}_async"
    assert "Parameters" in (twin.__doc__ or "")


async def test_results_are_those_of_the_plain_calls(talk: Path, talk_srt: Path, tmp_path: Path) -> None:
    assert await opusclip.probe_async(talk) == opusclip.probe(talk)
    assert await opusclip.analyze_async(talk, cache=False) == opusclip.analyze(talk)
    parts = await asyncio.gather(opusclip.analyze_part_async(talk, 0, 30), opusclip.analyze_part_async(talk, 30))
    assert opusclip.merge_parts(parts) == opusclip.analyze(talk)
    chosen = await opusclip.select_async(talk, transcript=talk_srt, count=1)
    assert chosen == opusclip.select(talk, transcript=talk_srt, count=1)
    report = await opusclip.extract_clips_async(talk, tmp_path / "out", transcript=talk_srt, **QUICK)
    again = await opusclip.render_async(report.manifest, tmp_path / "again")
    assert [clip.duration for clip in again.clips] == [clip.duration for clip in report.clips]


async def test_progress_arrives_on_the_loop_before_the_result(talk: Path, tmp_path: Path) -> None:
    steps: list[opusclip.Progress] = []
    threads: set[int] = set()

    def progress(step: opusclip.Progress) -> None:
        asyncio.get_running_loop()
        threads.add(threading.get_ident())
        steps.append(step)

    await opusclip.extract_clips_async(talk, tmp_path / "out", progress=progress, **QUICK)
    assert threads == {threading.get_ident()}
    assert steps[-1].fraction == 1.0


async def test_errors_and_exceptions_of_the_callback_come_out(talk: Path, tmp_path: Path) -> None:
    with pytest.raises(opusclip.MediaNotFoundError):
        await opusclip.probe_async(tmp_path / "missing.mp4")
    failure = LookupError("no such job")

    def progress(step: opusclip.Progress) -> None:
        raise failure

    with pytest.raises(LookupError) as caught:
        await opusclip.extract_clips_async(talk, tmp_path / "out", progress=progress, **SLOW)
    assert caught.value is failure
    assert leftovers(tmp_path) == []


async def cancel_while_rendering(talk: Path, out_dir: Path) -> float:
    """Seconds from the cancellation of a task to its end."""
    rendering = asyncio.Event()

    def progress(step: opusclip.Progress) -> None:
        if step.stage == "render":
            rendering.set()

    task = asyncio.create_task(opusclip.extract_clips_async(talk, out_dir, progress=progress, **SLOW))
    await asyncio.wait_for(rendering.wait(), 60)
    await asyncio.sleep(0.1)
    asked = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    took = time.monotonic() - asked
    assert task.cancelled()
    assert not out_dir.exists()
    return took


async def test_cancelling_a_task_stops_the_work_quickly(talk: Path, tmp_path: Path) -> None:
    took = [await cancel_while_rendering(talk, tmp_path / "out") for _ in range(TRIES)]
    assert min(took) < PROMISED
    assert leftovers(tmp_path) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("opusclip")]


async def test_a_second_cancellation_does_not_leave_the_work_behind(talk: Path, tmp_path: Path) -> None:
    task = asyncio.create_task(opusclip.extract_clips_async(talk, tmp_path / "out", **SLOW))
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert leftovers(tmp_path) == []


async def test_a_token_stops_its_job_and_not_the_other_way_round(talk: Path, tmp_path: Path) -> None:
    token = opusclip.CancelToken()
    task = asyncio.create_task(opusclip.extract_clips_async(talk, tmp_path / "out", cancel=token, **SLOW))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not token.cancelled
    other = asyncio.create_task(opusclip.extract_clips_async(talk, tmp_path / "out", cancel=token, **SLOW))
    await asyncio.sleep(0.2)
    token.cancel()
    with pytest.raises(opusclip.Cancelled):
        await other


async def test_a_timeout_stops_the_work(talk: Path, tmp_path: Path) -> None:
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(opusclip.extract_clips_async(talk, tmp_path / "out", **SLOW), 0.5)
    assert leftovers(tmp_path) == []


async def test_two_jobs_at_once_leave_the_loop_free(talk: Path, talk_srt: Path, tmp_path: Path) -> None:
    heard: list[str] = []

    async def job(name: str) -> opusclip.Report:
        report = await opusclip.extract_clips_async(
            talk, tmp_path / name, transcript=talk_srt, progress=lambda _: heard.append(name), **QUICK
        )
        heard.append("finished")
        return report

    jobs = asyncio.gather(job("a"), job("b"))
    turns = 0
    while not jobs.done():
        await asyncio.sleep(0.005)
        turns += 1
    first, second = await jobs
    assert [clip.start for clip in first.clips] == [clip.start for clip in second.clips]
    assert set(heard[: heard.index("finished")]) == {"a", "b"}
    assert turns > 10
