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
`correlate_all`            which of many do?                                               `Correlations`
`moved_together`           what moved together with an anomaly?                            `MovedTogether`
`forecast`                 what comes next, with intervals?                                `Forecast`
`time_to_limit`            when is a limit reached?                                        `TimeToLimit`
`funnel`                   who went through steps in order, where did others stop?         `Funnel`
`retention`                who came back after how long?                                   `Retention`
`users`                    who is active, new, returning, dormant?                         `Users`
`revenue`                  what was paid, by period?                                       `Revenue`
`mrr`                      what do subscriptions bring in, and what moved it?              `Mrr`
`cohort_values`            what have the customers of each period paid so far?             `CohortValues`
`customers`                how often, how recently and for how much does each buy?         `dict`
`lifetime_value`           what will they pay? (`BgNbd.fit`, `GammaGamma.fit`)             `Vector`
`compare`                  is B better than A, however often one looks?                    `Experiment`
`drivers`                  which parts of the whole made a figure change?                  `Drivers`
=========================  ==============================================================  ================

Times are Unix seconds or `datetime` objects; one without a time zone is read as UTC. Windows and quantiles come from
sketches that are filled while recording: asking costs microseconds, whatever was recorded.
"""

from ._types import (
    Accuracy,
    ActivityPeriod,
    AnalysisType,
    AnalyticsResult,
    Anomalies,
    Attempt,
    BatchOutcome,
    BgNbd,
    Candidate,
    ChangePoint,
    Coefficient,
    Cohort,
    CohortValue,
    CohortValues,
    Correlation,
    CorrelationMethod,
    CorrelationPair,
    Correlations,
    CustomerSummary,
    Dashboard,
    DayActivity,
    Direction,
    DriverDimension,
    DriverSegment,
    Drivers,
    DropReason,
    Dropped,
    Effort,
    Experiment,
    Explanation,
    Exposition,
    Forecast,
    Funnel,
    FunnelBreakdown,
    FunnelOrder,
    FunnelStep,
    GammaGamma,
    HistoryFormat,
    HistorySeries,
    Interval,
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
    Movements,
    Mrr,
    MrrPeriod,
    Period,
    Rate,
    Reason,
    Retention,
    RetentionTier,
    Returning,
    Revenue,
    RevenuePeriod,
    SampleRatio,
    ScoredPoint,
    SeasonFound,
    SkippedMetric,
    Slope,
    StepDurations,
    TimeToLimit,
    Trend,
    Users,
    Verdict,
    WeekStart,
    WindowStats,
)
from .analyses import (
    correlate,
    correlate_all,
    detect_anomalies,
    forecast,
    moved_together,
    time_to_limit,
    trend,
)
from .business import Mean, Proportion, compare, drivers, funnel, retention, users
from .collector import AnalyticsCollector, Counter, Distinct, Distribution, MetricData
from .money import cohort_values, customers, lifetime_value, mrr, revenue
from .history import History
from .service import (
    AnalyticsDashboard,
    AnalyticsProcessor,
    analytics_collector,
    analytics_dashboard,
    analytics_processor,
)

__all__ = [
    "Accuracy",
    "ActivityPeriod",
    "AnalysisType",
    "AnalyticsCollector",
    "AnalyticsDashboard",
    "AnalyticsProcessor",
    "AnalyticsResult",
    "Anomalies",
    "Attempt",
    "BatchOutcome",
    "BgNbd",
    "Candidate",
    "ChangePoint",
    "Coefficient",
    "Cohort",
    "CohortValue",
    "CohortValues",
    "Correlation",
    "CorrelationMethod",
    "CorrelationPair",
    "Correlations",
    "Counter",
    "CustomerSummary",
    "Dashboard",
    "DayActivity",
    "Direction",
    "Distinct",
    "Distribution",
    "DriverDimension",
    "DriverSegment",
    "Drivers",
    "DropReason",
    "Dropped",
    "Effort",
    "Experiment",
    "Explanation",
    "Exposition",
    "Forecast",
    "Funnel",
    "FunnelBreakdown",
    "FunnelOrder",
    "FunnelStep",
    "GammaGamma",
    "History",
    "HistoryFormat",
    "HistorySeries",
    "Interval",
    "Lag",
    "LatestTrend",
    "LimitSide",
    "LimitSlope",
    "ManyCorrection",
    "Mean",
    "Method",
    "MetricAnomaly",
    "MetricCard",
    "MetricData",
    "MetricForecast",
    "MetricInfo",
    "MetricType",
    "Moved",
    "MovedTogether",
    "Movements",
    "Mrr",
    "MrrPeriod",
    "Period",
    "Proportion",
    "Rate",
    "Reason",
    "Retention",
    "RetentionTier",
    "Returning",
    "Revenue",
    "RevenuePeriod",
    "SampleRatio",
    "ScoredPoint",
    "SeasonFound",
    "SkippedMetric",
    "Slope",
    "StepDurations",
    "TimeToLimit",
    "Trend",
    "Users",
    "Verdict",
    "WeekStart",
    "WindowStats",
    "analytics_collector",
    "analytics_dashboard",
    "analytics_processor",
    "cohort_values",
    "compare",
    "correlate",
    "correlate_all",
    "customers",
    "detect_anomalies",
    "drivers",
    "forecast",
    "funnel",
    "lifetime_value",
    "moved_together",
    "mrr",
    "retention",
    "revenue",
    "time_to_limit",
    "trend",
    "users",
]
