"""The compiled part of `opusclip`; use the functions of the package instead."""

import os
import pathlib
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, ClassVar, Final, Literal, final

from typing_extensions import Self, disjoint_base

_Path = str | os.PathLike[str]
_Progress = Callable[[str, float, float | None], object]
_Hooks = dict[str, Callable[..., Any]]

__all__ = [
    "AnalysisPart",
    "Balancer",
    "CancelToken",
    "CheckRules",
    "Collector",
    "Counter",
    "Distinct",
    "Distribution",
    "Fleet",
    "Pick",
    "Pool",
    "Ready",
    "Refresh",
    "Scaler",
    "Subset",
    "__version__",
    "analysis_to_csv",
    "analysis_to_html",
    "analyze",
    "analyze_part",
    "arm_of",
    "balance_cases",
    "cache_info",
    "check_upload",
    "clear_cache",
    "cohort_values",
    "compare",
    "correlate",
    "correlate_all",
    "customers",
    "detect_anomalies",
    "drivers",
    "error_codes",
    "expected_purchases",
    "expected_value",
    "export",
    "extract_clips",
    "ffmpeg_version",
    "fit_bg_nbd",
    "fit_gamma_gamma",
    "forecast",
    "forecast_time_to_limit",
    "funnel",
    "instances_of_addresses",
    "instances_of_slices",
    "instances_of_srv",
    "is_idempotent",
    "is_retryable",
    "lifetime_value",
    "merge_parts",
    "moved_together",
    "mrr",
    "probability_alive",
    "probe",
    "read_manifest",
    "read_subtitles",
    "read_trace",
    "read_transcript",
    "recommend_scaling",
    "render",
    "retention",
    "retry_after",
    "revenue",
    "run_cli",
    "scaling_cases",
    "scaling_config",
    "scaling_to_html",
    "schema",
    "segment_topics",
    "select",
    "selection_to_html",
    "simulate_joint",
    "simulate_scaling",
    "time_to_limit",
    "to_wav",
    "transcribe",
    "transcript_to_srt",
    "transcript_to_vtt",
    "trend",
    "users",
]
__version__: Final[str]
_Labels = Mapping[str, object] | None
_Time = float | datetime | None
_Metrics = list[tuple[str, Any, Any]]

@disjoint_base
class Collector:
    """Records metrics; `opusclip.analytics.AnalyticsCollector` documents it."""

    def __new__(cls, start: dict[str, Any] | bytes, now: _Time = None) -> Self: ...
    @property
    def options(self) -> dict[str, Any]:
        """The options it was made with."""

    def record_now(self, name: str, value: float, labels: dict[str, object], /) -> None:
        """What costs the least: a value of now. Python's own functions take keywords in less time than those of PyO3."""

    def record_series(
        self,
        name: str,
        value: float,
        timestamp: _Time,
        metric_type: str | None,
        labels: dict[str, object],
        /,
    ) -> None: ...
    def record_arrays(
        self, name: str, values: Any, times: Any, metric_type: str | None, labels: _Labels
    ) -> dict[str, Any]: ...
    def counter(self, name: str, labels: _Labels) -> Counter: ...
    def distribution(self, name: str, metric_type: str, labels: _Labels) -> Distribution: ...
    def distinct(self, name: str, labels: _Labels) -> Distinct: ...
    def history_columns(self, query: dict[str, Any]) -> dict[str, Any]: ...
    def export_history(self, query: dict[str, Any], path: _Path, format: str | None) -> None: ...
    def spill_history(self, folder: _Path, format: str, now: _Time) -> pathlib.Path | None: ...
    def otlp_request(self, resource: Mapping[str, str], window: str, now: _Time) -> bytes: ...
    def push_otlp_to(self, target: dict[str, Any], now: _Time) -> None: ...
    def window_stats(self, name: str, window: str, labels: _Labels, now: _Time) -> dict[str, Any]: ...
    def all_window_stats(self, name: str, labels: _Labels, now: _Time) -> list[dict[str, Any]]: ...
    def samples(self, name: str, window: str, labels: _Labels, now: _Time) -> tuple[list[float], list[float]]: ...
    def metric_list(self) -> list[dict[str, Any]]: ...
    def drop_list(self) -> list[dict[str, Any]]: ...
    def process(self, request: dict[str, Any], now: _Time) -> dict[str, Any]: ...
    def dashboard(self, now: _Time) -> dict[str, Any]: ...
    def exposition(self, format: str, window: str, now: _Time) -> str: ...
    def snapshot(self) -> bytes:
        """Return all that was recorded, for `restore` and `merge`."""

    def merge(self, snapshot: bytes) -> None:
        """Add what another collector recorded, in whatever order snapshots come.

        Raises
        ------
        SnapshotError
            If the bytes are damaged or none, or the other one has other windows.
        """

    def save(self, path: _Path) -> None:
        """Write a snapshot into a file, which has the old content or the new at any moment.

        Raises
        ------
        OutputError
            If it cannot be written; the file is as it was then.
        """

