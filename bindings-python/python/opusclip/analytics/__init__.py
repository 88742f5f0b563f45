"""Metrics recorded and asked: what is happening, is it unusual, where is it going?

>>> from opusclip.analytics import AnalyticsCollector
>>> collector = AnalyticsCollector(now=1_700_000_000)
>>> for value in range(100):
...     collector.record("latency", value, endpoint="/clips")
>>> collector.window("latency", "5m").count
100.0

=========================  ==============================================================  ================
name                       what it is for                                                  returns
=========================  ==============================================================  ================
`AnalyticsCollector`       records counters, gauges, histograms, summaries with labels
`AnalyticsProcessor`       trends, anomalies, correlations, forecasts of what was recorded `AnalyticsResult`
`AnalyticsDashboard`       all of it at a glance                                           `Dashboard`
`trend`                    does it rise or fall, how fast, since when?                     `Trend`
`detect_anomalies`         what is unusual, and why?                                       `Anomalies`
`correlate`                do two series move together, and which leads?                   `Correlation`
`forecast`                 what comes next, with intervals?                                `Forecast`
`funnel`                   who went through steps in order, where did others stop?         `Funnel`
`retention`                who came back after how long?                                   `Retention`
=========================  ==============================================================  ================

Times are Unix seconds or `datetime` objects; one without a time zone is read as UTC. Windows and quantiles come from
sketches that are filled while recording: asking costs microseconds, whatever was recorded.
"""

from ._types import (
    Accuracy,
    AnalysisType,
    AnalyticsResult,
    Anomalies,
    Attempt,
    BatchOutcome,
    Candidate,
    ChangePoint,
    Coefficient,
    Cohort,
    Correlation,
    CorrelationMethod,
    CorrelationPair,
    Correlations,
    Dashboard,
    Direction,
    DropReason,
    Dropped,
    Effort,
    Explanation,
    Exposition,
    Forecast,
    Funnel,
    FunnelBreakdown,
    FunnelOrder,
    FunnelStep,
    Lag,
    LatestTrend,
    LimitSide,
    LimitSlope,
    ManyCorrection,
    Method,
    MetricAnomaly,
    MetricCard,
    MetricForecast,
    MetricInfo,
    MetricType,
    Moved,
    MovedTogether,
    Period,
    Rate,
    Reason,
    Retention,
    Returning,
    ScoredPoint,
    SeasonFound,
    SkippedMetric,
    Slope,
    StepDurations,
    TimeToLimit,
    Trend,
    WeekStart,
    WindowStats,
)
from .analyses import correlate, detect_anomalies, forecast, trend
from .business import funnel, retention
from .collector import AnalyticsCollector, Counter, Distribution, MetricData
from .service import (
    AnalyticsDashboard,
    AnalyticsProcessor,
    analytics_collector,
    analytics_dashboard,
    analytics_processor,
)

__all__ = [
    "Accuracy",
    "AnalysisType",
    "AnalyticsCollector",
    "AnalyticsDashboard",
    "AnalyticsProcessor",
    "AnalyticsResult",
    "Anomalies",
    "Attempt",
    "BatchOutcome",
    "Candidate",
    "ChangePoint",
    "Coefficient",
    "Cohort",
    "Correlation",
    "CorrelationMethod",
    "CorrelationPair",
    "Correlations",
    "Counter",
    "Dashboard",
    "Direction",
    "Distribution",
    "DropReason",
    "Dropped",
    "Effort",
    "Explanation",
    "Exposition",
    "Forecast",
    "Funnel",
    "FunnelBreakdown",
    "FunnelOrder",
    "FunnelStep",
    "Lag",
    "LatestTrend",
    "LimitSide",
    "LimitSlope",
    "ManyCorrection",
    "Method",
    "MetricAnomaly",
    "MetricCard",
    "MetricData",
    "MetricForecast",
    "MetricInfo",
    "MetricType",
    "Moved",
    "MovedTogether",
    "Period",
    "Rate",
    "Reason",
    "Retention",
    "Returning",
    "ScoredPoint",
    "SeasonFound",
    "SkippedMetric",
    "Slope",
    "StepDurations",
    "TimeToLimit",
    "Trend",
    "WeekStart",
    "WindowStats",
    "analytics_collector",
    "analytics_dashboard",
    "analytics_processor",
    "correlate",
    "detect_anomalies",
    "forecast",
    "funnel",
    "retention",
    "trend",
]
