"""A dashboard as a page of small curves."""

import math
from typing import TYPE_CHECKING, Any

import numpy
from matplotlib import pyplot

from ..._axes import ALERT, LINE, quiet, time_axis, times
from ..._page import moment
from .._types import Dashboard, MetricCard

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ACROSS = 3


def dashboard(found: Dashboard) -> "Figure":
    """A picture for each metric: its curve, its figure, its anomalies and what comes next."""
    cards = [*found.performance, *found.business]
    down = max(1, math.ceil(len(cards) / _ACROSS))
    size = (4.2 * _ACROSS, 2.4 * down + 0.5)
    figure, places = pyplot.subplots(down, _ACROSS, figsize=size, layout="constrained", squeeze=False)
    for ax in places.flat[len(cards) :]:
        ax.set_visible(False)
    for ax, card in zip(places.flat, cards, strict=False):
        _card(ax, card, found)
    more = f", {found.more} more without room" if found.more else ""
    figure.suptitle(f"{len(cards)} metrics at {moment(found.time)}{more}", x=0.01, ha="left", fontsize="medium")
    return figure


def _card(ax: Any, card: MetricCard, found: Dashboard) -> None:
    stats = card.stats
    values = numpy.array([math.nan if value is None else value for value in card.sparkline], dtype=float)
    step = (stats.end - stats.start) / max(len(values), 1)
    moments = stats.start + step * (numpy.arange(len(values)) + 0.5)
    ax.plot(times(moments), values, color=LINE, linewidth=1.2, marker="." if len(values) < 3 else "")
    for ahead in found.forecasts:
        if ahead.metric == stats.metric:
            steps = times(ahead.start + ahead.step * numpy.arange(len(ahead.mean)))
            ax.plot(steps, ahead.mean.to_numpy(), color=LINE, linewidth=1, linestyle="--")
            ax.fill_between(steps, ahead.low.to_numpy(), ahead.high.to_numpy(), color=LINE, alpha=0.18, linewidth=0)
    unusual = [own.point for own in found.anomalies if own.metric == stats.metric and own.point.value is not None]
    if unusual:
        ax.plot(times([point.time for point in unusual]), [point.value for point in unusual], "o", color=ALERT)
    ax.set_title(heading(card), loc="left", fontsize="small")
    time_axis(ax, stats.start)
    ax.set_xlabel("")
    ax.tick_params(labelsize="x-small")
    ax.xaxis.get_offset_text().set_fontsize("x-small")
    quiet(ax)


def heading(card: MetricCard) -> str:
    """The metric with its figure, and how that changed."""
    stats = card.stats
    figure = "nothing" if card.value is None else f"{card.value:.4g}"
    change = "" if card.change is None else f" ({card.change:+.0%})"
    return f"{stats.metric}: {figure} in {stats.window}{change}"
