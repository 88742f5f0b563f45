"""How a scaling engine decides, and what is recommended. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass, field

from ..._data import Data, Text
from ..settings import Checked, default
from ..shown import Recommended
from .scaling_options import (
    ExecutionOptions,
    HybridWeights,
    MetricTarget,
    PanicOptions,
    Plant,
    PredictionOptions,
    PriceModel,
    ScaleToZero,
    ScalingRules,
    ScheduledBounds,
    StartUp,
)
from .shared import Compatibility, ScalingStrategy


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRange(Data):
    """A figure over all seeds.

    Attributes
    ----------
    low : float
        The smallest.
    median : float
        The median; of two in the middle the lower one.
    high : float
        The largest.
    """

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRange(Data):
    """A sum of money over all seeds, in millionths of the currency unit.

    Attributes
    ----------
    low : int
        The smallest.
    median : int
        The median; of two in the middle the lower one.
    high : int
        The largest.
    """

    low: int
    median: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingAlternative(Data):
    """A way of scaling as it went on the part of the history that judges.

    Attributes
    ----------
    policy : str
        Its name: `predictive`, `hybrid` and `cpu` are strategies of the engine; `hpa` is the
        HorizontalPodAutoscaler by requests, `hpa_cpu` by CPU usage; `kpa`, `target_tracking`, `fixed` (enough
        for the peak) and `oracle`, which knows the future, are policies of the simulator.
    target : float
        Its target, as the share of its capacity that an instance should have to do.
    holds : bool
        Whether the level is held with every seed.
    violations : FigureRange
        The share of requests that miss the objective.
    cost_per_day_micros : MoneyRange
        What a day costs.
    instance_hours_per_day : float
        Hours of instances a day; this and what follows are medians.
    usage : float
        The mean usage of instances that work, 0 to 1.
    p95 : float
        The response time that 5 % exceed, in milliseconds.
    busy_p95 : float
        The same in the busiest tenth of the time.
    reversals_per_day : float
        Changes of direction, a day.
    saved_per_day_micros : int
        What the recommended way saves against it, a day; below 0 where that one costs more.
    """

    policy: str
    target: float
    holds: bool
    violations: FigureRange
    cost_per_day_micros: MoneyRange
    instance_hours_per_day: float
    usage: float
    p95: float
    busy_p95: float
    reversals_per_day: float
    saved_per_day_micros: int


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
    formula : str | None
        Where given, `hybrid` takes what this gives instead of the largest, rounded up. It may name `cpu_usage`,
        `memory_usage`, `response_time`, `request_rate`, `instances`, `ready_instances` and metrics of `metrics`
        by their names; and what each metric asks for: `cpu_instances`, `memory_instances`,
        `response_time_instances`, `request_instances` (with `target_request_rate`) and `NAME_instances`. A name
        with other signs than letters, digits, `_` and `.` stands in braces; names of this project's own may be
        written as in JavaScript, too. There are `+ - * / %`, comparisons, `&& ||`, `a ? b : c`, `min`, `max`,
        `ceil`, `floor`, `round`, `abs` and `sqrt`. Where something that it names is missing, the largest of
        what is there may add instances, and nothing is removed. Where it gives no number from 0 on, nothing
        changes.
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
    formula: str | None = None
    panic: PanicOptions | None = None
    scale_to_zero: ScaleToZero | None = None
    schedules: tuple[ScheduledBounds, ...] = ()
    prediction: PredictionOptions = field(default_factory=lambda: default("prediction"))
    price: PriceModel | None = None
    execution: ExecutionOptions = field(default_factory=lambda: default("execution"))


class ScalingWarningKind(Text):
    """What a warning is about."""

    UNREACHABLE = "unreachable"
    """No settings hold the level; the best that can be had is returned."""
    TIGHTENED = "tightened"
    """What held the level in the search missed it on the rest, and was tightened until it held there, too."""
    SHORT_HISTORY = "short_history"
    """The history does not show a day, or a week, twice."""
    GAPS = "gaps"
    """Steps of the history are missing."""
    OUTAGES = "outages"
    """Traffic ended and came back at once: an outage is learned as if it were demand."""
    COARSE_STEPS = "coarse_steps"
    """Steps are so long that bursts within them cannot be seen."""
    SMALL_COUNTS = "small_counts"
    """Counts are so small that they are chance."""
    CHANGED = "changed"
    """The part that judges had much more traffic, or much less, than the part that was searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingWarning(Data):
    """Something that whoever follows a recommendation should know.

    Attributes
    ----------
    kind : ScalingWarningKind
        What it is about.
    sentence : str
        The whole in a sentence for people.
    """

    kind: ScalingWarningKind
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRecommendation(Recommended):
    """Settings that hold a service level at the least cost that was found.

    Attributes
    ----------
    config : ScalingConfig
        Ready to use. Its bounds are the smallest count that it used on the history and half as many again as
        the largest.
    reached : bool
        Whether the level is held on the part that judges, with every seed.
    violations : float
        The share of requests that may miss the objective.
    expected : ScalingAlternative
        What is to be expected, by the part that judges.
    alternatives : tuple[ScalingAlternative, ...]
        Every other way at its own best target, the cheapest that holds the level first. `hpa_cpu` comes a
        second time with the target 0.5, as many run it.
    limit : ScalingAlternative
        What knowing the future would cost: no way can cost less and hold the level.
    warnings : tuple[ScalingWarning, ...]
        What to know before it is used.
    plant : Plant
        The service that this holds for.
    searched : float
        Seconds of the history that were searched.
    judged : float
        Seconds of it that judged.
    """

    config: ScalingConfig
    reached: bool
    violations: float
    expected: ScalingAlternative
    alternatives: tuple[ScalingAlternative, ...]
    limit: ScalingAlternative
    warnings: tuple[ScalingWarning, ...]
    plant: Plant
    searched: float
    judged: float
