"""The whole: speak, arrange, draw, and put the talk into its files."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from .captions import cues, srt
from .pictures.painter import Painter
from .programs import ffmpeg, lavfi, options
from .script import TALK
from .sound import write_talk
from .timeline import FPS, Scene, arrange, scenes
from .truth import truth
from .voices import say_all


def generate(
    video: Path,
    subtitles: Path,
    truth_file: Path | None = None,
    *,
    seconds: float = 120.0,
    seed: int = 1,
    width: int = 1280,
    height: int = 720,
) -> None:
    """Write the sample; every file appears whole or not at all, the video last."""
    frames = round(seconds * FPS)
    seconds = frames / FPS
    for directory in {p.parent for p in (video, subtitles, truth_file) if p is not None}:
        directory.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="sample-") as name,
        ThreadPoolExecutor(os.cpu_count() or 2) as pool,
    ):
        work = Path(name)
        sentences = arrange(say_all(TALK, pool), seconds, random.Random(seed))
        shown = scenes(sentences, frames)
        write_talk(work / "talk.wav", sentences, seconds)
        painted = paint_all(Painter(work, width, height, seed), shown, pool)
        join(painted, work / "talk.wav", work / "talk.mp4", seconds, seed)
        publish(subtitles, srt(cues(sentences)))
        if truth_file is not None:
            known = truth(sentences, shown, seconds, (width, height))
            publish(truth_file, json.dumps(known, indent=1) + "\n")
        publish(video, work / "talk.mp4")


def paint_all(painter: Painter, shown: Sequence[Scene], pool: Executor) -> list[Path]:
    """Draw all scenes side by side, the longest first."""
    longest_first = sorted(range(len(shown)), key=lambda i: shown[i].first - shown[i].last)
    painted = {i: pool.submit(painter.paint, i, shown[i]) for i in longest_first}
    return [painted[i].result() for i in range(len(shown))]


def join(painted: Sequence[Path], voices: Path, film: Path, seconds: float, seed: int) -> None:
    """Put the scenes one after the other, with the voices in a room that is never quite silent."""
    script = film.with_name("scenes.txt")
    script.write_text("".join(f"file '{f.name}'\n" for f in painted), encoding="utf-8")
    rooms = (f"anoisesrc=color=brown:amplitude=0.012:seed={s}:r=48000:d={seconds}" for s in (seed, seed + 1))
    ffmpeg(
        *("-f", "concat", "-i", script),
        *("-i", voices),
        *lavfi(*rooms),
        "-filter_complex",
        "[2:a][3:a]join=inputs=2:channel_layout=stereo[room];"
        "[1:a]aresample=48000,volume=0.8,pan=stereo|c0=c0|c1=c0[voice];"
        "[voice][room]amix=inputs=2:duration=first:normalize=0,alimiter=limit=0.9:level=disabled[sound]",
        *options("-map 0:v -map [sound] -c:v copy"),
        # The joints of the scenes are off by rounding: put each frame back on the grid.
        "-bsf:v",
        f"setts=pts=round(PTS*TB*{FPS})/({FPS}*TB):dts=round(DTS*TB*{FPS})/({FPS}*TB)",
        *options("-c:a aac -b:a 128k -movflags +faststart"),
        *("-metadata", "title=The four towers of Eddystone"),
        film,
    )


def publish(target: Path, content: str | Path) -> None:
    """Let a file appear whole: a text, or a copy of another file."""
    part = target.with_name(f".{target.name}.part")
    if isinstance(content, str):
        part.write_bytes(content.encode())
    else:
        shutil.copyfile(content, part)
    part.replace(target)
