#!/usr/bin/env python3
"""How well `opusclip.analytics.forecast` foretells the M4 competition's series, beside statsforecast and augurs.

--train and --test are tables of the competition (Makridakis et al. 2020, "The M4 Competition: 100,000 time series and
61 forecasting methods"): the first column names a series, the others hold its values, rows differ in length. Each
series is forecast for as many steps as the test has, once with little effort and once with more.

sMAPE and MASE are the competition's; OWA is the mean of both, each as a share of what Naive2 has on the same series:
the last value carried on, with the season put back where the series has one. The intervals are those of 95 %. Peers are
told the seasons, opusclip finds them.

The last line is about the greater effort, figures of the lesser one before it begin with `fast_`.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "peers")]
import common
from common import BenchError
from installed import AUGURS, NUMPY, STATSFORECAST, peer_python

M4 = common.ROOT.parent / "shared" / "samples" / "series" / "m4"
LEVEL = 0.95
# Critical value of the competition's test for a season: 90 %, both sides.
SEASON_QUANTILE = 1.645


@dataclass(frozen=True)
class Series:
    """What is known of a series, and what came after it."""

    name: str
    known: list[float]
    after: list[float]


@dataclass
class Forecasts:
    """What one method said of every series; intervals where it has some."""

    mean: list[list[float]] = field(default_factory=list)
    low: list[list[float]] = field(default_factory=list)
    high: list[list[float]] = field(default_factory=list)
    seconds: float = math.nan


@dataclass(frozen=True)
class Score:
    """The figures of one method, means over series."""

    smape: float
    mase: float
    owa: float
    coverage: float
    msis: float
    milliseconds: float


def table(file: Path) -> dict[str, list[float]]:
    """The series of one table by name."""
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.reader(lines))[1:]
        return {row[0]: [float(cell) for cell in row[1:] if cell.strip()] for row in rows if row}
    except (OSError, ValueError) as error:
        raise BenchError(f"{file} cannot be read as a table of series: {error}") from None


def read(train: Path, test: Path, most: int | None) -> list[Series]:
    """The series both tables have, at most so many, spread evenly over the file."""
    known, after = table(train), table(test)
    names = [name for name in known if name in after and len(after[name]) > 0]
    if not names:
        raise BenchError(f"{train} and {test} have no series in common: name others with TRAIN= and TEST=")
    if most is not None and most < len(names):
        names = [names[k * len(names) // most] for k in range(most)]
    return [Series(name, known[name], after[name]) for name in names]


def seasonal(values: list[float], period: int) -> bool:
    """The competition's test for a season: the autocorrelation at the period is larger than chance explains."""
    if period < 2 or len(values) < 3 * period:
        return False
    mean = math.fsum(values) / len(values)
    centred = [value - mean for value in values]
    total = math.fsum(value * value for value in centred)
    if total == 0.0:
        return False
    correlations = [
        math.fsum(a * b for a, b in zip(centred, centred[lag:], strict=False)) / total for lag in range(1, period + 1)
    ]
    spread = math.sqrt((1.0 + 2.0 * sum(value * value for value in correlations[:-1])) / len(values))
    return abs(correlations[-1]) > SEASON_QUANTILE * spread


def season_indices(values: list[float], period: int) -> list[float]:
    """Multiplicative indices of classical decomposition, by position in the period."""
    half = period // 2
    sums: list[list[float]] = [[] for _ in range(period)]
    for at in range(half, len(values) - half):
        window = values[at - half : at + half + 1]
        trend = math.fsum(window)
        if period % 2 == 0:
            trend -= (window[0] + window[-1]) / 2.0
        if trend != 0.0:
            sums[at % period].append(values[at] / (trend / period))
    means = [math.fsum(ratios) / len(ratios) if ratios else 1.0 for ratios in sums]
    total = math.fsum(means)
    return [mean * period / total if total else 1.0 for mean in means]


def naive2(values: list[float], steps: int, period: int) -> list[float]:
    """The last value without its season, carried on with the season put back."""
    if not seasonal(values, period):
        return [values[-1]] * steps
    indices = season_indices(values, period)
    last = indices[(len(values) - 1) % period]
    level = values[-1] / last if last else values[-1]
    return [level * indices[(len(values) + step) % period] for step in range(steps)]


def smape(truth: list[float], said: list[float]) -> float:
    """Symmetric mean absolute percentage error, in percent."""
    terms = [2.0 * abs(a - b) / (abs(a) + abs(b)) if a or b else 0.0 for a, b in zip(truth, said, strict=True)]
    return 100.0 * math.fsum(terms) / len(terms)


def scale(values: list[float], period: int) -> float:
    """Mean absolute change from one season to the next, by which errors are divided."""
    lag = period if len(values) > period else 1
    changes = [abs(b - a) for a, b in zip(values, values[lag:], strict=False)]
    return math.fsum(changes) / len(changes) if changes else 0.0


def interval_score(truth: list[float], low: list[float], high: list[float]) -> float:
    """Mean width of the intervals, with a penalty for what lies outside them (Gneiting and Raftery 2007)."""
    penalty = 2.0 / (1.0 - LEVEL)
    rows = zip(truth, low, high, strict=True)
    return math.fsum(b - a + penalty * (max(a - y, 0.0) + max(y - b, 0.0)) for y, a, b in rows) / len(truth)


