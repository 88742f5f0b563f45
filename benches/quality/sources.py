"""Single-shot material: generated scenes and single takes of given videos, rendered to raw frames of exact number."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError
from scenes import HEIGHT, SCENES, WIDTH

FRAME = WIDTH * HEIGHT * 3 // 2
"""Bytes of one frame, 4:2:0 with eight bits."""

SINGLE_TAKES = (
    "simpl-two-people-vp9_webrtc_2.webm",
    "intel-one-by-one-person-detection.mp4",
    "ae-man-on-green-screen.mp4",
    "pf-WolfgangLanger_Pexels.mp4",
    "pf-single_face.mp4",
    "oh264-CI1_FT_B.264",
    "gcp-describe_video_content.mp4",
    "intel-asl-*.mkv",
    "mdn-*.webm",
)
"""Samples known to be one take each. Of a folder that has some of them, only these and `SHOTS` are used."""

SHOTS: dict[str, tuple[tuple[float, float], ...]] = {
    "so-popeye-T00-1-pgs.mkv": ((0.2, 2.9), (3.4, 13.5), (14.0, 21.9), (22.4, 30.5), (47.5, 55.4), (55.9, 59.7)),
    "tears-of-steel-battle-clip-medium.webm": ((9.4, 12.7), (14.0, 20.0), (30.0, 32.6), (41.5, 46.7), (53.7, 55.9)),
    "gcp-googlework_short.mp4": ((8.5, 10.35), (15.4, 18.0), (22.1, 24.1), (29.5, 32.3), (32.7, 34.6)),
    "tc-nasa_13013.mp4": ((0.3, 4.6), (8.3, 12.8)),
}
"""Samples that are cut, and seconds of shots in them, a little within their true bounds."""

SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".ogv", ".264", ".hevc"}
UNSEEKABLE = {".264", ".hevc"}
"""Raw streams, of which ffmpeg can only read from the start, and which say no times."""
RAW_RATE = 25
"""Frames a second of raw streams."""
LEAST_TAKE = 1.8
"""Seconds of the shortest file that is worth a piece."""
TAIL = 0.15
"""Seconds at the end of a file that are left out: its last frames may be fewer than it says."""
FROM_FILES = 0.5
"""The share of pieces that are cut from videos, where there are any."""

FULL = (0.0, 0.0, 1.0)
ANGLES = (
    (0.0, 0.0, 0.55), (0.45, 0.0, 0.55), (0.0, 0.45, 0.55), (0.45, 0.45, 0.55),
    (0.2, 0.2, 0.6), (0.1, 0.05, 0.7), (0.25, 0.15, 0.7),
)  # fmt: skip
"""Parts of a picture: left, top and size as shares. A part against the whole is a second angle on a scene."""
LIKE_ITSELF = {"gradients", "plasma", "texture", "cellauto", "life", "sierpinski", "starfield", "mandelbrot"}
"""Generated scenes of which a part looks like the whole."""


@dataclass(frozen=True)
class Reel:
    """A stretch of a video without any boundary; seconds."""

    file: Path
    begin: float
    end: float


@dataclass(frozen=True)
class Take:
    """A stretch without any boundary, before it is rendered."""

    name: str
    """What it is of, for reports."""
    reel: Reel | None
    """What it is cut from; `None` for a generated scene."""
    scene: str = ""
    """The filter graph of a generated scene."""
    start: float = 0.0
    """Seconds into the file or the scene."""
    view: tuple[float, float, float] = FULL
    """The part of the picture that is shown."""

    @property
    def room(self) -> float:
        """The most seconds that a piece of it may have; a generated scene has any."""
        return self.reel.end - self.reel.begin if self.reel is not None else float("inf")


def raw_input(fps: Fraction) -> list[str]:
    """Options of ffmpeg for reading raw frames."""
    return ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(fps)]


def frames_of(command: Sequence[str | Path], count: int, what: str) -> bytes:
    """Run ffmpeg writing raw frames to its output; it must be exactly as many as expected."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0 or len(done.stdout) != count * FRAME:
        said = " | ".join(done.stderr.decode(errors="replace").strip().splitlines()[-4:])
        raise BenchError(f"{what}: {len(done.stdout) / FRAME:g} frames instead of {count}: {said}")
    return done.stdout


def duration(video: Path) -> float | None:
    """Seconds of moving picture in a file, `None` where there is none or it is not known."""
    ask = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-of", "json"]
    show = "stream=duration,width,nb_read_packets:format=duration"
    if video.suffix.lower() in UNSEEKABLE:
        ask.append("-count_packets")
    try:
        said = json.loads(common.run([*ask, "-show_entries", show, video]))
    except BenchError:
        return None
    streams = said.get("streams", [])
    if not streams or not streams[0].get("width"):
        return None
    known = streams[0].get("duration") or said.get("format", {}).get("duration")
    try:
        if known is None:
            return int(streams[0]["nb_read_packets"]) / RAW_RATE
        return float(known)
    except (KeyError, TypeError, ValueError):
        return None


