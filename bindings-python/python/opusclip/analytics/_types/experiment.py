"""Experiments, and what made a figure change. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from ..shown import Card
from .shared import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSegment(Data):
    """A part of the whole.

    Attributes
    ----------
    dimension : str
        The dimension that divides the whole.
    value : str | None
        The segment's value in it; null where it is missing, and for `other`.
    other : bool
        Whether these are all segments beyond the limit together.
    before : float | None
        Its own figure before; null for a ratio without weight.
    after : float | None
        Its own figure after.
    contribution : float
        What it adds to the change of the whole.
    mix : float | None
        Of that, by its share of the weight; null for a sum.
    rate : float | None
        Of that, by its own ratio; null for a sum.
    """

    dimension: str
    value: str | None = None
    other: bool
    before: float | None = None
    after: float | None = None
    contribution: float
    mix: float | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverDimension(Data):
    """One way to divide the whole.

    Attributes
    ----------
    name : str
        Its name.
    surprise : float
        How differently values are divided before and after: 0 the same, 1 not alike at all.
    segments : tuple[DriverSegment, ...]
        Its segments, the largest contributions of either sign first; they sum to the change.
    """

    name: str
    surprise: float
    segments: tuple[DriverSegment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers(Card):
    """What made a figure change.

    Attributes
    ----------
    before : float
        The figure before.
    after : float
        The figure after.
    change : float
        `after - before`.
    top : tuple[DriverSegment, ...]
        The largest contributions of either sign in any dimension. Those of different dimensions overlap.
    dimensions : tuple[DriverDimension, ...]
        Each dimension, the most surprising first.
    explanation : Explanation
        How it was found.
    """

    before: float
    after: float
    change: float
    top: tuple[DriverSegment, ...]
    dimensions: tuple[DriverDimension, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Data):
    """From `low` to `high`.

    Attributes
    ----------
    low : float
        The lower end.
    high : float
        The upper end.
    p_value : float
        The chance of a difference at least as large where there is none.
    """

    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio(Data):
    """Whether people were assigned as planned.

    Attributes
    ----------
    planned : float
        The share that were to get the variant.
    actual : float
        The share that did.
    p_value : float
        The chance of one so far off.
    mismatch : bool
        Whether that is below 0.001.
    """

    planned: float
    actual: float
    p_value: float
    mismatch: bool


class Verdict(Text):
    """What the anytime interval allows to say."""

    HIGHER = "higher"
    """The variant's figure is higher."""
    LOWER = "lower"
    """The variant's figure is lower."""
    OPEN = "open"
    """The interval holds 0."""
    UNTRUSTED = "untrusted"
    """People were not assigned as planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment(Card):
    """Two arms compared.

    Attributes
    ----------
    control : float
        The share or mean of the control.
    variant : float
        The share or mean of the variant.
    difference : float
        `variant - control`.
    lift : float | None
        `difference / control`; null where that is 0.
    anytime : Interval
        Of the difference; right however often one looks.
    fixed : Interval
        Of the difference; right for one look at a size decided beforehand.
    sample_ratio : SampleRatio
        Whether people were assigned as planned.
    verdict : Verdict
        What may be said.
    explanation : Explanation
        How it was found.
    """

    control: float
    variant: float
    difference: float
    lift: float | None = None
    anytime: Interval
    fixed: Interval
    sample_ratio: SampleRatio
    verdict: Verdict
    explanation: Explanation
