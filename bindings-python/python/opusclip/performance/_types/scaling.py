"""What a scaling engine says, and what it is told. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._data import Data, Text
from ..settings import Checked, default
from ..shown import Decided, Standing
from .options import (
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


class ActionState(Text):
    """Where an action stands."""

    REQUESTED = "requested"
    """The host was asked."""
    WAITING = "waiting"
    """A try has failed; there will be another."""
    STARTING = "starting"
    """The host has done it; its instances are starting."""
    DONE = "done"
    """It is over: what was started works, or what was removed is gone."""
    GIVEN_UP = "given_up"
    """Every try has failed."""


class ScalingAction(Text):
    """What is to be done."""

    SCALE_UP = "scale_up"
    """Add instances."""
    SCALE_DOWN = "scale_down"
    """Remove instances."""
    NO_ACTION = "no_action"
    """Leave them as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord(Data):
    """An action.

    Attributes
    ----------
    token : str
        Its token.
    action : ScalingAction
        What it does.
    current_instances : int
        Instances that there were.
    target_instances : int
        Instances that there should be.
    state : ActionState
        Where it stands.
    attempts : int
        Tries so far.
    requested : float
        When it was first asked for, in Unix seconds.
    changed : float
        When the state changed last; while it waits, when the next try is due.
    ready_after : float | None
        Seconds from the request until its instances worked.
    error : str | None
        What the last failed try said.
    """

    token: str
    action: ScalingAction
    current_instances: int
    target_instances: int
    state: ActionState
    attempts: int
    requested: float
    changed: float
    ready_after: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStats(Data):
    """Sums over all actions.

    Attributes
    ----------
    requested : int
        Actions that the host was asked for.
    succeeded : int
        Those that it has done.
    failed : int
        Those that were given up.
    failed_attempts : int
        Tries that failed.
    success_rate : float | None
        The share of those that ended that succeeded, 0 to 1.
    reversals : int
        Actions that turned the direction of the one before.
    ready_after_median : float | None
        Seconds until started instances worked, the median of the latest starts.
    """

    requested: int
    succeeded: int
    failed: int
    failed_attempts: int
    success_rate: float | None = None
    reversals: int
    ready_after_median: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult(Data):
    """What became of a case.

    Attributes
    ----------
    id : str
        The case's id.
    kind : str
        Its kind.
    passed : bool
        Whether the engine says what is expected.
    detail : str
        Where it does not: what it says instead.
    """

    id: str
    kind: str
    passed: bool
    detail: str


class Compatibility(Text):
    """Whose rules turn a metric into a count."""

    OPUSCLIP = "opusclip"
    """Thresholds say when to act, targets how far; a cooldown follows each action."""
    HPA = "hpa"
    """Those of the Kubernetes HorizontalPodAutoscaler v2, to the letter: tolerance instead of thresholds, integer
    percent, no cooldown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport(Data):
    """What instances have cost since the first evaluation, and what others would have.

    Attributes
    ----------
    currency : str
        Three letters of ISO 4217.
    seconds : float
        Seconds that were counted.
    instance_hours : float
        Hours of instances.
    cost_micros : int
        What they cost, in millionths of the currency unit.
    per_hour_micros : int
        What the present count costs for an hour.
    fixed_micros : int
        What `max_instances` would have cost all the time.
    hpa_micros : int | None
        What the HorizontalPodAutoscaler would have cost with the same targets and bounds and its own defaults:
        its rules on the load that was measured, told by CPU usage; none where that was never measured.
    saved_against_fixed_micros : int
        What was saved against the fixed count.
    saved_against_hpa_micros : int | None
        What was saved against that autoscaler.
    """

    currency: str
    seconds: float
    instance_hours: float
    cost_micros: int
    per_hour_micros: int
    fixed_micros: int
    hpa_micros: int | None = None
    saved_against_fixed_micros: int
    saved_against_hpa_micros: int | None = None


class ForecastModel(Text):
    """A model of demand."""

    LAST_VALUE = "last_value"
    """The last step again."""
    LEVEL = "level"
    """The mean of the last steps."""
    RISE = "rise"
    """The last step, and what it lies above the mean of the last two minutes once more: what rises goes on for a
    while."""
    TREND = "trend"
    """The level with a damped trend (Gardner and McKenzie 1985)."""
    SEASON = "season"
    """The level, moved as it moved a season (a day) ago."""
    WEEK = "week"
    """The level, moved as it moved a week ago."""
    SEASON_AND_RISE = "season_and_rise"
    """The last step, moved so, with its rise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandForecast(Data):
    """What is forecast for a time ahead, in the unit of demand.

    Attributes
    ----------
    model : ForecastModel
        The model that says so.
    horizon : float
        Seconds ahead.
    value : float
        What is expected.
    upper : float
        What is exceeded as seldom as was asked.
    lower : float
        What demand falls below as seldom.
    """

    model: ForecastModel
    horizon: float
    value: float
    upper: float
    lower: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastAccuracy(Data):
    """How good forecasts of a model have been, with older errors counting less.

    Attributes
    ----------
    model : ForecastModel
        The model.
    chosen : bool
        Whether it is the one that is believed.
    mase : float
        Its mean absolute error by that of repeating the last value over the same time (MASE).
    bias : float
        Its mean error by the mean of demand; above 0 it says too much.
    coverage : float
        The share of times that demand stayed within `upper`.
    interval_coverage : float
        The share of times that it stayed between `lower` and `upper`.
    cost : float
        What it would have cost, in the unit of demand for each step.
    """

    model: ForecastModel
    chosen: bool
    mase: float
    bias: float
    coverage: float
    interval_coverage: float
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyModel(Data):
    """A curve of response times by the rate of an instance.

    Attributes
    ----------
    service_time : float
        Response time of an instance with nothing else to do, in milliseconds.
    capacity : float
        Requests a second that an instance can do at most.
    """

    service_time: float
    capacity: float


