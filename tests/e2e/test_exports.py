"""What independent readers find in exported files: the ranges of the manifest, to within a frame."""

import csv
import json
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from doors import COMMAND, media, run

RANGES = [[(2.5, 5.0), (6.2, 8.0)], [(12.04, 15.5)]]


def clip(index: int, ranges: list[tuple[float, float]]) -> dict[str, Any]:
    start, end = ranges[0][0], ranges[-1][1]
    return {
        "index": index,
        "start": start,
        "end": end,
        "duration": sum(b - a for a, b in ranges),
        "ranges": [{"start": a, "end": b} for a, b in ranges],
        "score": 0.5,
        "features": [],
        "reason": "by hand",
        "text": "",
        "words": [],
        "framing": {"layout": "auto", "crop": {"x": 0, "y": 0, "width": 1, "height": 1}, "reason": ""},
        "video": f"clip-{index:02}.mp4",
        "thumbnail": f"clip-{index:02}.jpg",
        "width": 0,
        "height": 0,
        "frame_rate": {"num": 30, "den": 1},
        "encoder": "",
        "loudness": None,
    }


@pytest.fixture(scope="module", params=["25", "30000/1001", "24000/1001", "60000/1001"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fraction]:
    """All formats of two clips, one of two ranges, of a source of this rate whose name needs quoting."""
    folder = tmp_path_factory.mktemp("export")
    video = folder / "a talk & <more> #1.mp4"
    look = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", "-t", "20")
    run("ffmpeg", "-v", "error", "-i", media("talk.mp4"), "-vf", f"fps={request.param}", *look, video)
    manifest = {
        "version": 1,
        "generator": "test",
        "source": {"path": str(video), "size": video.stat().st_size, "duration": 20.0},
        "render": {},
        "clips": [clip(number, ranges) for number, ranges in enumerate(RANGES, 1)],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for form in ("otio", "edl", "fcpxml", "csv"):
        run(COMMAND, "export", folder / "manifest.json", "--as", form)
    return folder, Fraction(request.param)


def check(read: list[tuple[float, float]], wanted: list[tuple[float, float]], rate: Fraction) -> None:
    assert len(read) == len(wanted)
    for (start, end), (first, last) in zip(read, wanted, strict=True):
        assert start == pytest.approx(first, abs=float(1 / rate))
        assert end == pytest.approx(last, abs=float(1 / rate))


def test_otio(exported: tuple[Path, Fraction]) -> None:
    folder, rate = exported
    for number, ranges in enumerate(RANGES, 1):
        timeline = otio.adapters.read_from_file(str(folder / f"clip-{number:02}.otio"))
        assert [track.kind for track in timeline.tracks] == ["Video", "Audio"]
        for track in timeline.tracks:
            spans = [piece.source_range for piece in track]
            assert all(span.start_time.rate == pytest.approx(float(rate)) for span in spans)
            read = [(s.start_time.to_seconds(), s.end_time_exclusive().to_seconds()) for s in spans]
            check(read, ranges, rate)
            assert Path(otio.url_utils.filepath_from_url(track[0].media_reference.target_url)).is_file()


def test_edl(exported: tuple[Path, Fraction]) -> None:
    folder, rate = exported
    nominal = round(rate)
    for number, ranges in enumerate(RANGES, 1):
        path = folder / f"clip-{number:02}.edl"
        text = path.read_text(encoding="utf-8")
        drops = rate in (Fraction(30000, 1001), Fraction(60000, 1001))
        assert ("FCM: DROP FRAME" in text) == drops
        # Timecode at 23.976 counts 24 frames to its second.
        counted = float(rate) if drops else nominal
        timeline = otio.adapters.read_from_file(str(path), rate=counted)
        clips = [piece for piece in timeline.tracks[0] if isinstance(piece, otio.schema.Clip)]
        frames = [(c.source_range.start_time.value, c.source_range.end_time_exclusive().value) for c in clips]
        check([(a / float(rate), b / float(rate)) for a, b in frames], ranges, rate)


def test_fcpxml(exported: tuple[Path, Fraction]) -> None:
    folder, rate = exported
    root = ET.parse(folder / "clips.fcpxml").getroot()
    frame = seconds(root.find("resources/format").get("frameDuration"))
    assert frame == 1 / rate
    projects = root.findall("library/event/project")
    assert len(projects) == len(RANGES)
    for project, ranges in zip(projects, RANGES, strict=True):
        at, read = Fraction(0), []
        for piece in project.iter("asset-clip"):
            start, duration = seconds(piece.get("start")), seconds(piece.get("duration"))
            assert start % frame == 0
            assert duration % frame == 0
            assert seconds(piece.get("offset")) == at
            at += duration
            read.append((float(start), float(start + duration)))
        check(read, ranges, rate)
        assert seconds(project.find("sequence").get("duration")) == at


def test_csv(exported: tuple[Path, Fraction]) -> None:
    folder, _ = exported
    with (folder / "clips.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(float(row["start"]), float(row["end"])) for row in rows] == [(2.5, 8.0), (12.04, 15.5)]


def seconds(text: str | None) -> Fraction:
    assert text is not None
    return Fraction(text.removesuffix("s"))
