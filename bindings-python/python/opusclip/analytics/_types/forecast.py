"""What comes next. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from ..._vector import Vector
from ..models import ForecastPath
from ..shown import Card, Shown
from .shared import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy(Data):
    """Accuracy in the backtest, where each origin was forecast without the values after it, and without them in the
    choice of weights.

    Attributes
    ----------
    smape : float
        Symmetric mean absolute percentage error, 0 to 200.
    mase : float
        Mean absolute scaled error: 1 is the mean change from one season (or step, without a season) to the next
        (Hyndman and Koehler 2006). 0 where nothing ever changed.
    coverage : float
        The share of values that lay in intervals told from the other origins.
    folds : int
        How many origins were tried.
    """

    smape: float
    mase: float
    coverage: float
    folds: int


class Method(Text):
    """A family of forecasts."""

    NAIVE = "naive"
    """The last value carried on."""
    DRIFT = "drift"
    """The last value and the mean change so far (random walk with drift)."""
    SEASONAL_NAIVE = "seasonal_naive"
    """Past seasons repeated: the last one or a mean of several, moved to the present level or not."""
    THETA = "theta"
    """The Theta method (Assimakopoulos and Nikolopoulos 2000) on seasonally adjusted values."""
    EXPONENTIAL_SMOOTHING = "exponential_smoothing"
    """Exponential smoothing with a damped trend and up to two seasons (Holt 1957, Winters 1960, Gardner and
    McKenzie 1985, Taylor 2003)."""
    AUTOREGRESSION = "autoregression"
    """Linear regression on values a few steps and a few seasons before, carried on step by step."""
    COMBINATION = "combination"
    """A weighted mean of several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(Data):
    """One way to forecast that was tried.

    Attributes
    ----------
    method : Method
        Its family.
    settings : str
        Its settings in words.
    error : float
        Its error in the backtest: the mean of absolute and of percentage error, each as a share of that of the
        simplest candidate (the season or the last value repeated, where it is among them). Below 1 is better
        than that.
    weight : float
        Its share in the forecast, 0 to 1.
    """

    method: Method
    settings: str
    error: float
    weight: float


class Effort(Text):
    """How much work a forecast may be."""

    FAST = "fast"
    """Few candidates: for a thousand hourly values under a millisecond."""
    THOROUGH = "thorough"
    """More candidates and more origins to judge them from: for a thousand hourly values under 15 milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast(ForecastPath, Shown):
    """Future values with their intervals, and how far they can be trusted.

    Attributes
    ----------
    start : float
        Unix seconds of the first step.
    step : float
        Seconds from one step to the next.
    mean : Vector
        The expected value of each step.
    low : Vector
        The lower bound of each step's interval.
    high : Vector
        The upper bound of each step's interval.
    level : float
        The share of future values that the intervals are meant to hold.
    method : Method
        The family that was used; `Method::Combination` for several candidates together.
    candidates : tuple[Candidate, ...]
        Everything that was tried, the most accurate first.
    accuracy : Accuracy
        How accurate this way of forecasting was in the backtest.
    seasons : tuple[int, ...]
        The seasons that were used, in steps.
    explanation : Explanation
        In words.
    """

    start: float
    step: float
    mean: Vector
    low: Vector
    high: Vector
    level: float
    method: Method
    candidates: tuple[Candidate, ...]
    accuracy: Accuracy
    seasons: tuple[int, ...]
    explanation: Explanation


class LimitSide(Text):
    """From which side a limit is approached."""

    RISING = "rising"
    """Values rise to it."""
    FALLING = "falling"
    """Values fall to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSlope(Data):
    """A trend in units per second with its interval.

    Attributes
    ----------
    per_second : float
        The slope.
    low : float
        Its lower bound.
    high : float
        Its upper bound.
    """

    per_second: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToLimit(Card):
    """When a limit is reached. Times are seconds after the last value; a limit passed already is reached in 0.

    Attributes
    ----------
    limit : float
        The limit that was asked for.
    direction : LimitSide
        From which side.
    earliest : float | None
        When single values may first reach it; `None` where they do not.
    expected : float | None
        When the trend or the forecast itself reaches it; `None` where it does not.
    latest : float | None
        When even the farther bound of the interval does; `None` where it does not.
    slope : LimitSlope | None
        The trend per second, where one was fitted.
    level : float
        The share of cases that the interval is meant for.
    explanation : Explanation
        In words.
    """

    limit: float
    direction: LimitSide
    earliest: float | None = None
    expected: float | None = None
    latest: float | None = None
    slope: LimitSlope | None = None
    level: float
    explanation: Explanation
