"""One behaviour through every door: the same job gives the same clips from the command line, Python and Node.

Rust is the command: it calls the same function of the core.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from doors import frames, media, node, opusclip, python

QUICK = {"count": 2, "width": 270, "height": 480, "speed": "ultrafast"}

PYTHON = """
import json, opusclip, sys
job = json.loads(sys.argv[1])
report = opusclip.extract_clips(job["video"], job["out"], transcript=job["transcript"], **job["options"])
print(json.dumps(report.to_dict()))
"""

NODE = """
import { extractClips } from 'opusclip'
const { video, out, transcript, options } = JOB
console.log(JSON.stringify(await extractClips(video, { outDir: out, transcript, ...options })))
"""


def snake(value: Any) -> Any:
    """Names in camel case to names in snake case."""
    if isinstance(value, dict):
        return {re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), name): snake(inner) for name, inner in value.items()}
    return [snake(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("doors")
    video, transcript = media("talk.mp4"), media("talk.srt")

    def job(out: str) -> str:
        paths = {"video": str(video), "transcript": str(transcript), "out": str(folder / out)}
        return json.dumps({**paths, "options": QUICK})

    size = f"{QUICK['width']}x{QUICK['height']}"
    options = ["--count", str(QUICK["count"]), "--size", size, "--speed", str(QUICK["speed"])]
    return {
        "command": opusclip("extract", video, "--transcript", transcript, "--out", folder / "command", *options),
        "python": json.loads(python(PYTHON, folder, job("python"))),
        "node": snake(json.loads(node(NODE.replace("JOB", job("node")), folder))),
    }


@pytest.mark.parametrize("door", ["python", "node"])
def test_the_reports_are_the_same(reports: dict[str, Any], door: str) -> None:
    def apart_from_the_folder(name: str) -> Any:
        report = reports[name]
        return json.loads(json.dumps(report).replace(report["out_dir"], "OUT"))

    assert len(reports["command"]["clips"]) == QUICK["count"]
    assert apart_from_the_folder(door) == apart_from_the_folder("command")


@pytest.mark.parametrize("door", ["python", "node"])
def test_the_manifests_are_the_same(reports: dict[str, Any], door: str) -> None:
    text = {name: Path(reports[name]["manifest"]).read_text("utf-8") for name in ("command", door)}
    assert text[door] == text["command"]


@pytest.mark.parametrize("door", ["python", "node"])
def test_the_pictures_and_sounds_are_the_same(reports: dict[str, Any], door: str) -> None:
    for expected, found in zip(reports["command"]["clips"], reports[door]["clips"], strict=True):
        assert frames(Path(found["video"])) == frames(Path(expected["video"]))


def test_failures_are_the_same(tmp_path: Path) -> None:
    """A code, the field at fault by the caller's name, a way out."""
    options = {"min_duration": 60, "max_duration": 30}
    said = python(
        "import opusclip\n"
        f"try: opusclip.extract_clips({str(media('talk.mp4'))!r}, 'out', **{options!r})\n"
        "except opusclip.OpusClipError as e: print(e.code, e.field, e.message, e.hint, sep='|')\n",
        tmp_path,
    )
    code, field, message, hint = said.strip().split("|")
    assert (code, field) == ("config.out_of_range", "min_duration")
    said = node(
        "import { extractClips } from 'opusclip'\n"
        f"const job = extractClips({json.dumps(str(media('talk.mp4')))}, "
        "{ outDir: 'out', minDuration: 60, maxDuration: 30 })\n"
        "await job.catch((e) => console.log([e.code, e.field, e.message].join('|')))\n",
        tmp_path,
    )
    assert said.strip() == f"{code}|minDuration|{message} (field: minDuration); {hint}"
    assert not (tmp_path / "out").exists()
