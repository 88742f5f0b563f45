"""`opusclip analyze` and `opusclip cache`: forms, files, stretches; and the same analysis through every door."""

import csv
import io
import json
import os
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from doors import COMMAND, media, node, opusclip, python, run
from test_front_doors import snake

INDEX = ("--level", "index")

PYTHON = """
import json, opusclip, sys
video, parts = sys.argv[1:]
analysis = opusclip.analyze(video, cache=False)
joined = opusclip.merge_parts(opusclip.analyze_part(video, a, b) for a, b in json.loads(parts))
assert joined == analysis
html = analysis.to_html("talk.mp4")
print(json.dumps({"analysis": analysis.to_dict(), "html": html, "csv": analysis.to_csv()}))
"""

NODE = """
import { analysisToCsv, analysisToHtml, analyze, analyzePart, mergeParts } from 'opusclip'
import { deepEqual } from 'node:assert/strict'
const [video, parts] = JOB
const analysis = await analyze(video, { cache: false })
const jobs = parts.map(([start, end]) => analyzePart(video, { start, end }))
deepEqual(await mergeParts(await Promise.all(jobs)), analysis)
const html = analysisToHtml(analysis, { title: 'talk.mp4' })
console.log(JSON.stringify({ analysis, html, csv: analysisToCsv(analysis) }))
"""


def refused(*arguments: str | Path) -> tuple[int, str]:
    """Exit status and standard error of a command that must fail."""
    command = [str(COMMAND), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0, arguments
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("analyze")
    video = media("talk.mp4")
    parts = [[0, 20.5], [20.5, None]]
    command = {
        "analysis": opusclip("analyze", video, "--no-cache"),
        "html": run(COMMAND, "analyze", video, "--html").removesuffix("\n"),
        "csv": subprocess.check_output([COMMAND, "analyze", video, "--csv"]).decode(),
    }
    return {
        "command": command,
        "python": json.loads(python(PYTHON, folder, str(video), json.dumps(parts))),
        "node": json.loads(node(NODE.replace("JOB", json.dumps([str(video), parts])), folder)),
    }


def rounded(value: Any) -> Any:
    """Numbers of curves have 32 bits; languages print them to different lengths."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("door", ["python", "node"])
def test_every_door_says_the_same(told: dict[str, Any], door: str) -> None:
    analysis = snake(told[door]["analysis"]) if door == "node" else told[door]["analysis"]
    wanted = dict(told["command"]["analysis"])
    # What is not known is left out in JSON files, and None in Python.
    analysis["damage"].pop("first_error", None)
    assert rounded(analysis) == rounded(wanted)
    assert told[door]["html"] == told["command"]["html"]
    assert told[door]["csv"] == told["command"]["csv"]


def test_the_table_is_csv(told: dict[str, Any]) -> None:
    text, analysis = told["command"]["csv"], told["command"]["analysis"]
    assert text.count("\r\n") == text.count("\n") == len(analysis["shots"]) + 1
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert [float(row["start"]) for row in rows] == [shot["start"] for shot in analysis["shots"]]
    assert [row["begins_with"] for row in rows] == ["start", *(one["kind"] for one in analysis["boundaries"])]
    assert [row["found_by"] for row in rows] == ["", *(one["found_by"] for one in analysis["boundaries"])]


class Page(HTMLParser):
    """Checks that a page is whole and needs nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"script", "link", "img", "iframe", "object"}
        assert not {"src", "href", "onload", "onclick"} & dict(attrs).keys()
        self.seen.add(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["talk.mp4", "no_audio.mp4", "audio_only.m4a", "bad/flipped.mp4"])
def test_the_page_is_whole(name: str) -> None:
    html = run(COMMAND, "analyze", media(name), "--html", *INDEX)
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    assert {"svg", "desc", "title", "dl"} <= page.seen
    assert "prefers-color-scheme:dark" in html
    assert len(html) < 100_000


def test_people_are_told_what_was_found() -> None:
    said = run(COMMAND, "analyze", media("talk.mp4"))
    for line in ("loudness ", "speech ", "shots      8", "boundaries 7 cuts", "0:09.700"):
        assert line in said, said
    assert "found      damaged packet" in run(COMMAND, "analyze", media("bad/flipped.mp4"), *INDEX)


