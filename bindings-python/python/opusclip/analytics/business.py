"""Business figures of events: who went through steps in order, who came back, what made a figure change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _opusclip
from .._data import Data
from .._values import given
from ._types import Drivers, Experiment, Funnel, Retention, Users
from .columns import Column, Numbers, moments, numbers, people, texts


def funnel(
    *,
    time: Column,
    user: Column,
    event: Column,
    steps: Sequence[str],
    breakdown: Column | None = None,
    since: float | None = None,
    **options: Any,
) -> Funnel:
    """Say how many people went through steps in order, and where the others stopped.

    A person counts once. Who has not gone through all steps while there is still time is pending, not lost.

    Parameters
    ----------
    time : array_like
        When each event happened: ``datetime64``, microseconds since 1970 as whole numbers, or Unix seconds as floats.
    user, event : array_like
        Who did what: whole numbers or texts.
    steps : sequence of str
        The events of the steps in order.
    breakdown : array_like, optional
        A property of each event to break down by.
    since : float, optional
        Unix seconds from which entries count: the option ``from``, which Python has another use for.
    **options
        Those of the core's ``FunnelOptions``: ``window`` in seconds, ``order``, ``until`` in Unix seconds.

    Raises
    ------
    DataError
        If the columns differ in length, or a time is impossible.
    """
    wanted = given(steps=[str(step) for step in steps], **{"from": since}, **options)
    return Funnel.from_dict(_opusclip.funnel(_events(time, user, event, breakdown), wanted))


def retention(*, time: Column, user: Column, event: Column | None = None, **options: Any) -> Retention:
    """Say how many people came back in the days, weeks or months after they first came.

    Parameters
    ----------
    time : array_like
        When each event happened: ``datetime64``, microseconds since 1970 as whole numbers, or Unix seconds as floats.
    user : array_like
        Who did it: whole numbers or texts.
    event : array_like, optional
        What it was, for ``start_event`` and ``return_event``.
    **options
        Those of the core's ``RetentionOptions``: ``period`` (``day``, ``week``, ``month``), ``time_zone``, ``periods``.

    Raises
    ------
    DataError
        If the columns differ in length, or a time is impossible.
    """
    return Retention.from_dict(_opusclip.retention(_events(time, user, event), given(**options)))


def users(*, time: Column, user: Column, **options: Any) -> Users:
    """Say how many people are active by day, week and month, and who is new, returning, resurrected or dormant.

    Parameters
    ----------
    time : array_like
        When each event happened: ``datetime64``, microseconds since 1970 as whole numbers, or Unix seconds as floats.
    user : array_like
        Who did it: whole numbers or texts.
    **options
        Those of the core's ``UserOptions``: ``period`` (``day``, ``week``, ``month``), ``time_zone``, ``since`` and
        ``until`` in Unix seconds.

    Raises
    ------
    DataError
        If the columns differ in length, or a time is impossible.
    """
    return Users.from_dict(_opusclip.users(_events(time, user), given(**options)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion(Data):
    """An arm of an experiment in which each person did something or did not.

    Attributes
    ----------
    people : int
        How many people.
    converted : int
        How many of them did.
    """

    people: int
    converted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean(Data):
    """An arm of an experiment in which each person has a number.

    Attributes
    ----------
    people : int
        How many people.
    mean : float
        The mean of their numbers.
    variance : float
        The variance, with ``people - 1`` below.
    """

    people: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: Numbers) -> "Mean":
        """Return the arm of people with these numbers.

        Raises
        ------
        DataError
            If there are fewer than 2, or one is not finite.
        """
        return cls.from_dict(_opusclip.arm_of(numbers(values)))


def compare(control: Proportion | Mean, variant: Proportion | Mean, **options: Any) -> Experiment:
    """Say whether a variant is better than the control, with intervals that hold however often one looks.

    Parameters
    ----------
    control, variant : Proportion or Mean
        What was seen of the people who got each version.
    **options
        Those of the core's ``ExperimentOptions``: ``confidence``, ``planned`` people of both arms, ``variant_share``.

    Raises
    ------
    DataError
        If an arm has fewer than 2 people, or the two are of different kinds.

    Examples
    --------
    >>> from opusclip.analytics import Proportion, compare
    >>> found = compare(Proportion(people=5000, converted=500), Proportion(people=5000, converted=600))
    >>> found.verdict.value, round(found.lift, 3)
    ('higher', 0.2)
    """
    return Experiment.from_dict(_opusclip.compare(control.to_dict(), variant.to_dict(), given(**options)))


def drivers(
    *,
    after: Column,
    value: Numbers,
    dimensions: Mapping[str, Column],
    weight: Numbers | None = None,
    **options: Any,
) -> Drivers:
    """Find which parts of the whole made a figure change between two periods.

    Parameters
    ----------
    after : array_like of bool
        Whether a row belongs to the later period.
    value : array_like
        The value of each row; the figure is their sum, or with ``weight`` the sum of values over that of weights.
    dimensions : Mapping
        By name, a property of each row to divide by: whole numbers or texts.
    weight : array_like, optional
        The weight of each row, for a ratio.
    **options
        Those of the core's ``DriverOptions``: ``limit`` of the segments that are shown.

    Raises
    ------
    DataError
        If the columns differ in length, or a period has no rows.

    Examples
    --------
    >>> from opusclip.analytics import drivers
    >>> country = ["de", "fr", "de", "fr"]
    >>> found = drivers(after=[False, False, True, True], value=[100, 50, 70, 60], dimensions={"country": country})
    >>> found.change, found.top[0].value, found.top[0].contribution
    (-20.0, 'de', -30.0)
    """
    import numpy

    columns = {
        "after": numpy.ascontiguousarray(after, dtype=numpy.bool_),
        "value": numbers(value),
        "weight": None if weight is None else numbers(weight),
        "dimensions": [(str(name), texts(column)) for name, column in dimensions.items()],
    }
    return Drivers.from_dict(_opusclip.drivers(columns, given(**options)))


def _events(time: Column, user: Column, event: Column | None = None, breakdown: Column | None = None) -> dict[str, Any]:
    return {
        "time": moments(time),
        "user": people(user),
        "event": None if event is None else texts(event),
        "breakdown": None if breakdown is None else texts(breakdown),
    }
