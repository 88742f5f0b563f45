"""All that a collector keeps, as columns for other engines."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._types import HistorySeries

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

__all__ = ["History"]


@dataclass(frozen=True, eq=False)
class History:
    """A table of slots by columns; the place in each array is a slot. What a slot does not have is NaN.

    Attributes
    ----------
    series : tuple of HistorySeries
        The series, in order of their names.
    of_series : numpy.ndarray of uint32
        The place of a slot's series in `series`.
    start : numpy.ndarray of int64
        Begin of the slot in Unix seconds.
    seconds : numpy.ndarray of uint32
        Length of the slot; the younger, the shorter.
    count : numpy.ndarray of float64
        Observations; of counters the rise, of distinct members how many there were.
    sum, min, max : numpy.ndarray of float64
        Sum of values (of counters the rise), the least and the greatest value.
    p50, p90, p95, p99 : numpy.ndarray of float64
        Quantiles, to the collector's relative error.
    """

    series: tuple[HistorySeries, ...]
    of_series: "NDArray[numpy.uint32]"
    start: "NDArray[numpy.int64]"
    seconds: "NDArray[numpy.uint32]"
    count: "NDArray[numpy.float64]"
    sum: "NDArray[numpy.float64]"
    min: "NDArray[numpy.float64]"
    max: "NDArray[numpy.float64]"
    p50: "NDArray[numpy.float64]"
    p90: "NDArray[numpy.float64]"
    p95: "NDArray[numpy.float64]"
    p99: "NDArray[numpy.float64]"

    @classmethod
    def from_dict(cls, columns: dict[str, Any]) -> "History":
        """Return the columns as the library hands them over."""
        series = tuple(map(HistorySeries.from_dict, columns.pop("series")))
        return cls(series, **columns)

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table` with a row for each slot; numbers lie where they are. Needs pyarrow.

        Names are dictionaries, labels a map, ``start`` a timestamp in UTC. pandas, Polars and DuckDB take it as it is.
        """
        import pyarrow  # type: ignore[import-untyped]

        places = pyarrow.array(self.of_series)

        def of_series(values: list[Any], kind: Any) -> Any:
            return pyarrow.DictionaryArray.from_arrays(places, pyarrow.array(values, kind))

        labels = [list(series.labels.items()) for series in self.series]
        start = pyarrow.array(self.start).cast(pyarrow.timestamp("s", tz="UTC"))
        columns = {
            "metric": of_series([series.metric for series in self.series], pyarrow.string()),
            "metric_type": of_series([str(series.metric_type) for series in self.series], pyarrow.string()),
            "labels": pyarrow.array(labels, pyarrow.map_(pyarrow.string(), pyarrow.string())).take(places),
            "start": start,
            "seconds": pyarrow.array(self.seconds),
            "count": pyarrow.array(self.count),
        }
        for name in ("sum", "min", "max", "p50", "p90", "p95", "p99"):
            columns[name] = pyarrow.array(getattr(self, name), from_pandas=True)
        return pyarrow.table(columns)

    def to_duckdb(self, connection: Any = None, name: str = "metrics") -> Any:
        """Make the table known to DuckDB and return the connection. Needs duckdb and pyarrow.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection, optional
            Where, default a new database in memory.
        name : str
            The name of the table in SQL.
        """
        if connection is None:
            import duckdb

            connection = duckdb.connect()
        connection.register(name, self.to_arrow())
        return connection

    def __len__(self) -> int:
        return len(self.start)

    def __repr__(self) -> str:
        return f"History({len(self)} slots of {len(self.series)} series)"
