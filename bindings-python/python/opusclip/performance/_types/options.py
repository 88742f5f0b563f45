"""Options that are dictionaries. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from collections.abc import Sequence
from typing import TypedDict

from .shared import RatePolicyKind, SelectPolicy, Weekday


class ExecutionOptions(TypedDict, total=False):
    """How actions are carried out.

    Attributes
    ----------
    timeout : float
        Seconds after which a try has failed, 0.1 to a day.
    retries : int
        Tries after the first one, 0 to 100.
    retry_delay : float
        Seconds before the second try; it doubles with each one.
    """

    timeout: float
    retries: int
    retry_delay: float


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


class HybridWeights(TypedDict, total=False):
    """How much each metric's proposal counts; one that is left out counts nothing.

    Attributes
    ----------
    cpu : float
        Of CPU usage.
    memory : float
        Of memory usage.
    request : float
        Of requests.
    response_time : float
        Of the response time.
    custom : float
        Of each of the other metrics.
    """

    cpu: float
    memory: float
    request: float
    response_time: float
    custom: float


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


class MetricTarget(TypedDict, total=False):
    """A metric with a target: the sum over all instances, such as jobs that wait.

    Attributes
    ----------
    name : str
        Its name in `ResourceMetrics::custom`.
    target_per_instance : float
        How much of it an instance should have, above 0.
    tolerance_up : float | None
        How far above its target it may be, as a share, before instances are added; the engine's where it is not
        given.
    tolerance_down : float | None
        The same below the target.
    """

    name: str
    target_per_instance: float
    tolerance_up: float | None
    tolerance_down: float | None


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


class PanicOptions(TypedDict, total=False):
    """Bursts, by the rules of the Knative Pod Autoscaler.

    Where a short window alone asks for `threshold` times the ready instances, it counts, and nothing is removed
    until a whole stable window has passed without that.

    Attributes
    ----------
    threshold : float
        How many times the ready instances are asked for, 1.1 to 1000.
    stable_window : float
        Seconds that must pass without a burst, 6 to 3600.
    """

    threshold: float
    stable_window: float


class PriceModel(TypedDict, total=False):
    """Prices of instances for an hour, in millionths of the currency unit: 41_600 is 0.0416 dollars.

    Attributes
    ----------
    currency : str
        Three letters of ISO 4217.
    on_demand_micros : int
        Of an instance on demand.
    reserved_micros : int
        Of a reserved instance, whether it runs or not.
    reserved_instances : int
        Reserved instances; they are used first.
    spot_micros : int
        Of a spot instance.
    spot_share : float
        The share of instances beyond the reserved ones that are spot, 0 to 1.
    minimum_billing : float
        Seconds that an instance is paid for at least.
    """

    currency: str
    on_demand_micros: int
    reserved_micros: int
    reserved_instances: int
    spot_micros: int
    spot_share: float
    minimum_billing: float


class Plant(TypedDict, total=False):
    """A service, its instances and what is measured of them. The same for every policy.

    Attributes
    ----------
    capacity : float
        Requests a second that an instance can do.
    service_time : float
        Milliseconds that a request takes an instance with nothing else to do.
    objective : float
        Milliseconds that a request may take; one that takes longer violates the objective.
    timeout : float
        Seconds that a request waits before it is given up.
    start_up : float
        Seconds from the start of an instance until it works: the median of a log-normal distribution.
    start_up_spread : float
        The standard deviation of its logarithm.
    start_failures : float
        The share of starts that fail after that time and begin anew, 0 to 0.9.
    breakdowns : float
        Instances that break down for each hour that one runs, 0 to 60; each is replaced.
    metric_delay : float
        Seconds from a measurement until it is seen. With a measurement each `scrape_interval`, what is seen is
        on average half of that older: 27 s for the defaults, as in Kubernetes.
    scrape_interval : float
        Seconds between two measurements, each the mean since the one before.
    lost_samples : float
        The share of measurements that are lost, 0 to 0.9.
    min_instances : int
        Fewest instances.
    max_instances : int
        Most instances.
    warm_up : float
        The share of the trace before results count, 0 to 0.9: policies learn from it.
    price : PriceModel
        What instances cost.
    """

    capacity: float
    service_time: float
    objective: float
    timeout: float
    start_up: float
    start_up_spread: float
    start_failures: float
    breakdowns: float
    metric_delay: float
    scrape_interval: float
    lost_samples: float
    min_instances: int
    max_instances: int
    warm_up: float
    price: PriceModel


class PredictionOptions(TypedDict, total=False):
    """How demand is forecast, for the strategy `predictive`.

    Attributes
    ----------
    quantile : float
        The share of times that demand should stay within what is provisioned, 0.5 to 0.999.
    step : float
        Seconds that demand is averaged over before it is forecast, 5 to 3600.
    season : float | None
        Length of a season in seconds, 600 to two weeks; a day, and where there is history of a week also that,
        where it is not given.
    shortage_cost : float | None
        What a missing instance costs, in extra instances, where models are compared; 1 to 10,000. Where it is
        not given, what makes `quantile` the cheapest choice: `quantile / (1 - quantile)`.
    half_life : float
        Seconds after which an error counts half as much, where models are compared.
    fallback_error : float
        A model is left out while its error is larger than that of repeating the last value by this factor, and
        taken again below it; 1 to 100.
    """

    quantile: float
    step: float
    season: float | None
    shortage_cost: float | None
    half_life: float
    fallback_error: float


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


class RatePolicy(TypedDict, total=False):
    """So much change in a period.

    Attributes
    ----------
    type : RatePolicyKind
        What `value` counts.
    value : int
        How many instances, or how many percent, 1 to 1,000,000.
    period : float
        The period in seconds.
    """

    type: RatePolicyKind
    value: int
    period: float


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
    """

    assumed: float
    decay: float
    failure_penalty: float


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


