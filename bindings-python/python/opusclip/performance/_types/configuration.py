"""How a scaling engine decides. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass, field

from ..settings import Checked, default
from .scaling_options import (
    ExecutionOptions,
    HybridWeights,
    MetricTarget,
    PanicOptions,
    PredictionOptions,
    PriceModel,
    ScaleToZero,
    ScalingRules,
    ScheduledBounds,
    StartUp,
)
from .shared import Compatibility, ScalingStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingConfig(Checked):
    """Options of a `ScalingEngine`.

    Times are seconds, CPU and memory percent (0 to 100), response times milliseconds, rates requests a second.

    Attributes
    ----------
    min_instances : int
        Fewest instances, 0 to 1,000,000; 0 only with `scale_to_zero`.
    max_instances : int
        Most instances, 1 to 1,000,000.
    target_cpu_usage : float
        CPU usage that the count is made for, in percent.
    target_memory_usage : float
        Memory usage that the count is made for, in percent.
    target_response_time : float
        Response time that must not be exceeded, in milliseconds.
    target_request_rate : float | None
        Requests a second that an instance should get. Where it is not given it is learned: what an instance
        gets when its CPU usage is at its target.
    scale_up_threshold : float
        CPU or memory usage above which instances are added, in percent. Other metrics go by `tolerance`.
    scale_down_threshold : float
        CPU or memory usage below which instances are removed, in percent.
    cooldown_period : float
        Seconds after an action in which there is no other. Bounds and panic do not wait.
    strategy : ScalingStrategy
        What decides.
    compatibility : Compatibility
        Whose rules hold.
    dry_run : bool
        Decide, but say that nothing is to be done.
    tolerance_up : float | None
        How far above its target a metric may be, as a share of it, before instances are added. Given, it holds
        for CPU and memory too, instead of the thresholds. 0.1 for the others where it is not given.
    tolerance_down : float | None
        The same below the target, before instances are removed. Where a forecast is followed and this is not
        given, a band that is learned takes its place.
    scale_up : ScalingRules
        How fast instances are added.
    scale_down : ScalingRules
        How fast they are removed.
    step_size : int
        Counts change by multiples of this, 1 to 10,000; bounds come first.
    evaluation_period : float
        Seconds between evaluations. Forecasts look that much further than a start takes.
    metrics_max_age : float
        Seconds after which metrics are too old: they count as missing.
    start_up : StartUp
        How long an instance takes from its start until it works.
    metrics : tuple[MetricTarget, ...]
        More metrics with targets of their own, for every strategy but `cpu`, `memory`, `request` and
        `response_time`.
    weights : HybridWeights | None
        Where given, `hybrid` takes the weighted mean of what its metrics propose instead of the largest.
    panic : PanicOptions | None
        Bursts are followed by a short window.
    scale_to_zero : ScaleToZero | None
        No instances while there is nothing to do.
    schedules : tuple[ScheduledBounds, ...]
        Other bounds at certain hours; of those that hold at a time the largest minimum and the smallest maximum
        count.
    prediction : PredictionOptions
        How demand is forecast, for `predictive`.
    price : PriceModel | None
        What instances cost.
    execution : ExecutionOptions
        How actions are carried out.
    """

    min_instances: int = 2
    max_instances: int = 10
    target_cpu_usage: float = 70.0
    target_memory_usage: float = 80.0
    target_response_time: float = 500.0
    target_request_rate: float | None = None
    scale_up_threshold: float = 80.0
    scale_down_threshold: float = 30.0
    cooldown_period: float = 300.0
    strategy: ScalingStrategy = ScalingStrategy.HYBRID
    compatibility: Compatibility = Compatibility.OPUSCLIP
    dry_run: bool = False
    tolerance_up: float | None = None
    tolerance_down: float | None = None
    scale_up: ScalingRules = field(default_factory=lambda: default("scale_up"))
    scale_down: ScalingRules = field(default_factory=lambda: default("scale_down"))
    step_size: int = 1
    evaluation_period: float = 15.0
    metrics_max_age: float = 120.0
    start_up: StartUp = field(default_factory=lambda: default("start_up"))
    metrics: tuple[MetricTarget, ...] = ()
    weights: HybridWeights | None = None
    panic: PanicOptions | None = None
    scale_to_zero: ScaleToZero | None = None
    schedules: tuple[ScheduledBounds, ...] = ()
    prediction: PredictionOptions = field(default_factory=lambda: default("prediction"))
    price: PriceModel | None = None
    execution: ExecutionOptions = field(default_factory=lambda: default("execution"))
