"""What the files really are: measured with FFmpeg, and insisted upon."""

from __future__ import annotations

import re
from pathlib import Path

from maker import Entry
from patterns import CORNERS, RGB
from talk.programs import MediaError, ffmpeg, options, run


def probe(path: Path, entries: str, *more: str) -> list[str]:
    """What ffprobe says about a file, value by value."""
    printed = run("ffprobe", "-v", "error", *more, "-show_entries", entries, "-of", "csv=p=0", path).out
    return [value.strip(",") for value in printed.decode(errors="replace").split()]


def length(path: Path) -> float:
    """The duration that the container reports."""
    return round(float(probe(path, "format=duration")[0]), 3)


def stream_codecs(path: Path) -> list[str]:
    """The codec of each stream."""
    return probe(path, "stream=codec_name")


def keyframes(path: Path) -> list[float]:
    """When the keyframes of the video are shown."""
    return [float(t) for t in probe(path, "frame=pts_time", *options("-select_streams v:0 -skip_frame nokey"))]


def check_sync(path: Path, wanted: int, tolerance: float = 0.005) -> Entry:
    """Insist that flashes and beeps agree and that none is missing."""
    flashes, beeps = measure_flashes(path), measure_beeps(path)
    if len(flashes) != wanted or len(beeps) < wanted:
        raise MediaError(f"{path.name}: {len(flashes)} flashes and {len(beeps)} beeps, wanted {wanted}")
    worst = max(min(abs(f - b) for b in beeps) for f in flashes)
    if worst > tolerance:
        raise MediaError(f"{path.name}: flash and beep {worst * 1000:.1f} ms apart")
    return {"flashes": [round(f, 6) for f in flashes], "worst_sync_ms": round(worst * 1000, 3)}


def measure_flashes(path: Path) -> list[float]:
    """When flashes are seen, on the file's own clock."""
    brightness = "scale=64:36:flags=area,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-"
    shown = ffmpeg("-copyts", "-i", path, *options(f"-map 0:v:0 -vf {brightness} -fps_mode passthrough -f null -"))
    flashes, lit, at = [], False, 0.0
    for line in shown.decode(errors="replace").splitlines():
        if m := re.search(r"pts_time:(-?[\d.]+)", line):
            at = float(m[1])
        elif m := re.search(r"YAVG=([\d.]+)", line):
            bright = float(m[1]) > 200
            if bright and not lit:
                flashes.append(at)
            lit = bright
    return flashes


def measure_beeps(path: Path) -> list[float]:
    """When beeps are heard, on the file's own clock."""
    listen = options("-map 0:a:0 -af silencedetect=n=-30dB:d=0.2 -f null -")
    said = run("ffmpeg", *options("-hide_banner -nostats -nostdin -copyts"), "-i", path, *listen).err
    return [float(x) for x in re.findall(r"silence_end: (-?[\d.]+)", said.decode(errors="replace"))]


def check_corners(path: Path) -> None:
    """Insist that FFmpeg shows the file upright: every corner in its colour."""
    small = options("-map 0:V:0 -frames:v 1 -vf trim=start=1,scale=16:16:flags=area")
    data = ffmpeg("-i", path, *small, *options("-f rawvideo -pix_fmt rgb24 -"))
    if len(data) != 16 * 16 * 3:
        raise MediaError(f"{path.name}: shows no picture after 1 s")
    places = {"top_left": (1, 1), "top_right": (14, 1), "bottom_left": (1, 14), "bottom_right": (14, 14)}
    for place, (x, y) in places.items():
        seen = tuple(data[(y * 16 + x) * 3 : (y * 16 + x) * 3 + 3])
        if any(abs(a - b) > 70 for a, b in zip(seen, RGB[CORNERS[place]], strict=True)):
            raise MediaError(f"{path.name}: {place} is {seen}, wanted {CORNERS[place]}")


def check_keyframes(path: Path, wanted: list[float]) -> list[float]:
    """Insist on keyframes at certain times, and on no other if the first is the only one; returns all."""
    times = keyframes(path)
    if any(min(abs(k - w) for k in times) > 0.001 for w in wanted) or (wanted == [0.0] and len(times) != 1):
        raise MediaError(f"{path.name}: keyframes at {times}")
    return times
