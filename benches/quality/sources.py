"""Single-shot material: generated scenes and single takes of given videos, rendered to raw frames of exact number."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError

WIDTH, HEIGHT = 640, 360
FRAME = WIDTH * HEIGHT * 3 // 2
"""Bytes of one frame, 4:2:0 with eight bits."""

SINGLE_TAKES = (
    "simpl-two-people-vp9_webrtc_2.webm",
    "intel-one-by-one-person-detection.mp4",
    "ae-man-on-green-screen.mp4",
    "pf-WolfgangLanger_Pexels.mp4",
    "gcp-describe_video_content.mp4",
    "intel-asl-*.mkv",
    "mdn-*.webm",
)
"""Samples known to be one take each. Of a folder that has some of them, only these are used."""

SUFFIXES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".mpeg", ".ogv", ".264", ".hevc"}
LEAST_TAKE = 1.8
"""Seconds of the shortest file that is worth a piece."""

FULL = (0.0, 0.0, 1.0)
ANGLES = ((0.0, 0.0, 0.55), (0.45, 0.0, 0.55), (0.0, 0.45, 0.55), (0.45, 0.45, 0.55), (0.2, 0.2, 0.6))
"""Parts of a picture: left, top and size as shares. A part against the whole is a second angle on a scene."""


@dataclass(frozen=True)
class Take:
    """A stretch without any boundary, before it is rendered."""

    name: str
    """What it is of, for reports."""
    file: Path | None
    """The video it is from; `None` for a generated scene."""
    scene: str
    """The filter source of a generated scene."""
    start: float
    """Seconds into the file."""
    room: float
    """Seconds that the file has in all; a generated scene has any."""
    view: tuple[float, float, float] = FULL
    """The part of the picture that is shown."""


def raw_input(fps: int) -> list[str]:
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
    ask += ["-show_entries", "stream=duration,width:format=duration"]
    try:
        said = json.loads(common.run([*ask, video]))
    except BenchError:
        return None
    streams = said.get("streams", [])
    if not streams or not streams[0].get("width"):
        return None
    known = streams[0].get("duration") or said.get("format", {}).get("duration")
    try:
        return float(known)
    except (TypeError, ValueError):
        return None


def videos(data: Path) -> list[tuple[Path, float]]:
    """The videos of a folder to take pieces from, and how long they are."""
    if not data.is_dir():
        print(f"note: there is no folder {data}; all pieces are generated")
        return []
    known = sorted({file for pattern in SINGLE_TAKES for file in data.glob(pattern)})
    files = known or sorted(file for file in data.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    found: list[tuple[Path, float]] = []
    for file in files:
        seconds = duration(file)
        if seconds is None or seconds < LEAST_TAKE:
            print(f"note: {file.name} is not used: it has no picture, is too short, or says no duration")
        else:
            found.append((file, seconds))
    if not found:
        print(f"note: {data} holds no video that can be used; all pieces are generated")
    return found


def colour(rng: random.Random) -> str:
    """Any colour."""
    return f"#{rng.randrange(1 << 24):06x}"


def swing(rng: random.Random) -> str:
    """A slow swing, as ffmpeg writes it."""
    return f"sin({rng.uniform(0.3, 1.6):.2f}*t+{rng.uniform(0, 6):.2f})"


def scene(kind: str, rng: random.Random, fps: int) -> str:
    """The filter graph of one generated scene, `fps` frames a second, of any length."""
    seed = rng.randrange(1, 1 << 16)
    small, full = "s=320x180", f"s={WIDTH}x{HEIGHT}"
    if kind == "testsrc2":
        return f"testsrc2={full}:r={fps},hue=h={rng.randrange(360)}:s={rng.uniform(0.3, 1.5):.2f}"
    if kind == "mandelbrot":
        x, y = rng.choice([(-0.7436, -0.1318), (-0.1592, -1.0317), (0.2856, 0.0115), (-1.2506, 0.0201)])
        return f"mandelbrot={small}:r={fps}:start_x={x}:start_y={y}:start_scale=0.8:end_scale=0.01:end_pts=250"
    if kind == "life":
        colours = f"death_color={colour(rng)}:life_color={colour(rng)}:mold_color={colour(rng)}"
        return f"life=s=160x90:r=10:mold=12:ratio=0.25:seed={seed}:{colours},trim=start_frame=30,setpts=PTS-STARTPTS"
    if kind == "gradients":
        # The filter's seed does not make all of it repeatable, so its colours and its line are given.
        colours = ":".join(f"c{index}={colour(rng)}" for index in range(4))
        line = f"x0={rng.randrange(WIDTH // 2)}:y0={rng.randrange(HEIGHT)}"
        line += f":x1={rng.randrange(WIDTH // 2, WIDTH)}:y1={rng.randrange(HEIGHT)}"
        return f"gradients={full}:r={fps}:n=4:seed={seed}:speed={rng.uniform(0.008, 0.03):.3f}:{colours}:{line}"
    if kind == "cellauto":
        rule = rng.choice([18, 30, 54, 90, 110, 150])
        hue = f"hue=h={rng.randrange(360)}"
        paint = f"colorchannelmixer=rr={rng.random():.2f}:gg={rng.random():.2f}:bb={rng.random():.2f}"
        return f"cellauto=s=160x90:r={fps}:rule={rule}:seed={seed},format=rgb24,{paint},{hue}"
    if kind == "texture":
        grain = rng.choice([(48, 27), (96, 54), (160, 90)])
        across, down = rng.uniform(0.5, 3), rng.uniform(0.2, 1.2)
        noise = f"noise=alls={rng.randrange(40, 100)}:all_seed={seed}"
        still = f"color={colour(rng)}:s={grain[0]}x{grain[1]}:r={fps},{noise}"
        move = f"crop={WIDTH}:{HEIGHT}:x='480+470*sin({across:.2f}*n/300)':y='270+260*sin({down:.2f}*n/300)'"
        return f"{still},scale=1600:900:flags=bicubic,{move}"
    if kind == "shapes":
        parts = [f"color={colour(rng)}:{full}:r={fps}[s0]"]
        for index in range(rng.randrange(4, 9)):
            size = f"{rng.randrange(30, 200)}x{rng.randrange(30, 160)}"
            left = f"{WIDTH // 2}-w/2+{rng.randrange(80, 300)}*{swing(rng)}"
            top = f"{HEIGHT // 2}-h/2+{rng.randrange(50, 170)}*{swing(rng)}"
            parts.append(f"color={colour(rng)}:s={size}:r={fps}[b{index}]")
            parts.append(f"[s{index}][b{index}]overlay=x='{left}':y='{top}'[s{index + 1}]")
        return ";".join(parts) + f";[s{len(parts) // 2}]null"
    if kind == "sierpinski":
        return f"sierpinski={full}:r={fps}:seed={seed}:jump=60,hue=h={rng.randrange(360)},boxblur=2"
    raise BenchError(f"there is no scene '{kind}'")


SCENES = ("testsrc2", "mandelbrot", "life", "gradients", "cellauto", "texture", "shapes", "sierpinski")


class Stock:
    """Hands out takes, seeded: half of them generated where there are videos to cut from."""

    def __init__(self, files: list[tuple[Path, float]], rng: random.Random) -> None:
        self.files = files
        self.rng = rng

    def next(self, before: Take | None, fps: int) -> Take:
        """A take of something else than the one before."""
        rng = self.rng
        others = [entry for entry in self.files if before is None or entry[0] != before.file]
        if others and rng.random() < 0.55:
            file, seconds = rng.choice(others)
            return Take(file.name, file, "", 0.0, seconds)
        kind = rng.choice([kind for kind in SCENES if before is None or kind != before.name])
        return Take(kind, None, scene(kind, rng, fps), 0.0, float("inf"))

    def angle(self, before: Take) -> Take:
        """Another angle on the scene before: the whole picture after a part of it, or a part after the whole."""
        part = self.rng.choice(ANGLES) if before.view == FULL else FULL
        return replace(before, view=part)

    def placed(self, take: Take, seconds: float) -> Take:
        """The take with a start so that `seconds` fit."""
        if take.file is None:
            return take
        # The last frames of a file may be fewer than it says.
        return replace(take, start=self.rng.uniform(0, max(take.room - seconds - 0.15, 0)))


def render(take: Take, fps: int, count: int, motion: str = "") -> bytes:
    """The frames of a take; `motion` is a filter that moves the camera."""
    x, y, size = take.view
    fit = f"scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase:flags=bicubic,crop={WIDTH}:{HEIGHT},setsar=1"
    steps = [f"fps={fps}"]
    if take.view != FULL:
        steps.append(f"crop=w=iw*{size}:h=ih*{size}:x=iw*{x}:y=ih*{y}")
    steps.append(fit)
    if motion:
        steps.append(motion)
    # A clone of the last frame where a file is a frame or two short of what it says.
    steps.append("tpad=stop_mode=clone:stop_duration=0.3,format=yuv420p")
    chain = ",".join(steps)
    command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1"]
    if take.file is None:
        # `motion` may hold labels of its own, so the chain is a complex graph in both cases.
        graph = f"{take.scene},{chain}[out]"
    else:
        command += ["-ss", f"{take.start:.3f}", "-i", take.file]
        graph = f"[0:v:0]{chain}[out]"
    command += ["-filter_complex_threads", "1", "-filter_complex", graph, "-map", "[out]"]
    command += ["-frames:v", str(count), "-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    return frames_of(command, count, f"a piece of {take.name} at {take.start:.1f} s")
