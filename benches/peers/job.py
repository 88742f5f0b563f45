#!/usr/bin/env python3
"""The whole job: ten minutes of 1080p speech with a transcript to three captioned vertical clips of about 30 s.

    (A) opusclip extract talk.mp4 --transcript talk.srt --count 3
    (B) PySceneDetect (content) and moviepy 2: find the scenes, then the same three stretches, cropped, captioned, encoded
    (C) the ffmpeg program: decoding, filtering and encoding of those three stretches alone, one after another

A finds the shots, the speech and the faces, chooses, frames, captions word by word, brings the sound to its loudness,
and writes stills, contact sheet and manifest. B is told what A chose; it normalises peaks instead of loudness and
writes plain phrases. All use libx264 with the same settings. A, C, B run in turn.

Limits: `job_vs_moviepy` (B's time by A's, how often A is faster) at least 4, `job_vs_ffmpeg` (A's time by C's) at most
1.35, `job_peak_mb` at most 500. What nobody can go below is the encoder: `make bench BENCH=render` says its share.

Needs ffmpeg, and installs scenedetect and moviepy into target/peers-venv.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import common  # noqa: E402
import render  # noqa: E402
from common import BenchError, Usage  # noqa: E402
from installed import MOVIEPY, PYSCENEDETECT, peer_python  # noqa: E402

HERE = Path(__file__).resolve().parent
FONT = "Open Sans:weight=205"


def ours(video: Path, transcript: Path, out: Path, count: int, seconds: float) -> list[str | Path]:
    """What to type to have opusclip do it."""
    command: list[str | Path] = [common.OPUSCLIP, "extract", video, "--transcript", transcript, "--out", out]
    command += ["--count", f"{count}", "--min", f"{seconds - 4}", "--max", f"{seconds + 4}", "--layout", "fill"]
    return [*command, "--no-cache", "--overwrite", "--quiet"]


def font_file() -> str:
    """The file of the font that captions are drawn with."""
    return common.run(["fc-match", "-f", "%{file}", FONT])


def job_of(manifest: dict[str, Any], out: Path) -> dict[str, Any]:
    """The same job for the script that uses moviepy."""
    look = manifest["render"]
    clips = [
        {
            "start": clip["ranges"][0]["start"],
            "duration": clip["duration"],
            "captions": [(a, b, text.replace(r"\N", "\n")) for a, b, text in render.captions(render.on_clip(clip))],
        }
        for clip in manifest["clips"]
    ]
    rate = manifest["clips"][0]["frame_rate"]
    frames_per_second = rate["num"] / rate["den"]
    params = ["-crf", f"{look['crf']}", "-bf", "2", "-g", f"{int(frames_per_second * render.GOP_SECONDS)}"]
    encoder = {
        "fps": frames_per_second,
        "codec": "libx264",
        "preset": look["speed"],
        "threads": look["threads"] or None,
        "audio_codec": "aac",
        "audio_bitrate": f"{look['audio_bit_rate']}",
        "audio_fps": 48_000,
        "pixel_format": "yuv420p",
        "ffmpeg_params": [*params, "-movflags", "faststart"],
    }
    size = [look["width"], look["height"]]
    source = manifest["source"]["path"]
    return {"source": source, "out": str(out), "size": size, "font": font_file(), "clips": clips, "encoder": encoder}


def sum_of(usages: list[Usage]) -> Usage:
    """What commands that ran one after another cost."""
    return Usage(sum(u.wall for u in usages), sum(u.cpu for u in usages), max(u.peak_mb for u in usages))


def bench(options: argparse.Namespace) -> None:
    """Measure and print."""
    for program in ("ffmpeg", "ffprobe", "fc-match", common.OPUSCLIP):
        common.need_program(program)
    video, transcript, _ = common.talk(options.seconds)
    # Both in one environment; the second call names the interpreter.
    peers = peer_python(PYSCENEDETECT) and peer_python(MOVIEPY)
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=common.MEDIA))
    try:
        command = ours(video, transcript, folder / "ours", options.count, options.clip_seconds)
        common.measure(command)
        manifest = json.loads((folder / "ours" / "manifest.json").read_text(encoding="utf-8"))
        if len(manifest["clips"]) != options.count:
            raise BenchError(f"{len(manifest['clips'])} clips were found, not {options.count}")
        lengths = " ".join(f"{clip['duration']:.1f}" for clip in manifest["clips"])
        print(f"job: {options.seconds} s of 1080p to clips of {lengths} s, {common.environment()}", flush=True)
        encodes = []
        for clip in manifest["clips"]:
            place = folder / f"ffmpeg-{clip['index']}"
            place.mkdir()
            encodes.append(render.peer({**manifest, "clips": [clip]}, place).whole)
        script = folder / "job.json"
        (folder / "moviepy").mkdir()
        script.write_text(json.dumps(job_of(manifest, folder / "moviepy")), encoding="utf-8")
        runs: dict[str, list[Usage]] = {"opusclip extract": [], "ffmpeg, encodes alone": []}
        for _ in range(options.pairs):
            runs["opusclip extract"].append(common.measure(command))
            runs["ffmpeg, encodes alone"].append(sum_of([common.measure(encode) for encode in encodes]))
        if peers is not None:
            their = common.measure([peers, HERE / "by_moviepy.py", script])
            runs["scenedetect + moviepy"] = [their]
            for clip in manifest["clips"]:
                render.same_length(folder / "ours" / clip["video"], folder / "moviepy" / clip["video"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    render.table(list(runs.items()))
    mine, encoding = runs["opusclip extract"], runs["ffmpeg, encodes alone"]
    wall, _ = common.ratio([u.wall for u in mine], [u.wall for u in encoding])
    figures: dict[str, float | str] = {"job_vs_ffmpeg": wall, "job_peak_mb": max(u.peak_mb for u in mine)}
    if "scenedetect + moviepy" in runs:
        figures["job_vs_moviepy"] = runs["scenedetect + moviepy"][0].wall / statistics.median(u.wall for u in mine)
    common.closing(**figures)


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="The whole job beside PySceneDetect + moviepy and the encodes alone.")
    parser.add_argument("--seconds", type=int, default=600, help="length of the source (default 600)")
    parser.add_argument("--count", type=int, default=3, help="how many clips (default 3)")
    parser.add_argument("--clip-seconds", type=float, default=30.0, help="about how long each is (default 30)")
    parser.add_argument("--pairs", type=int, default=3, help="how often opusclip and ffmpeg are timed (default 3)")
    options = parser.parse_args()
    if options.pairs < 1 or options.count < 1 or options.clip_seconds < 8 or options.seconds < options.clip_seconds:
        parser.error("all must be positive, clips at least 8 s long, and the source longer than a clip")
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
