"""Numbers side by side in memory, as results hold them."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import numpy


class Vector(Sequence[float]):
    """A read-only sequence of numbers; ``numpy.asarray(vector)`` and `to_numpy` look at the same memory.

    Parameters
    ----------
    values : iterable of float
        The numbers; None stands for one that is not known and becomes NaN.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[float | None]) -> None:
        numbers = array("d", (float("nan") if value is None else value for value in values))
        self._values = memoryview(numbers.tobytes()).cast("d")

    def to_numpy(self) -> "numpy.ndarray[Any, numpy.dtype[numpy.float64]]":
        """Return a read-only array of `numpy.float64` over the same memory."""
        import numpy

        return numpy.frombuffer(self._values.cast("B"), numpy.float64)

    def to_arrow(self) -> Any:
        """Return a `pyarrow.DoubleArray` over the same memory."""
        import pyarrow  # type: ignore[import-untyped]

        return pyarrow.Array.from_buffers(pyarrow.float64(), len(self), [None, pyarrow.py_buffer(self._values)])

    def tolist(self) -> list[float]:
        """Return the numbers as a list."""
        return list(self._values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        values = self.to_numpy()
        if copy is False and dtype is not None and numpy.dtype(dtype) != values.dtype:
            raise ValueError(f"a vector is of float64; as {numpy.dtype(dtype)} it must be copied")
        return values.astype(values.dtype if dtype is None else dtype, copy=bool(copy))

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, place: int) -> float: ...
    @overload
    def __getitem__(self, place: slice) -> "Vector": ...
    def __getitem__(self, place: int | slice) -> "float | Vector":
        if isinstance(place, slice):
            return Vector(self._values[place])
        value: float = self._values[place]
        return value

    def __iter__(self) -> Iterator[float]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vector):
            return NotImplemented
        return self._values.tobytes() == other._values.tobytes()

    def __hash__(self) -> int:
        return hash(self._values.tobytes())

    def __reduce__(self) -> tuple[Any, ...]:
        return Vector, (array("d", self._values),)

    def __repr__(self) -> str:
        some = ", ".join(f"{value:.6g}" for value in self._values[:6])
        return f"Vector({len(self)}: {some}{', ...' if len(self) > 6 else ''})"
