"""Results as cards and pictures."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy
import pytest

from opusclip import analytics
from opusclip.analytics import AnalyticsCollector, AnalyticsDashboard, AnalyticsProcessor, MetricType

matplotlib = pytest.importorskip("matplotlib", reason="needs the extra `test`")
matplotlib.use("agg")

NOW = 1_714_521_600.0
HOUR = 3600.0


def data() -> tuple[Any, Any]:
    hours = numpy.arange(240)
    rng = numpy.random.default_rng(11)
    values = 50 + 0.1 * hours + 10 * numpy.sin(2 * numpy.pi * hours / 24) + rng.normal(0, 1, hours.size)
    values[200] += 60
    return values, NOW + HOUR * hours


def results() -> dict[str, Any]:
    values, times = data()
    user = numpy.arange(300) % 40
    events: dict[str, Any] = {"time": NOW + HOUR * numpy.arange(300), "user": user}
    return {
        "trend": analytics.trend(values, times, name="load"),
        "anomalies": analytics.detect_anomalies(values, times),
        "correlation": analytics.correlate(values, numpy.roll(values, 2), times, names=("load", "queue")),
        "forecast": analytics.forecast(values, times, horizon=24),
        "funnel": analytics.funnel(**events, event=numpy.array(["a", "b", "c"])[user % 3], steps=["a", "b"]),
        "retention": analytics.retention(**events, period="day", periods=5),
    }


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return results()


@pytest.fixture(autouse=True)
def closed() -> Any:
    from matplotlib import pyplot

    yield
    pyplot.close("all")


KINDS = ["trend", "anomalies", "correlation", "forecast", "funnel", "retention"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_title_is_the_sentence_and_axes_have_names(found: dict[str, Any], kind: str, tmp_path: Path) -> None:
    result = found[kind]
    figure = result.plot()
    figure.savefig(tmp_path / "plot.png")
    ax = figure.axes[0]
    said = " ".join(ax.get_title(loc="left").split())
    assert said == " ".join(result.explanation.sentence.split())
    assert ax.get_xlabel()
    assert ax.get_ylabel() or kind == "funnel"
    if kind in {"trend", "anomalies", "correlation", "forecast"}:
        assert ax.get_xlabel() == "time in UTC"


@pytest.mark.parametrize("kind", KINDS)
def test_into_axes_of_ones_own(found: dict[str, Any], kind: str) -> None:
    from matplotlib import pyplot

    mine, axes = pyplot.subplots(2)
    assert found[kind].plot(axes[1]) is mine
    assert not axes[0].get_title(loc="left")


def test_what_is_drawn_lies_where_it_happened(found: dict[str, Any]) -> None:
    values, times = data()
    ax = found["anomalies"].plot(label="load in %").axes[0]
    assert ax.get_ylabel() == "load in %"
    (spikes,) = [line for line in ax.lines if line.get_label() == "spike"]
    at = list(spikes.get_xdata()).index(times[200] / 86400)
    assert spikes.get_ydata()[at] == values[200]
    ahead = found["forecast"]
    ax = ahead.plot().axes[0]
    (line,) = [line for line in ax.lines if line.get_label() == "forecast"]
    assert list(line.get_ydata()) == list(ahead.mean)
    assert line.get_xdata()[0] == pytest.approx(ahead.start / 86400)
    assert any(f"{ahead.level:.0%} interval" in text.get_text() for text in ax.get_legend().get_texts())


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_from_elsewhere_is_drawn_alone(found: dict[str, Any], kind: str) -> None:
    result = found[kind]
    for again in (pickle.loads(pickle.dumps(result)), type(result).from_dict(result.to_dict()), copy.copy(result)):
        assert again == result
        assert again.plot().axes


def test_seconds_are_no_dates() -> None:
    values, _ = data()
    figure = analytics.trend(values).plot()
    assert figure.axes[0].get_xlabel() == "time in seconds"
    assert figure.axes[0].get_xlim()[1] > 200


@pytest.mark.parametrize("kind", KINDS)
def test_cards_say_the_sentence_and_the_method(found: dict[str, Any], kind: str) -> None:
    from html import escape

    card = found[kind]._repr_html_()
    assert escape(found[kind].explanation.sentence) in card
    assert escape(found[kind].explanation.method) in card


def test_cards_are_escaped() -> None:
    collector = AnalyticsCollector(now=NOW)
    collector.record("a", 1, labels={"x": "<script>"})
    values, times = data()
    card = analytics.trend(values, times, name="<script>")._repr_html_()
    assert "<script>" not in card
    assert "&lt;script&gt;" in card
    assert "<script>" not in collector.window("a", "1m", labels={"x": "<script>"})._repr_html_()


def recorded() -> AnalyticsCollector:
    collector = AnalyticsCollector(now=NOW)
    rng = numpy.random.default_rng(2)
    times = NOW - 60.0 * numpy.arange(400)
    collector.record_many("latency", 100 + rng.normal(0, 5, 400), times=times)
    collector.record_many("jobs", numpy.ones(400), times=times, metric_type=MetricType.COUNTER)
    return collector


def test_what_was_recorded_is_shown(tmp_path: Path) -> None:
    collector = recorded()
    card = collector._repr_html_()
    assert all(f"<td>{name}</td>" in card for name in ("latency", "jobs", "histogram", "counter"))
    assert all(f"<th>{window}</th>" in card for window in ("1m", "1h", "24h"))
    stats = collector.window("latency", "1h")
    assert f"{stats.count:,.4g}" in stats._repr_html_()
    ax = collector.plot("latency").axes[0]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("latency", "time in UTC")
    assert len(ax.lines[0].get_xdata()) == 60
    assert collector.plot("jobs", "24h").axes[0].get_ylabel() == "per second"
    shown = AnalyticsDashboard(collector).data()
    assert "<svg" in shown._repr_html_()
    figure = shown.plot()
    figure.savefig(tmp_path / "dashboard.png")
    assert {ax.get_title(loc="left").split(":")[0] for ax in figure.axes if ax.get_visible()} == {"latency", "jobs"}


@pytest.mark.parametrize("kind", ["trend_analysis", "anomaly_detection", "forecast"])
def test_analyses_of_what_was_recorded_draw_it(kind: str) -> None:
    result = AnalyticsProcessor(recorded()).process(kind, metric_name="latency", window="24h")
    ax = result.plot().axes[0]
    assert ax.get_ylabel() == "latency"
    # Of a forecast as much of the past as tells where it comes from.
    assert len(ax.lines[0].get_xdata()) >= 60
    assert result.summary[:20] in result._repr_html_()


def test_nothing_at_all_is_drawn_as_well() -> None:
    empty = analytics.retention(time=numpy.array([]), user=numpy.array([], dtype="int64"))
    assert empty.plot().axes
    assert empty._repr_html_()
    assert AnalyticsCollector(now=NOW)._repr_html_()
    nothing = AnalyticsDashboard(AnalyticsCollector(now=NOW)).data()
    assert nothing.plot()
    assert nothing._repr_html_()


def test_in_a_notebook_a_figure_is_shown_once(found: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib import pyplot

    monkeypatch.setattr("opusclip.analytics.plot.get_backend", lambda: "module://matplotlib_inline.backend_inline")
    assert found["trend"].plot().axes
    assert not pyplot.get_fignums()


def test_cards_have_a_row_for_each_part_and_money_is_exact() -> None:
    paid: dict[str, Any] = {"time": [NOW, NOW + 40 * 24 * HOUR], "user": ["ann", "bob"], "amount": [1_234_567, 1]}
    card = analytics.revenue(**paid, currency="EUR")._repr_html_()
    assert "<td>2024-05-01</td><td>1,234,567</td>" in card
    assert "<td>2024-06-01</td><td>1</td>" in card
    values, times = data()
    card = analytics.correlate_all({"load": values, "queue": values[::-1]}, times)._repr_html_()
    assert "<td>load</td><td>queue</td>" in card
    assert "2024-05-01 00:00:00 UTC" in analytics.trend(values, times)._repr_html_()
