"""What a scaling engine is told, and what it decides. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._data import Data, Text
from ..shown import Decided
from .shared import ForecastModel, ScalingAction, ScalingReason


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
    ACTION_NOT_SEEN = "action_not_seen"
    """An action was reported as done, and its count has not been seen since: it counts as failed, and no cooldown
    and no rate policy goes by it."""
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
