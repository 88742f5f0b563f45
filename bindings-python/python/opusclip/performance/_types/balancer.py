"""What a load balancer says, and what it is told. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..._data import Data, Text
from ..shown import Overview


class BalancerEventKind(Text):
    """What happened to an instance."""

    ADDED = "added"
    """It was added."""
    REMOVED = "removed"
    """It was removed."""
    BECAME_HEALTHY = "became_healthy"
    """It is well again."""
    BECAME_UNHEALTHY = "became_unhealthy"
    """It is not well any more."""
    EJECTED = "ejected"
    """It was ejected."""
    RETURNED = "returned"
    """Its ejection is over."""
    DRAINING = "draining"
    """It gets no new requests and will be removed."""
    DISABLED = "disabled"
    """An operator took it out."""
    ENABLED = "enabled"
    """An operator brought it back."""


class EjectionReason(Text):
    """Why an instance was ejected."""

    CONSECUTIVE_FAILURES = "consecutive_failures"
    """Failures in a row."""
    CONSECUTIVE_GATEWAY_FAILURES = "consecutive_gateway_failures"
    """Gateway failures in a row."""
    CONSECUTIVE_LOCAL_FAILURES = "consecutive_local_failures"
    """Failures in a row to reach it."""
    SUCCESS_RATE = "success_rate"
    """A success rate far below that of the others."""
    FAILURE_PERCENTAGE = "failure_percentage"
    """Too high a percentage of failures."""
    LATENCY = "latency"
    """Response times far above those of the others."""
    RECOVERY = "recovery"
    """The first request after an ejection failed, too."""
    RETRY_AFTER = "retry_after"
    """It asked to be left alone for a while (`Retry-After`); only where the strategy does not go by response times
    anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerEvent(Data):
    """Something that happened to an instance.

    Attributes
    ----------
    time : float
        When, in Unix seconds.
    id : str
        The instance.
    kind : BalancerEventKind
        What.
    reason : EjectionReason | None
        Why, of an ejection.
    until : float | None
        The end in Unix seconds: of an ejection, or of the time that is left to drain.
    """

    time: float
    id: str
    kind: BalancerEventKind
    reason: EjectionReason | None = None
    until: float | None = None


class InstanceState(Text):
    """Whether an instance gets requests, and why not."""

    HEALTHY = "healthy"
    """It gets requests."""
    RECOVERING = "recovering"
    """It gets one request at a time until one succeeds, after an ejection."""
    UNHEALTHY = "unhealthy"
    """Checks, or the host, say that it is not well."""
    EJECTED = "ejected"
    """Its results were bad; it will be tried again."""
    DRAINING = "draining"
    """It is to be removed once its requests have ended, or at its deadline."""
    DISABLED = "disabled"
    """An operator has taken it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSnapshot(Data):
    """One instance at a moment. Response times are seconds, of the last half minute to minute.

    Attributes
    ----------
    id : str
        The id it was added with.
    state : InstanceState
        Whether it gets requests.
    reason : str
        The state in a sentence, with times and reasons.
    weight : float
        Its weight.
    load_factor : float
        What its weight is multiplied by, for what it said of its load and for how long it takes; 1 where
        neither counts.
    warmth : float
        The share of its weight that it has in slow start, 0 to 1.
    tier : int
        Its tier.
    zone : str
        Its zone.
    in_flight : int
        Requests in flight.
    picks : int
        Requests that it was picked for.
    results : int
        Requests that ended with a result.
    failures : int
        Of these, those that failed.
    cancelled : int
        Requests that the caller gave up.
    success_rate : float | None
        The share of results that succeeded, 0 to 1; none without results.
    rate : float
        Requests a second since the snapshot before, or since it was added.
    mean : float | None
        The mean response time.
    p50 : float | None
        The median response time.
    p95 : float | None
        The response time that 5 % exceed.
    p99 : float | None
        The response time that 1 % exceed.
    ejections : int
        Ejections so far.
    """

    id: str
    state: InstanceState
    reason: str
    weight: float
    load_factor: float
    warmth: float
    tier: int
    zone: str
    in_flight: int
    picks: int
    results: int
    failures: int
    cancelled: int
    success_rate: float | None = None
    rate: float
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    ejections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSnapshot(Data):
    """A tier at a moment.

    Attributes
    ----------
    tier : int
        Its number.
    instances : int
        Instances that are neither draining nor disabled.
    healthy : int
        Of these, those that are well.
    share : float
        Percent of requests that it gets.
    panic : bool
        Whether it sends to all of its instances, well or not.
    """

    tier: int
    instances: int
    healthy: int
    share: float
    panic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerSnapshot(Overview):
    """A balancer at a moment.

    Attributes
    ----------
    time : float
        When, in Unix seconds.
    strategy : str
        The name of the strategy.
    picks : int
        Requests that were picked for.
    in_flight : int
        Requests in flight.
    panic : bool
        Whether any tier sends to instances that are not well, for lack of others.
    tiers : tuple[TierSnapshot, ...]
        Shares of tiers in percent, the first one first.
    instances : tuple[InstanceSnapshot, ...]
        All instances, in the order they were added.
    """

    time: float
    strategy: str
    picks: int
    in_flight: int
    panic: bool
    tiers: tuple[TierSnapshot, ...]
    instances: tuple[InstanceSnapshot, ...]


class BalancingStrategy(Text):
    """A strategy by its name."""

    ROUND_ROBIN = "round_robin"
    """Each in turn."""
    WEIGHTED_ROUND_ROBIN = "weighted_round_robin"
    """Each in turn by weight, spread out as nginx does it."""
    RANDOM = "random"
    """Any, by weight."""
    LEAST_CONNECTIONS = "least_connections"
    """The one with the fewest requests in flight for its weight."""
    LEAST_RESPONSE_TIME = "least_response_time"
    """The one that is expected to answer first, by how fast it works, how much it has to do, and how often it
    fails."""
    POWER_OF_TWO_CHOICES = "power_of_two_choices"
    """Of two at random the one with fewer requests in flight for its weight."""
    PEAK_EWMA = "peak_ewma"
    """Of two at random the one whose recent response time, by its requests in flight, is less."""
    RING_HASH = "ring_hash"
    """The same for the same key, on a ring (ketama)."""
    MAGLEV = "maglev"
    """The same for the same key, by a table (Maglev)."""
    RENDEZVOUS = "rendezvous"
    """The same for the same key, by the highest random weight."""
    PREQUAL = "prequal"
    """By probes: the fastest of those with little to do (Prequal)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOutcome(Data):
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


