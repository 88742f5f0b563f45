"""What a trend analysis says. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from ..shown import Shown
from .shared import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Data):
    """A change over time.

    Attributes
    ----------
    per_second : float
        In one second.
    per_hour : float
        In one hour.
    per_day : float
        In one day.
    """

    per_second: float
    per_hour: float
    per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint(Data):
    """A time at which a metric changes its level or its slope.

    Attributes
    ----------
    time : float
        Unix seconds of the first value after the change.
    level_before : float
        The level that the values before lead up to.
    level_after : float
        The level that the values after start from.
    slope_before : Rate
        The slope before.
    slope_after : Rate
        The slope after.
    """

    time: float
    level_before: float
    level_after: float
    slope_before: Rate
    slope_after: Rate


class Direction(Text):
    """Where something is going."""

    RISING = "rising"
    """Up."""
    FALLING = "falling"
    """Down."""
    NONE = "none"
    """Neither, as far as can be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope(Data):
    """A slope with its confidence interval.

    Attributes
    ----------
    estimate : Rate
        The best estimate: the median of the slopes of all pairs.
    low : Rate
        The lower end of the interval.
    high : Rate
        The upper end of the interval.
    """

    estimate: Rate
    low: Rate
    high: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestTrend(Data):
    """The trend of the last stretch.

    Attributes
    ----------
    since : float
        Unix seconds of the change that it begins with.
    direction : Direction
        Rising or falling where the trend is significant.
    slope : Slope
        How steep the line is.
    p_value : float
        How probable so clear a trend is where there is none. That the stretch was chosen is not counted in.
    """

    since: float
    direction: Direction
    slope: Slope
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonFound(Data):
    """A pattern that comes back.

    Attributes
    ----------
    period : float
        Seconds from one coming to the next.
    strength : float | None
        The share of the variance around the line that is told by the other comings of the pattern, up to 1;
        none where the period was given.
    """

    period: float
    strength: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend(Shown):
    """Where a metric is going.

    Attributes
    ----------
    start : float
        Unix seconds of the first value.
    end : float
        Unix seconds of the last value.
    count : int
        How many values there are, gaps left out.
    direction : Direction
        Rising or falling where the trend is significant.
    slope : Slope
        How steep the line is.
    intercept : float
        The level of the line at `start`.
    p_value : float
        How probable so clear a trend is where there is none.
    relative_change : float | None
        From the first to the last time along the line, as a share of the level at the start; none where that is
        0.
    effective_count : float
        As many independent values would tell as much about a trend.
    wanders : bool
        The values wander: how far they are from the line cannot be told from a random walk, and the slope is
        tested against one.
    season : SeasonFound | None
        The season that was taken off.
    change_points : tuple[ChangePoint, ...]
        Where the level or the slope changes.
    latest : LatestTrend | None
        The trend since the last change, where enough values follow it.
    explanation : Explanation
        The result in words.
    """

    start: float
    end: float
    count: int
    direction: Direction
    slope: Slope
    intercept: float
    p_value: float
    relative_change: float | None = None
    effective_count: float
    wanders: bool
    season: SeasonFound | None = None
    change_points: tuple[ChangePoint, ...]
    latest: LatestTrend | None = None
    explanation: Explanation
