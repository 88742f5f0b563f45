"""Spreading requests over instances."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from .. import _opusclip
from .._opusclip import Pick, Subset
from .._values import given, plain
from ._types import (
    BalancerEvent,
    BalancerSnapshot,
    BalancingStrategy,
    CaseOutcome,
    DueCheck,
    HashOptions,
    HealthCheckOptions,
    HedgingOptions,
    InstanceChanges,
    InstanceSpec,
    LoadReportOptions,
    OutlierOptions,
    PickExplanation,
    PrequalOptions,
    ResponseTimeOptions,
    RetryBudgetOptions,
    SlowStartOptions,
)

#: Unix seconds or a moment; one without a time zone is in UTC.
Time: TypeAlias = float | datetime

__all__ = ["LoadBalancer", "Pick", "Subset", "load_balancer", "run_cases"]


class LoadBalancer(_opusclip.Balancer):
    """Picks an instance for each request and learns from the results.

    All methods may be called from any thread. A pick takes no lock and no frame of Python's own.

    Parameters
    ----------
    strategy : BalancingStrategy, optional
        How an instance is chosen, default ``least_response_time``.
    seed : int, optional
        Where chance begins, default 0. Balancers of one service should have different ones, lest all begin with the
        same instance.
    local_zone : str, optional
        The zone of whoever asks: its instances are preferred while enough of them are well.
    overprovisioning_factor : float, optional
        A tier or zone takes all its requests until the share of its healthy instances falls below 1 by this, default
        1.4.
    panic_threshold : float, optional
        A tier with fewer healthy instances than this many percent sends to all of them, well or not, where the other
        tiers cannot help either, default 50; 0 never does.
    max_connections : int, optional
        Requests that an instance may have at a time where it says nothing else; 0, the default, is no limit.
    max_requests : int, optional
        Requests that may be in flight at a time, over all instances; 0, the default, is no limit. Those beyond are a
        `LimitError` at once: nothing waits here.
    max_retries : int, optional
        Retries and hedges that may be in flight at a time, over all instances; 0, the default, is no limit beside the
        retry budget. Those beyond are a `LimitError`. Requests that wait for a connection are the client's: limit them
        where its connections are.
    slow_start : SlowStartOptions, optional
        Instances that join or recover get their share step by step.
    health_check : HealthCheckOptions, optional
        Checks that the host carries out (`due_checks`); none by default.
    outlier : OutlierOptions or False, optional
        Instances whose results are bad are left alone for a while; `False` leaves none alone.
    retry_budget : RetryBudgetOptions, optional
        How many requests may be retried.
    hedging : HedgingOptions, optional
        When a second instance is asked as well (`hedge_delay`).
    load_reports : LoadReportOptions, optional
        What reports of load do to weights (`report_load`).
    hash : HashOptions, optional
        Of the strategies that hash a key.
    response_time : ResponseTimeOptions, optional
        Of the strategies that measure response times.
    prequal : PrequalOptions, optional
        Of ``prequal``.

    Raises
    ------
    ConfigError
        For an option that is out of its range; it names it.
    """

    def __new__(
        cls,
        strategy: BalancingStrategy | str | None = None,
        *,
        seed: int | None = None,
        local_zone: str | None = None,
        overprovisioning_factor: float | None = None,
        panic_threshold: float | None = None,
        max_connections: int | None = None,
        max_requests: int | None = None,
        max_retries: int | None = None,
        slow_start: SlowStartOptions | None = None,
        health_check: HealthCheckOptions | None = None,
        outlier: OutlierOptions | Literal[False] | None = None,
        retry_budget: RetryBudgetOptions | None = None,
        hedging: HedgingOptions | None = None,
        load_reports: LoadReportOptions | None = None,
        hash: HashOptions | None = None,
        response_time: ResponseTimeOptions | None = None,
        prequal: PrequalOptions | None = None,
    ) -> "LoadBalancer":
        """Make a balancer without instances."""
        options = given(
            strategy=strategy,
            seed=seed,
            local_zone=local_zone,
            overprovisioning_factor=overprovisioning_factor,
            panic_threshold=panic_threshold,
            max_connections=max_connections,
            max_requests=max_requests,
            max_retries=max_retries,
            slow_start=slow_start,
            health_check=health_check,
            outlier=outlier,
            retry_budget=retry_budget,
            hedging=hedging,
            load_reports=load_reports,
            hash=hash,
            response_time=response_time,
            prequal=prequal,
        )
        if outlier is False:
            # What is not given is the default, which is not nothing.
            options["outlier"] = None
        return super().__new__(cls, options)

    def add_instance(
        self,
        id: str,
        *,
        weight: float | None = None,
        tier: int | None = None,
        zone: str | None = None,
        metadata: Mapping[str, str] | None = None,
        max_connections: int | None = None,
        now: Time | None = None,
    ) -> None:
        """Add an instance. The next pick sees it.

        Parameters
        ----------
        id : str
            What it is called, such as its address.
        weight : float, optional
            Its share of requests beside the others' weights, default 1.
        tier : int, optional
            0, the default, comes first; those of higher tiers are asked when lower ones are not well enough.
        zone : str, optional
            Where it stands, such as ``eu-west-1a``.
        metadata : Mapping, optional
            Words by which subsets are chosen.
        max_connections : int, optional
            Requests that it may have at a time, default the balancer's own limit; 0 is none.
        now : float or datetime, optional
            When it joins, default the system's clock.

        Raises
        ------
        ConfigError
            For an id that is there already or is none, and for an impossible weight or tier.
        """
        options = given(weight=weight, tier=tier, zone=zone, metadata=metadata, max_connections=max_connections)
        self.add(id, options, now)

    def set_instances(
        self,
        instances: Iterable[InstanceSpec | Mapping[str, Any]],
        *,
        drain: float = 30.0,
        now: Time | None = None,
    ) -> InstanceChanges:
        """Have these instances and no others. Those that stay keep what was learned of them.

        Parameters
        ----------
        instances : iterable of InstanceSpec
            All that there are, such as `instances_of_addresses` gives them. A list that is not valid changes nothing.
        drain : float
            Seconds in which requests of those that are wanted no more may end, default 30; with 0 they go at once.
        now : float or datetime, optional
            When this is so, default the system's clock.

        Raises
        ------
        ConfigError
            For an id that is none or there twice, and for an impossible weight or tier, with its place in the list.
        """
        changes = self.set_instance_list([plain(instance) for instance in instances], drain, now)
        return InstanceChanges.from_dict(changes)

    def due_checks(self, *, most: int | None = None, now: Time | None = None) -> tuple[DueCheck, ...]:
        """Return the checks that the host should carry out now, and answer with `report_check`.

        `HealthChecker` does so.

        Parameters
        ----------
        most : int, optional
            So many at most, those that have waited longest; others stay due.
        now : float or datetime, optional
            Default the system's clock.
        """
        return tuple(map(DueCheck.from_dict, self.due_check_list(most, now)))

    def snapshot(self, *, now: Time | None = None) -> BalancerSnapshot:
        """Return all instances as they are now. Rates are since the last snapshot."""
        return BalancerSnapshot.from_dict(self.snapshot_data(now))

    def explain(
        self, *, exclude: Iterable[str] = (), subset: Subset | None = None, now: Time | None = None
    ) -> PickExplanation:
        """Say what would become of a request now, instance by instance. Nothing is picked and nothing changes."""
        return PickExplanation.from_dict(self.explanation(exclude, subset, now))

    def take_events(self) -> tuple[BalancerEvent, ...]:
        """Return what happened to instances since the last call, the oldest first; the latest 10,000 are kept."""
        return tuple(map(BalancerEvent.from_dict, self.event_list()))

    def _repr_html_(self) -> str:
        return self.snapshot()._repr_html_()

    def __repr__(self) -> str:
        return f"LoadBalancer({self.options['strategy']}, {len(self.instance_ids)} instances)"


load_balancer = LoadBalancer()
"""One balancer for the whole process."""


def run_cases(text: str) -> tuple[CaseOutcome, ...]:
    """Put cases with known results through the engine: the text of a JSON file of them.

    Raises
    ------
    DataError
        If it is no JSON, or has no list of cases. A case that cannot be understood has failed.
    """
    return tuple(map(CaseOutcome.from_dict, _opusclip.balance_cases(text)))
