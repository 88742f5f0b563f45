"""Recording metrics, and asking what they were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from .. import _opusclip
from .._opusclip import Counter, Distribution
from .._values import StrPath, given
from .._vector import Vector
from ._types import BatchOutcome, Dropped, Exposition, MetricInfo, MetricType, WindowStats

#: Unix seconds or a moment; one without a time zone is in UTC.
Time: TypeAlias = float | datetime
Labels: TypeAlias = Mapping[str, object]
#: Numbers of any kind that numpy takes: an array, a list, a column of pandas, Polars or Arrow.
Numbers: TypeAlias = Any

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

    async def collect_metric(self, metric: MetricData) -> None:
        """Record an observation; the same as `record`, which costs less."""
        # Names of labels may be those of parameters.
        self.record_labelled(metric.name, metric.value, metric.timestamp, metric.metric_type, metric.labels)

    def record_many(
        self,
        name: str,
        values: Numbers,
        *,
        times: Numbers | None = None,
        labels: Labels | None = None,
        metric_type: MetricType | str | None = None,
    ) -> BatchOutcome:
        """Record many values of one series without copying them; needs numpy.

        What cannot be recorded is counted in the outcome and in `drops`.

        Parameters
        ----------
        name : str
            Name of the metric.
        values : array_like
            Numbers: an array, a list, a column of pandas, Polars or Arrow.
        times : array_like, optional
            When each was observed: Unix seconds or ``datetime64``, default now.
        labels : Mapping, optional
            What tells this series of the metric from others.
        metric_type : MetricType, optional
            What a new metric is, default a histogram.
        """
        rows = self.record_arrays(name, _array(values), None if times is None else _times(times), metric_type, labels)
        return BatchOutcome.from_dict(rows)

    def bind_counter(self, name: str, **labels: object) -> Counter:
        """Return a counter with these labels, looked up once: ``inc`` costs less than `record`."""
        return self.counter(name, labels)

    def bind_gauge(self, name: str, **labels: object) -> Distribution:
        """Return a gauge with these labels, looked up once."""
        return self.distribution(name, MetricType.GAUGE, labels)

    def bind_histogram(self, name: str, **labels: object) -> Distribution:
        """Return a histogram with these labels, looked up once."""
        return self.distribution(name, MetricType.HISTOGRAM, labels)

    def bind_summary(self, name: str, **labels: object) -> Distribution:
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

    def __repr__(self) -> str:
        return f"AnalyticsCollector({len(self.metrics)} metrics, windows {', '.join(self.options['time_windows'])})"


def _array(values: Numbers) -> Any:
    import numpy

    return numpy.ascontiguousarray(values, dtype=numpy.float64)


def _times(times: Numbers) -> Any:
    import numpy

    array = numpy.asarray(times)
    if array.dtype.kind == "M":
        return array.astype("datetime64[ns]").astype(numpy.int64) / 1e9
    return _array(array)
