"""Pictures as a ``subjects`` callback gets them, and what it finds in them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._data import Data, Text

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


class SubjectKind(Text):
    """What a subject is."""

    FACE = "face"
    """A face, from the brow to the chin."""
    OBJECT = "object"
    """Anything else that must not be cut off: a person as a whole, a product, a dog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Data):
    """Something in a picture that is to be kept in the frame, in shares of the picture's width and height.

    Attributes
    ----------
    x, y : float
        Left and upper edge.
    width, height : float
        Size.
    score : float
        How sure it is, 0 to 1.
    kind : SubjectKind
        What it is.
    """

    x: float
    y: float
    width: float
    height: float
    score: float = 1.0
    kind: SubjectKind = SubjectKind.FACE