def test_only_a_stretch() -> None:
    video = media("cuts.mp4")
    found = opusclip("analyze", video, "--range", "2:8")
    assert found["span"] == {"start": 2.0, "end": 8.0}
    assert [one["start"] for one in found["boundaries"]] == [3.0, 7.2]
    assert opusclip("analyze", video, "--range", "8:", *INDEX)["span"] == {"start": 8.0, "end": 14.0}
    assert opusclip("analyze", video, "--range", ":", "--no-cache") == opusclip("analyze", video, "--no-cache")
    for text, code in (("8:2", "config.out_of_range"), ("1:NaN", "config.out_of_range"), ("5", ""), ("a:b", "")):
        status, said = refused("analyze", video, "--range", text)
        assert status == 2
        assert code in said


def test_results_go_into_a_file_whole(tmp_path: Path) -> None:
    video = media("cuts.mp4")
    for form in (["--json"], ["--csv"], ["--html"], []):
        out = tmp_path / f"out{''.join(form)}"
        assert run(COMMAND, "analyze", video, *INDEX, *form, "--out", out) == ""
        with out.open(newline="", encoding="utf-8") as file:
            assert file.read() == subprocess.check_output([COMMAND, "analyze", video, *INDEX, *form]).decode()
        before = out.read_bytes()
        status, said = refused("analyze", video, *INDEX, "--out", out)
        assert (status, out.read_bytes()) == (5, before)
        assert "output.exists" in said
        run(COMMAND, "analyze", video, *INDEX, "--out", out, "--overwrite")
        assert out.read_bytes().startswith(b"length ")
    assert {path.name for path in tmp_path.iterdir()} == {"out", "out--json", "out--csv", "out--html"}


def test_a_source_and_a_folder_are_never_overwritten(tmp_path: Path) -> None:
    video = tmp_path / "cuts.mp4"
    video.write_bytes(media("cuts.mp4").read_bytes())
    (tmp_path / "link.mp4").symlink_to(video)
    before = video.read_bytes()
    for out in (video, tmp_path / "link.mp4", tmp_path):
        status, said = refused("analyze", video, "--out", out, "--overwrite")
        assert status == 5
        assert "output.exists" in said
    assert video.read_bytes() == before
    status, said = refused("analyze", video, *INDEX, "--out", tmp_path / "no" / "folder.json")
    assert status == 5
    assert "output.unwritable" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze", "x.mp4", "--csv", "--html"],
        ["analyze", "x.mp4", "--csv", "--json"],
        ["--json", "analyze", "x.mp4", "--html"],
        ["analyze", "x.mp4", "--overwrite"],
        ["analyze", "x.mp4", "--level", "closest"],
    ],
)
def test_wrong_use_is_refused(arguments: list[str]) -> None:
    status, said = refused(*arguments)
    assert status == 2
    if "--json" in arguments:
        assert json.loads(said)["error"]["code"] == "config.invalid"


def test_the_cache_is_shown_and_cleared(tmp_path: Path) -> None:
    video, kept = media("cuts.mp4"), tmp_path / "kept"

    def entries() -> int:
        info = opusclip("cache", "--cache-dir", kept)
        assert info["folder"] == str(kept)
        return int(info["entries"])

    first = opusclip("analyze", video, *INDEX, "--cache-dir", kept)
    assert entries() == 1
    assert opusclip("analyze", video, *INDEX, "--cache-dir", kept) == first
    opusclip("analyze", video, *INDEX, "--cache-dir", kept, "--no-cache", "--no-audio")
    assert entries() == 1
    opusclip("select", video, "--min", "3", "--max", "6", "--cache-dir", kept)
    assert entries() == 2
    assert "2 analyses" in run(COMMAND, "cache", "--cache-dir", kept)
    assert run(COMMAND, "cache", "--clear", "--cache-dir", kept).startswith("removed 2 analyses")
    assert entries() == 0
    environment = {**os.environ, "OPUSCLIP_CACHE_DIR": str(kept)}
    shown = json.loads(subprocess.check_output([COMMAND, "cache", "--json"], env=environment))
    assert shown["folder"] == str(kept)
