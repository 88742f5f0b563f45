"""Options of a load balancer that are dictionaries. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from typing import TypedDict


class HashOptions(TypedDict, total=False):
    """Options of the strategies that hash a key: `ring_hash`, `maglev`, `rendezvous`.

    Attributes
    ----------
    balance_factor : float | None
        No instance takes more than this many percent of the average number of requests in flight; the next one
        for the key takes what is more. 110 to 1000, useful are 125 to 200; none by default (Mirrokni et al.,
        "Consistent hashing with bounded loads", 2018).
    points_per_weight : int
        Points on the ring for each unit of weight, 1 to 100,000.
    table_size : int
        Entries of Maglev's table: a prime from 251 to 5,000,011. A larger one is used where there are more
        instances than a hundredth of it.
    """

    balance_factor: float | None
    points_per_weight: int
    table_size: int


class HealthCheckOptions(TypedDict, total=False):
    """Options of active checks.

    Attributes
    ----------
    interval : float
        Seconds between checks of an instance.
    unhealthy_interval : float
        Seconds between checks of an instance that is not well.
    jitter_percent : float
        Checks come earlier or later by up to this many percent, lest all callers check at once; 0 to 50.
    timeout : float
        A check without an answer for this many seconds has failed.
    rise : int
        Checks in a row that must pass until an instance is well again, 1 to 1,000.
    fall : int
        Checks in a row that must fail until it is not, 1 to 1,000.
    healthy_at_first : bool
        Whether an instance gets requests before it was checked.
    """

    interval: float
    unhealthy_interval: float
    jitter_percent: float
    timeout: float
    rise: int
    fall: int
    healthy_at_first: bool


class HedgingOptions(TypedDict, total=False):
    """When a second instance is asked beside the first.

    Attributes
    ----------
    quantile : float
        A request that takes longer than this quantile of the recent ones may be hedged; 0.5 to 0.999.
    min_results : int
        Nothing is hedged before so many results are known.
    """

    quantile: float
    min_results: int


class LoadReportOptions(TypedDict, total=False):
    """Options of weights from load reports.

    Attributes
    ----------
    blackout : float
        Seconds that an instance must report before it is believed.
    expiration : float
        A report without a later one counts for so many seconds.
    error_penalty : float
        A failure counts as so many times the use that a request makes of an instance.
    """

    blackout: float
    expiration: float
    error_penalty: float


class OutlierOptions(TypedDict, total=False):
    """Options of ejection.

    Of each rule that says `enforce`, so many percent of the ejections it asks for are carried out.

    Attributes
    ----------
    interval : float
        Seconds between looks at success rates and the like.
    consecutive_failures : int
        Failures of any kind in a row; 0 does not look at them.
    consecutive_gateway_failures : int
        Gateway failures in a row (502, 503, 504); 0 does not look at them.
    consecutive_local_failures : int
        Failures to reach the instance in a row; 0 does not look at them.
    split_local_failures : bool
        Failures to reach the instance count as nothing else.
    base_ejection_time : float
        Seconds of the first ejection; the n-th in a row takes n times as long.
    max_ejection_time : float
        But no longer than so many seconds, or `base_ejection_time`.
    max_ejection_percent : float
        Of all instances at most this many percent are ejected at a time, but one may always be.
    enforce_success_rate : float
        Of ejections for a low success rate so many percent are carried out.
    success_rate_deviations : float
        A success rate is low where it is so many standard deviations below the mean of all instances.
    enforce_failure_percentage : float
        Of ejections for a high percentage of failures so many percent are carried out.
    failure_percentage : float
        This percentage of failures is high.
    enforce_latency : float
        Of ejections for slowness so many percent are carried out.
    latency_factor : float
        An instance is slow whose median response time is so many times that of the median instance.
    min_instances : int
        Rates are compared where so many instances have enough results.
    min_results : int
        So many results in an interval are enough.
    """

    interval: float
    consecutive_failures: int
    consecutive_gateway_failures: int
    consecutive_local_failures: int
    split_local_failures: bool
    base_ejection_time: float
    max_ejection_time: float
    max_ejection_percent: float
    enforce_success_rate: float
    success_rate_deviations: float
    enforce_failure_percentage: float
    failure_percentage: float
    enforce_latency: float
    latency_factor: float
    min_instances: int
    min_results: int


class PrequalOptions(TypedDict, total=False):
    """Options of `prequal` (Wydrowski et al., "Load is not what you should balance", NSDI 2024).

    Attributes
    ----------
    pool_size : int
        Probes that are kept, 2 to 1,000.
    hot_quantile : float
        An instance is hot if it has more requests in flight than this quantile of the pool; 0 looks at these
        alone, 1 at response times alone.
    max_age : float
        Seconds after which a probe is too old.
    probe_rate : float
        Probes that the host sends for each request; decides how often one may be used.
    remove_rate : float
        Probes that are removed with each request, the oldest and the worst by turns.
    reuse_slack : float
        How many more uses of a probe than are needed are allowed.
    """

    pool_size: int
    hot_quantile: float
    max_age: float
    probe_rate: float
    remove_rate: float
    reuse_slack: float


class ResponseTimeOptions(TypedDict, total=False):
    """Options of the strategies that measure response times.

    Attributes
    ----------
    assumed : float
        Seconds that an instance without a result is assumed to need.
    decay : float
        Seconds in which an observation loses about two thirds of its weight.
    failure_penalty : float
        Seconds that a failure counts as at least.
    weights : bool
        Weights follow response times: an instance that takes twice as long as the one in the middle counts
        half. For strategies that go by weights and measure nothing themselves; keys move as weights change.
    """

    assumed: float
    decay: float
    failure_penalty: float
    weights: bool


class RetryBudgetOptions(TypedDict, total=False):
    """Options of the budget of retries.

    A share of all requests and a few more, so that retries never multiply the load of instances that fail because
    they have too much to do.

    Attributes
    ----------
    percent : float
        Retries for each hundred requests, 0 to 1,000.
    min_per_second : float
        Retries a second beside these, for callers with few requests; 0 to 1,000,000.
    window : float
        What was not used is forgotten after this many seconds; 0.1 to 3,600.
    """

    percent: float
    min_per_second: float
    window: float


class SlowStartOptions(TypedDict, total=False):
    """Options of slow start, which works with every strategy.

    An instance that was chosen gets the request with the probability of its share, otherwise another one is chosen.

    Attributes
    ----------
    window : float
        Seconds until an instance has its whole share; 0 gives it at once.
    aggression : float
        1 rises evenly, more rises faster at first; 0.01 to 100.
    min_weight_percent : float
        The share at the beginning, in percent, so that no instance starves; 1 to 100.
    """

    window: float
    aggression: float
    min_weight_percent: float
