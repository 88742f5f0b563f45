"""Revenue and what customers are worth. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data
from ..models import PurchaseModel, ValueModel
from ..shown import Card
from .shared import Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class BgNbd(PurchaseModel, Card):
    """A fitted BG/NBD model. Times are in the unit of the customers' summaries.

    Attributes
    ----------
    r : float
        Shape of the gamma distribution of purchase rates.
    alpha : float
        Its rate, in time units.
    a : float
        First parameter of the beta distribution of leaving.
    b : float
        Second parameter.
    log_likelihood : float | None
        The logarithm of the likelihood at these parameters; null where they were given.
    customers : int
        How many customers it was fitted to.
    explanation : Explanation
        How it was fitted.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float | None = None
    customers: int
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortValue(Data):
    """Customers whose first payment was in one period.

    Attributes
    ----------
    start : float
        Unix seconds at which the period begins.
    label : str
        Its first date.
    size : int
        How many customers.
    cumulative : tuple[int | None, ...]
        Minor units they had paid, refunds taken off, up to the end of this period (0) to `periods` later; null
        where that one is not over.
    per_customer : tuple[float | None, ...]
        The same for each customer, in minor units.
    """

    start: float
    label: str
    size: int
    cumulative: tuple[int | None, ...]
    per_customer: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortValues(Card):
    """What customers have paid so far, by cohort.

    Attributes
    ----------
    currency : str
        The currency, as an ISO 4217 code; empty where there were no payments.
    cohorts : tuple[CohortValue, ...]
        Every period from the first cohort to the last.
    overall : tuple[float | None, ...]
        For each period what a customer had paid by its end, over all cohorts for which it is over.
    explanation : Explanation
        How it was counted.
    """

    currency: str
    cohorts: tuple[CohortValue, ...]
    overall: tuple[float | None, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSummary(Data):
    """What the models know of a customer.

    Attributes
    ----------
    frequency : int
        Repeat purchases: days with a payment, after the first.
    recency : float
        Time from the first to the last of them, in the unit chosen; 0 without a repeat.
    age : float
        Time from the first purchase to the end of what was observed.
    value : float
        What a repeat purchase was worth in the mean, in minor units; 0 without a repeat.
    """

    frequency: int = 0
    recency: float = 0.0
    age: float = 0.0
    value: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaGamma(ValueModel, Card):
    """A fitted gamma-gamma model. Values are in the unit of the customers' summaries.

    Attributes
    ----------
    p : float
        Shape of a customer's purchases.
    q : float
        Shape of how customers' scales vary.
    v : float
        Scale of them, in the unit of values.
    log_likelihood : float | None
        The logarithm of the likelihood at these parameters; null where they were given.
    customers : int
        How many customers it was fitted to: those with a repeat purchase.
    explanation : Explanation
        How it was fitted.
    """

    p: float
    q: float
    v: float
    log_likelihood: float | None = None
    customers: int
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Movements(Data):
    """What came and went in a period: an amount in minor units, or a number of customers.

    Attributes
    ----------
    opening : int
        At its beginning.
    new : int
        Of customers who had none at the end of any period before.
    reactivation : int
        Of customers who come back.
    expansion : int
        By which customers' MRR rose; of customers, how many.
    contraction : int
        By which it fell, not to 0; of customers, how many. Not below 0.
    churn : int
        Of customers who left. Not below 0.
    closing : int
        At its end.
    """

    opening: int
    new: int
    reactivation: int
    expansion: int
    contraction: int
    churn: int
    closing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MrrPeriod(Data):
    """Recurring revenue of one period.

    Attributes
    ----------
    start : float
        Unix seconds at which it begins.
    label : str
        Its first date.
    mrr : Movements
        MRR in minor units: `closing = opening + new + reactivation + expansion - contraction - churn`.
    customers : Movements
        Customers: `closing = opening + new + reactivation - churn`.
    arr : int
        Twelve times the closing MRR.
    logo_churn : float | None
        Customers who left, of those at the beginning; null where there were none.
    revenue_churn : float | None
        MRR of customers who left, of that at the beginning.
    net_retention : float | None
        Net revenue retention, NRR: `(opening + expansion - contraction - churn) / opening`.
    gross_retention : float | None
        Gross revenue retention, GRR: `(opening - contraction - churn) / opening`.
    complete : bool
        Whether the period is over.
    """

    start: float
    label: str
    mrr: Movements
    customers: Movements
    arr: int
    logo_churn: float | None = None
    revenue_churn: float | None = None
    net_retention: float | None = None
    gross_retention: float | None = None
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mrr(Card):
    """Recurring revenue by period.

    Attributes
    ----------
    currency : str
        The currency, as an ISO 4217 code; empty where there were no subscriptions.
    periods : tuple[MrrPeriod, ...]
        Each period in order.
    explanation : Explanation
        How it was counted.
    """

    currency: str
    periods: tuple[MrrPeriod, ...]
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenuePeriod(Data):
    """Money of one period, in minor units.

    Attributes
    ----------
    start : float
        Unix seconds at which it begins.
    label : str
        Its first date.
    gross : int
        What was paid.
    refunds : int
        What was given back, not below 0.
    net : int
        `gross - refunds`.
    payment_count : int
        How many payments.
    refund_count : int
        How many refunds.
    payers : int
        Different people who paid.
    complete : bool
        Whether the period is over.
    """

    start: float
    label: str
    gross: int
    refunds: int
    net: int
    payment_count: int
    refund_count: int
    payers: int
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revenue(Card):
    """Money by period, in minor units.

    Attributes
    ----------
    currency : str
        The currency, as an ISO 4217 code; empty where there were no payments.
    gross : int
        What was paid in all.
    refunds : int
        What was given back in all, not below 0.
    net : int
        `gross - refunds`.
    payers : int
        Different people who paid.
    periods : tuple[RevenuePeriod, ...]
        Each period in order, from the first payment to the end of what was observed.
    explanation : Explanation
        How it was counted.
    """

    currency: str
    gross: int
    refunds: int
    net: int
    payers: int
    periods: tuple[RevenuePeriod, ...]
    explanation: Explanation