class ScaleToZero(TypedDict, total=False):
    """No instances while there is nothing to do. The request rate and the metrics of the user's own tell.

    Attributes
    ----------
    idle_period : float
        Seconds without anything to do before the last instance goes.
    activation_instances : int
        Instances that start when there is something to do again, 1 to 10,000.
    """

    idle_period: float
    activation_instances: int


class ScalingRules(TypedDict, total=False):
    """How fast counts change in one direction.

    The rules and the defaults are those of `behavior` in the HorizontalPodAutoscaler v2
    (`pkg/apis/autoscaling/v2/defaults.go` of Kubernetes).

    Attributes
    ----------
    stabilization_window : float
        Seconds whose proposals are looked at: instances are added up to the smallest of them, and removed down
        to the largest. 0 looks at the present one alone; at most 3600. 0 to add, 300 to remove where it is not
        given.
    select : SelectPolicy
        Which policy counts.
    policies : Sequence[RatePolicy]
        The policies; an empty list sets no limit. Where it is not given, those of `ScalingRules::up` and
        `ScalingRules::down`.
    """

    stabilization_window: float
    select: SelectPolicy
    policies: Sequence[RatePolicy]


class ScheduledBounds(TypedDict, total=False):
    """Other bounds at certain hours of certain days.

    Hours are those of a clock on a wall. Where clocks are put forward, a time that does not exist is the one an
    hour later; where they are put back, the first of the two counts (RFC 5545, section 3.3.5).

    Attributes
    ----------
    name : str
        What it is called in decisions.
    days : Sequence[Weekday]
        Days that it begins on; every day where there is none.
    start : str
        When it begins, such as `08:00`.
    end : str
        When it ends; not after `start`, it is that time of the next day.
    time_zone : str
        The time zone by its IANA name, such as `Europe/Berlin`.
    min_instances : int | None
        Fewest instances meanwhile.
    max_instances : int | None
        Most instances meanwhile.
    """

    name: str
    days: Sequence[Weekday]
    start: str
    end: str
    time_zone: str
    min_instances: int | None
    max_instances: int | None


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


class StartUp(TypedDict, total=False):
    """How long an instance takes from its start until it works.

    Attributes
    ----------
    seconds : float | None
        Seconds. Where it is not given, it is learned from actions whose instances became ready.
    initial : float
        Seconds that are believed until enough starts were seen.
    quantile : float
        The quantile of the starts seen that is believed, above 0 and below 1.
    """

    seconds: float | None
    initial: float
    quantile: float
