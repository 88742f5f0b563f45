"""Funnels, retention and active people. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from ..shown import Card, Shown
from .shared import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPeriod(Data):
    """Active people of one period and where they come from.

    Attributes
    ----------
    start : float
        Unix seconds at which it begins.
    label : str
        Its first date.
    active : int
        Active in it.
    new : int
        Of these, never active before.
    returning : int
        Of these, active in the period before.
    resurrected : int
        Of these, active earlier, but not in the period before.
    dormant : int
        Active in the period before and not in this one.
    complete : bool
        Whether the period is over; until then people seem dormant who may still come.
    """

    start: float
    label: str
    active: int
    new: int
    returning: int
    resurrected: int
    dormant: int
    complete: bool


class Attempt(Text):
    """Which attempt of a person counts."""

    BEST = "best"
    """The one that gets furthest."""
    FIRST = "first"
    """The one of the first entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort(Data):
    """People who began in one period.

    Attributes
    ----------
    start : float
        Unix seconds at which the period begins.
    label : str
        Its first date, as in `2024-03-31`.
    size : int
        How many people began in it.
    retained : tuple[int | None, ...]
        How many of them were back, from this period (0) to `periods` later; null where that one is not over.
    rates : tuple[float | None, ...]
        The same as shares of `size`.
    """

    start: float
    label: str
    size: int
    retained: tuple[int | None, ...]
    rates: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayActivity(Data):
    """Active people of one date.

    Attributes
    ----------
    start : float
        Unix seconds at which it begins.
    label : str
        The date, as in `2024-03-31`.
    daily : int
        Active on it.
    weekly : int | None
        Active on the 7 dates that end with it; null where they were not all observed.
    monthly : int | None
        Active on the 30 dates that end with it; null where they were not all observed.
    stickiness : float | None
        `daily / monthly`.
    complete : bool
        Whether the day is over.
    """

    start: float
    label: str
    daily: int
    weekly: int | None = None
    monthly: int | None = None
    stickiness: float | None = None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDurations(Data):
    """How long people took, in seconds.

    Attributes
    ----------
    mean : float
        The arithmetic mean.
    median : float
        Half of them took no longer.
    p90 : float
        Nine of ten took no longer.
    """

    mean: float
    median: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelStep(Data):
    """One step of a funnel.

    Attributes
    ----------
    name : str
        The name of its event.
    users : int
        People who reached it.
    conversion_from_start : float | None
        Their share of those who entered; null where nobody did.
    conversion_from_previous : float | None
        Their share of those who reached the step before; of the first step that of those who entered.
    from_previous : StepDurations | None
        From the step before; null for the first step and where nobody got here.
    from_start : StepDurations | None
        From the entry; null for the first step and where nobody got here.
    """

    name: str
    users: int
    conversion_from_start: float | None = None
    conversion_from_previous: float | None = None
    from_previous: StepDurations | None = None
    from_start: StepDurations | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelBreakdown(Data):
    """The people of one value of the breakdown.

    Attributes
    ----------
    value : str | None
        The value; null where the property is missing, and for `other`.
    other : bool
        Whether these are all values beyond the limit together.
    steps : tuple[FunnelStep, ...]
        The steps, as in the whole.
    converted : int
        People who reached the last step.
    pending : int
        People who may still reach it.
    lost : int
        People who can no longer reach it.
    closed_conversion : float | None
        As in the whole.
    """

    value: str | None = None
    other: bool
    steps: tuple[FunnelStep, ...]
    converted: int
    pending: int
    lost: int
    closed_conversion: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel(Shown):
    """Where people stop on their way.

    Attributes
    ----------
    steps : tuple[FunnelStep, ...]
        The steps in their order.
    entered : int
        People who began.
    converted : int
        People who reached the last step.
    pending : int
        People who have not, and whose window is still open.
    lost : int
        People who have not, and whose windows have closed.
    closed_conversion : float | None
        The share that converted of the people whose counted attempt's window has closed. Unlike the conversion
        of the last step it does not fall when many have just begun. Null where no window has closed.
    breakdown : tuple[FunnelBreakdown, ...]
        The same by the value of the property, most people first.
    window : float
        Seconds that an attempt may take.
    until : float
        Unix seconds of the end of what was observed.
    explanation : Explanation
        How it was counted.
    """

    steps: tuple[FunnelStep, ...]
    entered: int
    converted: int
    pending: int
    lost: int
    closed_conversion: float | None = None
    breakdown: tuple[FunnelBreakdown, ...]
    window: float
    until: float
    explanation: Explanation


class FunnelOrder(Text):
    """In which order steps must be done."""

    ORDERED = "ordered"
    """One after the other; other events may lie between."""
    STRICT = "strict"
    """One after the other, with no other event between."""
    ANY = "any"
    """In any order."""


class Period(Text):
    """A stretch of the calendar."""

    DAY = "day"
    """A date."""
    WEEK = "week"
    """Seven days."""
    MONTH = "month"
    """A month of the Gregorian calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Shown):
    """Who comes back.

    Attributes
    ----------
    cohorts : tuple[Cohort, ...]
        Every period from the first cohort to the last, in order of time; a period in which nobody began has
        size 0.
    overall : tuple[float | None, ...]
        For each period the share of the people of all cohorts for which it is over; null where it is over for
        none.
    explanation : Explanation
        How it was counted.
    """

    cohorts: tuple[Cohort, ...]
    overall: tuple[float | None, ...]
    explanation: Explanation


class Returning(Text):
    """When a person counts as back."""

    ON = "on"
    """With an event in the period itself."""
    ON_OR_AFTER = "on_or_after"
    """With an event in the period or any later one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Users(Card):
    """Who is active, and when.

    Attributes
    ----------
    people : int
        Different people in all.
    days : tuple[DayActivity, ...]
        Each date in order.
    periods : tuple[ActivityPeriod, ...]
        Each period in order.
    stickiness : float | None
        The mean of `daily` over the mean of `monthly`, of the complete days that have both.
    explanation : Explanation
        How it was counted.
    """

    people: int
    days: tuple[DayActivity, ...]
    periods: tuple[ActivityPeriod, ...]
    stickiness: float | None = None
    explanation: Explanation


class WeekStart(Text):
    """The first day of a week."""

    MONDAY = "monday"
    """As ISO 8601 has it."""
    SUNDAY = "sunday"
    """As in North America, for instance."""
