"""A manifest, edited and rendered again."""

import dataclasses
import json
from pathlib import Path

import pytest

import opusclip
from conftest import QUICK


@pytest.fixture
def report(talk: Path, talk_srt: Path, tmp_path: Path) -> opusclip.Report:
    return opusclip.extract_clips(talk, tmp_path / "clips", transcript=talk_srt, **QUICK)


def test_in_place_only_what_changed_is_rendered(report: opusclip.Report) -> None:
    before = [clip.video.stat().st_mtime_ns for clip in report.clips]
    text = json.loads(report.manifest.read_text("utf-8"))
    text["clips"][1]["ranges"][0]["end"] -= 0.5
    report.manifest.write_text(json.dumps(text, indent=1), "utf-8")
    again = opusclip.render(report.manifest)
    assert again.out_dir == report.out_dir
    after = [clip.video.stat().st_mtime_ns for clip in again.clips]
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert again.clips[1].duration == pytest.approx(report.clips[1].duration - 0.5, abs=0.05)
    assert again.notes
    opusclip.render(str(report.manifest), only=[1], force=True)
    assert again.clips[0].video.stat().st_mtime_ns != before[0]


async def test_in_place_for_asyncio(report: opusclip.Report) -> None:
    again = await opusclip.render_async(report.manifest)
    assert [clip.duration for clip in again.clips] == [clip.duration for clip in report.clips]


def test_what_is_no_file_has_no_place(report: opusclip.Report, tmp_path: Path) -> None:
    manifest = opusclip.Manifest.read(report.manifest)
    with pytest.raises(opusclip.ConfigError) as caught:
        opusclip.render(manifest)
    assert caught.value.field == "out_dir"
    other = tmp_path / "other.json"
    other.write_text(report.manifest.read_text("utf-8"), "utf-8")
    with pytest.raises(opusclip.ConfigError) as caught:
        opusclip.render(other)
    assert caught.value.field == "out_dir"


def test_mistakes_are_told_with_their_line(report: opusclip.Report) -> None:
    manifest = opusclip.Manifest.read(report.manifest)
    clip = manifest.clips[0]
    turned = dataclasses.replace(clip, ranges=(opusclip.Span(9.0, 4.0),))
    text = json.dumps(dataclasses.replace(manifest, clips=(turned,)).to_dict(), indent=1)
    report.manifest.write_text(text, "utf-8")
    with pytest.raises(opusclip.ManifestError) as caught:
        opusclip.render(report.manifest)
    assert caught.value.file == report.manifest
    lines = text.split("\n")
    assert caught.value.line is not None
    assert any(word in "".join(lines[caught.value.line - 3 : caught.value.line + 2]) for word in ("ranges", "end"))
    with pytest.raises(opusclip.ManifestError) as caught:
        opusclip.render(dataclasses.replace(manifest, clips=(turned,)), "again")
    assert (caught.value.line, (caught.value.field or "")[:8]) == (None, "clips[0]")
