"""The examples run, with options that make them quick."""

import asyncio
import functools
import http.server
import json
import re
import runpy
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import opusclip
from conftest import QUICK, ROOT
from opusclip.performance import AutoScalingEngine, ScalingConfig

EXAMPLES = ROOT / "examples" / "python"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("extract_clips", "extract_clips_async"):
        monkeypatch.setattr(opusclip, name, functools.partial(getattr(opusclip, name), **QUICK))


def run(name: str, monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "analyze.py",
        "basic.py",
        "fleet.py",
        "kubernetes_scale.py",
        "side_by_side.py",
        "fastapi_jobs.py",
        "worker_pool.py",
    }


def test_analyze(
    media: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("analyze.py", monkeypatch, media("cuts.mp4"), tmp_path / "page.html")
    assert "3.000 s  cut" in capsys.readouterr().out
    assert "<svg" in (tmp_path / "page.html").read_text("utf-8")


def test_fleet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run("fleet.py", monkeypatch)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "minute 0: worker-3 joins, nobody leaves"
    assert said[2:] == [
        "minute 10: worker-3 is stopped with 0 requests in flight",
        "minute 11: worker-2 is stopped with 1 requests in flight",
        "1 workers are left: worker-1",
    ]


def test_basic(
    talk: Path, talk_srt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("basic.py", monkeypatch, talk, tmp_path / "clips", talk_srt)
    assert "clip-01.mp4" in capsys.readouterr().out


def test_the_readme(
    talk: Path, talk_srt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "talk.mp4").symlink_to(talk)
    (tmp_path / "talk.srt").symlink_to(talk_srt)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "bindings-python" / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "clip-01.mp4" in out
    assert out.endswith("stopped\n")


def test_worker_pool(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    run("worker_pool.py", monkeypatch)
    lines = capfd.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:6]] == [
        "Stay at 1",
        "Scale up from 1 to 3",
        "Scale up from 3 to 4",
        "Stay at 4",
        "Stay at 4",
        "Scale down from 4 to 2",
    ]
    assert lines[6:] == ["worker 0, worker 1", "3 actions, 0 of them failed, 1 turned back"]


class Cluster(http.server.BaseHTTPRequestHandler):
    """As much of a cluster's server as a deployment needs to be scaled."""

    replicas, version, conflicts = 4, 1, 1
    path_of = "/apis/apps/v1/namespaces/media/deployments/render"

    def answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def scale(self) -> dict[str, Any]:
        cluster = type(self)
        metadata = {"name": "render", "namespace": "media", "resourceVersion": str(cluster.version)}
        return {"metadata": metadata, "spec": {"replicas": cluster.replicas}, "status": {"replicas": cluster.replicas}}

    def do_GET(self) -> None:
        cluster = type(self)
        if self.path == f"{self.path_of}/scale":
            return self.answer(200, self.scale())
        status = {"replicas": cluster.replicas, "readyReplicas": cluster.replicas}
        pods = {"metadata": {}, "spec": {"containers": [{"name": "render"}]}}
        spec = {"selector": {"matchLabels": {"app": "render"}}, "template": pods}
        return self.answer(200, {"metadata": {"name": "render"}, "spec": spec, "status": status})

    def do_PUT(self) -> None:
        cluster = type(self)
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if cluster.conflicts > 0:
            # Somebody else comes between.
            cluster.conflicts -= 1
            cluster.version += 1
        if sent["metadata"]["resourceVersion"] != str(cluster.version):
            return self.answer(409, {"kind": "Status", "code": 409, "message": "the object has been modified"})
        cluster.replicas = sent["spec"]["replicas"]
        return self.answer(200, self.scale())

    def log_message(self, *_: object) -> None:
        pass


def test_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    kubernetes = pytest.importorskip("kubernetes", reason="needs `pip install kubernetes`")
    example = runpy.run_path(str(EXAMPLES / "kubernetes_scale.py"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cluster) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        configuration = kubernetes.client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
        apps = kubernetes.client.AppsV1Api(kubernetes.client.ApiClient(configuration))
        config = ScalingConfig(execution={"retry_delay": 0})
        engine = AutoScalingEngine(config, example["executor"](apps, "media", "render"))
        decision = engine.evaluate(example["measured"](apps, "media", "render", 95.0))
        assert engine.execute(decision)
        server.shutdown()
    assert Cluster.replicas == decision.target_instances == 6
    (action,) = engine.actions
    assert action.attempts == 2
    assert "409" in (action.error or "")


def test_concurrent(
    talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.mp4"
    other.symlink_to(talk)
    monkeypatch.chdir(tmp_path)
    run("side_by_side.py", monkeypatch, talk, other, tmp_path / "missing.mp4")
    out = capsys.readouterr().out
    assert (tmp_path / "clips" / "talk" / "clip-01.mp4").is_file()
    assert (tmp_path / "clips" / "other" / "clip-01.mp4").is_file()
    assert "media.not_found" in out


async def test_fastapi(talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi", reason="needs the extra `test`")
    httpx = pytest.importorskip("httpx", reason="needs the extra `test`")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "talk.mp4").symlink_to(talk)
    monkeypatch.setenv("VIDEOS", str(tmp_path / "in"))
    monkeypatch.setenv("CLIPS", str(tmp_path / "out"))
    app = runpy.run_path(str(EXAMPLES / "fastapi_jobs.py"))["app"]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:

        async def post(**wanted: object) -> str:
            response = await client.post("/jobs", json=wanted)
            assert response.status_code == 202
            return f"/jobs/{response.json()['id']}"

        async def finished(url: str) -> dict[str, Any]:
            async def wait() -> dict[str, Any]:
                while (state := (await client.get(url)).json())["state"] == "running":
                    await asyncio.sleep(0.05)
                return dict(state)

            return await asyncio.wait_for(wait(), 60)

        url = await post(video="talk.mp4", count=1)
        done = await finished(url)
        assert done["state"] == "done", done
        assert Path(done["report"]["clips"][0]["video"]).is_file()
        assert (await client.delete(url)).status_code == 204
        assert (await client.get(url)).status_code == 404

        failed = await finished(await post(video="talk.mp4", count=0))
        assert (failed["state"], failed["error"]["code"]) == ("failed", "config.out_of_range")
        assert (await client.post("/jobs", json={"video": "../talk.mp4"})).status_code == 404
