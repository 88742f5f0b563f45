"""Batches are read where they lie, and labels may be called anything."""

from array import array
from typing import Any

import numpy
import pytest

import opusclip
from opusclip.analytics import AnalyticsCollector, MetricData, MetricType
from opusclip.analytics.columns import numbers, pieces

NOW = 1_700_000_000.0
VALUES = [1.0, 2.0, 3.0, 4.0]


@pytest.fixture
def collector() -> AnalyticsCollector:
    return AnalyticsCollector(now=NOW)


def columns(kind: str) -> Any:
    """The values as a column of a kind."""
    plain = numpy.array(VALUES)
    if kind == "numpy":
        return plain
    if kind == "buffer":
        return array("d", VALUES)
    if kind == "memoryview":
        return memoryview(array("d", VALUES))
    if kind.startswith("pyarrow"):
        pyarrow = pytest.importorskip("pyarrow")
        whole = pyarrow.array(VALUES)
        return whole if kind == "pyarrow" else pyarrow.chunked_array([whole[:3], whole[3:]])
    if kind.startswith("pandas"):
        pandas = pytest.importorskip("pandas")
        return pandas.Series(plain) if kind == "pandas" else pandas.Series(VALUES, dtype="Float64")
    polars = pytest.importorskip("polars")
    if kind == "polars":
        return polars.Series(VALUES)
    return polars.concat([polars.Series(VALUES[:3]), polars.Series(VALUES[3:])], rechunk=False)


COPIED = ["list", "pandas nullable"]
VIEWED = ["numpy", "buffer", "memoryview", "pyarrow", "pyarrow chunks", "pandas", "polars", "polars chunks"]


@pytest.mark.parametrize("kind", [*VIEWED, *COPIED])
@pytest.mark.parametrize("timed", [False, True])
def test_columns_of_any_kind(collector: AnalyticsCollector, kind: str, timed: bool) -> None:
    values = VALUES if kind == "list" else columns(kind)
    times = [NOW, NOW - 1, NOW - 2, NOW - 90] if timed else None
    outcome = collector.record_many("size", values, times=times)
    assert (outcome.recorded, outcome.dropped) == (4, 0)
    stats = collector.window("size", "1m")
    assert (stats.count, stats.sum) == ((3, 6) if timed else (4, 10))


@pytest.mark.parametrize("kind", VIEWED)
def test_what_lies_side_by_side_is_not_copied(kind: str) -> None:
    values = columns(kind)
    for piece in pieces(values):
        again = numbers(piece)
        assert numpy.shares_memory(again, numbers(piece)), "each look is at the same memory"


@pytest.mark.parametrize("kind", ["pyarrow", "polars", "pandas nullable", "list"])
def test_missing_values_are_counted(collector: AnalyticsCollector, kind: str) -> None:
    values: Any = [1.0, None, 3.0]
    if kind == "pyarrow":
        values = pytest.importorskip("pyarrow").array(values)
    elif kind == "polars":
        values = pytest.importorskip("polars").Series(values)
    elif kind == "pandas nullable":
        values = pytest.importorskip("pandas").Series(values, dtype="Float64")
    outcome = collector.record_many("size", values)
    assert (outcome.recorded, outcome.dropped) == (2, 1)


def test_the_arrow_interface_is_enough(collector: AnalyticsCollector) -> None:
    pyarrow = pytest.importorskip("pyarrow")

    class OfArray:
        def __arrow_c_array__(self, schema: Any = None) -> Any:
            return pyarrow.array(VALUES).__arrow_c_array__(schema)

    class OfStream:
        def __arrow_c_stream__(self, schema: Any = None) -> Any:
            return pyarrow.chunked_array([VALUES[:1], VALUES[1:]]).__arrow_c_stream__(schema)

    for column in (OfArray(), OfStream()):
        assert collector.record_many("size", column).recorded == 4


def test_pieces_do_not_hide_wrong_lengths(collector: AnalyticsCollector) -> None:
    for count in (3, 5):
        with pytest.raises(opusclip.MetricError) as caught:
            collector.record_many("size", columns("pyarrow chunks"), times=[NOW] * count)
        assert caught.value.field == "times"
    assert collector.window("size", "1m").count == 0, "nothing was recorded"


async def test_labels_may_be_called_like_parameters(collector: AnalyticsCollector) -> None:
    collector.record("load", 1, name="a", value="b")
    collector.bind_counter("jobs", name="a").inc()
    collector.record("load", 2, labels={"timestamp": "c", "metric_type": "d", "labels": "e"}, name="a")
    await collector.collect_metric(
        MetricData(name="load", value=4, labels={"labels": "e"}, metric_type=MetricType.HISTOGRAM)
    )
    assert collector.window("load", "1m", labels={"name": "a"}).sum == 3
    assert collector.window("load", "1m", labels={"labels": "e", "timestamp": "c"}).sum == 2
    assert collector.window("load", "1m").sum == 7


def test_labels_may_be_any_mapping_and_any_value(collector: AnalyticsCollector) -> None:
    from collections import ChainMap

    collector.record("load", 1, labels=ChainMap({"code": 200}, {"ok": True}))
    assert collector.window("load", "1m", labels={"code": "200", "ok": "True"}).count == 1
    many = {f"key{number}": number for number in range(12)}
    collector.record("load", 1, labels=many)
    assert collector.window("load", "1m", labels=many).count == 1
    with pytest.raises(TypeError):
        collector.record("load", 1, labels=["code"])  # type: ignore[arg-type]