@final
class Counter:
    """A counter with its labels, looked up once."""

    def inc(self, amount: float | None = None, timestamp: _Time = None) -> None:
        """Add an amount, 1 by default, now or at a time."""

    def follow(self, total: float, timestamp: float | datetime) -> None:
        """Add what a counter elsewhere, that shows its total, rose by since the last call."""

    @property
    def total(self) -> float:
        """All that was ever added."""

@final
class Distribution:
    """A gauge, histogram or summary with its labels, looked up once."""

    def record(self, value: float, timestamp: _Time = None) -> None:
        """Record a value, now or at a time."""

    def record_arrays(self, values: Any, times: Any) -> dict[str, Any]: ...
    @property
    def last(self) -> float | None:
        """The latest value."""

@final
class Distinct:
    """Distinct members with their labels, looked up once."""

    def add(self, member: str, timestamp: _Time = None) -> None:
        """Count a member, now or at a time."""

    def add_list(self, members: Sequence[str], times: Any) -> dict[str, Any]:
        """Count many members, at times of their own or now."""

@disjoint_base
class Balancer:
    """Spreads requests over instances; `opusclip.performance.LoadBalancer` documents it."""

    def __new__(cls, options: dict[str, Any]) -> Self: ...
    def pick(
        self,
        key: str | bytes | None = None,
        exclude: Iterable[str] | None = None,
        subset: Subset | None = None,
        retry: bool = False,
        now: _Time = None,
    ) -> Pick:
        """Choose an instance for a request that begins now.

        Use it as ``with lb.pick() as pick:``, or ``async with``. The request is a success where the block ends, a local
        error where it raises an `Exception`, and cancelled where it is broken off by anything else, such as
        `asyncio.CancelledError`; `Pick.report` tells more. Whatever happens, the request is in flight no longer then.

        Parameters
        ----------
        key : str or bytes, optional
            What strategies that hash go by: the same key gets the same instance.
        exclude : iterable of str, optional
            Ids of instances that must not get the request.
        subset : Subset, optional
            Only instances of this subset.
        retry : bool
            It is a retry, and needs room in the retry budget.
        now : float or datetime, optional
            When the request begins, default the system's clock; its time goes on from there.

        Raises
        ------
        BalanceError
            If no instance may have it, with the reason of each; or for a retry too many.
        """

    def pick_excluding(
        self,
        exclude: Iterable[str],
        key: str | bytes | None = None,
        subset: Subset | None = None,
        now: _Time = None,
    ) -> Pick:
        """Choose an instance for a retry, which these instances must not get.

        The same as `pick` with ``retry=True``.

        Raises
        ------
        BalanceError
            If no other instance may have it, or too many requests are retries already.
        """

    def get_next_instance(
        self,
        key: str | bytes | None = None,
        exclude: Iterable[str] | None = None,
        subset: Subset | None = None,
        retry: bool = False,
        now: _Time = None,
    ) -> str:
        """Return the id of an instance for a request whose end is told by `report`, or never.

        The request does not count as in flight: strategies that look at that learn less than by `pick`, whose arguments
        are the same.

        Raises
        ------
        BalanceError
            If no instance may have it, with the reason of each; or for a retry too many.
        """

    def report(
        self,
        id: str,
        seconds: float,
        outcome: str | None = None,
        *,
        status: int | None = None,
        now: _Time = None,
    ) -> None:
        """Tell how a request ended that `get_next_instance` gave an id for.

        Parameters
        ----------
        id : str
            The instance.
        seconds : float
            How long it took.
        outcome : RequestOutcome, optional
            How it ended, default a success.
        status : int, optional
            The HTTP status, in place of an outcome.
        now : float or datetime, optional
            When it ended, default the system's clock.
        """

    def add(self, id: str, options: dict[str, Any], now: _Time) -> None: ...
    def set_instance_list(self, instances: list[dict[str, Any]], drain: float, now: _Time) -> dict[str, Any]: ...
    def remove_instance(self, id: str, *, now: _Time = None) -> None:
        """Remove an instance at once. Requests that it has may still be finished."""

    def drain(self, id: str, deadline: float = 30.0, *, now: _Time = None) -> int:
        """Let an instance's requests end but give it no more, and remove it then, or after some seconds.

        Returns
        -------
        int
            Requests that it has in flight.
        """

    def disable(self, id: str, *, now: _Time = None) -> None:
        """Take an instance out by an operator's word: however well it is, it gets nothing until `enable`."""

    def enable(self, id: str, *, now: _Time = None) -> None:
        """Bring back an instance that was disabled. Its health is what it was."""

    def set_weight(self, id: str, weight: float, *, now: _Time = None) -> None:
        """Change an instance's weight: above 0, at most 1,000,000."""

    def set_instance_health(self, id: str, healthy: bool, *, now: _Time = None) -> None:
        """Say whether an instance is well, as the host knows it. Takes effect at once."""

    def due_check_list(self, most: int | None, now: _Time) -> list[dict[str, Any]]: ...
    @property
    def next_check(self) -> float | None:
        """When `due_checks` has something again, in Unix seconds; none without checks."""

    def report_check(
        self, id: str, passed: bool, *, reason: str | None = None, now: _Time = None
    ) -> None:
        """Tell the answer of a check that `due_checks` asked for.

        Where a check has had none in time and has failed for that, a later one does not count.

        Parameters
        ----------
        id : str
            The instance.
        passed : bool
            Whether it is well.
        reason : str, optional
            Why it is not, such as "it said 500": snapshots and errors repeat it.
        now : float or datetime, optional
            When it said so, default the system's clock.
        """

    def report_probe(self, id: str, in_flight: int, response_time: float, *, now: _Time = None) -> None:
        """Tell what an instance said of itself, to a probe or with a response; for ``prequal``.

        Parameters
        ----------
        id : str
            The instance.
        in_flight : int
            Requests that it has in flight, from all callers.
        response_time : float
            How long recent requests took it at about this many in flight, in seconds.
        now : float or datetime, optional
            When it said so, default the system's clock.
        """

    def report_load(
        self, id: str, utilization: float, qps: float, eps: float = 0.0, *, now: _Time = None
    ) -> None:
        """Tell how busy an instance says it is, in a report of its own or with a response (ORCA).

        Where two or more have said so for a while, weights follow it, second by second: what each would answer if all
        of it were used, qps / (utilization + eps / qps) (gRFC A58). For strategies that go by weight.

        Parameters
        ----------
        id : str
            The instance.
        utilization : float
            The share of what it can do that is used, such as of its processors; 1 is all of it.
        qps : float
            Requests that it answers in a second.
        eps : float
            Of these, those that fail, default 0.
        now : float or datetime, optional
            When it said so, default the system's clock.
        """

    def subset(self, metadata: Mapping[str, str], *, now: _Time = None) -> Subset:
        """Return the instances that have all of this metadata, for `pick`; also those that come later."""

    @property
    def hedge_delay(self) -> float | None:
        """Seconds after which a second instance should be asked too; none before enough is known."""

    @property
    def instance_ids(self) -> list[str]:
        """The ids of all instances, in the order they were added."""

    @property
    def options(self) -> dict[str, Any]:
        """The options it was made with."""

    def snapshot_data(self, now: _Time) -> dict[str, Any]: ...
    def exposition(self, *, now: _Time = None) -> str:
        """Return all instances as text for Prometheus."""

    def explanation(self, exclude: Iterable[str] | None, subset: Subset | None, now: _Time) -> dict[str, Any]: ...
    def event_list(self) -> list[dict[str, Any]]: ...

