"""Money: revenue, subscriptions, what customers are worth. Amounts are whole numbers of minor units, such as cents."""

from collections.abc import Iterable
from typing import Any

from .. import _opusclip
from .._values import given
from .._vector import Vector
from ._types import BgNbd, CohortValues, CustomerSummary, GammaGamma, Mrr, Revenue
from .columns import Column, currencies, mappings, moments, people, seconds, whole


def revenue(
    *, time: Column, user: Column, amount: Column, currency: str | Column, only: str | None = None, **options: Any
) -> Revenue:
    """Sum up payments and refunds by period.

    Parameters
    ----------
    time : array_like
        When each was made: ``datetime64``, microseconds since 1970 as whole numbers, or Unix seconds as floats.
    user : array_like
        Who paid: whole numbers or texts.
    amount : array_like of int
        Minor units, such as cents: payments above 0, refunds below.
    currency : str or array_like
        The ISO 4217 code of all, or that of each.
    only : str, optional
        The currency whose payments count; must be given where there are several.
    **options
        Those of the core's ``RevenueOptions``: ``period`` (``month``, ``week``, ``day``), ``time_zone``, ``until`` in
        Unix seconds.

    Raises
    ------
    DataError
        If the columns differ in length, an amount is no whole number, or amounts of several currencies would be added.

    Examples
    --------
    >>> from opusclip.analytics import revenue
    >>> found = revenue(time=[0.0, 60.0, 3e6], user=["ann", "bob", "ann"], amount=[1999, 500, -1999], currency="EUR")
    >>> found.net, found.currency
    (500, 'EUR')
    """
    wanted = given(currency=only, **options)
    return Revenue.from_dict(_opusclip.revenue(_payments(time, user, amount, currency), wanted))


def mrr(
    *,
    user: Column,
    start: Column,
    end: Column,
    amount: Column,
    months: Column,
    currency: str | Column,
    only: str | None = None,
    **options: Any,
) -> Mrr:
    """Say what subscriptions bring in a month (MRR), and what moved it.

    Parameters
    ----------
    user : array_like
        Who pays: whole numbers or texts.
    start : array_like
        When each subscription starts: ``datetime64``, microseconds since 1970 as whole numbers, or Unix seconds as
        floats.
    end : array_like
        The first moment without it, in Unix seconds or as ``datetime64``; None, NaN or NaT for one that goes on.
    amount : array_like of int
        Minor units that are paid for each interval.
    months : array_like of int
        The interval in months, 1 to 120: 12 for a yearly one.
    currency : str or array_like
        The ISO 4217 code of all, or that of each.
    only : str, optional
        The currency whose subscriptions count; must be given where there are several.
    **options
        Those of the core's ``MrrOptions``: ``period``, ``time_zone``, ``until`` in Unix seconds.

    Raises
    ------
    DataError
        As `revenue`, and if an end is before its start or an interval is not 1 to 120 months.
    """
    columns = {
        "user": people(user),
        "start": moments(start),
        "end": seconds(end),
        "amount": whole(amount),
        "months": whole(months),
        "currency": currencies(currency),
    }
    return Mrr.from_dict(_opusclip.mrr(columns, given(currency=only, **options)))


def cohort_values(
    *, time: Column, user: Column, amount: Column, currency: str | Column, only: str | None = None, **options: Any
) -> CohortValues:
    """Say what the customers of each period have paid so far, 0, 1, 2 ... periods after their first payment.

    Parameters
    ----------
    time, user, amount, currency, only
        As of `revenue`.
    **options
        Those of the core's ``CohortValueOptions``: ``period``, ``periods``, ``time_zone``, ``until``.

    Raises
    ------
    DataError
        As `revenue`.
    """
    wanted = given(currency=only, **options)
    return CohortValues.from_dict(_opusclip.cohort_values(_payments(time, user, amount, currency), wanted))


def customers(
    *, time: Column, user: Column, amount: Column, currency: str | Column, only: str | None = None, **options: Any
) -> dict[Any, CustomerSummary]:
    """Sum up each customer who paid, for `BgNbd.fit`, `GammaGamma.fit` and `lifetime_value`.

    Parameters
    ----------
    time, user, amount, currency, only
        As of `revenue`.
    **options
        Those of the core's ``SummaryOptions``: ``unit`` of times in days (7), ``time_zone``, ``until``.

    Returns
    -------
    dict
        By user, in order of their first rows, how often and how recently they bought and for how much.

    Raises
    ------
    DataError
        As `revenue`.
    """
    columns = _payments(time, user, amount, currency)
    found = _opusclip.customers(columns, given(currency=only, **options))
    keys = columns["user"]
    return {_key(keys[one["row"]]): CustomerSummary.from_dict(one["summary"]) for one in found}


def lifetime_value(
    purchases: BgNbd, values: GammaGamma, customers: Iterable[CustomerSummary], **options: Any
) -> Vector:
    """Return what each customer is expected to pay in the coming steps, in minor units, worth today.

    Parameters
    ----------
    purchases : BgNbd
        How often they buy.
    values : GammaGamma
        How much they pay each time.
    customers : iterable of CustomerSummary
        Such as ``customers(...).values()``.
    **options
        Those of the core's ``LifetimeOptions``: ``steps`` ahead (12), ``step`` in the unit of the summaries' times (1),
        ``discount`` of money a step later (0.01).

    Raises
    ------
    ConfigError
        For an option that is out of its range.
    """
    models = (purchases.to_dict(), values.to_dict())
    return Vector(_opusclip.lifetime_value(*models, mappings(customers), given(**options)))


def _payments(time: Column, user: Column, amount: Column, currency: str | Column) -> dict[str, Any]:
    columns = {"time": moments(time), "user": people(user), "amount": whole(amount)}
    return {**columns, "currency": currencies(currency)}


def _key(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
