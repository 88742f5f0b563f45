#!/usr/bin/env python3
"""Forecasts by statsforecast or augurs; runs in the environment of the peers, JSON in, JSON out.

In: {"series": [values], "horizons": [steps], "period": n, "level": share}; the argument names the package. Out:
{method: {"mean": [values], "low": [values], "high": [values], "seconds": of all}}. Hourly values have the week as a
second season, as in the packages' own examples.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence

import numpy as np

WEEK_OF_HOURS = [24, 168]
Answer = tuple[Sequence[float], Sequence[float], Sequence[float]]


def by_statsforecast(seasons: list[int], level: float) -> dict[str, Callable[[np.ndarray, int], Answer]]:
    """MSTL with AutoETS, and the seasonal naive forecast."""
    from statsforecast.models import MSTL, SeasonalNaive

    percent = round(100 * level)

    def ask(model: object, values: np.ndarray, steps: int) -> Answer:
        said = model.forecast(y=values, h=steps, level=[percent])  # type: ignore[attr-defined]
        return said["mean"], said[f"lo-{percent}"], said[f"hi-{percent}"]

    return {
        "statsforecast SeasonalNaive": lambda values, steps: ask(SeasonalNaive(seasons[0]), values, steps),
        "statsforecast MSTL+AutoETS": lambda values, steps: ask(MSTL(season_length=seasons), values, steps),
    }


def by_augurs(seasons: list[int], level: float) -> dict[str, Callable[[np.ndarray, int], Answer]]:
    """MSTL with AutoETS."""
    import augurs

    def ask(values: np.ndarray, steps: int) -> Answer:
        model = augurs.MSTL.ets(seasons)
        model.fit(values)
        said = model.predict(steps, level)
        return said.point(), said.lower(), said.upper()

    return {"augurs MSTL+AutoETS": ask}


def main() -> None:
    """Answer the question on standard input."""
    question = json.load(sys.stdin)
    period, level = question["period"], question["level"]
    seasons = WEEK_OF_HOURS if period == WEEK_OF_HOURS[0] else [period]
    methods = {"statsforecast": by_statsforecast, "augurs": by_augurs}[sys.argv[1]](seasons, level)
    series = [np.asarray(values, dtype=float) for values in question["series"]]
    warnings.simplefilter("ignore")
    answers = {}
    for name, ask in methods.items():
        ask(series[0], question["horizons"][0])  # What is compiled at the first call is not counted.
        begun = time.perf_counter()
        found = [ask(values, steps) for values, steps in zip(series, question["horizons"], strict=True)]
        seconds = time.perf_counter() - begun
        columns = zip(*found, strict=True)
        mean, low, high = ([np.asarray(part, dtype=float).tolist() for part in parts] for parts in columns)
        answers[name] = {"mean": mean, "low": low, "high": high, "seconds": seconds}
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