@final
class Refresh:
    """When a source of instances is asked again; `opusclip.performance.Discovery` stands before it."""

    def __new__(cls, options: dict[str, Any]) -> Self: ...
    def looked(self, succeeded: bool, now: _Time) -> float: ...
    @property
    def failures(self) -> int: ...

@final
class CheckRules:
    """What a check asks of an instance; `opusclip.performance.HealthChecker` stands before it."""

    def __new__(cls, balancer: Balancer, options: dict[str, Any]) -> Self: ...
    def target(self, address: str) -> dict[str, Any]: ...
    def refusal(self, status: int) -> str | None: ...
    @property
    def options(self) -> dict[str, Any]: ...

@disjoint_base
class Fleet:
    """Instances that an autoscaler starts and stops; `opusclip.performance.Fleet` documents it."""

    def __new__(cls, balancer: Balancer, options: dict[str, Any]) -> Self: ...
    def join_list(self, instances: list[dict[str, Any]], now: _Time) -> list[str]: ...
    def resize_data(self, target: int, starting: int, now: _Time) -> dict[str, Any]: ...
    def leave_list(self, ids: list[str], now: _Time) -> list[dict[str, Any]]: ...
    def stoppable_list(self, now: _Time) -> list[dict[str, Any]]: ...

@final
class Subset:
    """Instances with certain metadata, as `LoadBalancer.subset` gives them."""

    @property
    def metadata(self) -> dict[str, str]:
        """What its instances have."""

