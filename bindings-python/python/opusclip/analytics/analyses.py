"""Analyses of numbers that lie elsewhere: arrays, lists, columns of pandas, Polars or Arrow."""

from typing import Any

from .. import _opusclip
from .._values import given
from ._types import Anomalies, Correlation, Forecast, Trend
from .collector import Numbers, _array, _times


def trend(values: Numbers, times: Numbers | None = None, **options: Any) -> Trend:
    """Say whether numbers rise or fall, how fast, and since when.

    Parameters
    ----------
    values : array_like
        Numbers; NaN for gaps.
    times : array_like, optional
        Unix seconds or ``datetime64``, in any order; default one second apart.
    **options
        Those of the core's ``TrendOptions``.

    Raises
    ------
    DataError
        If there are too few.
    """
    return Trend.from_dict(_opusclip.trend(*_samples(values, times), given(**options)))


def detect_anomalies(values: Numbers, times: Numbers | None = None, **options: Any) -> Anomalies:
    """Say which numbers are unusual, and why: spike, dip, level shift, variance, flat line, missing data.

    Parameters
    ----------
    values : array_like
        Numbers; NaN for gaps.
    times : array_like, optional
        Unix seconds or ``datetime64``, in any order; default one second apart.
    **options
        Those of the core's ``AnomalyOptions``: ``threshold`` in robust standard deviations, ``quiet_time`` in seconds.

    Raises
    ------
    DataError
        If there are none.
    """
    return Anomalies.from_dict(_opusclip.detect_anomalies(*_samples(values, times), given(**options)))


def correlate(
    a: Numbers, b: Numbers, times_a: Numbers | None = None, times_b: Numbers | None = None, **options: Any
) -> Correlation:
    """Say whether two series move together, and which of them leads.

    Parameters
    ----------
    a, b : array_like
        Numbers; NaN for gaps.
    times_a, times_b : array_like, optional
        Unix seconds or ``datetime64``; default one second apart. ``times_b`` defaults to ``times_a``.
    **options
        Those of the core's ``CorrelationOptions``.

    Raises
    ------
    DataError
        If they have too little in common.
    """
    times_b = times_a if times_b is None else times_b
    found = _opusclip.correlate(*_samples(a, times_a), *_samples(b, times_b), given(**options))
    return Correlation.from_dict(found)


def forecast(values: Numbers, times: Numbers | None = None, **options: Any) -> Forecast:
    """Say what comes next, with intervals.

    Parameters
    ----------
    values : array_like
        Numbers; NaN for gaps.
    times : array_like, optional
        Unix seconds or ``datetime64``, in any order; default one second apart.
    **options
        Those of the core's ``ForecastOptions``: ``horizon`` in steps, ``seasons`` in steps, ``level`` of the intervals,
        ``effort`` (``fast`` or ``thorough``).

    Raises
    ------
    DataError
        If there are too few.
    """
    return Forecast.from_dict(_opusclip.forecast(*_samples(values, times), given(**options)))


def _samples(values: Numbers, times: Numbers | None) -> tuple[Any, Any]:
    return _array(values), None if times is None else _times(times)
