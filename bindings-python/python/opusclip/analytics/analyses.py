"""Analyses of numbers that lie elsewhere: arrays, lists, columns of pandas, Polars or Arrow."""

from collections.abc import Mapping
from typing import Any

from .. import _opusclip
from .._values import given
from ._types import Anomalies, Correlation, Correlations, Forecast, MovedTogether, TimeToLimit, Trend
from .collector import Time
from .columns import Numbers, metrics, samples, seconds
from .shown import Series, remember


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
    seen = Series(*samples(values, times), options.get("name"))
    return remember(Trend.from_dict(_opusclip.trend(seen.values, seen.times, given(**options))), seen)


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
    seen = Series(*samples(values, times))
    return remember(Anomalies.from_dict(_opusclip.detect_anomalies(seen.values, seen.times, given(**options))), seen)


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
        Those of the core's ``CorrelationOptions``: ``method`` (``spearman``, ``pearson``, ``kendall``), ``max_lag`` in
        seconds, ``names`` of the two for the sentence.

    Raises
    ------
    DataError
        If they have too little in common.
    """
    times_b = times_a if times_b is None else times_b
    # Whether they are two is checked by the core.
    names = [*(options.get("names") or ()), None, None]
    first, second = Series(*samples(a, times_a), names[0]), Series(*samples(b, times_b), names[1])
    both = (first.values, first.times, second.values, second.times)
    return remember(Correlation.from_dict(_opusclip.correlate(*both, given(**options))), first, second)


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
    seen = Series(*samples(values, times))
    return remember(Forecast.from_dict(_opusclip.forecast(seen.values, seen.times, given(**options))), seen)


def correlate_all(
    values: Mapping[str, Numbers], times: Numbers | Mapping[str, Numbers] | None = None, **options: Any
) -> Correlations:
    """Say how each two of many metrics move together, with each p corrected for the number of pairs.

    Parameters
    ----------
    values : Mapping
        Numbers of each metric by its name; NaN for gaps. A table of pandas is one, too.
    times : array_like or Mapping, optional
        Unix seconds or ``datetime64`` of all, or of each by its name; default one second apart.
    **options
        Those of the core's ``CorrelationOptions``: ``method``, ``max_lag`` in seconds, ``correction``
        (``benjamini_hochberg``, ``holm``, ``none``).

    Raises
    ------
    DataError
        If there are fewer than two. A pair that cannot be compared is in the result's ``skipped``.
    """
    return Correlations.from_dict(_opusclip.correlate_all(metrics(values, times), given(**options)))


def moved_together(
    values: Numbers,
    others: Mapping[str, Numbers],
    *,
    since: Time,
    until: Time,
    times: Numbers | None = None,
    times_of_others: Numbers | Mapping[str, Numbers] | None = None,
    **options: Any,
) -> MovedTogether:
    """Say which metrics moved together with an anomaly of one.

    Parameters
    ----------
    values : array_like
        Numbers of the metric with the anomaly; NaN for gaps.
    others : Mapping
        Numbers of the other metrics by their names.
    since, until : float or datetime
        From when to when the anomaly lasted.
    times : array_like, optional
        Unix seconds or ``datetime64`` of the metric with the anomaly; default one second apart.
    times_of_others : array_like or Mapping, optional
        Those of all others, or of each by its name; default ``times``.
    **options
        Those of the core's ``MovedOptions``: ``baseline``, the seconds before that say what is usual, and ``max_lag``.

    Raises
    ------
    ConfigError
        If ``since`` is not before ``until``.
    DataError
        If there are fewer than 3 values within the anomaly, or 10 before it.
    """
    named = metrics(others, times if times_of_others is None else times_of_others)
    span = (float(seconds([since])[0]), float(seconds([until])[0]))
    found = _opusclip.moved_together(*samples(values, times), named, span, given(**options))
    return MovedTogether.from_dict(found)


def time_to_limit(values: Numbers, limit: float, times: Numbers | None = None, **options: Any) -> TimeToLimit:
    """Say when numbers reach a limit if their trend goes on: "the disk is full in 3 days".

    `Forecast.time_to_limit` asks a forecast instead, which may bend.

    Parameters
    ----------
    values : array_like
        Numbers; NaN for gaps.
    limit : float
        The limit, in the unit of the numbers.
    times : array_like, optional
        Unix seconds or ``datetime64``, in any order; default one second apart.
    **options
        Those of the core's ``LimitOptions``: ``direction`` (``rising``, ``falling``), ``level`` of the interval,
        ``seasons`` in steps, ``within`` how many seconds to look ahead.

    Raises
    ------
    DataError
        If there are fewer than 8.
    """
    return TimeToLimit.from_dict(_opusclip.time_to_limit(*samples(values, times), given(limit=limit, **options)))