@final
class Pick:
    """An instance that was picked for a request, which is in flight until this is left, reported or dropped.

    The first end counts: whatever is told later changes nothing. Dropped without an end, the request counts as
    cancelled. Any thread may end it.
    """

    @property
    def id(self) -> str:
        """The id of the instance."""

    @property
    def metadata(self) -> dict[str, str]:
        """What the instance was added with."""

    @property
    def begun(self) -> float:
        """When the request began, in Unix seconds."""

    @property
    def ended(self) -> bool:
        """Whether the request is in flight no longer."""

    def report(
        self,
        outcome: str | None = None,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        now: _Time = None,
    ) -> bool:
        """Tell how the request ended, if nobody has.

        Parameters
        ----------
        outcome : RequestOutcome, optional
            How it ended, default a success.
        status : int, optional
            The HTTP status, in place of an outcome.
        retry_after : float, optional
            For how many seconds the instance wants to be left alone (``Retry-After``).
        now : float or datetime, optional
            When it ended, default the time that has gone by since it began.

        Returns
        -------
        bool
            Whether it was in flight until now.
        """

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        _exc_value: BaseException | None,
        _traceback: TracebackType | None,
        /,
    ) -> Literal[False]: ...
    def __aenter__(self) -> Awaitable[Self]: ...
    def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> Awaitable[Literal[False]]: ...

@final
class Ready:
    """Something to await that is there already: a coroutine would cost a frame."""

    def __await__(self) -> Generator[Any, Any, Any]: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...

