"""Columns of tables in the types that cross the border to the core."""

import math
from collections.abc import Iterable, Mapping
from datetime import timezone
from typing import Any, TypeAlias

#: One value for each row: an array, a list, a column of pandas, Polars or Arrow.
Column: TypeAlias = Any
#: Numbers of any kind that numpy takes: an array, a list, a column of pandas, Polars or Arrow.
Numbers: TypeAlias = Any


def numbers(values: Numbers) -> Any:
    """Numbers side by side in memory; what lies so already is not copied. NaN where one is missing."""
    import numpy

    if hasattr(values, "__arrow_c_array__") and not hasattr(values, "__array__"):
        import pyarrow  # type: ignore[import-untyped]

        values = pyarrow.array(values)
    array = numpy.asarray(values)
    if array.dtype.kind == "O":
        array = numpy.array([math.nan if _missing(value) else value for value in array.tolist()], dtype=numpy.float64)
    return numpy.ascontiguousarray(array, dtype=numpy.float64)


def pieces(values: Numbers) -> list[Any]:
    """The parts of a column of Arrow or Polars that lie side by side in memory each."""
    if hasattr(values, "__arrow_c_stream__") and not hasattr(values, "__array__"):
        import pyarrow

        values = pyarrow.chunked_array(values)
    # Of pyarrow, and of Polars.
    chunks = getattr(values, "iterchunks", None) or getattr(values, "get_chunks", None)
    return [values] if chunks is None else list(chunks())


def seconds(times: Numbers) -> Any:
    """Unix seconds of numbers, ``datetime64`` or ``datetime`` objects; NaN where there is none."""
    import numpy

    array = numpy.asarray(times)
    if array.dtype.kind == "O":
        return numpy.array([_second(time) for time in array.tolist()], dtype=numpy.float64)
    if array.dtype.kind == "M":
        # NaT, the smallest number, is no time.
        whole = array.astype("datetime64[ns]").astype(numpy.int64) / 1e9
        return numpy.where(numpy.isnat(array), numpy.nan, whole)
    return numbers(array)


def samples(values: Numbers, times: Numbers | None) -> tuple[Any, Any]:
    """Values and, where given, their times."""
    return numbers(values), None if times is None else seconds(times)


def metrics(values: Mapping[str, Numbers], times: Numbers | Mapping[str, Numbers] | None) -> list[tuple[str, Any, Any]]:
    """Metrics by their names, with times of all or of each."""
    own = times if isinstance(times, Mapping) else {}
    shared = None if times is None or isinstance(times, Mapping) else seconds(times)
    return [
        (str(name), numbers(column), seconds(own[name]) if name in own else shared) for name, column in values.items()
    ]


def moments(times: Column) -> Any:
    """Times as microseconds where they are exact, else as Unix seconds."""
    import numpy

    array = numpy.asarray(times)
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]").astype(numpy.int64)
    return _integers(array) if array.dtype.kind in "iu" else seconds(array)


def texts(values: Column) -> Any:
    """Whole numbers as an array, anything else as texts; None where one is missing."""
    array = _objects(values)
    if array.dtype.kind in "iu":
        return _integers(array)
    return [None if _missing(value) else str(value) for value in array.tolist()]


def people(values: Column) -> Any:
    """Whole numbers as an array, anything else as numbers and texts, which are told apart."""
    array = _objects(values)
    if array.dtype.kind in "iu":
        return _integers(array)
    return [
        "" if _missing(value) else value.__index__() if hasattr(value, "__index__") else str(value)
        for value in array.tolist()
    ]


def whole(values: Column) -> Any:
    """Whole numbers as an array, or as a list where the core has to say what is wrong with them."""
    array = _objects(values)
    if array.dtype.kind == "i" or (array.dtype.kind == "u" and array.dtype.itemsize < 8):
        return _integers(array)
    return array.tolist() if array.dtype.kind in "uO" else array


def currencies(codes: str | Column) -> str | list[str | None]:
    """The currency of all, or that of each."""
    if isinstance(codes, str):
        return codes
    return [None if _missing(code) else str(code) for code in _objects(codes).tolist()]


def mappings(rows: Iterable[Any]) -> list[Any]:
    """Objects or dictionaries as dictionaries."""
    return [row.to_dict() if hasattr(row, "to_dict") else row for row in rows]


def _objects(values: Column) -> Any:
    import numpy

    # Of a list of both, numpy would make texts of the numbers.
    return numpy.asarray(values, dtype=object if isinstance(values, list | tuple) else None)


def _integers(array: Any) -> Any:
    import numpy

    return numpy.ascontiguousarray(array, dtype=numpy.int64)


def _second(time: Any) -> float:
    if _missing(time):
        return math.nan
    if not hasattr(time, "timestamp"):
        return float(time)
    return float((time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp())


def _missing(value: Any) -> bool:
    # NaN is unequal to itself, and pandas' NA does not answer with a truth value.
    return value is None or (value != value) is not False
