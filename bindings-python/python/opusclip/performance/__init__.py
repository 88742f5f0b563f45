"""Which instance gets this request?

>>> from opusclip.performance import LoadBalancer
>>> lb = LoadBalancer("weighted_round_robin")
>>> for id, weight in [("a", 5), ("b", 1), ("c", 1)]:
...     lb.add_instance(id, weight=weight)
>>> "".join(lb.get_next_instance() for _ in range(7))
'aabacaa'
>>> with lb.pick() as pick:  # a success where the block ends, a failure where it raises
...     pick.id
'a'

A balancer opens no sockets and starts no threads: the host sends the requests and carries out the checks. Times are
Unix seconds or `datetime` objects; one without a time zone is read as UTC.
"""

from ._types import (
    BalancerEvent,
    BalancerEventKind,
    BalancerSnapshot,
    BalancingStrategy,
    CaseOutcome,
    DueCheck,
    EjectionReason,
    HashOptions,
    HealthCheckOptions,
    HedgingOptions,
    InstanceExplanation,
    InstanceSnapshot,
    InstanceState,
    LoadReportOptions,
    OutlierOptions,
    PickExplanation,
    PrequalOptions,
    RequestOutcome,
    ResponseTimeOptions,
    RetryBudgetOptions,
    SlowStartOptions,
    TierSnapshot,
)
from .balancer import LoadBalancer, Pick, Subset, load_balancer, run_cases

__all__ = [
    "BalancerEvent",
    "BalancerEventKind",
    "BalancerSnapshot",
    "BalancingStrategy",
    "CaseOutcome",
    "DueCheck",
    "EjectionReason",
    "HashOptions",
    "HealthCheckOptions",
    "HedgingOptions",
    "InstanceExplanation",
    "InstanceSnapshot",
    "InstanceState",
    "LoadBalancer",
    "LoadReportOptions",
    "OutlierOptions",
    "Pick",
    "PickExplanation",
    "PrequalOptions",
    "RequestOutcome",
    "ResponseTimeOptions",
    "RetryBudgetOptions",
    "SlowStartOptions",
    "Subset",
    "TierSnapshot",
    "load_balancer",
    "run_cases",
]
