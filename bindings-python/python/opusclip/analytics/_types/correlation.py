"""What moves together. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from ..shown import Card, Shown
from .shared import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient(Data):
    """A coefficient of correlation.

    Attributes
    ----------
    value : float
        -1 to 1; 0 where one metric is constant.
    low : float
        The lower end of its confidence interval.
    high : float
        The upper end.
    p_value : float
        How probable one so far from 0 is where the metrics do not depend on each other.
    """

    value: float
    low: float
    high: float
    p_value: float


class CorrelationMethod(Text):
    """What kind of going together is measured."""

    PEARSON = "pearson"
    """On a straight line; one spike can make or break it."""
    SPEARMAN = "spearman"
    """On any curve that only rises or only falls; spikes count as any other value."""
    KENDALL = "kendall"
    """As Spearman; smaller numbers, surer with few values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag(Data):
    """The best distance in time between two metrics.

    Attributes
    ----------
    seconds : float
        By so many seconds the second metric follows the first; below 0 the first follows the second.
    coefficient : float
        Pearson's coefficient at this lag of what their own pasts do not tell.
    bound : float
        A coefficient within plus and minus this may be chance, all lags tried counted in.
    significant : bool
        Whether it is beyond the bound.
    of_values : float
        The coefficient of the chosen method, of the values as they are, at this lag.
    """

    seconds: float
    coefficient: float
    bound: float
    significant: bool
    of_values: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation(Shown):
    """How two metrics move together.

    Attributes
    ----------
    start : float
        Unix seconds of the first time at which both have values.
    end : float
        Unix seconds of the last one.
    step : float
        Seconds between two times of the common grid.
    count : int
        At so many times both have values.
    effective : float
        As many pairs of independent values would tell as much.
    method : CorrelationMethod
        The method that the sentence and the order of many pairs go by.
    pearson : Coefficient
        Of the values: how near they are to a straight line.
    spearman : Coefficient
        Of their ranks: how near they are to any rising or falling curve.
    kendall : Coefficient
        Of pairs of times: the share that agrees in direction less the share that does not.
    wander : bool
        Both wander, so that every p is that of their steps.
    lag : Lag
        At which distance in time the two go together best.
    explanation : Explanation
        The result in words.
    """

    start: float
    end: float
    step: float
    count: int
    effective: float
    method: CorrelationMethod
    pearson: Coefficient
    spearman: Coefficient
    kendall: Coefficient
    wander: bool
    lag: Lag
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationPair(Data):
    """One pair of many.

    Attributes
    ----------
    a : str
        The first metric.
    b : str
        The second metric.
    adjusted_p : float
        The p of the method asked for, corrected for the number of pairs.
    significant : bool
        Whether it is below 1 less the confidence.
    correlation : Correlation
        How the two move together.
    """

    a: str
    b: str
    adjusted_p: float
    significant: bool
    correlation: Correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedMetric(Data):
    """What could not be compared, and why.

    Attributes
    ----------
    names : tuple[str, ...]
        The metric, or the two of a pair.
    reason : str
        What is wrong with it.
    """

    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlations(Card):
    """How many metrics move together, pair by pair.

    Attributes
    ----------
    pairs : tuple[CorrelationPair, ...]
        The pairs, the surest first.
    skipped : tuple[SkippedMetric, ...]
        Pairs that could not be compared.
    explanation : Explanation
        The result in words.
    """

    pairs: tuple[CorrelationPair, ...]
    skipped: tuple[SkippedMetric, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Data):
    """By how much and how one metric moved.

    Attributes
    ----------
    name : str
        The metric.
    score : float
        How much it moved and how well it went together, 0 to 1: `d / (d + 3) * (1 + c) / 2` with `d` the
        absolute deviation and `c` the absolute correlation.
    moved : bool
        Whether the deviation is 3 or more to either side.
    before : float
        The median before.
    within : float
        The median during the anomaly.
    change : float
        The change of the median.
    relative_change : float | None
        The change as a share of the level before; none where that is 0.
    deviation : float
        The change in units of how much the medians of earlier stretches of the same length differ; -1000 to
        1000.
    correlation : float
        Spearman's coefficient with the metric that has the anomaly, from one baseline before to one length
        after, at the lag where there is one.
    lag : float | None
        By so many seconds it follows the metric with the anomaly, below 0 precedes it; none where that is not
        clear.
    """

    name: str
    score: float
    moved: bool
    before: float
    within: float
    change: float
    relative_change: float | None = None
    deviation: float
    correlation: float
    lag: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTogether(Card):
    """Metrics in the order in which they moved together with an anomaly.

    Attributes
    ----------
    start : float
        Unix seconds of the anomaly's beginning.
    end : float
        Unix seconds of its end.
    deviation : float
        By how much the metric with the anomaly moved, in the units of `Moved::deviation`.
    metrics : tuple[Moved, ...]
        All metrics that could be compared, the highest score first.
    skipped : tuple[SkippedMetric, ...]
        Those that could not.
    explanation : Explanation
        The result in words.
    """

    start: float
    end: float
    deviation: float
    metrics: tuple[Moved, ...]
    skipped: tuple[SkippedMetric, ...]
    explanation: Explanation