class PodPhase(Text):
    """What a pod is doing."""

    PENDING = "pending"
    """It has not started yet."""
    RUNNING = "running"
    """It runs."""
    SUCCEEDED = "succeeded"
    """It has ended well."""
    FAILED = "failed"
    """It has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod(Data):
    """A pod, or any instance, with its own sample.

    Attributes
    ----------
    request : float
        What it has asked for, in the unit of `usage`: millicores or bytes. It counts for utilisation alone.
    usage : float | None
        What it uses; none where there is no sample.
    ready : bool
        Whether it takes requests.
    phase : PodPhase
        What it is doing.
    deleting : bool
        Whether it is being removed.
    initializing : bool
        Whether it started within the CPU initialisation period (300 s) and its sample covers no whole window
        since it became ready: what it uses says nothing yet.
    """

    request: float = 1000.0
    usage: float | None = None
    ready: bool = True
    phase: PodPhase = PodPhase.RUNNING
    deleting: bool = False
    initializing: bool = False


class ProposalSource(Text):
    """Where a proposal comes from."""

    CPU = "cpu"
    """CPU usage."""
    MEMORY = "memory"
    """Memory usage."""
    REQUEST = "request"
    """Requests a second."""
    RESPONSE_TIME = "response_time"
    """The response time."""
    CUSTOM = "custom"
    """A metric of the user's own."""
    FORECAST = "forecast"
    """What demand is forecast to be."""
    PANIC = "panic"
    """A burst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceMetrics(Data):
    """What is measured of a service at a time.

    What is not measured is left out; at least one of the numbers is needed to change anything.

    Attributes
    ----------
    cpu_usage : float | None
        Mean CPU usage of the ready instances in percent, 0 to 100.
    memory_usage : float | None
        Their mean memory usage in percent, 0 to 100.
    response_time : float | None
        Response time in milliseconds.
    request_rate : float | None
        Requests a second, of all instances together.
    burst_request_rate : float | None
        Requests a second of the last seconds, for `panic`; `request_rate` where it is not given.
    custom : Mapping[str, float]
        Metrics of the user's own by their names in `metrics`, each the sum over all instances.
    instances : int | None
        Instances that there are, those that are starting among them. Where it is not given, the engine goes by
        what its own actions have made of it.
    ready_instances : int | None
        Those that work; all of them where it is not given.
    pods : tuple[Pod, ...]
        Each instance with its own CPU sample: in `hpa` these count instead of `cpu_usage`.
    timestamp : float | None
        When it was measured, in Unix seconds; now where it is not given.
    """

    cpu_usage: float | None = None
    memory_usage: float | None = None
    response_time: float | None = None
    request_rate: float | None = None
    burst_request_rate: float | None = None
    custom: Mapping[str, float] = field(default_factory=dict)
    instances: int | None = None
    ready_instances: int | None = None
    pods: tuple[Pod, ...] = ()
    timestamp: float | None = None


class ScalingStrategy(Text):
    """What decides how many instances there should be."""

    CPU = "cpu"
    """CPU usage by its target."""
    MEMORY = "memory"
    """Memory usage by its target."""
    REQUEST = "request"
    """Requests a second by their target for an instance."""
    RESPONSE_TIME = "response_time"
    """The response time, by a curve learned from the service's own samples."""
    HYBRID = "hybrid"
    """All of these: the largest proposal grows, and only agreement shrinks."""
    PREDICTIVE = "predictive"
    """`hybrid`, and what demand is forecast to be when instances started now are ready."""


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
        given, what the forecast keeps in reserve against chance takes its place.
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