def scored(series: list[Series], said: Forecasts, period: int, naive: tuple[float, float]) -> Score:
    """All figures of one method; `naive` are sMAPE and MASE of Naive2, or NaN while they are being found."""
    smapes, mases, inside, msis = [], [], [], []
    for at, one in enumerate(series):
        step = scale(one.known, period)
        smapes.append(smape(one.after, said.mean[at]))
        if step > 0.0:
            errors = [abs(a - b) for a, b in zip(one.after, said.mean[at], strict=True)]
            mases.append(math.fsum(errors) / len(errors) / step)
        if said.low:
            low, high = said.low[at], said.high[at]
            inside += [a <= y <= b for y, a, b in zip(one.after, low, high, strict=True)]
            if step > 0.0:
                msis.append(interval_score(one.after, low, high) / step)
    mean_smape, mean_mase = (sum(figures) / len(figures) for figures in (smapes, mases))
    return Score(
        smape=mean_smape,
        mase=mean_mase,
        owa=(mean_smape / naive[0] + mean_mase / naive[1]) / 2.0,
        coverage=sum(inside) / len(inside) if inside else math.nan,
        msis=sum(msis) / len(msis) if msis else math.nan,
        milliseconds=1000.0 * said.seconds / len(series),
    )


def by_package(series: list[Series], effort: str) -> Forecasts:
    """What the Python package says; the values are arrays beforehand, as they are where somebody has a series."""
    try:
        import numpy
        from opusclip import analytics
    except ImportError as error:
        raise BenchError(f"{error}: run `make python` and use its interpreter, or name a --program") from None
    known = [numpy.asarray(one.known, dtype=float) for one in series]
    analytics.forecast(known[0], horizon=len(series[0].after), effort=effort)
    found, begun = [], time.perf_counter()
    for values, one in zip(known, series, strict=True):
        found.append(analytics.forecast(values, horizon=len(one.after), effort=effort))
    said = Forecasts(seconds=time.perf_counter() - begun)
    for answer in found:
        said.mean.append([float(value) for value in answer.mean])
        said.low.append([float(value) for value in answer.low])
        said.high.append([float(value) for value in answer.high])
    return said


def asked(command: list[str | Path], series: list[Series], **more: object) -> dict[str, object]:
    """What a program answers in JSON to the series in JSON."""
    question = {"series": [one.known for one in series], "horizons": [len(one.after) for one in series], **more}
    done = subprocess.run(
        [str(part) for part in command], input=json.dumps(question), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed: " + " | ".join(done.stderr.strip().splitlines()[-3:]))
    return json.loads(done.stdout)


def by_program(program: Path) -> Callable[[list[Series], str], Forecasts]:
    """A program that reads series as JSON and writes their forecasts, in place of the package."""
    return lambda series, effort: Forecasts(**asked([program, effort], series))  # type: ignore[arg-type]


def by_peers(series: list[Series], period: int) -> dict[str, Forecasts]:
    """What statsforecast and augurs say, as far as they can be installed."""
    found = {}
    for package, name in ((STATSFORECAST, "statsforecast"), (AUGURS, "augurs")):
        python = peer_python(package)
        if python is None or peer_python(NUMPY) is None:
            continue
        said = asked([python, HERE / "foretold.py", name], series, period=period, level=LEVEL)
        found |= {method: Forecasts(**answer) for method, answer in said.items()}  # type: ignore[arg-type]
    return found


def bench(options: argparse.Namespace) -> None:
    """Read the series, ask everybody, print."""
    series = read(options.train, options.test, options.series)
    period = options.season
    naive = Forecasts(mean=[naive2(one.known, len(one.after), period) for one in series])
    own = scored(series, naive, period, (math.nan, math.nan))
    share = (own.smape, own.mase)
    ask = by_program(options.program) if options.program else by_package
    answers = {"Naive2": naive}
    if options.peers:
        answers |= by_peers(series, period)
    efforts = ("fast", "thorough")
    answers |= {f"opusclip, {effort}": ask(series, effort) for effort in efforts}
    scores = {name: scored(series, said, period, share) for name, said in answers.items()}
    print(f"{options.train.name}: {len(series)} series, season {period}; {common.environment()}")
    print(f"  {'':36}{'sMAPE':>8}{'MASE':>8}{'OWA':>8}{'inside 95 %':>13}{'MSIS':>9}{'ms/series':>11}")
    for name, score in sorted(scores.items(), key=lambda item: -item[1].owa):
        figures = f"{score.smape:8.3f}{score.mase:8.3f}{score.owa:8.4f}{score.coverage:13.4f}{score.msis:9.3f}"
        print(f"  {name:36}{figures}{score.milliseconds:11.3f}".replace("nan", "  -"))
    print()
    fast, best = (scores[f"opusclip, {effort}"] for effort in efforts)
    common.closing(
        fast_owa=fast.owa,
        fast_smape=fast.smape,
        fast_mase=fast.mase,
        fast_coverage95=fast.coverage,
        fast_ms_per_series=fast.milliseconds,
        owa=best.owa,
        smape=best.smape,
        mase=best.mase,
        coverage95=best.coverage,
        ms_per_series=best.milliseconds,
    )


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description="Measure how well series of the M4 competition are forecast.")
    parser.add_argument("--train", type=Path, default=M4 / "Hourly-train.csv", help="what is known (default: a sample)")
    parser.add_argument("--test", type=Path, default=M4 / "Hourly-test.csv", help="what came after it")
    parser.add_argument("--season", type=int, default=24, help="steps of a season for MASE and Naive2 (default 24)")
    parser.add_argument("--series", type=int, help="at most so many series")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="leave statsforecast and augurs out")
    parser.add_argument("--program", type=Path, help="ask this program instead of the Python package")
    options = parser.parse_args()
    if options.season < 1 or (options.series is not None and options.series < 1):
        parser.error("--season and --series must be at least 1")
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
