"""Business figures of events: who went through steps in order, and who came back."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from .. import _opusclip
from .._values import given
from ._types import Funnel, Retention

#: One value for each event: an array of whole numbers, or texts.
Column: TypeAlias = Any


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
    columns = {"time": _moments(time), "user": _column(user), "event": _column(event)}
    columns["breakdown"] = None if breakdown is None else _column(breakdown)
    wanted = given(steps=[str(step) for step in steps], **{"from": since}, **options)
    return Funnel.from_dict(_opusclip.funnel(columns, wanted))


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
    columns = {"time": _moments(time), "user": _column(user), "breakdown": None}
    columns["event"] = None if event is None else _column(event)
    return Retention.from_dict(_opusclip.retention(columns, given(**options)))


def _moments(times: Column) -> Any:
    import numpy

    array = numpy.asarray(times)
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]").astype(numpy.int64)
    return numpy.ascontiguousarray(array, dtype=numpy.int64 if array.dtype.kind in "iu" else numpy.float64)


def _column(values: Column) -> Any:
    import numpy

    array = numpy.asarray(values)
    if array.dtype.kind in "iu":
        return numpy.ascontiguousarray(array, dtype=numpy.int64)
    return [None if value is None else str(value) for value in array.tolist()]
