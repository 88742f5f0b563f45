"""Montages as files: planned, encoded in one of many ways, checked frame by frame, with their truth beside them.

Frames stay raw until a montage is encoded and go through one pipe into the encoder. Then the times of all frames of the
finished file are read back: a file that has other frames than its truth says is an error, never a wrong figure.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import common
from common import BenchError
from frames import all_frames
from plan import Montage, plan
from rates import matroska
from scenes import HEIGHT, WIDTH
from sources import Reel, Stock, raw_input

HERE = Path(__file__).resolve().parent
ROUNDING = 0.0011
"""Seconds by which a container may round the time of a frame."""


@dataclass(frozen=True)
class Coding:
    """A way to encode."""

    encoder: str
    suffix: str
    options: tuple[str, ...]
    variable: bool = False
    """Whether the frame rate varies."""


X264 = ("-preset", "veryfast", "-crf", "23")
X265 = ("-preset", "superfast", "-crf", "26", "-tag:v", "hvc1", "-x265-params")
VP9 = ("-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1", "-crf", "34", "-b:v", "0", "-g", "240")
AV1 = ("-preset", "12", "-crf", "38", "-g", "240")

CODINGS: dict[str, Coding] = {
    "h264-scenecut": Coding("libx264", "mp4", (*X264, "-g", "250")),
    "h264-fixed": Coding("libx264", "mp4", (*X264, "-g", "60", "-sc_threshold", "0")),
    "h264-scenecut-vfr": Coding("libx264", "mkv", (*X264, "-g", "250"), variable=True),
    "hevc": Coding("libx265", "mp4", (*X265, "log-level=1")),
    "vp9": Coding("libvpx-vp9", "webm", VP9),
    "av1": Coding("libsvtav1", "mp4", AV1),
    "h264-fixed-vfr": Coding("libx264", "mp4", (*X264, "-g", "90", "-sc_threshold", "0"), variable=True),
    "h264-one-keyframe": Coding("libx264", "mkv", (*X264, "-g", "100000", "-sc_threshold", "0")),
    "hevc-fixed-vfr": Coding("libx265", "mkv", (*X265, "log-level=1:scenecut=0:keyint=75"), variable=True),
    "vp9-vfr": Coding("libvpx-vp9", "webm", VP9, variable=True),
    "h264-open-gop": Coding("libx264", "mkv", (*X264, "-bf", "3", "-g", "100", "-x264-params", "open-gop=1")),
    "av1-vfr": Coding("libsvtav1", "mkv", AV1, variable=True),
}
"""Each way to encode, those that matter most first: fewer montages than ways leave out the last."""


def available() -> list[str]:
    """The ways to encode that this ffmpeg has an encoder for."""
    there = common.run(["ffmpeg", "-hide_banner", "-encoders"])
    found = [name for name, coding in CODINGS.items() if f" {coding.encoder} " in there]
    if len(found) < len(CODINGS):
        print("note: this ffmpeg has no encoder for " + ", ".join(name for name in CODINGS if name not in found))
    if not found:
        raise BenchError("this ffmpeg has none of the encoders")
    return found


def planned(found: list[Reel], seed: int, count: int, seconds: float, ways: list[str]) -> list[Montage]:
    """Plans of that many montages."""
    plans = []
    for index in range(count):
        coding = ways[index % len(ways)]
        rng = random.Random(f"{seed}/{index}")
        stock = Stock(found, rng)
        plans.append(plan(f"montage-{index:02}-{coding}", coding, CODINGS[coding].variable, stock, rng, seconds))
    return plans


def make(plans: list[Montage], out: Path, keep: bool) -> list[Path]:
    """Write montages into a folder; with `keep`, those that are there already stay as they are."""
    out.mkdir(parents=True, exist_ok=True)
    wanted = {montage.name for montage in plans}
    for stale in out.glob("montage-*"):
        if not (keep and stale.stem in wanted):
            stale.unlink()
    with ThreadPoolExecutor(max_workers=workers()) as pool:
        return list(pool.map(lambda montage: there(montage, out) or write(montage, out), plans))


def workers() -> int:
    """How many programs run at once."""
    return max(2, min(os.cpu_count() or 2, 8))


@cache
def generator() -> str:
    """What the frames of an equal plan depend on: this generator and ffmpeg."""
    version = common.run(["ffmpeg", "-version"]).splitlines()[0]
    return version + "".join((HERE / f"{name}.py").read_text("utf-8") for name in ("frames", "rates", "sources"))


def digest(montage: Montage) -> str:
    """A fingerprint of a plan and of all that its file depends on."""
    files = sorted({piece.take.reel.file for piece in montage.pieces if piece.take.reel is not None})
    facts = [(file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    text = repr((montage, CODINGS[montage.coding], facts, generator()))
    return hashlib.sha256(text.encode()).hexdigest()


def there(montage: Montage, folder: Path) -> Path | None:
    """The file of a montage if it was made before out of the same plan."""
    video = folder / f"{montage.name}.{CODINGS[montage.coding].suffix}"
    try:
        known = json.loads(video.with_suffix(".json").read_text(encoding="utf-8"))
        same = known["plan"] == digest(montage) and known["bytes"] == video.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return video if same else None


def write(montage: Montage, folder: Path) -> Path:
    """Render and encode a montage, check its frames, write its truth beside it; returns the video."""
    video = folder / f"{montage.name}.{CODINGS[montage.coding].suffix}"
    encode(montage, video)
    check(montage, video)
    facts = {
        "plan": digest(montage),
        "bytes": video.stat().st_size,
        "coding": montage.coding,
        "fps": float(montage.fps),
        "variable": bool(montage.stamps),
        **montage.truth().described(),
    }
    video.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return video


def encode(montage: Montage, video: Path) -> None:
    """Send all frames to ffmpeg."""
    coding = CODINGS[montage.coding]
    if montage.stamps:
        source = ["-f", "matroska", "-i", "-", "-fps_mode", "passthrough", "-enc_time_base", "1:1000"]
        frames = matroska(all_frames(montage), montage.stamps, WIDTH, HEIGHT)
    else:
        source = [*raw_input(montage.fps), "-i", "-"]
        frames = all_frames(montage)
    command: list[str | Path] = ["ffmpeg", "-y", "-v", "error", *source, "-c:v", coding.encoder, *coding.options]
    command += ["-threads", "2", "-pix_fmt", "yuv420p", video]
    with tempfile.TemporaryFile() as log:
        encoding = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "SVT_LOG": "1"},
        )
        assert encoding.stdin is not None
        try:
            for frame in frames:
                encoding.stdin.write(frame)
            encoding.stdin.close()
        except BrokenPipeError:
            pass  # The status below says that it failed, and the log why.
        except BaseException:
            encoding.kill()
            encoding.wait()
            raise
        if encoding.wait() != 0:
            log.seek(0)
            said = " | ".join(log.read().decode(errors="replace").strip().splitlines()[-4:])
            raise BenchError(f"{video.name} could not be encoded: {said}")


def check(montage: Montage, video: Path) -> None:
    """Decode a montage and compare the times of its frames with its truth."""
    ask = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "csv=p=0"]
    said = common.run([*ask, "-show_entries", "frame=best_effort_timestamp_time", video])
    times = [float(line.strip(",")) for line in said.split()]
    truth = montage.truth()
    if len(times) != truth.frames:
        raise BenchError(f"{video.name} has {len(times)} frames instead of {truth.frames}: its truth would be wrong")
    off = max(abs(time - true) for time, true in zip(times, truth.times, strict=False))
    if off > ROUNDING:
        raise BenchError(f"frames of {video.name} are up to {off:.4f} s from their times: its truth would be wrong")
