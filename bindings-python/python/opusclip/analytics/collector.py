"""Recording metrics, and asking what they were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .. import _opusclip
from .._opusclip import Counter, Distribution
from .._values import StrPath, given
from .._vector import Vector
from ._types import BatchOutcome, Dropped, Exposition, MetricInfo, MetricType, WindowStats
from .columns import Numbers, numbers, pieces, seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Unix seconds or a moment; one without a time zone is in UTC.
Time: TypeAlias = float | datetime
Labels: TypeAlias = Mapping[str, object]

__all__ = ["AnalyticsCollector", "Counter", "Distribution", "MetricData"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricData:
    """One observation, for `AnalyticsCollector.collect_metric`.

    Attributes
    ----------
    name : str
        Name of the metric.
    value : float
        What was observed; of a counter, by how much it rose.
    timestamp : float or datetime, optional
        When, default now.
    labels : Mapping
        What tells this series of the metric from others.
    metric_type : MetricType
        What kind of metric it is, default a gauge.
    """

    name: str
    value: float
    timestamp: Time | None = None
    labels: Labels = field(default_factory=dict)
    metric_type: MetricType = MetricType.GAUGE


class AnalyticsCollector(_opusclip.Collector):
    """Records metrics and answers what they were within the last minutes and hours.

    All methods may be called from any thread. Observations are summed up as they come, in slots of time: a window is
    answered to a sixtieth of its length.

    Parameters
    ----------
    max_buffer_size : int
        Single observations that are kept beside the sums, for exact answers about the most recent.
    time_windows : Mapping, optional
        Lengths of windows in seconds by their names, default 1m, 5m, 15m, 1h and 24h.
    relative_error : float, optional
        Quantiles are off by at most this share of their value, default 0.01.
    max_series_per_metric, max_series : int, optional
        Labels beyond go into one series with ``overflow="true"`` and are counted, default 2,000 and 100,000.
    max_ahead : float, optional
        Observations later than the clock by more seconds are refused, default 86,400.
    now : float or datetime, optional
        A clock that stands still, for tests and simulations.

    Raises
    ------
    ConfigError
        For an option that is out of its range.
    """

    def __new__(
        cls,
        max_buffer_size: int | None = None,
        time_windows: Mapping[str, int] | None = None,
        *,
        relative_error: float | None = None,
        max_series_per_metric: int | None = None,
        max_series: int | None = None,
        max_ahead: float | None = None,
        now: Time | None = None,
    ) -> "AnalyticsCollector":
        options = given(
            max_buffer_size=max_buffer_size,
            time_windows=time_windows,
            relative_error=relative_error,
            max_series_per_metric=max_series_per_metric,
            max_series=max_series,
            max_ahead=max_ahead,
        )
        return super().__new__(cls, options, now)

    @classmethod
    def restore(cls, snapshot: bytes | StrPath, *, now: Time | None = None) -> "AnalyticsCollector":
        """Return a collector with the options and the state of a snapshot, or of the file of one.

        Raises
        ------
        SnapshotError
            If it is damaged, none, or of a version that this library cannot read.
        """
        data = snapshot if isinstance(snapshot, bytes) else Path(snapshot).read_bytes()
        return super().__new__(cls, data, now)

    def record(
        self,
        name: str,
        value: float,
        /,
        timestamp: Time | None = None,
        metric_type: MetricType | str | None = None,
        labels: Labels | None = None,
        **more: object,
    ) -> None:
        """Record a value, now or at a time.

        Parameters
        ----------
        name : str
            Name of the metric.
        value : float
            What was observed; of a counter, by how much it rose.
        timestamp : float or datetime, optional
            When, default now; in any order.
        metric_type : MetricType, optional
            What a new metric is, default a histogram.
        labels : Mapping, optional
            What tells this series of the metric from others, also labels called ``timestamp`` or ``metric_type``.
        **more
            More of them.

        Raises
        ------
        MetricError
            If the value, the time, the name or a label is impossible; it is counted in `drops`.
        """
        if labels:
            more = {**labels, **more}
        if timestamp is None and metric_type is None:
            self.record_now(name, value, more)
        else:
            self.record_series(name, value, timestamp, metric_type, more)

    async def collect_metric(self, metric: MetricData) -> None:
        """Record an observation; the same as `record`, which costs less."""
        self.record(metric.name, metric.value, metric.timestamp, metric.metric_type, metric.labels)

    def record_many(
        self,
        name: str,
        values: Numbers,
        *,
        times: Numbers | None = None,
        labels: Labels | None = None,
        metric_type: MetricType | str | None = None,
    ) -> BatchOutcome:
        """Record many values of one series; needs numpy.

        Numbers of 64 bits that lie in memory without gaps are read where they are: those of numpy, of anything with the
        buffer protocol, of pandas, and of Polars and Arrow piece by piece where none is missing. Others are copied.

        What cannot be recorded is counted in the outcome and in `drops`.

        Parameters
        ----------
        name : str
            Name of the metric.
        values : array_like
            Numbers: an array, a list, a column of pandas, Polars or Arrow, or what has the Arrow C interface.
        times : array_like, optional
            When each was observed: Unix seconds or ``datetime64``, default now.
        labels : Mapping, optional
            What tells this series of the metric from others.
        metric_type : MetricType, optional
            What a new metric is, default a histogram.
        """
        moments = None if times is None else seconds(times)
        parts = pieces(values)
        if len(parts) < 2 or (moments is not None and sum(map(len, parts)) != len(moments)):
            # A wrong number of times is said by the core, before anything is recorded.
            return BatchOutcome.from_dict(self.record_arrays(name, numbers(values), moments, metric_type, labels))
        recorded, dropped, at = 0, 0, 0
        for part in parts:
            own = None if moments is None else moments[at : at + len(part)]
            outcome = self.record_arrays(name, numbers(part), own, metric_type, labels)
            recorded, dropped, at = recorded + outcome["recorded"], dropped + outcome["dropped"], at + len(part)
        return BatchOutcome(recorded=recorded, dropped=dropped)

    def bind_counter(self, name: str, /, **labels: object) -> Counter:
        """Return a counter with these labels, looked up once: ``inc`` costs less than `record`."""
        return self.counter(name, labels)

    def bind_gauge(self, name: str, /, **labels: object) -> Distribution:
        """Return a gauge with these labels, looked up once."""
        return self.distribution(name, MetricType.GAUGE, labels)

    def bind_histogram(self, name: str, /, **labels: object) -> Distribution:
        """Return a histogram with these labels, looked up once."""
        return self.distribution(name, MetricType.HISTOGRAM, labels)

    def bind_summary(self, name: str, /, **labels: object) -> Distribution:
        """Return a summary with these labels, looked up once."""
        return self.distribution(name, MetricType.SUMMARY, labels)

    def window(self, name: str, window: str, *, labels: Labels | None = None, now: Time | None = None) -> WindowStats:
        """Say what a metric was within a window that ends now.

        Parameters
        ----------
        name : str
            Name of the metric.
        window : str
            Name of the window, such as ``5m``.
        labels : Mapping, optional
            Only series with these among their labels; all of them are added up.
        now : float or datetime, optional
            The end of the window, default the clock's time.

        Raises
        ------
        MetricError
            If there is no such metric, series or window; the message lists what there is.
        """
        return WindowStats.from_dict(self.window_stats(name, window, labels, now))

    def windows(self, name: str, *, labels: Labels | None = None, now: Time | None = None) -> tuple[WindowStats, ...]:
        """Say what a metric was within every window, the shortest first."""
        return tuple(map(WindowStats.from_dict, self.all_window_stats(name, labels, now)))

    def expose(self, format: Exposition | str = "prometheus", *, window: str = "5m", now: Time | None = None) -> str:
        """Return all metrics as text for Prometheus.

        Parameters
        ----------
        format : Exposition
            ``prometheus`` or ``open_metrics``.
        window : str
            Quantiles of histograms and summaries are over this window.
        now : float or datetime, optional
            The end of the window, default the clock's time.
        """
        return self.exposition(format, window, now)

    def series(
        self, name: str, window: str, *, labels: Labels | None = None, now: Time | None = None
    ) -> tuple[Vector, Vector]:
        """Return times and values of a metric within a window.

        Single observations while all of them are kept, means of slots otherwise; of a counter its rate for each second.
        """
        times, values = self.samples(name, window, labels, now)
        return Vector(times), Vector(values)

    @property
    def metrics(self) -> tuple[MetricInfo, ...]:
        """All metrics that are known."""
        return tuple(map(MetricInfo.from_dict, self.metric_list()))

    @property
    def drops(self) -> tuple[Dropped, ...]:
        """What was not recorded, or not as it was meant, by metric and reason."""
        return tuple(map(Dropped.from_dict, self.drop_list()))

    def plot(
        self,
        name: str,
        window: str = "1h",
        *,
        labels: Labels | None = None,
        now: Time | None = None,
        ax: "Axes | None" = None,
    ) -> "Figure":
        """Draw what a metric was within a window with matplotlib; needs the extra ``opusclip[plot]``.

        Parameters
        ----------
        name, window, labels, now
            As of `window`.
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.

        Returns
        -------
        matplotlib.figure.Figure
            The figure that was drawn into.

        Raises
        ------
        MetricError
            If there is no such metric, series or window.
        ImportError
            If matplotlib is not installed.
        """
        from .plot import window as draw

        return draw(self, name, window, labels, now, ax)

    def _repr_html_(self) -> str:
        from .cards import collector

        return collector(self)

    def __repr__(self) -> str:
        return f"AnalyticsCollector({len(self.metrics)} metrics, windows {', '.join(self.options['time_windows'])})"