class ScalingReason(Text):
    """Why a decision is what it is. Those that the HorizontalPodAutoscaler has are named as there."""

    DESIRED_WITHIN_RANGE = "DesiredWithinRange"
    """The count that the metrics ask for lies within all limits."""
    WITHIN_TOLERANCE = "WithinTolerance"
    """No metric is far enough from its target."""
    SCALE_UP_LIMIT = "ScaleUpLimit"
    """It may not grow faster."""
    SCALE_DOWN_LIMIT = "ScaleDownLimit"
    """It may not shrink faster."""
    TOO_MANY_REPLICAS = "TooManyReplicas"
    """The metrics ask for more than the maximum."""
    TOO_FEW_REPLICAS = "TooFewReplicas"
    """They ask for fewer than the minimum."""
    SCALE_UP_STABILIZED = "ScaleUpStabilized"
    """A smaller proposal of the last while holds growth back."""
    SCALE_DOWN_STABILIZED = "ScaleDownStabilized"
    """A larger one holds shrinking back."""
    BELOW_MINIMUM = "BelowMinimum"
    """There were fewer instances than the minimum; no metric was asked."""
    ABOVE_MAXIMUM = "AboveMaximum"
    """There were more than the maximum; no metric was asked."""
    STEP_SIZE = "StepSize"
    """Counts change by multiples of `step_size`."""
    COOLDOWN = "Cooldown"
    """An action was taken a short while ago."""
    ACTION_PENDING = "ActionPending"
    """An action is being carried out."""
    NO_METRICS = "NoMetrics"
    """Every metric is missing."""
    PARTIAL_METRICS = "PartialMetrics"
    """A metric is missing, and the others would remove instances."""
    STALE_METRICS = "StaleMetrics"
    """The metrics are too old."""
    CLOCK_WENT_BACK = "ClockWentBack"
    """The clock went back; times that are remembered were moved with it."""
    PANIC = "Panic"
    """A burst is followed."""
    ACTIVATED = "Activated"
    """There is something to do again."""
    IDLE = "Idle"
    """There has been nothing to do for long enough."""
    SCALING_DISABLED = "ScalingDisabled"
    """Somebody has set the count to 0, which switches scaling off (`hpa` alone)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingLimit(Data):
    """A limit that changed a count on its way.

    Attributes
    ----------
    reason : ScalingReason
        Which one.
    wanted : int
        What was wanted.
    allowed : int
        What is left of it.
    """

    reason: ScalingReason
    wanted: int
    allowed: int


class ScalingNoteKind(Text):
    """What a `ScalingNote` is about."""

    CHANGED_BY_OTHERS = "changed_by_others"
    """Somebody else has changed the number of instances."""
    CLOCK_WENT_BACK = "clock_went_back"
    """The clock went back by so many seconds."""
    MEASURED_IN_FUTURE = "measured_in_future"
    """The metrics carry a time that has not come yet; they count as measured now."""
    TARGET_BELOW_SERVICE_TIME = "target_below_service_time"
    """The response time cannot reach its target by adding instances: one with nothing else to do takes longer."""
    FORECAST_DISTRUSTED = "forecast_distrusted"
    """A model was left out of forecasts, because it has been worse than repeating the last value."""
    SCHEDULED = "scheduled"
    """The bounds are those of a schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingNote(Data):
    """Something that was noticed and does not decide by itself.

    Attributes
    ----------
    kind : ScalingNoteKind
        What it is about.
    expected : int | None
        How many there should have been.
    found : int | None
        How many there are.
    seconds : float | None
        How far.
    service_time : float | None
        What an instance with nothing else to do takes, in milliseconds.
    model : ForecastModel | None
        Which one.
    error_ratio : float | None
        Its error by that of repeating the last value.
    name : str | None
        Its name.
    """

    kind: ScalingNoteKind
    expected: int | None = None
    found: int | None = None
    seconds: float | None = None
    service_time: float | None = None
    model: ForecastModel | None = None
    error_ratio: float | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingProposal(Data):
    """What one metric asks for.

    Attributes
    ----------
    source : ProposalSource
        Where it comes from.
    name : str | None
        The name of a metric of the user's own.
    value : float | None
        What was measured or forecast, in the unit of the metric.
    target : float | None
        Its target in the same unit: for an instance, where the value is a sum.
    instances : int | None
        How many instances it asks for; none where it is missing.
    """

    source: ProposalSource
    name: str | None = None
    value: float | None = None
    target: float | None = None
    instances: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingDecision(Decided):
    """What is to be done, and why.

    Attributes
    ----------
    id : int
        Counts up with each decision of an engine.
    time : float
        When, in Unix seconds.
    action : ScalingAction
        What is to be done.
    current_instances : int
        Instances that there are, those that are starting among them.
    target_instances : int
        Instances that there should be.
    desired_instances : int | None
        What the metrics ask for, before any limit; none where they do not say.
    reason : ScalingReason
        Why.
    sentence : str
        The whole in a sentence for people.
    proposals : tuple[ScalingProposal, ...]
        What each metric asks for.
    limits : tuple[ScalingLimit, ...]
        Limits that changed the count, in their order.
    notes : tuple[ScalingNote, ...]
        What else was noticed.
    confidence : float
        How much of what was expected was measured, and how fresh it is, 0 to 1.
    cost_per_hour_micros : int | None
        What the change costs more (or, below 0, less) for an hour, in millionths of the currency unit; none
        without a price.
    next_change : float | None
        When the limit that holds a change back ends, or this action's cooldown does, in Unix seconds; none
        where nothing is known to hold.
    panic : bool
        Whether a burst is being followed.
    dry_run : bool
        Whether nothing is to be carried out.
    """

    id: int
    time: float
    action: ScalingAction
    current_instances: int
    target_instances: int
    desired_instances: int | None = None
    reason: ScalingReason
    sentence: str
    proposals: tuple[ScalingProposal, ...]
    limits: tuple[ScalingLimit, ...]
    notes: tuple[ScalingNote, ...]
    confidence: float
    cost_per_hour_micros: int | None = None
    next_change: float | None = None
    panic: bool
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRecord(Data):
    """What is remembered of a decision.

    Attributes
    ----------
    time : float
        When, in Unix seconds.
    action : ScalingAction
        What was decided.
    current_instances : int
        Instances that there were.
    target_instances : int
        Instances that there should be.
    reason : ScalingReason
        Why.
    """

    time: float
    action: ScalingAction
    current_instances: int
    target_instances: int
    reason: ScalingReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRequest(Data):
    """What the host is to do now.

    Attributes
    ----------
    token : str
        The same for every try of an action.
    action : ScalingAction
        What to do.
    current_instances : int
        Instances that there were.
    target_instances : int
        Instances that there should be.
    attempt : int
        1 for the first try.
    deadline : float
        When this try has failed, in Unix seconds.
    """

    token: str
    action: ScalingAction
    current_instances: int
    target_instances: int
    attempt: int
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingStatus(Standing):
    """An engine at a moment.

    Attributes
    ----------
    time : float
        When, in Unix seconds.
    strategy : ScalingStrategy
        What decides.
    compatibility : Compatibility
        Whose rules hold.
    dry_run : bool
        Whether nothing is carried out.
    current_instances : int | None
        Instances that there are; none before the first evaluation.
    min_instances : int
        Fewest instances now.
    max_instances : int
        Most instances now.
    panic : bool
        Whether a burst is followed.
    cooldown_until : float | None
        When the cooldown ends, in Unix seconds; none where there is none.
    decisions : int
        Decisions so far.
    last_decision : ScalingRecord | None
        The last one.
    actions : ActionStats
        What became of actions.
    start_up : float
        Seconds that a start takes: given, learned, or believed until then.
    learned_request_rate : float | None
        Requests a second that an instance gets at the CPU target, as learned.
    latency : LatencyModel | None
        The curve of response times, as learned.
    forecast : DemandForecast | None
        What demand is forecast to be.
    accuracy : tuple[ForecastAccuracy, ...]
        How good each model's forecasts have been.
    cost : CostReport | None
        What instances have cost; none without a price.
    """

    time: float
    strategy: ScalingStrategy
    compatibility: Compatibility
    dry_run: bool
    current_instances: int | None = None
    min_instances: int
    max_instances: int
    panic: bool
    cooldown_until: float | None = None
    decisions: int
    last_decision: ScalingRecord | None = None
    actions: ActionStats
    start_up: float
    learned_request_rate: float | None = None
    latency: LatencyModel | None = None
    forecast: DemandForecast | None = None
    accuracy: tuple[ForecastAccuracy, ...]
    cost: CostReport | None = None
