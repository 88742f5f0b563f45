"""Names that services use: a processor, a dashboard, and one of each for the whole process."""

from functools import partial
from typing import Any

from ._types import AnalyticsResult, Dashboard
from .collector import AnalyticsCollector, Labels, Time
from .shown import Recorded, remember


class AnalyticsProcessor:
    """Analyses of what a collector recorded.

    Parameters
    ----------
    collector : AnalyticsCollector, optional
        Whose metrics, default `analytics_collector`.
    """

    def __init__(self, collector: AnalyticsCollector | None = None) -> None:
        self.collector = analytics_collector if collector is None else collector

    def process(
        self,
        analysis_type: str,
        *,
        metric_name: str | None = None,
        metric1: str | None = None,
        metric2: str | None = None,
        labels: Labels | None = None,
        window: str | None = None,
        now: Time | None = None,
        **options: Any,
    ) -> AnalyticsResult:
        """Analyse what was recorded.

        Parameters
        ----------
        analysis_type : str
            ``trend_analysis``, ``anomaly_detection``, ``correlation_analysis`` or ``forecast``.
        metric_name : str
            Which metric; for a correlation ``metric1`` and ``metric2``.
        labels : Mapping, optional
            Only series with these among their labels.
        window : str, optional
            Within which window, default ``1h``.
        now : float or datetime, optional
            The end of the window, default the clock's time.
        **options
            ``threshold`` of anomalies in robust standard deviations, ``horizon`` of a forecast in steps, ``limit`` whose
            reaching is forecast.

        Raises
        ------
        MetricError
            If there is no such metric, series or window.
        DataError
            If too little was recorded; the message says how much is needed.
        """
        request = {
            "analysis_type": analysis_type,
            "metric_name": metric_name,
            "metric1": metric1,
            "metric2": metric2,
            "labels": None if labels is None else {key: str(value) for key, value in labels.items()},
            "window": window,
            **options,
        }
        known = {name: value for name, value in request.items() if value is not None}
        found = AnalyticsResult.from_dict(self.collector.process(known, now))
        return remember(found, *(self._recorded(name, found.window, labels, now) for name in found.metrics))

    def _recorded(self, name: str, window: str, labels: Labels | None, now: Time | None) -> Recorded:
        return Recorded(partial(self.collector.series, name, window, labels=labels, now=now), name)

    async def process_analytics(self, analysis_type: str, **options: Any) -> AnalyticsResult:
        """Return what `process` does, for code that awaits; it takes the same options."""
        return self.process(analysis_type, **options)


class AnalyticsDashboard:
    """All that a collector recorded, at a glance.

    Parameters
    ----------
    collector : AnalyticsCollector, optional
        Whose metrics, default `analytics_collector`.
    """

    def __init__(self, collector: AnalyticsCollector | None = None) -> None:
        self.collector = analytics_collector if collector is None else collector

    def data(self, *, now: Time | None = None) -> Dashboard:
        """Return live figures, sparklines, comparisons with the period before, anomalies and forecasts."""
        return Dashboard.from_dict(self.collector.dashboard(now))

    async def get_dashboard_data(self, *, now: Time | None = None) -> Dashboard:
        """Return what `data` does, for code that awaits."""
        return self.data(now=now)


analytics_collector = AnalyticsCollector()
"""One collector for the whole process."""
analytics_processor = AnalyticsProcessor(analytics_collector)
"""Analyses of `analytics_collector`."""
analytics_dashboard = AnalyticsDashboard(analytics_collector)
"""A dashboard of `analytics_collector`."""
