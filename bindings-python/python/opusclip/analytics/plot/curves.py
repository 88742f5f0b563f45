"""Curves over time: a metric and what an analysis says of it."""

from typing import TYPE_CHECKING, Any

import numpy

from ..._axes import ALERT, DATA, LINE, SECOND, quiet, time_axis, times, title
from .._types import Anomalies, Correlation, Forecast, Reason, Trend, WindowStats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS = {
    Reason.SPIKE: "^",
    Reason.DIP: "v",
    Reason.LEVEL_SHIFT: "s",
    Reason.VARIANCE: "D",
    Reason.FLAT_LINE: "_",
    Reason.MISSING_DATA: "x",
}
# A forecast is seen best beside a few times as much of the past.
_PAST = 5
# More values than these are a line without points.
_POINTS = 120


def _data(ax: "Axes", series: Any, color: str = DATA, name: str | None = None) -> None:
    moments, values = series
    order = numpy.argsort(moments, kind="stable")
    few = len(values) <= _POINTS
    style: dict[str, Any] = {
        "marker": "." if few else "",
        "markersize": 4,
        "linewidth": 0.9,
        "color": color,
        "label": name,
    }
    ax.plot(times(numpy.asarray(moments)[order]), numpy.asarray(values)[order], **style)


def trend(ax: "Axes", found: Trend, series: Any, label: str | None) -> None:
    """The line, the slopes that are possible as well, and where it changes."""
    for own in series[:1]:
        _data(ax, own.curve(), name="values")
    ends = numpy.array([found.start, found.end])
    middle = (found.start + found.end) / 2
    slope = found.slope
    height = found.intercept + slope.estimate.per_second * (middle - found.start)
    ax.plot(times(ends), height + slope.estimate.per_second * (ends - middle), color=LINE, linewidth=2, label="trend")
    grid = numpy.linspace(found.start, found.end, 3)
    bounds = [height + bound.per_second * (grid - middle) for bound in (slope.low, slope.high)]
    low, high = numpy.minimum(*bounds), numpy.maximum(*bounds)
    ax.fill_between(times(grid), low, high, color=LINE, alpha=0.18, linewidth=0, label="interval of its slope")
    for number, change in enumerate(found.change_points):
        style: dict[str, Any] = {"color": ALERT, "linestyle": "--", "linewidth": 1, "label": "" if number else "change"}
        ax.axvline(times([found.start, change.time])[1], **style)
    _finish(ax, found.explanation.sentence, found.start, label)


def anomalies(ax: "Axes", found: Anomalies, series: Any, label: str | None) -> None:
    """The values, and those that are unusual with what would have been usual."""
    for own in series[:1]:
        _data(ax, own.curve())
    for reason, marker in _MARKERS.items():
        points = [point for point in found.points if point.reason is reason]
        if not points:
            continue
        moments = times([point.time for point in points])
        expected = numpy.array([point.expected for point in points])
        spans = [expected - [point.low for point in points], [point.high for point in points] - expected]
        style: dict[str, Any] = {"color": LINE, "alpha": 0.35, "elinewidth": 3, "fmt": "none"}
        ax.errorbar(moments, expected, numpy.maximum(spans, 0), **style)
        # A gap has no value; its mark stands where one was expected.
        heights = [point.expected if point.value is None else point.value for point in points]
        style = {"color": ALERT, "marker": marker, "linestyle": "", "markersize": 7, "label": reason.replace("_", " ")}
        ax.plot(moments, heights, **style)
    if found.points:
        ax.plot([], [], color=LINE, alpha=0.35, linewidth=3, label="what was usual")
    moments = series[0].curve()[0] if series else [point.time for point in found.points]
    _finish(ax, found.explanation.sentence, min(moments, default=0.0), label)


def correlation(ax: "Axes", found: Correlation, series: Any, label: str | None) -> None:
    """Both metrics over time, each with an axis of its own; without them the coefficients with their intervals."""
    if len(series) < 2:
        _coefficients(ax, found)
        return
    other = ax.twinx()
    for axis, own, color, unnamed in zip((ax, other), series, (LINE, SECOND), ("the first", "the second"), strict=True):
        _data(axis, own.curve(), color)
        axis.set_ylabel(own.name or unnamed, color=color)
        axis.tick_params(axis="y", colors=color)
        axis.spines["top"].set_visible(False)
    ax.set_zorder(other.get_zorder() + 1)
    ax.patch.set_visible(False)
    title(ax, found.explanation.sentence)
    time_axis(ax, found.start)
    ax.grid(axis="x", color="0.5", alpha=0.2)


def _coefficients(ax: "Axes", found: Correlation) -> None:
    rows = {"Pearson": found.pearson, "Spearman": found.spearman, "Kendall": found.kendall}
    for place, (name, own) in enumerate(rows.items()):
        color = LINE if name.lower() == found.method.value else DATA
        ax.plot([own.low, own.high], [place, place], color=color, linewidth=5, alpha=0.3)
        ax.plot(own.value, place, "o", color=color)
    ax.axvline(0, color="0.5", linewidth=0.8)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlim(-1.02, 1.02)
    ax.set_xlabel("coefficient with its interval")
    title(ax, found.explanation.sentence)
    quiet(ax)


def forecast(ax: "Axes", found: Forecast, series: Any, label: str | None) -> None:
    """The latest values, what is expected after them, and the interval."""
    steps = found.start + found.step * numpy.arange(len(found.mean))
    first = found.start
    for own in series[:1]:
        moments, values = (numpy.asarray(part) for part in own.curve())
        kept = moments >= found.start - found.step * max(_PAST * len(steps), 48)
        _data(ax, (moments[kept], values[kept]), name="values")
        first = float(moments.min())
    mean, low, high = (part.to_numpy() for part in (found.mean, found.low, found.high))
    ax.plot(times([first, *steps])[1:], mean, color=LINE, linewidth=1.6, label="forecast")
    text = f"{found.level:.0%} interval"
    ax.fill_between(times([first, *steps])[1:], low, high, color=LINE, alpha=0.2, linewidth=0, label=text)
    _finish(ax, found.explanation.sentence, first, label)


def window(ax: "Axes", stats: WindowStats, series: Any) -> None:
    """A metric within a window, with the quantiles that are asked most."""
    _data(ax, series)
    for style, name in (("--", "p50"), (":", "p95")):
        value = getattr(stats, name)
        if value is not None:
            ax.axhline(value, color=LINE, linestyle=style, linewidth=1.2, label=f"{name} {value:.4g}")
    of = ", ".join(f'{key}="{value}"' for key, value in stats.labels.items())
    metric = f"{stats.metric}{{{of}}}" if of else stats.metric
    counter = stats.mean is None
    told = f"rose by {stats.sum:.6g}" if counter else f"{stats.count:.6g} values"
    ax.set_xlim(*times([stats.start, stats.end]))
    _finish(ax, f"{metric} within {stats.window}: {told}", stats.start, "per second" if counter else metric)


def _finish(ax: "Axes", sentence: str, first: float, label: str | None) -> None:
    title(ax, sentence)
    time_axis(ax, first)
    ax.set_ylabel(label or "value")
    quiet(ax)
