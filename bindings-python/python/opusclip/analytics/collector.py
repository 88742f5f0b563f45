"""Recording metrics, and asking what they were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import _opusclip
from .._opusclip import Counter, Distinct, Distribution
from .._values import StrPath, given
from .._vector import Vector
from ._types import (
    BatchOutcome,
    Dropped,
    Exposition,
    HistoryFormat,
    MetricInfo,
    MetricType,
    RetentionTier,
    WindowStats,
)
from .columns import Numbers, numbers, pieces, seconds
from .history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Unix seconds or a moment; one without a time zone is in UTC.
Time: TypeAlias = float | datetime
Labels: TypeAlias = Mapping[str, object]

__all__ = ["AnalyticsCollector", "Counter", "Distinct", "Distribution", "MetricData"]


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
    retention : sequence of RetentionTier, optional
        What is kept beyond the longest window, in longer and longer slots; nothing by default.
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
        retention: Sequence[RetentionTier] | None = None,
        relative_error: float | None = None,
        max_series_per_metric: int | None = None,
        max_series: int | None = None,
        max_ahead: float | None = None,
        now: Time | None = None,
    ) -> "AnalyticsCollector":
        options = given(
            max_buffer_size=max_buffer_size,
            time_windows=time_windows,
            retention=None if retention is None else [kept.to_dict() for kept in retention],
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

    def bind_distinct(self, name: str, **labels: object) -> Distinct:
        """Return distinct members with these labels, looked up once; `window` says how many there were.

        They are counted exactly up to 2,048, then by a HyperLogLog with a standard error of 0.8 %. Only hashes are kept.
        """
        return self.distinct(name, labels)

    def add_members(
        self,
        name: str,
        members: Sequence[str],
        *,
        times: Numbers | None = None,
        labels: Labels | None = None,
    ) -> BatchOutcome:
        """Count many distinct members, such as ids of people, at times of their own or now."""
        rows = self.distinct(name, labels).add_list(list(members), None if times is None else seconds(times))
        return BatchOutcome.from_dict(rows)

    def history(
        self,
        metric: str | None = None,
        *,
        labels: Labels | None = None,
        start: Time | None = None,
        end: Time | None = None,
    ) -> History:
        """Return all that is kept, in slots that get longer with age; needs numpy.

        Parameters
        ----------
        metric : str, optional
            Only this metric.
        labels : Mapping, optional
            Only series with these among their labels.
        start, end : float or datetime, optional
            Only slots that begin at the one time or later, and before the other.
        """
        return History.from_dict(self.history_columns(_query(metric, labels, start, end)))

    def to_arrow(self, metric: str | None = None, **part: Any) -> Any:
        """Return `history` as a `pyarrow.Table`; needs pyarrow."""
        return self.history(metric, **part).to_arrow()

    def to_duckdb(self, connection: Any = None, name: str = "metrics", **part: Any) -> Any:
        """Make `history` known to DuckDB as a table and return the connection; needs duckdb and pyarrow."""
        return self.history(**part).to_duckdb(connection, name)

    def export(
        self,
        path: StrPath,
        format: HistoryFormat | str | None = None,
        *,
        metric: str | None = None,
        labels: Labels | None = None,
        start: Time | None = None,
        end: Time | None = None,
    ) -> None:
        """Write `history` into a file: CSV, NDJSON or Parquet, by its ending unless a format is given.

        The file has the old content or the new at any moment.
        """
        self.export_history(_query(metric, labels, start, end), path, format)

    def spill(
        self, folder: StrPath, format: HistoryFormat | str = "parquet", *, now: Time | None = None
    ) -> Path | None:
        """Move what is kept beyond the longest window (`retention`) into a new file and forget it.

        Each slot is in one file only. Save a snapshot afterwards: one from before still holds what was moved.

        Returns
        -------
        Path or None
            The file; none where there was nothing to move.
        """
        return self.spill_history(folder, format, now)

    def otlp(
        self, resource: Mapping[str, str] | None = None, *, window: str = "5m", now: Time | None = None
    ) -> bytes:
        """Return the body of an OTLP/HTTP request, to be posted as ``application/x-protobuf``.

        Parameters
        ----------
        resource : Mapping, optional
            What the metrics are of, such as ``{"service.name": "clips"}``.
        window : str
            Quantiles and distinct members are over this window.
        now : float or datetime, optional
            The end of the window, default the clock's time.
        """
        return self.otlp_request(resource or {}, window, now)

    def push_otlp(
        self,
        url: str = "http://localhost:4318/v1/metrics",
        *,
        resource: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        window: str | None = None,
        timeout: float | None = None,
        now: Time | None = None,
    ) -> None:
        """Send all metrics to an OpenTelemetry collector, and wait for its answer.

        Raises
        ------
        ExportError
            If nobody answers, or the answer is a refusal.
        """
        target = given(url=url, resource=resource, headers=headers, window=window, timeout=timeout)
        self.push_otlp_to(target, now)

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

        Single observations while all of them are kept, means of slots otherwise. Of a counter it is the rate for each
        second, of distinct members how many there were, in sixtieths of the window; 0 where nothing was recorded.
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


def _query(
    metric: str | None, labels: Labels | None, start: Time | None, end: Time | None
) -> dict[str, Any]:
    texts = None if labels is None else {str(key): str(value) for key, value in labels.items()}
    return given(metric=metric, labels=texts, start=_seconds(start), end=_seconds(end))


def _seconds(time: Time | None) -> float | None:
    if not isinstance(time, datetime):
        return time
    return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp()
