"""Values at equal distances in time, as compact as they were measured."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from .._data import Data

if TYPE_CHECKING:
    import numpy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Curve(Data, Sequence[float]):
    """Values at equal distances in time: a sequence of numbers over 32 bit floats.

    ``numpy.asarray(curve)``, `to_numpy` and `to_arrow` look at the same memory; nothing is copied.

    Attributes
    ----------
    start : float
        Time of the first value in seconds; value ``i`` describes the stretch from ``start + i * step`` on.
    step : float
        Seconds between two values.
    values : memoryview
        The values, read-only, with the format ``f``. Any sequence of numbers may be given.
    """

    start: float
    step: float
    values: memoryview

    def __post_init__(self) -> None:
        values = self.values
        if not (isinstance(values, memoryview) and values.readonly and values.format == "f" and values.c_contiguous):
            object.__setattr__(self, "values", memoryview(array("f", values).tobytes()).cast("f"))

    @property
    def times(self) -> tuple[float, ...]:
        """Where the stretch of each value begins, in seconds."""
        return tuple(self.start + place * self.step for place in range(len(self)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, texts and numbers, as the command's ``--json`` prints them."""
        return {"start": self.start, "step": self.step, "values": self.values.tolist()}

    def to_numpy(self) -> "numpy.ndarray[Any, numpy.dtype[numpy.float32]]":
        """Return a read-only array of `numpy.float32` over the same memory."""
        import numpy

        return numpy.frombuffer(self.values, numpy.float32)

    def to_arrow(self) -> Any:
        """Return a `pyarrow.FloatArray` over the same memory."""
        import pyarrow  # type: ignore[import-untyped]

        return pyarrow.Array.from_buffers(pyarrow.float32(), len(self), [None, pyarrow.py_buffer(self.values)])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        values = self.to_numpy()
        if copy is False and dtype is not None and numpy.dtype(dtype) != values.dtype:
            raise ValueError(f"a curve is of float32; as {numpy.dtype(dtype)} it must be copied")
        return values.astype(values.dtype if dtype is None else dtype, copy=bool(copy))

    def __buffer__(self, flags: int, /) -> memoryview:
        return self.values

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> "Curve": ...
    def __getitem__(self, place: int | slice) -> "float | Curve":
        if not isinstance(place, slice):
            value: float = self.values[place]
            return value
        first, _, every = place.indices(len(self))
        return Curve(start=self.start + first * self.step, step=self.step * every, values=self.values[place])

    def __iter__(self) -> Iterator[float]:
        return iter(self.values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Curve):
            return NotImplemented
        return (self.start, self.step, self.values) == (other.start, other.step, other.values)

    def __hash__(self) -> int:
        return hash((self.start, self.step, len(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        return _curve, (self.start, self.step, array("f", self.values))

    def __repr__(self) -> str:
        values = f"{min(self):.4g} to {max(self):.4g}" if len(self) else "none"
        return f"Curve({len(self)} values every {self.step:g} s from {self.start:g} s: {values})"


def _curve(start: float, step: float, values: Any) -> Curve:
    return Curve(start=start, step=step, values=values)
