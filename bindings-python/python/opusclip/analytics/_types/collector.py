"""What a collector says, and its dashboard. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..._data import Data, Text
from ..._vector import Vector
from ..shown import Card, Shown
from .anomaly import Anomalies, ScoredPoint
from .correlation import Correlation
from .forecast import Forecast, TimeToLimit
from .trend import Trend


class AnalysisType(Text):
    """What is asked of recorded metrics."""

    TREND_ANALYSIS = "trend_analysis"
    """Does it rise or fall, how fast, since when?"""
    ANOMALY_DETECTION = "anomaly_detection"
    """What is unusual, and why?"""
    CORRELATION_ANALYSIS = "correlation_analysis"
    """Do two metrics move together, and which leads?"""
    FORECAST = "forecast"
    """What comes next?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsResult(Shown):
    """The answer to an `AnalysisRequest`; one of the last five is given, or two of them.

    Attributes
    ----------
    analysis_type : AnalysisType
        What was asked.
    metrics : tuple[str, ...]
        The metrics it is about.
    window : str
        The window that was looked at.
    points : int
        How many observations, or slots of them, were looked at.
    summary : str
        The answer in one sentence.
    trend : Trend | None
        The answer to a trend analysis.
    anomalies : Anomalies | None
        The answer to an anomaly detection.
    correlation : Correlation | None
        The answer to a correlation analysis.
    forecast : Forecast | None
        The answer to a forecast.
    time_to_limit : TimeToLimit | None
        When the limit that was asked for is reached.
    """

    analysis_type: AnalysisType
    metrics: tuple[str, ...]
    window: str
    points: int
    summary: str
    trend: Trend | None = None
    anomalies: Anomalies | None = None
    correlation: Correlation | None = None
    forecast: Forecast | None = None
    time_to_limit: TimeToLimit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome(Data):
    """How many of a batch were recorded.

    Attributes
    ----------
    recorded : int
        Observations that were recorded.
    dropped : int
        Observations that were not; `Collector::drops` says why.
    """

    recorded: int
    dropped: int


class DropReason(Text):
    """Why an observation was not recorded, or not where it was meant to be."""

    NOT_FINITE = "not_finite"
    """It is NaN or infinite."""
    NEGATIVE = "negative"
    """A counter would have fallen."""
    TOO_OLD = "too_old"
    """It is older than what is kept."""
    TOO_FAR_AHEAD = "too_far_ahead"
    """It claims to be later than the clock by more than `max_ahead`."""
    TOO_MANY_SERIES = "too_many_series"
    """Its labels are more than `max_series_per_metric` or `max_series` allow; it was recorded with
    `overflow="true"`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped(Data):
    """Observations of one metric that were not recorded, or not where they were meant to be.

    Attributes
    ----------
    metric : str
        Name of the metric.
    reason : DropReason
        Why.
    count : int
        How many.
    """

    metric: str
    reason: DropReason
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAnomaly(Data):
    """Something unusual.

    Attributes
    ----------
    metric : str
        Name of the metric.
    point : ScoredPoint
        What was unusual.
    """

    metric: str
    point: ScoredPoint


class MetricType(Text):
    """What kind of numbers a metric has."""

    COUNTER = "counter"
    """Amounts that are added up; each is 0 or more."""
    GAUGE = "gauge"
    """A state that rises and falls."""
    HISTOGRAM = "histogram"
    """Single observations, of which quantiles are asked."""
    SUMMARY = "summary"
    """The same as a histogram, exported as quantiles instead of buckets."""
    DISTINCT = "distinct"
    """Members such as people, of which it is asked how many different ones there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStats(Card):
    """What a metric was within a time window.

    Attributes
    ----------
    metric : str
        Name of the metric.
    labels : Mapping[str, str]
        The labels that were asked for; series with further ones are added up.
    metric_type : MetricType
        What kind of metric it is.
    window : str
        Name of the window.
    start : float
        Unix seconds after which the window begins.
    end : float
        Unix seconds of its end: when it was asked.
    series : int
        How many series were added up.
    count : float
        How many observations; of a counter, how much it rose.
    sum : float
        The sum of all values; of a counter, how much it rose.
    rate : float
        `count` for each second of the window.
    distinct : float | None
        Of distinct members how many there were, which is `count` too: exact up to 2,048, then with a standard
        error of 0.8 %.
    mean : float | None
        The mean value. This and all below are left out without observations, for counters and for distinct
        members.
    min : float | None
        The least value.
    max : float | None
        The greatest value.
    last : float | None
        The latest value, whether or not it lies within the window.
    p50 : float | None
        Half of the values are below; off by at most the collector's relative error, as are those below.
    p90 : float | None
        90 % of the values are below.
    p95 : float | None
        95 % of the values are below.
    p99 : float | None
        99 % of the values are below.
    """

    metric: str
    labels: Mapping[str, str]
    metric_type: MetricType
    window: str
    start: float
    end: float
    series: int
    count: float
    sum: float
    rate: float
    distinct: float | None = None
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    last: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCard(Data):
    """One metric over a window, with the window before.

    Attributes
    ----------
    stats : WindowStats
        The figures of the window.
    value : float | None
        The figure that stands for it: of counters the rise, of distinct members how many there were, otherwise
        the mean.
    previous : float | None
        The same of the window before, while that is kept.
    change : float | None
        By which share of the window before it changed.
    sparkline : tuple[float | None, ...]
        The metric over the window at equal distances, as a small curve; `None` where nothing was recorded.
    """

    stats: WindowStats
    value: float | None = None
    previous: float | None = None
    change: float | None = None
    sparkline: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricForecast(Data):
    """What comes next of a metric.

    Attributes
    ----------
    metric : str
        Name of the metric.
    start : float
        Unix seconds of the first value.
    step : float
        Seconds between two values.
    mean : Vector
        The expected values.
    low : Vector
        Lower ends of the intervals.
    high : Vector
        Upper ends of the intervals.
    sentence : str
        The forecast in one sentence.
    """

    metric: str
    start: float
    step: float
    mean: Vector
    low: Vector
    high: Vector
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard(Shown):
    """What a page of figures shows.

    Attributes
    ----------
    time : float
        Unix seconds of the moment it shows.
    live : tuple[MetricCard, ...]
        All metrics over the shortest window.
    performance : tuple[MetricCard, ...]
        Gauges, histograms and summaries over the window of about an hour.
    business : tuple[MetricCard, ...]
        Counters and distinct members over the window of about an hour.
    anomalies : tuple[MetricAnomaly, ...]
        What was unusual within that window, the latest first.
    forecasts : tuple[MetricForecast, ...]
        What comes next, of metrics with enough observations.
    more : int
        How many metrics there is no room for.
    dropped : tuple[Dropped, ...]
        What was not recorded as it was meant.
    """

    time: float
    live: tuple[MetricCard, ...]
    performance: tuple[MetricCard, ...]
    business: tuple[MetricCard, ...]
    anomalies: tuple[MetricAnomaly, ...]
    forecasts: tuple[MetricForecast, ...]
    more: int
    dropped: tuple[Dropped, ...]


