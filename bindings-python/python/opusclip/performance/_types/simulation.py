"""Recorded traffic, played again. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data
from ..._vector import Vector
from ..settings import Traffic
from ..shown import Compared
from .scaling_options import Plant


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFigures(Data):
    """What came of requests, one by one.

    Counts are of the requests that came once results counted; shares are 0 to 1.

    Attributes
    ----------
    arrived : int
        Requests that came.
    answered : int
        Those that were answered.
    refused : int
        Those that no instance took, for want of one or because of `queue_limit`.
    broken_off : int
        Those that broke off with their instance.
    timed_out : int
        Those that were given up after the timeout.
    in_flight : int
        Those that were still being worked on at the end.
    attempts_per_request : float
        Attempts by request: 1 without retries.
    bursts : int
        Stretches of time after growing: those in which some instance had begun to work less than `burst_window`
        ago.
    burst_violations : float
        The share of requests over the objective, or given up, in such a stretch: the mean of all stretches. 0
        without any.
    calm_violations : float
        The same share at all other times.
    """

    arrived: int
    answered: int
    refused: int
    broken_off: int
    timed_out: int
    in_flight: int
    attempts_per_request: float
    bursts: int
    burst_violations: float
    calm_violations: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingCourse(Data):
    """What a run was like, from its beginning: each point stands for the time since the one before.

    Attributes
    ----------
    times : Vector
        Ends of the stretches, in Unix seconds.
    rates : Vector
        Requests a second.
    instances : Vector
        Instances at the end of each stretch, those that are starting among them.
    ready : Vector
        Those of them that work.
    response_times : Vector
        The longest response time, in milliseconds.
    violations : Vector
        Requests that turned out to be over the objective or were given up, as a share of those that came, 0 to
        1.
    """

    times: Vector
    rates: Vector
    instances: Vector
    ready: Vector
    response_times: Vector
    violations: Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingSimulation(Data):
    """What came of it. Response times are milliseconds.

    Attributes
    ----------
    requests : float
        Requests that came.
    violations : float
        The share of them that took longer than the objective or were given up, 0 to 1.
    violating_minutes : float
        The share of minutes in which more than a hundredth of the requests did.
    dropped : float
        The share of requests that were given up.
    instance_hours : float
        Hours of instances.
    cost_micros : int
        What they cost, in millionths of the currency unit.
    usage : float
        The mean usage of instances that work, 0 to 1.
    actions_per_day : float
        Changes of the count, a day.
    reversals_per_day : float
        Changes that turned the direction of the one before, a day.
    mean : float
        The mean response time; a request that was given up counts with the timeout.
    p50 : float
        The median response time.
    p95 : float
        The response time that 5 % exceed.
    p99 : float
        The response time that 1 % exceed.
    busy_p95 : float
        The response time that 5 % exceed while the trace is at its busiest: a tenth of the time.
    """

    requests: float
    violations: float
    violating_minutes: float
    dropped: float
    instance_hours: float
    cost_micros: int
    usage: float
    actions_per_day: float
    reversals_per_day: float
    mean: float
    p50: float
    p95: float
    p99: float
    busy_p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRun(Data):
    """One run of a policy.

    Attributes
    ----------
    policy : str
        The name of the policy.
    balancer : str | None
        Who spread the requests, where they were played one by one: `random`, `fewest`, or a strategy of
        balancing.
    target : float | None
        Its target; none for `engine`.
    seed : int
        Where chance began.
    result : ScalingSimulation
        What came of it.
    requests : RequestFigures | None
        What came of the requests, where they were played one by one.
    course : ScalingCourse | None
        What it was like, where points were asked for.
    """

    policy: str
    balancer: str | None = None
    target: float | None = None
    seed: int
    result: ScalingSimulation
    requests: RequestFigures | None = None
    course: ScalingCourse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingComparison(Compared):
    """What came of a trace with several policies, targets and seeds.

    Attributes
    ----------
    plant : Plant
        The service.
    duration : float
        Length of the trace in seconds.
    mean_rate : float
        Its mean in requests a second, as it was played.
    peak_rate : float
        Its highest rate.
    filled : int
        Steps of it that were missing.
    runs : tuple[ScalingRun, ...]
        Every policy with every target and every seed, in their order.
    """

    plant: Plant
    duration: float
    mean_rate: float
    peak_rate: float
    filled: int
    runs: tuple[ScalingRun, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Traffic):
    """Requests a second over time, in steps of the same length.

    Attributes
    ----------
    start : float
        When it begins, in Unix seconds.
    step : float
        Length of a step in seconds.
    rates : Vector
        Requests a second, step by step.
    filled : int
        Steps that were missing and lie on a line between their neighbours.
    """

    start: float = 0.0
    step: float
    rates: Vector
    filled: int = 0
