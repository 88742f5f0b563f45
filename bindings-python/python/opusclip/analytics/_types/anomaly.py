"""What is unusual. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from ..._vector import Vector
from ..shown import Shown
from .shared import Explanation


class Reason(Text):
    """Why values are remarkable."""

    SPIKE = "spike"
    """Higher than expected."""
    DIP = "dip"
    """Lower than expected."""
    LEVEL_SHIFT = "level_shift"
    """On another level than before, and staying there."""
    VARIANCE = "variance"
    """Scattered more widely than before, or much less than ever before."""
    FLAT_LINE = "flat_line"
    """The same value again and again, in a stream that otherwise changes."""
    MISSING_DATA = "missing_data"
    """No value for much longer than usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPoint(Data):
    """One value that is an anomaly.

    Attributes
    ----------
    index : int
        Which row it is.
    time : float
        Unix seconds.
    value : float | None
        The value; none in a gap.
    score : float
        `SCORE_THRESHOLD` to 1.
    reason : Reason
        What kind of anomaly it is, as the 16 values after it show.
    expected : float
        The value that was expected.
    low : float
        The least value that would not have been out of the ordinary.
    high : float
        The highest value that would not have been out of the ordinary.
    """

    index: int
    time: float
    value: float | None = None
    score: float
    reason: Reason
    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomalies(Shown):
    """The anomalies of a series.

    Attributes
    ----------
    points : tuple[ScoredPoint, ...]
        Values that are anomalies, in order of time.
    scores : Vector
        A score for each row, 0 to 1. None depends on later rows.
    threshold : float
        The score from which on a value is an anomaly.
    season : float | None
        The period of the season found by the end, in seconds.
    explanation : Explanation
        How this was found.
    """

    points: tuple[ScoredPoint, ...]
    scores: Vector
    threshold: float
    season: float | None = None
    explanation: Explanation
