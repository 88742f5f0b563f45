"""The examples run, with options that make them quick."""

import functools
import runpy
import sys
import time
from pathlib import Path

import pytest
from conftest import QUICK, ROOT

import opusclip

EXAMPLES = ROOT / "examples" / "python"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("extract_clips", "extract_clips_async"):
        monkeypatch.setattr(opusclip, name, functools.partial(getattr(opusclip, name), **QUICK))


def run(name: str, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {"basic.py", "concurrent.py", "fastapi_jobs.py"}


def test_basic(
    talk: Path, talk_srt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("basic.py", monkeypatch, talk, tmp_path / "clips", talk_srt)
    assert "clip-01.mp4" in capsys.readouterr().out


def test_concurrent(
    talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.mp4"
    other.symlink_to(talk)
    monkeypatch.chdir(tmp_path)
    run("concurrent.py", monkeypatch, talk, other, tmp_path / "missing.mp4")
    out = capsys.readouterr().out
    assert (tmp_path / "clips" / "talk" / "clip-01.mp4").is_file()
    assert (tmp_path / "clips" / "other" / "clip-01.mp4").is_file()
    assert "media.not_found" in out


def test_fastapi(talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi", reason="needs the extra `test`")
    pytest.importorskip("httpx", reason="needs the extra `test`")
    from fastapi.testclient import TestClient

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "talk.mp4").symlink_to(talk)
    monkeypatch.setenv("VIDEOS", str(tmp_path / "in"))
    monkeypatch.setenv("CLIPS", str(tmp_path / "out"))
    app = runpy.run_path(str(EXAMPLES / "fastapi_jobs.py"))["app"]
    with TestClient(app) as client:
        job = client.post("/jobs", json={"video": "talk.mp4", "count": 1})
        assert job.status_code == 202
        url = f"/jobs/{job.json()['id']}"
        deadline = time.monotonic() + 60
        while (state := client.get(url).json())["state"] == "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert state["state"] == "done", state
        assert Path(state["report"]["clips"][0]["video"]).is_file()
        assert client.delete(url).status_code == 204
        assert client.get(url).status_code == 404

        assert client.post("/jobs", json={"video": "../talk.mp4"}).status_code == 404
        bad = client.post("/jobs", json={"video": "talk.mp4", "count": 0}).json()["id"]
        while (state := client.get(f"/jobs/{bad}").json())["state"] == "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert (state["state"], state["error"]["code"]) == ("failed", "config.out_of_range")
