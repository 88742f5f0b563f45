"""Options of scaling that are dictionaries. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from collections.abc import Sequence
from typing import TypedDict

from ..._data import Text
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


class PoolReady(TypedDict, total=False):
    """When an instance counts as ready. At most one of these; without any, it is as soon as it runs.

    Attributes
    ----------
    line : str | None
        It has printed a line that contains this text on its standard output.
    tcp : bool
        Something accepts connections at its port of 127.0.0.1.
    http : str | None
        A GET of this path at its port of 127.0.0.1 is answered with a status of 200 to 399.
    seconds : float | None
        So many seconds have passed and it still runs, 0 to 3,600.
    """

    line: str | None
    tcp: bool
    http: str | None
    seconds: float | None


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


class Spread(Text):
    """Where requests go when nobody balances."""

    RANDOM = "random"
    """Anywhere, by chance: what the fluid stands for."""
    FEWEST = "fewest"
    """Where the fewest requests are: ideal sharing, which needs one place that knows them all."""


class WorkDistribution(Text):
    """How much work requests need."""

    CONSTANT = "constant"
    """All the same."""
    NORMAL = "normal"
    """Normal with a standard deviation of a twentieth of the mean: all nearly the same."""
    EXPONENTIAL = "exponential"
    """Exponential: most little, some much."""
    LOG_NORMAL = "log_normal"
    """Log-normal with a standard deviation of twice the mean: few very much."""
    BIMODAL = "bimodal"
    """Nine of ten need half the mean, one five and a half times."""


class RequestOptions(TypedDict, total=False):
    """How requests differ, where they go, and how instances begin and end.

    Attributes
    ----------
    distribution : WorkDistribution
        How much work requests need, around the plant's `service_time`.
    spread : Spread
        Where requests go without a load balancer.
    queue_limit : int
        Requests that an instance has at a time; it refuses further ones. 0 is no limit.
    retries : int
        How often a request that was refused or broken off is sent again, elsewhere; 0 to 100.
    warming : float
        Seconds until a new instance works at full speed, because its caches are cold; 0 to 3600.
    cold_speed : float
        The share of its speed that a new instance begins with, 0.01 to 1; it rises evenly.
    drain : float
        Seconds that an instance has to finish its requests once it should stop, 0 to 3600; those that are left
        break off.
    noticed : float
        Seconds from a breakdown until no more requests are sent to the instance, 0 to 3600; it refuses them.
    burst_window : float
        Seconds after an instance begins to work in which requests count as sent after growing, 1 to 3600.
    """

    distribution: WorkDistribution
    spread: Spread
    queue_limit: int
    retries: int
    warming: float
    cold_speed: float
    drain: float
    noticed: float
    burst_window: float


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