class CheckProtocol(Text):
    """How an instance is asked."""

    HTTP = "http"
    """By a request, whose answer must have a status that is expected."""
    TCP = "tcp"
    """By a connection, which must be accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCheck(Data):
    """A check that the host should carry out now.

    Attributes
    ----------
    id : str
        The instance.
    address : str
        Where it is: `url` of its metadata, else its id.
    timeout : float
        Seconds until the check has failed.
    """

    id: str
    address: str
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceChanges(Data):
    """What a new list of instances changed; ids in the order of the list, those that went in the order they had
    come.

    Attributes
    ----------
    added : tuple[str, ...]
        New ones, and those that were draining and are wanted again.
    removed : tuple[str, ...]
        Those that are in the list no more: they drain, and are gone after that.
    changed : tuple[str, ...]
        Those with another weight, and those with another tier, zone, metadata or limit, which begin anew.
    kept : tuple[str, ...]
        Those that are as they were, with all that was learned of them.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceExplanation(Data):
    """What speaks for or against an instance.

    Attributes
    ----------
    id : str
        Its id.
    eligible : bool
        Whether it may have the request.
    reason : str
        Why, or why not.
    group_share : float
        The share of requests, 0 to 1, that go to its tier and zone.
    """

    id: str
    eligible: bool
    reason: str
    group_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec(Data):
    """An instance as a source of them describes it.

    Attributes
    ----------
    id : str
        Its id, by which it is known again.
    weight : float
        Its share of requests beside the others' weights; above 0, at most 1,000,000.
    tier : int
        0 comes first; at most 127.
    zone : str
        Where it stands.
    metadata : Mapping[str, str]
        Words by which subsets are chosen.
    max_connections : int | None
        Requests that it may have at a time; the balancer's own limit by default, 0 is none.
    """

    id: str
    weight: float = 1.0
    tier: int = 0
    zone: str = ''
    metadata: Mapping[str, str] = field(default_factory=dict)
    max_connections: int | None = None


class LeaveFirst(Text):
    """Which instances leave first.

    Before any choice go those that are not well; after it, those that an operator disabled.
    """

    FEWEST_IN_FLIGHT = "fewest_in_flight"
    """Those with the fewest requests in flight, the newest among equals: they are gone soonest."""
    NEWEST = "newest"
    """Those that were added last."""
    OLDEST = "oldest"
    """Those that were added first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaver(Data):
    """An instance that leaves.

    Attributes
    ----------
    id : str
        The instance.
    in_flight : int
        Requests that it has in flight.
    until : float
        When it may be stopped even if some are left, in Unix seconds.
    """

    id: str
    in_flight: int
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PickExplanation(Data):
    """What a strategy does, for `LoadBalancer::explain`.

    Attributes
    ----------
    sentence : str
        The whole in a sentence.
    strategy : BalancingStrategy | None
        The strategy, where it is one of the library's own.
    instances : tuple[InstanceExplanation, ...]
        Each instance with what speaks for or against it.
    """

    sentence: str
    strategy: BalancingStrategy | None = None
    instances: tuple[InstanceExplanation, ...]


class RequestOutcome(Text):
    """How a request ended."""

    SUCCESS = "success"
    """The instance answered; also that the caller was wrong (HTTP 4xx except 429)."""
    SERVER_ERROR = "server_error"
    """The instance failed (HTTP 500 and the like)."""
    GATEWAY_ERROR = "gateway_error"
    """The instance, or what it depends on, could not answer (HTTP 502, 503, 504)."""
    LOCAL_ERROR = "local_error"
    """It could not be reached, broke off, or gave no answer in time."""
    OVERLOADED = "overloaded"
    """The instance has too much to do (HTTP 429, gRPC `RESOURCE_EXHAUSTED`). It is no sign of damage."""
    CANCELLED = "cancelled"
    """The caller gave up, which says nothing of the instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resized(Data):
    """What a new number of instances asks the host for.

    Attributes
    ----------
    start : int
        Instances to start; they join once they run.
    returned : tuple[str, ...]
        Ids that were leaving and stay: they must not be stopped.
    leaving : tuple[Leaver, ...]
        Those that leave: they get no more requests, and are to be stopped once `Fleet::stoppable` says so.
    """

    start: int
    returned: tuple[str, ...]
    leaving: tuple[Leaver, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SrvRecord(Data):
    """A record that says where a service is (RFC 2782).

    Attributes
    ----------
    name : str
        The host.
    port : int
        Its port.
    priority : int
        Hosts of the least priority are asked before others are.
    weight : int
        Its share among those of its priority.
    """

    name: str
    port: int
    priority: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppable(Data):
    """An instance that may be stopped now.

    Attributes
    ----------
    id : str
        The instance.
    in_flight : int
        Requests that it could not end in time; 0 where it has ended all.
    """

    id: str
    in_flight: int
