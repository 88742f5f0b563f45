"""The 1080p files of the analysis bench, made once into target/bench-media."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "quality"))
import common
import montage
from sources import reels

QUICK = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23")
MINUTE = 60
"""Seconds of the talk that all others are made of."""
SAMPLES = common.ROOT.parent / "shared" / "samples" / "video"


def made(target: Path, source: Path, options: Sequence[str | Path], before: Sequence[str | Path] = ()) -> Path:
    """A file that ffmpeg makes of another one, if it is not there or older."""
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return target
    print(f"making {target.name}", flush=True)
    draft = target.with_stem(target.stem + "-draft")
    common.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *before, "-i", source, *options, draft])
    draft.replace(target)
    return target


def repeated(source: Path, times: int) -> Path:
    """A video, `times` over without recoding."""
    target = source.with_stem(f"{source.stem}-x{times}")
    return made(target, source, ["-c", "copy"], ["-stream_loop", str(times - 1)])


def talk(minutes: int) -> Path:
    """A talk at 30 frames a second with a keyframe every 250 frames and at its cuts."""
    source, _, _ = common.talk(MINUTE)
    once = made(source.with_stem(source.stem + "-g250"), source, [*QUICK, "-g", "250", "-c:a", "copy"])
    return repeated(once, minutes)


def talk_cuts(minutes: int) -> list[float]:
    """The cuts of that talk, in seconds; where it begins anew is one as well."""
    _, _, truth = common.talk(MINUTE)
    cuts = json.loads(truth.read_text(encoding="utf-8"))["cuts"]
    starts = range(0, minutes * MINUTE, MINUTE)
    return [start + float(cut) for start in starts for cut in ([0.0, *cuts] if start else cuts)]


def dense() -> Path:
    """A montage of a minute with a cut or another transition every few seconds, keyframes at the cuts."""
    planned = montage.planned(reels(SAMPLES), 1080, 1, 60, ["h264-scenecut"])[0]
    mark = common.MEDIA / f"dense-{montage.digest(planned)[:12]}.mp4"
    if mark.exists():
        return mark
    for stale in common.MEDIA.glob("dense-*"):
        stale.unlink()
    with tempfile.TemporaryDirectory(prefix="dense-", dir=common.MEDIA) as folder:
        small = montage.write(planned, Path(folder))
        return made(mark, small, ["-vf", "scale=1920:1080:flags=bicubic", *QUICK, "-g", "250"])


def one_keyframe() -> Path:
    """The minute of talk with a single keyframe."""
    source, _, _ = common.talk(MINUTE)
    options = [*QUICK, "-g", "100000", "-sc_threshold", "0", "-c:a", "copy"]
    return made(source.with_stem(source.stem + "-one-keyframe"), source, options)


def intra() -> list[Path]:
    """Twenty seconds of talk of keyframes alone: as H.264 and as Motion JPEG."""
    source, _, _ = common.talk(MINUTE)
    short = ["-t", "20", "-c:a", "copy"]
    return [
        made(source.with_stem(source.stem + "-intra"), source, [*QUICK, "-g", "1", *short]),
        made(source.with_name(source.stem + "-intra.mov"), source, ["-c:v", "mjpeg", "-q:v", "4", *short]),
    ]
