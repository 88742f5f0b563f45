#!/usr/bin/env python3
"""How well anomalies are found in streams: opusclip's detector by the rule of the Numenta Anomaly Benchmark (NAB).

--data is a folder as NAB's own (Lavin and Ahmad 2015): CSV files `timestamp,value` in one folder for each family.
--labels is a file as its combined_windows.json: for each file the windows [from, to] around its anomalies. The detector
reads every file from its beginning, is told nothing about it and alarms at the threshold that is fixed in its code; no
threshold is chosen here. --program asks another detector: it is given the path of a CSV file and prints one score for
each row, 0 to 1, and alarms from --threshold on.

The rule, version 1.1. The first 15 % of a file, at most 750 rows, do not count. A window pays for its earliest alarm,
more for an early one; a missed window costs. Each alarm in no window costs, less so shortly after one. A perfect
detector has 100, one that never alarms 0. The last line is the score in NAB's three profiles.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError

NAB = common.ROOT.parent / "shared" / "samples" / "series" / "nab"
PROBATION, LONGEST_PROBATION = 0.15, 750
"""The share of a file that does not count, and the most rows it may be."""
STEEPNESS = 5.0
"""Of the sigmoid that weighs where in a window, or how far behind it, an alarm is."""
FAR = 3.0
"""Lengths of a window behind it from which on an alarm costs in full."""
SURE = 0.5
"""Of --program: its scores at or above this are alarms, unless --threshold says another."""


@dataclass(frozen=True)
class Profile:
    """What one thing is worth: an earliest alarm in a window, a false alarm, a missed window."""

    hit: float
    false: float
    missed: float


PROFILES = {"standard": Profile(1.0, 0.11, 1.0), "low_fp": Profile(1.0, 0.22, 1.0), "low_fn": Profile(1.0, 0.11, 2.0)}

Windows = list[tuple[int, int]]


@dataclass(frozen=True)
class Series:
    """One file: Unix seconds, values, and its windows as first and last row."""

    name: str
    path: Path
    times: list[float]
    values: list[float]
    windows: Windows

    @property
    def probation(self) -> int:
        """The first row that counts."""
        return min(math.floor(PROBATION * len(self.values)), LONGEST_PROBATION)


@dataclass
class Tally:
    """What one profile's score is made of; `worst` is the sum of a detector that never alarms."""

    total: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PROFILES, 0.0))
    worst: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PROFILES, 0.0))
    windows: int = 0
    found: int = 0
    false: int = 0
    rows: int = 0

    def add(self, other: Tally) -> None:
        """Together with the files of another one."""
        for name in PROFILES:
            self.total[name] += other.total[name]
            self.worst[name] += other.worst[name]
        self.windows += other.windows
        self.found += other.found
        self.false += other.false
        self.rows += other.rows

    def score(self, name: str) -> float:
        """100 for a perfect detector, 0 for one that never alarms; NaN where there are no windows."""
        best = PROFILES[name].hit * self.windows
        span = best - self.worst[name]
        return 100 * (self.total[name] - self.worst[name]) / span if span else math.nan


def sigmoid(y: float) -> float:
    """NAB's scaled sigmoid: nearly 1 at -1, 0 at 0, nearly -1 at 1."""
    return 2 / (1 + math.exp(STEEPNESS * y)) - 1


def judged(series: Series, alarms: Iterable[int]) -> Tally:
    """What alarms at these rows are worth."""
    tally = Tally(windows=len(series.windows), rows=len(series.values))
    counted = [row for row in sorted(alarms) if row >= series.probation]
    for first, last in series.windows:
        if last < series.probation:
            # It counts for the perfect score, as in NAB, but can be neither found nor missed.
            continue
        hit = next((row for row in counted if first <= row <= last), None)
        tally.found += hit is not None
        for name, profile in PROFILES.items():
            tally.worst[name] -= profile.missed
            if hit is None:
                tally.total[name] -= profile.missed
            else:
                early = sigmoid(-(last - hit + 1) / (last - first + 1)) / sigmoid(-1)
                tally.total[name] += profile.hit * early
    for row in counted:
        before = [window for window in series.windows if window[0] <= row]
        if before and row <= before[-1][1]:
            continue
        tally.false += 1
        weight = -1.0
        if before:
            first, last = before[-1]
            behind = (row - last) / (last - first) if last > first else math.inf
            weight = sigmoid(behind) if behind <= FAR else -1.0
        for name, profile in PROFILES.items():
            tally.total[name] += profile.false * weight
    return tally