def plays(video: Path, seconds: float) -> bool:
    """Whether there is a picture at some places of a file, the end included."""
    if video.suffix.lower() in UNSEEKABLE:
        return True
    for share in (0.0, 0.3, 0.6, 1.0):
        at = max(share * (seconds - TAIL) - 0.3, 0.0)
        command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin", "-ss", f"{at:.3f}", "-i", video]
        command += ["-map", "0:v:0", "-frames:v", "1", "-s", "16x16", "-pix_fmt", "gray", "-f", "rawvideo", "-"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0 or len(done.stdout) != 256:
            return False
    return True


def reels(data: Path) -> list[Reel]:
    """What there is to take pieces from in a folder of videos."""
    if not data.is_dir():
        print(f"note: there is no folder {data}; all pieces are generated")
        return []
    known = sorted({file for pattern in SINGLE_TAKES for file in data.glob(pattern)})
    files = known or sorted(file for file in data.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    found: list[Reel] = []
    for file in files:
        seconds = duration(file)
        if seconds is None or seconds < LEAST_TAKE:
            print(f"note: {file.name} is not used: it has no picture, is too short, or says no duration")
        elif not known and not plays(file, seconds):
            print(f"note: {file.name} is not used: it is damaged, or ends before it says")
        else:
            found.append(Reel(file, 0.0, seconds - TAIL))
    if known:
        cut = ((data / name, shots) for name, shots in SHOTS.items())
        found += [Reel(file, begin, end) for file, shots in cut if file.is_file() for begin, end in shots]
    if not found:
        print(f"note: {data} holds no video that can be used; all pieces are generated")
    return found


class Stock:
    """Hands out takes, seeded: half of them generated where there are videos to cut from."""

    def __init__(self, found: list[Reel], rng: random.Random) -> None:
        self.reels = found
        self.rng = rng

    def next(self, before: Take | None, fps: Fraction) -> Take:
        """A take of something else than the one before."""
        rng = self.rng
        last = before.reel.file if before is not None and before.reel is not None else None
        # A file first, so that one of many reels is not seen more often than one of a single take.
        others = sorted({reel.file for reel in self.reels} - {last})
        if others and rng.random() < FROM_FILES:
            file = rng.choice(others)
            return Take(file.name, rng.choice([reel for reel in self.reels if reel.file == file]))
        kind = rng.choice([kind for kind in SCENES if before is None or kind != before.name])
        return Take(kind, None, SCENES[kind](rng, fps))

    def may_turn(self, take: Take) -> bool:
        """Whether another angle on a take can be told from it."""
        return take.reel is not None or take.name not in LIKE_ITSELF

    def angle(self, before: Take, shown: float) -> Take:
        """Another angle on the scene before, `shown` seconds later: a part of the picture after the whole, or so."""
        part = self.rng.choice(ANGLES) if before.view == FULL else FULL
        return replace(before, view=part, start=before.start + shown)

    def placed(self, take: Take, seconds: float) -> Take:
        """The take with a start so that `seconds` fit; it stays as it is where they fit already."""
        reel = take.reel
        if reel is None or reel.begin < take.start <= reel.end - seconds:
            return take
        return replace(take, start=self.rng.uniform(reel.begin, max(reel.end - seconds, reel.begin)))


def render(take: Take, fps: Fraction, count: int, motion: str = "") -> bytes:
    """The frames of a take; `motion` is a filter that moves the camera."""
    x, y, size = take.view
    fit = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase:flags=bicubic,crop={WIDTH}:{HEIGHT},setsar=1"
    seekable = take.reel is not None and take.reel.file.suffix.lower() not in UNSEEKABLE
    steps = [] if take.reel is None or seekable else [f"setpts=N/{RAW_RATE}/TB"]
    if take.start and not seekable:
        steps.append(f"trim=start={take.start:.3f},setpts=PTS-STARTPTS")
    steps.append(f"fps={fps}")
    if take.view != FULL:
        steps.append(f"crop=w=iw*{size}:h=ih*{size}:x=iw*{x}:y=ih*{y}")
    steps.append(fit)
    if motion:
        steps.append(motion)
    # The last frame stays where a file is some frames short of what it says.
    steps.append("tpad=stop_mode=clone:stop=-1,format=yuv420p")
    chain = ",".join(steps)
    command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1"]
    if take.reel is None:
        # `motion` may hold labels of its own, so the chain is a complex graph in both cases.
        graph = f"{take.scene},{chain}[out]"
    else:
        command += [*(["-ss", f"{take.start:.3f}"] if seekable else []), "-i", take.reel.file]
        graph = f"[0:v:0]{chain}[out]"
    command += ["-filter_complex_threads", "1", "-filter_complex", graph, "-map", "[out]"]
    command += ["-frames:v", str(count), "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    return frames_of(command, count, f"a piece of {take.name} at {take.start:.1f} s")
