"""What a scaling engine says of itself. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data
from ..shown import Standing
from .shared import Compatibility, ForecastModel, ScalingAction, ScalingReason, ScalingStrategy


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
    next_day_micros : int | None
        What the next 24 hours will cost if they are as the last 24 were, or as long as it was counted; none
        before an hour was.
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
    next_day_micros: int | None = None
    fixed_micros: int
    hpa_micros: int | None = None
    saved_against_fixed_micros: int
    saved_against_hpa_micros: int | None = None


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