def seconds(text: str) -> float:
    """Unix seconds of a timestamp, taken as UTC."""
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def read(name: str, path: Path, spans: Sequence[Sequence[str]]) -> Series:
    """One file and its windows, as rows."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        times = [seconds(row["timestamp"]) for row in rows]
        values = [float(row["value"]) for row in rows]
        # Of several rows at one time NAB takes the first.
        row_of = {moment: row for row, moment in reversed(list(enumerate(times)))}
        windows = sorted((row_of[seconds(start)], row_of[seconds(end)]) for start, end in spans)
    except (KeyError, TypeError, ValueError) as error:
        raise BenchError(f"{path} and its windows cannot be read: {error!r}") from None
    return Series(name, path, times, values, windows)


def corpus(folder: Path, labels: Path) -> list[Series]:
    """All files that the labels name and the folder holds."""
    if not labels.is_file():
        raise BenchError(f"there is no file {labels}: name one with LABELS=")
    root = folder / "data" if (folder / "data").is_dir() else folder
    named = json.loads(labels.read_text(encoding="utf-8"))
    found = [read(name, root / name, spans) for name, spans in sorted(named.items()) if (root / name).is_file()]
    if not found:
        raise BenchError(f"{root} holds none of the {len(named)} files that {labels} names")
    if len(found) < len(named):
        print(f"{len(named) - len(found)} of {len(named)} files with labels are not in {root}")
    return found


Detector = Callable[[Series], tuple[Sequence[float], float]]


def ours() -> Detector:
    """opusclip by its Python package; its own fixed threshold."""
    try:
        import opusclip
    except ImportError:
        raise BenchError("the Python package is missing: run `make python`") from None

    def detect(series: Series) -> tuple[Sequence[float], float]:
        result = opusclip.analytics.detect_anomalies(series.values, times=series.times)
        return result.scores, result.threshold

    return detect


def program(path: Path, threshold: float) -> Detector:
    """A program that prints a score for each row of a file."""

    def detect(series: Series) -> tuple[Sequence[float], float]:
        said = common.run([path, series.path])
        return [float(score) for score in said.split()], threshold

    return detect


def alarms(series: Series, detect: Detector) -> tuple[list[int], float]:
    """Rows of alarms, and the seconds it took to find them."""
    begun = time.perf_counter()
    scores, threshold = detect(series)
    took = time.perf_counter() - begun
    if len(scores) != len(series.values):
        raise BenchError(f"{series.name}: {len(scores)} scores for {len(series.values)} rows")
    return [row for row, score in enumerate(scores) if score >= threshold], took


def bench(options: argparse.Namespace) -> None:
    """Ask the detector about every file, print a table and the closing line."""
    detect = program(options.program, options.threshold) if options.program else ours()
    families: dict[str, Tally] = defaultdict(Tally)
    everything, took, per_file = Tally(), 0.0, []
    for series in corpus(options.data, options.labels):
        rows, spent = alarms(series, detect)
        tally = judged(series, rows)
        families[series.name.split("/")[0]].add(tally)
        everything.add(tally)
        took += spent
        per_file.append((series.name, tally))
    head = "".join(f"{name:>10}" for name in PROFILES)
    print(f"{'':34}{head}{'found':>10}{'false':>7}{'rows':>8}")
    shown = [*(per_file if options.files else []), *sorted(families.items()), ("all", everything)]
    for name, tally in shown:
        figures = "".join(f"{tally.score(profile):10.2f}" for profile in PROFILES)
        print(f"{name[-34:]:34}{figures}{tally.found:>6}/{tally.windows:<3}{tally.false:>7}{tally.rows:>8}")
    print(f"\n{everything.rows / took:,.0f} points/s; {common.environment()}\n")
    common.closing(**{name: everything.score(name) for name in PROFILES})


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=NAB / "data", help="folder of families (default: the samples)")
    parser.add_argument("--labels", type=Path, help="windows of the files (default: labels beside the data)")
    parser.add_argument("--files", action="store_true", help="a line for each file too")
    parser.add_argument("--program", type=Path, help="a detector that reads a CSV file's path, prints a score a row")
    parser.add_argument("--threshold", type=float, default=SURE, help=f"of --program (default {SURE})")
    options = parser.parse_args()
    if options.labels is None:
        beside = [folder / "labels" / "combined_windows.json" for folder in (options.data, options.data.parent)]
        options.labels = next((file for file in beside if file.is_file()), beside[0])
    return options


def main() -> int:
    """Read the options and run the bench."""
    options = parsed()
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
