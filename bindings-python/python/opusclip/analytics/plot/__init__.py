"""Results as pictures, drawn with matplotlib: the title is the result's sentence, times are in UTC."""

from typing import TYPE_CHECKING, Any

try:
    from matplotlib import get_backend, pyplot
except ImportError as error:
    raise ImportError("plot needs matplotlib: pip install 'opusclip[plot]'") from error

from .._types import AnalyticsResult, Anomalies, Correlation, Dashboard, Forecast, Funnel, Retention, Trend
from . import board, counts, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..collector import AnalyticsCollector, Labels, Time

_SIZE = (10.0, 4.0)
_DRAWN: dict[type, Any] = {
    Trend: curves.trend,
    Anomalies: curves.anomalies,
    Correlation: curves.correlation,
    Forecast: curves.forecast,
    Funnel: counts.funnel,
    Retention: counts.retention,
}


def draw(result: Any, series: Any, ax: "Axes | None", label: str | None) -> "Figure":
    """Draw a result and the series that it is about; returns the figure."""
    if isinstance(result, Dashboard):
        return _shown(board.dashboard(result))
    if isinstance(result, AnalyticsResult):
        result = result.trend or result.anomalies or result.correlation or result.forecast
    if label is None and len(series) == 1:
        label = series[0].name
    figure = None
    if ax is None:
        figure, ax = pyplot.subplots(figsize=_SIZE, layout="constrained")
    _DRAWN[type(result)](ax, result, series, label)
    return _whole(ax) if figure is None else _shown(figure)


def window(
    collector: "AnalyticsCollector",
    name: str,
    window: str,
    labels: "Labels | None",
    now: "Time | None",
    ax: "Axes | None",
) -> "Figure":
    """Draw what a metric was within a window; returns the figure."""
    figure = None
    if ax is None:
        figure, ax = pyplot.subplots(figsize=_SIZE, layout="constrained")
    series = collector.series(name, window, labels=labels, now=now)
    curves.window(ax, collector.window(name, window, labels=labels, now=now), series)
    return _whole(ax) if figure is None else _shown(figure)


def _shown(figure: "Figure") -> "Figure":
    if get_backend().lower().endswith("inline"):
        # A notebook shows what a cell returns; an open figure would be shown once more.
        pyplot.close(figure)
    return figure


def _whole(ax: "Axes") -> "Figure":
    # Of a part of a figure, the whole.
    return ax.figure.figure
