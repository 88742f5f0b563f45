#!/usr/bin/env python3
"""Peak resident memory of `opusclip extract` and `opusclip analyze`, with short sources of 1080p and with long ones.

`extract` makes one 1080x1920 clip of up to 59 s, once of a source of two minutes, once of one ten times as long.
`analyze`, with sound and without its cache, looks at two minutes and at two hours at level lazy, and at two and at ten
minutes at level exact, which takes too long for more. All sources are joined without recoding from the same generated
minute, and deleted afterwards; two hours need 1 GB for that time. What is resident at once must neither be large nor
grow with the source.

Limits: 400 MB for `extract`, 200 MB for `analyze`. The last line is `peak_mb= peak_mb_10x= analyze_peak_mb=
analyze_peak_mb_2h=`; the last two are the larger of both levels.

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
ANALYZE_LIMIT_MB = 200
SECONDS = 60
"""Length of what sources are joined from."""
SHORT = 2
"""Minutes of the short sources."""
LONGER = 10
EXACT_MINUTES = 10
"""Minutes of the long source of level exact."""
TIME = re.compile(r"(\d+):(\d\d):(\d\d),(\d{3})")


def joined(video: Path, times: int, folder: Path) -> Path:
    """A video, `times` over without recoding."""
    parts, target = folder / f"parts-{times}.txt", folder / f"talk-x{times}.mp4"
    parts.write_text(f"file '{video.resolve()}'\n" * times, encoding="utf-8")
    quiet = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    common.run([*quiet, "-f", "concat", "-safe", "0", "-i", parts, "-c", "copy", target])
    return target


def joined_subtitles(subtitles: Path, times: int, folder: Path) -> Path:
    """The subtitles of such a video."""
    text, script = subtitles.read_text(encoding="utf-8"), folder / f"talk-x{times}.srt"
    script.write_text("\n".join(shifted(text, n * SECONDS) for n in range(times)), encoding="utf-8")
    return script


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


def of_extract(clip_seconds: float, threads: int, folder: Path) -> dict[str, float | str]:
    """Peaks of making a clip."""
    video, subtitles, _ = common.talk(SECONDS)
    print("extract: one clip at 1080x1920 out of a 1080p source")
    peaks: list[float] = []
    for times in (SHORT, SHORT * LONGER):
        source, script = joined(video, times, folder), joined_subtitles(subtitles, times, folder)
        usage, length = extract(source, script, folder / f"out-{times}", clip_seconds, threads)
        peaks.append(usage.peak_mb)
        show(f"source of {times:3} min, clip of {length:4.1f} s", usage)
        source.unlink()
    if max(peaks) > LIMIT_MB:
        print(f"over the limit of {LIMIT_MB} MB")
    return {"peak_mb": f"{peaks[0]:.0f}", "peak_mb_10x": f"{peaks[1]:.0f}"}


def of_analyze(minutes: int, folder: Path) -> dict[str, float | str]:
    """Peaks of an analysis, sound included."""
    video, _, _ = common.talk(SECONDS)
    print("analyze: a 1080p source, with sound, without the cache")
    peaks: dict[bool, float] = {False: 0.0, True: 0.0}
    for level, long in (("lazy", minutes), ("exact", min(EXACT_MINUTES, minutes))):
        for times in (SHORT, long):
            source = joined(video, times, folder)
            usage = common.measure(common.analysis(source, level))
            peaks[times == long] = max(peaks[times == long], usage.peak_mb)
            show(f"source of {times:3} min, level {level:5}", usage)
            source.unlink()
    if max(peaks.values()) > ANALYZE_LIMIT_MB:
        print(f"over the limit of {ANALYZE_LIMIT_MB} MB")
    return {"analyze_peak_mb": f"{peaks[False]:.0f}", "analyze_peak_mb_2h": f"{peaks[True]:.0f}"}


def show(what: str, usage: Usage) -> None:
    """One line about one run."""
    print(
        f"{what}: peak {usage.peak_mb:6.1f} MB, {usage.wall:5.1f} s, {usage.cpu:5.1f} s of processor time",
        flush=True,
    )


def bench(options: argparse.Namespace) -> None:
    """Measure and print."""
    for program in ("ffmpeg", common.OPUSCLIP):
        common.need_program(program)
    common.talk(SECONDS)
    print(f"memory: {common.environment()}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="memory-", dir=common.MEDIA))
    figures: dict[str, float | str] = {}
    try:
        if not options.analyze_only:
            figures.update(of_extract(options.clip_seconds, options.threads, folder))
        if not options.extract_only:
            figures.update(of_analyze(options.minutes, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    common.closing(**figures)


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(
        description="Peak memory of `opusclip extract` and `opusclip analyze`, with short sources and with long ones."
    )
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--extract-only", action="store_true", help="measure `extract` alone")
    parts.add_argument("--analyze-only", action="store_true", help="measure `analyze` alone")
    parser.add_argument("--minutes", type=int, default=120, help="the long source of level lazy (default 120)")
    parser.add_argument("--clip-seconds", type=float, default=59.0, help="longest the clip may be (default 59)")
    parser.add_argument("--threads", type=int, default=0, help="encoder threads (default 0: as many as opusclip takes)")
    options = parser.parse_args()
    if not 10 <= options.clip_seconds <= 110:
        parser.error("--clip-seconds must be between 10 and 110")
    if not 0 <= options.threads <= 256:
        parser.error("--threads must be between 0 and 256")
    if not SHORT < options.minutes <= 1440:
        parser.error(f"--minutes must be between {SHORT + 1} and 1440")
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
