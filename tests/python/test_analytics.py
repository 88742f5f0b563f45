"""Metrics from Python: the service document's names, the fast path, arrays, errors."""

import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy
import pytest

import opusclip
from opusclip.analytics import (
    AnalyticsCollector,
    AnalyticsDashboard,
    AnalyticsProcessor,
    MetricData,
    MetricType,
    analytics_collector,
    analytics_dashboard,
    analytics_processor,
    correlate,
    detect_anomalies,
    forecast,
    trend,
)

NOW = 1_700_000_000.0


@pytest.fixture
def collector() -> AnalyticsCollector:
    return AnalyticsCollector(now=NOW)


async def test_the_names_of_the_document_work_as_written() -> None:
    collector = AnalyticsCollector(
        max_buffer_size=10000, time_windows={"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "24h": 86400}
    )
    await collector.collect_metric(
        MetricData(
            name="endpoint_usage",
            value=1,
            timestamp=datetime.now(timezone.utc).replace(tzinfo=None),
            labels={"endpoint": "process_video"},
            metric_type=MetricType.COUNTER,
        )
    )
    assert collector.window("endpoint_usage", "1m").sum == 1
    now = datetime.now(timezone.utc)
    rng = numpy.random.default_rng(7)
    for minute in range(60):
        at = now - timedelta(minutes=60 - minute)
        rate = 100 + 20 * numpy.sin(minute / 5) + rng.normal()
        collector.record("request_rate", rate, timestamp=at)
        collector.record("response_time", 2 * rate + rng.normal(), timestamp=at)
        collector.record("cpu_usage", 900.0 if minute == 50 else 50 + rng.normal(), timestamp=at)
        collector.record("api_response_time", 100 + 3 * minute + rng.normal(), timestamp=at)
    processor, dashboard = AnalyticsProcessor(collector), AnalyticsDashboard(collector)
    rising = await processor.process_analytics(
        analysis_type="trend_analysis", metric_name="api_response_time", window="24h"
    )
    assert rising.trend is not None
    assert rising.trend.slope.estimate.per_hour == pytest.approx(180, rel=0.03)
    unusual = await processor.process_analytics(
        analysis_type="anomaly_detection", metric_name="cpu_usage", window="1h", threshold=6.0
    )
    assert unusual.anomalies is not None
    assert [point.value for point in unusual.anomalies.points] == [900.0]
    together = await processor.process_analytics(
        analysis_type="correlation_analysis", metric1="request_rate", metric2="response_time", window="1h"
    )
    assert together.correlation is not None
    assert together.correlation.pearson.value > 0.95
    shown = await dashboard.get_dashboard_data()
    assert {card.stats.metric for card in shown.live} >= {"cpu_usage", "request_rate"}
    assert [card.stats.metric for card in shown.business] == ["endpoint_usage"]


def test_one_of_each_for_the_whole_process() -> None:
    assert analytics_processor.collector is analytics_collector is analytics_dashboard.collector
    assert isinstance(analytics_collector, AnalyticsCollector)


def test_windows_count_what_lies_in_them(collector: AnalyticsCollector) -> None:
    for age in range(7200):
        collector.record("beat", float(age % 100), timestamp=NOW - age, host="a")
    assert [stats.window for stats in collector.windows("beat")] == ["1m", "5m", "15m", "1h", "24h"]
    minute, day = collector.window("beat", "1m"), collector.window("beat", "24h", labels={"host": "a"})
    assert (minute.count, day.count) == (60, 7200)
    values = numpy.arange(7200) % 100
    assert day.mean == pytest.approx(values.mean())
    assert day.p99 == pytest.approx(numpy.quantile(values, 0.99, method="lower"), rel=0.01)


def test_handles_cost_a_look_up_once(collector: AnalyticsCollector) -> None:
    jobs = collector.bind_counter("jobs", kind="clip")
    jobs.inc()
    jobs.inc(2.5)
    jobs.inc(timestamp=NOW - 30)
    assert jobs.total == collector.window("jobs", "1m").sum == 4.5
    queue = collector.bind_gauge("queue")
    queue.record(7)
    queue.record(3, timestamp=NOW + 1)
    assert queue.last == 3


@pytest.mark.parametrize("kind", ["list", "numpy", "pyarrow", "datetime64"])
def test_columns_of_any_kind_are_recorded(collector: AnalyticsCollector, kind: str) -> None:
    values: Any = [1.0, 2.0, float("nan"), 4.0]
    times: Any = [NOW, NOW - 1, NOW - 2, NOW - 3]
    if kind == "numpy":
        values, times = numpy.array(values, numpy.float32), numpy.array(times)
    elif kind == "pyarrow":
        import pyarrow

        values, times = pyarrow.array(values), pyarrow.array(times)
    elif kind == "datetime64":
        times = (numpy.array(times) * 1e9).astype("int64").astype("datetime64[ns]")
    outcome = collector.record_many("size", values, times=times, labels={"shard": 3})
    assert (outcome.recorded, outcome.dropped) == (3, 1)
    stats = collector.window("size", "1m", labels={"shard": "3"})
    assert (stats.count, stats.sum) == (3, 7)
    assert [(drop.metric, drop.reason, drop.count) for drop in collector.drops] == [("size", "not_finite", 1)]


def test_naive_datetimes_are_in_utc(collector: AnalyticsCollector) -> None:
    moment = datetime.fromtimestamp(NOW - 10, timezone.utc)
    collector.record("load", 1, timestamp=moment)
    collector.record("load", 2, timestamp=moment.replace(tzinfo=None))
    collector.record("load", 3, timestamp=moment.astimezone(timezone(timedelta(hours=5))))
    assert collector.window("load", "1m", now=moment).count == 3


@pytest.mark.parametrize(
    ("call", "code", "text"),
    [
        (lambda c: c.record("load", float("nan")), "metric.invalid", "nan"),
        (lambda c: c.record("", 1), "metric.invalid", "name"),
        (lambda c: c.bind_counter("jobs").inc(-1), "metric.invalid", "fall"),
        (lambda c: c.record("load", 1, timestamp=NOW + 1e6), "metric.invalid", "ahead"),
        (lambda c: c.record("load", 1, metric_type="counter"), "metric.invalid", "histogram"),
        (lambda c: c.record("load", 1, metric_type="meter"), "config.invalid", "counter"),
        (lambda c: c.window("laod", "1m"), "metric.unknown", "did you mean `load`"),
        (lambda c: c.window("load", "2m"), "window.unknown", "15m"),
        (lambda c: trend([1.0]), "data.too_few", "1"),
        (lambda c: AnalyticsCollector(relative_error=2), "config.out_of_range", "relative_error"),
        (lambda c: AnalyticsProcessor(c).process("trend_analysis"), "config.invalid", "metric_name"),
        (lambda c: AnalyticsProcessor(c).process("trend_analysis", metric_name="load"), "data.too_few", "1"),
    ],
)
def test_what_cannot_be_is_said(collector: AnalyticsCollector, call: Any, code: str, text: str) -> None:
    collector.record("load", 1)
    with pytest.raises(opusclip.OpusClipError, match=f"(?i){text}") as caught:
        call(collector)
    assert caught.value.code == code
    assert isinstance(caught.value, ValueError)


def test_analyses_of_arrays_say_what_is_planted() -> None:
    rng = numpy.random.default_rng(3)
    hours = numpy.arange(24 * 14)
    values = 100 + 0.1 * hours + 10 * numpy.sin(2 * numpy.pi * hours / 24) + rng.normal(0, 1, hours.size)
    times = NOW + 3600.0 * hours
    assert trend(values, times).slope.estimate.per_hour == pytest.approx(0.1, rel=0.1)
    ahead = forecast(values, times, horizon=24)
    future = numpy.arange(24) + hours.size
    expected = 100 + 0.1 * future + 10 * numpy.sin(2 * numpy.pi * future / 24)
    assert numpy.abs(numpy.asarray(ahead.mean) - expected).mean() < 2
    assert (numpy.asarray(ahead.low) < expected).mean() > 0.9
    spiked = values.copy()
    spiked[300] += 60
    assert 300 in {point.index for point in detect_anomalies(spiked, times).points}
    assert correlate(values, -values, times).pearson.value == pytest.approx(-1)


def test_results_travel(collector: AnalyticsCollector) -> None:
    found = forecast(numpy.tile(numpy.arange(24.0), 10), horizon=5)
    assert pickle.loads(pickle.dumps(found)) == found
    assert type(found).from_dict(found.to_dict()) == found
    assert "AnalyticsCollector(0 metrics" in repr(collector)


def test_text_for_prometheus(collector: AnalyticsCollector) -> None:
    collector.bind_counter("jobs", kind="clip").inc(3)
    assert collector.expose() == '# TYPE jobs counter\njobs{kind="clip"} 3\n'
    assert collector.expose("open_metrics").endswith("# EOF\n")


def test_snapshots_restore_and_merge(collector: AnalyticsCollector, tmp_path: Any) -> None:
    collector.record("latency", 5, host="a")
    collector.bind_counter("jobs").inc(2)
    other = AnalyticsCollector.restore(collector.snapshot(), now=NOW)
    other.merge(collector.snapshot())
    assert (other.window("latency", "1m").count, other.window("jobs", "1m").sum) == (2, 4)
    collector.save(tmp_path / "metrics.bin")
    assert AnalyticsCollector.restore(tmp_path / "metrics.bin", now=NOW).window("jobs", "1m").sum == 2
    with pytest.raises(opusclip.SnapshotError, match="damaged"):
        AnalyticsCollector.restore(collector.snapshot()[:-1])
    with pytest.raises(opusclip.SnapshotError, match="windows"):
        AnalyticsCollector(time_windows={"1m": 60}).merge(collector.snapshot())