class Exposition(Text):
    """A text format for collected metrics."""

    PROMETHEUS = "prometheus"
    """The Prometheus text format 0.0.4, `text/plain; version=0.0.4`
    (<https://prometheus.io/docs/instrumenting/exposition_formats/>)."""
    OPEN_METRICS = "open_metrics"
    """OpenMetrics 1.0, `application/openmetrics-text; version=1.0.0`
    (<https://prometheus.io/docs/specs/om/open_metrics_spec/>)."""


class HistoryFormat(Text):
    """How a `History` is written.

    Each row is a slot: `metric`, `metric_type`, `labels`, `start` (Unix seconds; a timestamp in UTC in Parquet),
    `seconds`, `count`, `sum`, `min`, `max`, `p50`, `p90`, `p95`, `p99`. What a slot does not have is left empty.
    """

    CSV = "csv"
    """RFC 4180 with a header; labels are a JSON object."""
    JSON = "json"
    """One JSON object on each line."""
    PARQUET = "parquet"
    """Apache Parquet, its pages compressed by Snappy; labels are a map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySeries(Data):
    """A series as it stands in a `History`.

    Attributes
    ----------
    metric : str
        Name of the metric.
    metric_type : MetricType
        What kind of metric it is.
    labels : Mapping[str, str]
        What tells the series from others of the metric.
    """

    metric: str
    metric_type: MetricType
    labels: Mapping[str, str]


class ManyCorrection(Text):
    """How p is corrected where many pairs are tried."""

    BENJAMINI_HOCHBERG = "benjamini_hochberg"
    """Of the pairs taken for significant, this share may be chance: Benjamini and Hochberg (1995)."""
    HOLM = "holm"
    """That even one of them is chance has this probability: Holm (1979)."""
    NONE = "none"
    """Not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricInfo(Data):
    """A metric that a collector knows.

    Attributes
    ----------
    name : str
        Its name.
    metric_type : MetricType
        What kind of numbers it has.
    series : int
        How many series: sets of labels.
    """

    name: str
    metric_type: MetricType
    series: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionTier(Data):
    """Slots that are kept for longer than any window.

    Attributes
    ----------
    resolution : int
        Seconds of a slot: a multiple of those of the slots before.
    keep : int
        Seconds for which slots are kept: more than those before.
    """

    resolution: int
    keep: int
