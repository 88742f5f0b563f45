"""What a collector keeps: distinct members, retention, files, other engines, OpenTelemetry."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy
import pytest

import opusclip
from opusclip.analytics import AnalyticsCollector, MetricType, RetentionTier

NOW = 1_700_000_000.0
HOURS = 200


@pytest.fixture
def collector() -> AnalyticsCollector:
    kept = [RetentionTier(resolution=3600, keep=30 * 86_400)]
    collector = AnalyticsCollector(retention=kept, now=NOW)
    times = NOW - numpy.arange(HOURS) * 3600.0
    collector.record_many("latency", numpy.arange(HOURS) % 7, times=times, labels={"host": 'a "b"'})
    collector.record_many("jobs", numpy.full(HOURS, 2.0), times=times, metric_type=MetricType.COUNTER)
    collector.add_members("people", [f"user-{hour % 5}" for hour in range(HOURS)], times=times)
    return collector


def test_distinct_members_are_counted_once(collector: AnalyticsCollector) -> None:
    visitors = collector.bind_distinct("visitors", country="at")
    for member in ("anna", "ben", "anna"):
        visitors.add(member)
    collector.bind_distinct("visitors", country="de").add("anna")
    assert collector.window("visitors", "1h").distinct == 2
    assert collector.window("visitors", "1h", labels={"country": "de"}).distinct == 1
    assert collector.window("people", "24h").distinct == 5
    with pytest.raises(opusclip.MetricError, match="distinct members"):
        collector.record("visitors", 1)


def test_history_is_arrow(collector: AnalyticsCollector) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    history = collector.history("latency")
    table = history.to_arrow()
    assert table.num_rows == len(history) > HOURS // 2
    assert sum(table["count"].to_pylist()) == HOURS
    assert table["labels"].to_pylist()[0] == [("host", 'a "b"')]
    assert table["start"].type == pyarrow.timestamp("s", tz="UTC")
    # Numbers lie where they are.
    assert table["count"].chunk(0).buffers()[1].address == history.count.ctypes.data
    assert collector.to_arrow("jobs")["min"].null_count == len(collector.history("jobs"))


def test_history_goes_to_duckdb(collector: AnalyticsCollector) -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = collector.to_duckdb()
    rows = connection.sql("select metric, sum(count), max(max) from metrics group by metric order by metric").fetchall()
    assert [(metric, count) for metric, count, _ in rows][:2] == [("jobs", 400.0), ("latency", 200.0)]
    assert rows[1][2] == 6.0
    labels = collector.to_duckdb(duckdb.connect(), "mine").sql("select distinct labels['host'] from mine").fetchall()
    assert {host for (host,) in labels} == {None, 'a "b"'}


def test_files_are_what_other_programs_read(collector: AnalyticsCollector, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    collector.export(tmp_path / "all.parquet")
    table = parquet.read_table(tmp_path / "all.parquet")
    assert table.num_rows == len(collector.history())
    latency = [row for row in table.to_pylist() if row["metric"] == "latency"]
    assert sum(row["count"] for row in latency) == HOURS and latency[0]["labels"] == [("host", 'a "b"')]
    assert latency[0]["start"].timestamp() == collector.history("latency").start[0]
    assert all(row["min"] is None for row in table.to_pylist() if row["metric"] == "people")

    collector.export(tmp_path / "jobs.ndjson", metric="jobs", start=NOW - 86_400)
    rows = [json.loads(line) for line in (tmp_path / "jobs.ndjson").read_text().splitlines()]
    assert sum(row["count"] for row in rows) == pytest.approx(48, abs=2)
    collector.export(tmp_path / "jobs.txt", "csv", metric="jobs")
    assert (tmp_path / "jobs.txt").read_text().startswith("metric,metric_type,labels,start,seconds,count,sum")
    with pytest.raises(opusclip.ConfigError, match="parquet"):
        collector.export(tmp_path / "jobs.xlsx")


def test_a_spill_moves_each_slot_once(collector: AnalyticsCollector, tmp_path: Path) -> None:
    before = collector.history().count.sum()
    file = collector.spill(tmp_path)
    assert file is not None and file.suffix == ".parquet"
    spilled = pytest.importorskip("pyarrow.parquet").read_table(file)
    assert sum(spilled["count"].to_pylist()) + collector.history().count.sum() == before
    assert collector.spill(tmp_path) is None
    assert collector.window("jobs", "24h").sum == 48


def test_metrics_go_to_an_opentelemetry_collector(collector: AnalyticsCollector) -> None:
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received.append((self.path, self.headers, self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        url = f"http://127.0.0.1:{server.server_port}/v1/metrics"
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        collector.push_otlp(url, resource={"service.name": "clips"}, headers={"X-Tenant": "one"})
        thread.join()
    path, headers, body = received[0]
    assert (path, headers["Content-Type"], headers["X-Tenant"]) == ("/v1/metrics", "application/x-protobuf", "one")
    assert body == collector.otlp({"service.name": "clips"}) and b"latency" in body
    with pytest.raises(opusclip.ExportError) as caught:
        collector.push_otlp(url)
    assert isinstance(caught.value, ConnectionError) and caught.value.code == "export.failed"
