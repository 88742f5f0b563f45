#!/usr/bin/env python3
"""Peak resident memory of `opusclip extract`: a 1080p source to one 1080x1920 clip of up to 59 s.

Once with a source of two minutes, once with one ten times as long, both joined without recoding from the same generated
minute. What is resident at once must neither be large nor grow with the source.

Limit: 400 MB for either. The last line is `peak_mb= peak_mb_10x=`.

Memory does not depend on what else the machine does, but on its cores: decoder and encoder hold frames for each of
their threads. `--threads` shows what a machine with more cores would need.

Needs only the standard library and ffmpeg.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

import common
from common import BenchError, Usage

LIMIT_MB = 400
LONGER = 10
TIME = re.compile(r"(\d+):(\d\d):(\d\d),(\d{3})")


def joined(video: Path, subtitles: Path, times: int, seconds: float, folder: Path) -> tuple[Path, Path]:
    """A video and its subtitles, `times` over without recoding."""
    parts, target = folder / f"parts-{times}.txt", folder / f"talk-x{times}.mp4"
    parts.write_text(f"file '{video.resolve()}'\n" * times, encoding="utf-8")
    quiet = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    common.run([*quiet, "-f", "concat", "-safe", "0", "-i", parts, "-c", "copy", target])
    text = subtitles.read_text(encoding="utf-8")
    script = target.with_suffix(".srt")
    script.write_text("\n".join(shifted(text, n * seconds) for n in range(times)), encoding="utf-8")
    return target, script


def shifted(text: str, seconds: float) -> str:
    """Subtitles that are shown later."""

    def later(found: re.Match[str]) -> str:
        h, m, s, ms = (int(part) for part in found.groups())
        total = round(((h * 60 + m) * 60 + s + seconds) * 1000) + ms
        return f"{total // 3600000:02}:{total // 60000 % 60:02}:{total // 1000 % 60:02},{total % 1000:03}"

    return TIME.sub(later, text)


def extract(video: Path, transcript: Path, out: Path, clip_seconds: float, threads: int) -> tuple[Usage, float]:
    """What making one clip of about this length costs, and its length."""
    shortest, longest = max(clip_seconds - 6, 1.0), clip_seconds
    limits = ["--count", "1", "--min", f"{shortest}", "--max", f"{longest}", "--layout", "fill"]
    limits += ["--threads", f"{threads}"]
    usage = common.measure(
        [common.OPUSCLIP, "extract", video, "--transcript", transcript, "--out", out, *limits, "--quiet"]
    )
    clips = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["clips"]
    if not clips:
        raise BenchError(f"{video.name} gave no clip of {shortest:g} to {longest:g} s")
    return usage, float(clips[0]["duration"])


def bench(clip_seconds: float, threads: int) -> None:
    """Measure and print."""
    for program in ("ffmpeg", common.OPUSCLIP):
        common.need_program(program)
    seconds = 60
    video, subtitles, _ = common.talk(seconds)
    print(f"memory: one clip at 1080x1920 out of a 1080p source, {common.environment()}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="memory-", dir=common.MEDIA))
    peaks: list[float] = []
    try:
        for times in (2, 2 * LONGER):
            source, script = joined(video, subtitles, times, seconds, folder)
            usage, length = extract(source, script, folder / f"out-{times}", clip_seconds, threads)
            peaks.append(usage.peak_mb)
            minutes = times * seconds // 60
            print(
                f"source of {minutes:3} min, clip of {length:4.1f} s: peak {usage.peak_mb:6.1f} MB, "
                f"{usage.wall:5.1f} s, {usage.cpu:5.1f} s of processor time",
                flush=True,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if max(peaks) > LIMIT_MB:
        print(f"over the limit of {LIMIT_MB} MB")
    common.closing(peak_mb=f"{peaks[0]:.0f}", peak_mb_10x=f"{peaks[1]:.0f}")


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(
        description="Peak memory of `opusclip extract`, with a source of two minutes and one ten times as long."
    )
    parser.add_argument("--clip-seconds", type=float, default=59.0, help="longest the clip may be (default 59)")
    parser.add_argument("--threads", type=int, default=0, help="encoder threads (default 0: as many as opusclip takes)")
    options = parser.parse_args()
    if not 10 <= options.clip_seconds <= 110:
        parser.error("--clip-seconds must be between 10 and 110")
    if not 0 <= options.threads <= 256:
        parser.error("--threads must be between 0 and 256")
    try:
        bench(options.clip_seconds, options.threads)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
