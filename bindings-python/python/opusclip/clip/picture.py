"""Pictures as a ``subjects`` callback gets them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Picture:
    """A small picture of a moment, upright.

    Attributes
    ----------
    time : float
        Seconds of the source.
    width, height : int
        Pixels; the longer side has 640.
    rgb : bytes
        Red, green and blue of each pixel, row by row from the top.
    """

    time: float
    width: int
    height: int
    rgb: bytes

    @property
    def pixels(self) -> "numpy.ndarray[Any, numpy.dtype[numpy.uint8]]":
        """A read-only array of height x width x 3 over the same memory, as OpenCV, MediaPipe and YOLO take it."""
        import numpy

        return numpy.frombuffer(self.rgb, numpy.uint8).reshape(self.height, self.width, 3)

    def __repr__(self) -> str:
        return f"Picture({self.time:.2f} s, {self.width}x{self.height})"
