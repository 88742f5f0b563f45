"""What the benches share: generated talks, measured processes, medians and the closing line."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPUSCLIP = Path(os.environ.get("OPUSCLIP", ROOT / "target" / "release" / "opusclip"))
"""The command that is measured; the variable OPUSCLIP names another build of it."""
MEDIA = ROOT / "target" / "bench-media"
SAMPLE = ROOT / "scripts" / "sample.py"
VENV_PYTHON = ROOT / ".venv" / "bin" / "python"

Command = Sequence[str | Path]


class BenchError(Exception):
    """A bench could not be run; the message says why."""


@dataclass(frozen=True)
class Usage:
    """What one process cost, its own finished children included."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """Seconds of processor time, user and system."""
    peak_mb: float
    """Most memory that was resident at once, in MiB."""


def measure(command: Command, env: Mapping[str, str] | None = None) -> Usage:
    """Run a program to its end and say what it cost; its output is shown only where it fails."""
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=None if env is None else {**os.environ, **env},
            )
        except OSError as error:
            raise BenchError(f"cannot start {command[0]}: {error.strerror}") from None
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - begun
        # The process is reaped here, not by `subprocess`, which must know.
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()[-6:]
            raise BenchError(f"{command[0]} ended with status {process.returncode}: " + " | ".join(said))
    # Linux counts in KiB, macOS in bytes.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / (1 << 20))


def run(command: Command) -> str:
    """Run a program that only prepares something; returns what it prints."""
    try:
        done = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        )
    except OSError as error:
        raise BenchError(f"cannot start {command[0]}: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        said = " | ".join(error.stderr.strip().splitlines()[-6:])
        raise BenchError(f"{command[0]} ended with status {error.returncode}: {said}") from None
    return done.stdout


def need_program(name: str | Path) -> str:
    """The path of a program, or a clear error where it is missing."""
    found = shutil.which(str(name))
    if found is None:
        hint = "run `make cli`" if Path(name) == OPUSCLIP else "scripts/setup.sh installs what is needed"
        raise BenchError(f"{name} is missing: {hint}")
    return found


def analysis(video: Path, level: str, *flags: str) -> Command:
    """The command that analyses a video anew and prints JSON."""
    return [OPUSCLIP, "analyze", video, "--level", level, *flags, "--no-cache", "--json"]


def talk(seconds: int = 60, width: int = 1920, height: int = 1080) -> tuple[Path, Path, Path]:
    """A generated talk, its subtitles and the truth about it (JSON), made once."""
    video = MEDIA / f"talk-{width}x{height}-{seconds}s.mp4"
    files = (video, video.with_suffix(".srt"), video.with_suffix(".json"))
    sources = [SAMPLE, *SAMPLE.parent.joinpath("talk").rglob("*.py")]
    changed = max(source.stat().st_mtime for source in sources)
    if not all(file.exists() and file.stat().st_mtime >= changed for file in files):
        print(f"generating a talk of {seconds} s at {width}x{height}", flush=True)
        size = ["--seconds", str(seconds), "--width", str(width), "--height", str(height)]
        run([sys.executable, SAMPLE, video, files[1], *size, "--truth", files[2]])
    return files


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Least, median and most."""
    return min(values), statistics.median(values), max(values)


def shown(values: Sequence[float], digits: int = 2) -> str:
    """Least, median and most, in columns."""
    return "  ".join(f"{value:9.{digits}f}" for value in spread(values))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, list[float]]:
    """Median of the ratios pair by pair, and the ratios: what slows both halves of a pair cancels out."""
    ratios = [mine / other if other > 0 else math.nan for mine, other in zip(ours, theirs, strict=True)]
    return statistics.median(ratios), ratios


def closing(**figures: float | str) -> None:
    """Print the last line: key=value pairs."""
    print(" ".join(f"{name}={plain(value)}" for name, value in figures.items()), flush=True)


def plain(value: float | str) -> str:
    """A figure with three digits that count, never in powers of ten."""
    if isinstance(value, str) or not math.isfinite(value):
        return str(value)
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:.{max(3 - whole, 0)}f}"


def environment() -> str:
    """What the figures depend on, for the head of a bench."""
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    busy = f"; {load:.1f} processes were running before, so only compare pairs" if load > 0.5 else ""
    return f"{cores} cores{busy}"


def fail(error: BenchError | OSError) -> int:
    """Say on one line why a bench could not be run."""
    print(f"bench: {error}", file=sys.stderr)
    return 1