@final
class AnalysisPart:
    """What `analyze_part` found in one stretch of a file, for `merge_parts`.

    It can be pickled, and sent to other processes and machines as JSON. What is in it is the library's own business.
    """

    def __new__(cls, text: str) -> AnalysisPart: ...
    @staticmethod
    def from_json(text: str) -> AnalysisPart:
        """Read what `to_json` wrote."""

    def to_json(self) -> str:
        """All of it as a text."""

    def __getnewargs__(self) -> tuple[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class CancelToken:
    """Stops the work it was handed to.

    One token may be handed to several calls, from any thread. It cannot be reset.
    """

    def __new__(cls) -> CancelToken: ...
    @property
    def cancelled(self) -> bool:
        """Has somebody asked for a stop?"""

    def cancel(self) -> None:
        """Ask the work to stop. It raises `Cancelled` within 200 ms and leaves nothing half written."""

    def child(self) -> CancelToken:
        """A token that is cancelled together with this one, or alone."""

def probe(path: _Path, cancel: CancelToken | None = None) -> dict[str, Any]:
    """What a media file is."""

def analyze(
    path: _Path, options: dict[str, Any], progress: _Progress | None = None, cancel: CancelToken | None = None
) -> dict[str, Any]:
    """What is in a media file."""

def analyze_part(
    path: _Path,
    start: float,
    end: float | None,
    options: dict[str, Any],
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> AnalysisPart:
    """What begins in a stretch of a media file."""

def merge_parts(parts: Sequence[AnalysisPart]) -> dict[str, Any]:
    """What parts say together."""

def analysis_to_html(analysis: dict[str, Any], title: str, fragment: bool) -> str:
    """An analysis as a page, or as a part of one."""

def analysis_to_csv(analysis: dict[str, Any]) -> str:
    """An analysis as one table of shots."""

def cache_info(dir: _Path | None = None) -> dict[str, Any]:
    """What the cache of analyses holds."""

def clear_cache(dir: _Path | None = None) -> dict[str, Any]:
    """Remove all kept analyses."""

def read_transcript(path: _Path) -> dict[str, Any]:
    """The words of a subtitle file or the JSON of a speech engine."""

def read_subtitles(
    video: _Path, stream: int | None = None, progress: _Progress | None = None, cancel: CancelToken | None = None
) -> dict[str, Any]:
    """The words of a subtitle stream inside of a video."""

def transcribe(
    video: _Path,
    engine: Callable[[float, float, int, bytes], Any] | None,
    options: dict[str, Any],
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Speech to words, by a callback or the engine that the options name."""

def transcript_to_srt(transcript: dict[str, Any]) -> str:
    """A transcript as SubRip."""

def transcript_to_vtt(transcript: dict[str, Any]) -> str:
    """A transcript as WebVTT."""

def to_wav(sample_rate: int, samples: bytes) -> bytes:
    """Samples (the bytes of 32 bit floats) as a WAV file."""

def segment_topics(sentences: Sequence[str], options: dict[str, Any]) -> list[int]:
    """The sentences that begin a topic."""

def select(
    video: _Path | None,
    options: dict[str, Any],
    hooks: _Hooks,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Choose clips without rendering them."""

def extract_clips(
    video: _Path,
    out_dir: _Path,
    options: dict[str, Any],
    hooks: _Hooks,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """The whole job."""

def selection_to_html(
    selection: dict[str, Any],
    video: _Path | None,
    title: str,
    media: str | None,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> str:
    """A selection as a page."""

def render(
    manifest: dict[str, Any] | _Path,
    out_dir: _Path | None,
    only: Sequence[int],
    options: dict[str, Any],
    changes: dict[str, Any],
    hooks: _Hooks,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Render the clips of a manifest, or of the file of one, again."""

def export(
    manifest: dict[str, Any] | _Path,
    out_dir: _Path | None,
    options: dict[str, Any],
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Hand the clips of a manifest over to editing programs."""

def check_upload(file: _Path, platform: str, cancel: CancelToken | None = None) -> dict[str, Any]:
    """Check a finished file against the upload rules of a platform."""

def read_manifest(path: _Path) -> dict[str, Any]:
    """Read and check a manifest."""

@final
class Scaler:
    """Decides how many instances there should be; `opusclip.performance.AutoScalingEngine` documents it."""

    def __new__(cls, config: dict[str, Any], saved: str | None = None) -> Self: ...
    def evaluate(self, metrics: dict[str, Any], now: _Time) -> dict[str, Any]: ...
    def begin(self, decision: dict[str, Any], now: _Time) -> dict[str, Any] | None: ...
    def due(self, now: _Time) -> dict[str, Any] | None: ...
    def succeeded(self, token: str, now: _Time) -> None: ...
    def failed(self, token: str, error: str, now: _Time) -> str: ...
    def ready(self, instances: int, now: _Time) -> None: ...
    def wanted_instances(self, now: _Time) -> int | None: ...
    def prometheus_text(self, labels: Mapping[str, str], now: _Time) -> str: ...
    def keda_json(self, now: _Time) -> str: ...
    def answer_keda(self, method: str, request: bytes, now: _Time) -> bytes: ...
    def actions(self) -> list[dict[str, Any]]: ...
    def history(self) -> list[dict[str, Any]]: ...
    def status(self, now: _Time) -> dict[str, Any]: ...
    def save(self) -> str: ...

@final
class Pool:
    """Worker processes, as many as were asked for; `opusclip.performance.ProcessPool` documents it."""

    def __new__(cls, options: dict[str, Any]) -> Self: ...
    def options(self) -> dict[str, Any]: ...
    def scale_to(self, instances: int) -> None: ...
    def wait(self, timeout: float | None) -> dict[str, Any]: ...
    def execute(self, request: dict[str, Any], timeout: float | None) -> dict[str, Any]: ...
    def status(self) -> dict[str, Any]: ...
    def stop(self) -> None: ...

def scaling_config(options: dict[str, Any]) -> dict[str, Any]:
    """The options of an engine with every default, once they are found to be right."""

def read_trace(path: _Path, options: dict[str, Any]) -> dict[str, Any]:
    """Recorded traffic of a CSV file."""

def simulate_scaling(trace: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Recorded traffic played against policies."""

def simulate_joint(trace: dict[str, Any], options: dict[str, Any], balancing: dict[str, Any]) -> dict[str, Any]:
    """Recorded traffic played against policies, with balancers."""

def scaling_to_html(comparison: dict[str, Any], title: str, fragment: bool) -> str:
    """A comparison as a page, or as a part of one."""
def recommend_scaling(
    trace: dict[str, Any],
    options: dict[str, Any],
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Settings that hold a service level at the least cost."""

def scaling_cases(text: str) -> list[dict[str, Any]]:
    """What became of the cases of a file, as JSON."""

def instances_of_addresses(addresses: list[str], options: dict[str, Any]) -> list[dict[str, Any]]:
    """Instances of the addresses of a name."""

def instances_of_srv(records: list[dict[str, Any]], options: dict[str, Any]) -> list[dict[str, Any]]:
    """Instances of the SRV records of a name (RFC 2782)."""

def instances_of_slices(slices: str, options: dict[str, Any]) -> list[dict[str, Any]]:
    """Instances of the `EndpointSlice` objects of one service, as JSON."""

def is_idempotent(method: str) -> bool:
    """Whether a request of this method may be sent twice (RFC 9110, section 9.2.2). Names of methods are in capitals."""

def is_retryable(status: int) -> bool:
    """Whether another instance may answer better than with this HTTP status: 429, 500, 502, 503, 504."""

def retry_after(value: str | None, now: _Time = None) -> float | None:
    """For how many seconds a field ``Retry-After`` asks for patience, by seconds or by a date (RFC 9110, section 10.2.3);
    none for what is neither."""

def balance_cases(text: str) -> list[dict[str, Any]]:
    """What became of the cases of a file, as JSON."""

def schema() -> dict[str, Any]:
    """The JSON Schema of every type that crosses the border."""

def error_codes() -> list[tuple[str, int]]:
    """Every error code with the exit status of the command line."""

def ffmpeg_version() -> str:
    """Version and licence of the linked FFmpeg, for bug reports."""

def run_cli(argv: Sequence[str]) -> int:
    """Run the `opusclip` command, the program's name first; returns the exit status."""

def trend(values: Any, times: Any, options: dict[str, Any]) -> dict[str, Any]: ...
def detect_anomalies(values: Any, times: Any, options: dict[str, Any]) -> dict[str, Any]: ...
def forecast(values: Any, times: Any, options: dict[str, Any]) -> dict[str, Any]: ...
def correlate(a: Any, times_a: Any, b: Any, times_b: Any, options: dict[str, Any]) -> dict[str, Any]: ...
def correlate_all(metrics: _Metrics, options: dict[str, Any]) -> dict[str, Any]: ...
def moved_together(
    values: Any, times: Any, others: _Metrics, span: tuple[float, float], options: dict[str, Any]
) -> dict[str, Any]: ...
def time_to_limit(values: Any, times: Any, options: dict[str, Any]) -> dict[str, Any]: ...
def forecast_time_to_limit(forecast: dict[str, Any], limit: float, direction: str | None) -> dict[str, Any]: ...
def funnel(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def retention(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def users(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def compare(control: dict[str, Any], variant: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def arm_of(values: Any) -> dict[str, Any]:
    """Return the arm of an experiment whose people have these numbers."""

def drivers(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def revenue(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def cohort_values(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def customers(columns: dict[str, Any], options: dict[str, Any]) -> list[dict[str, Any]]: ...
def mrr(columns: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]: ...
def fit_bg_nbd(customers: list[dict[str, Any]]) -> dict[str, Any]: ...
def fit_gamma_gamma(customers: list[dict[str, Any]]) -> dict[str, Any]: ...
def probability_alive(model: dict[str, Any], customers: list[dict[str, Any]]) -> list[float]: ...
def expected_purchases(model: dict[str, Any], customers: list[dict[str, Any]], time: float) -> list[float]: ...
def expected_value(model: dict[str, Any], customers: list[dict[str, Any]]) -> list[float]: ...
def lifetime_value(
    purchases: dict[str, Any], values: dict[str, Any], customers: list[dict[str, Any]], options: dict[str, Any]
) -> list[float]: ...
