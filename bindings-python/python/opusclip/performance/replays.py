"""Recorded traffic played against policies, and what it recommends."""

from collections.abc import Iterable, Mapping
from typing import Any

from .. import _opusclip
from .._opusclip import CancelToken
from .._values import given, listener
from ..progress import ProgressCallback
from ._types import (
    CaseResult,
    Plant,
    RequestOptions,
    ScalingComparison,
    ScalingConfig,
    ScalingRecommendation,
    Trace,
)

__all__ = ["recommend_scaling", "run_scaling_cases", "simulate_joint", "simulate_scaling"]


def simulate_scaling(
    trace: Trace,
    *,
    policies: Iterable[str] | None = None,
    targets: Iterable[float] | None = None,
    seeds: Iterable[int] | None = None,
    plant: Plant | None = None,
    config: ScalingConfig | None = None,
    mean_rate: float | None = None,
    smoothing: float | None = None,
    requests: RequestOptions | None = None,
    points: int | None = None,
) -> ScalingComparison:
    """Play recorded traffic against policies: whom each would have kept waiting, and what it would have cost.

    All policies meet the same requests, the same delays and the same failures. The same seed gives the same run.

    Parameters
    ----------
    trace : Trace
        The traffic: ``Trace.read("traffic.csv")`` or ``Trace.of(rates, step)``.
    policies : iterable of str, optional
        ``predictive``, ``hpa``, ``hpa_cpu``, ``kpa``, ``target_tracking``, ``aws_predictive``, ``step``, ``phpa``,
        ``seasonal_naive``, ``fixed`` (enough for the peak of the trace), ``fixed_p999`` (for all but a thousandth),
        ``oracle``, which knows the future, and ``engine`` for `config`; all of them by default.
    targets : iterable of float, optional
        Targets that each is run with, as the share of its capacity that an instance should have to do, default 0.7.
    seeds : iterable of int, optional
        Where chance begins, a run each; default 1.
    plant : Plant, optional
        The service: capacity of an instance, objective, start-up time, delays, prices.
    config : ScalingConfig, optional
        Options of the policy ``engine``; its bounds are those of the plant.
    mean_rate : float, optional
        Requests a second that the trace is brought to on average.
    smoothing : float, optional
        Counts that are averaged over before: a small count is chance, and should not be scaled up as it is.
    requests : RequestOptions, optional
        Play requests one by one, as this dictionary says (``{}`` for its defaults): each goes to one instance, which
        works on all that it has at once. As a fluid by default.
    points : int, optional
        Points of the course that each run keeps, default none.

    Raises
    ------
    ConfigError
        For a plant, a policy or a target that cannot be; it names it.
    """
    options = _comparison(
        policies=policies,
        targets=targets,
        seeds=seeds,
        plant=plant,
        config=config,
        mean_rate=mean_rate,
        smoothing=smoothing,
        requests=requests,
        points=points,
    )
    return ScalingComparison.from_dict(_opusclip.simulate_scaling(given(**trace.to_dict()), options))


def simulate_joint(
    trace: Trace,
    *,
    policies: Iterable[str] | None = None,
    balancers: Iterable[str] | None = None,
    balancer: Mapping[str, Any] | None = None,
    callers: int | None = None,
    targets: Iterable[float] | None = None,
    seeds: Iterable[int] | None = None,
    plant: Plant | None = None,
    config: ScalingConfig | None = None,
    mean_rate: float | None = None,
    smoothing: float | None = None,
    requests: RequestOptions | None = None,
    points: int | None = None,
) -> ScalingComparison:
    """Play recorded traffic with scaling and load balancing together, each policy with each balancer.

    Scalers see delayed measurements, balancers the requests that they sent. New instances are cold, and those that
    should stop finish what they have. Each run says how many requests were over the objective in the time after
    instances had begun to work (``run.requests.burst_violations``).

    Parameters
    ----------
    trace : Trace
        The traffic: ``Trace.read("traffic.csv")`` or ``Trace.of(rates, step)``.
    policies : iterable of str, optional
        As for `simulate_scaling`; ``predictive`` and ``hpa`` by default.
    balancers : iterable of str, optional
        Strategies of balancing, default ``least_response_time`` and ``round_robin``. ``+slow_start`` behind one lets
        new instances get their share step by step while they warm up.
    balancer : mapping, optional
        All else of each balancer: keyword arguments of `LoadBalancer`.
    callers : int, optional
        Callers that each have a balancer of their own and know nothing of each other, default 1.
    targets, seeds, plant, config, mean_rate, smoothing, requests, points
        As for `simulate_scaling`.

    Raises
    ------
    ConfigError
        For a plant, a policy, a balancer or a target that cannot be; it names it.
    """
    options = _comparison(
        policies=policies,
        targets=targets,
        seeds=seeds,
        plant=plant,
        config=config,
        mean_rate=mean_rate,
        smoothing=smoothing,
        requests=requests,
        points=points,
    )
    names = None if balancers is None else list(balancers)
    balancing = given(balancers=names, callers=callers, balancer=balancer)
    return ScalingComparison.from_dict(_opusclip.simulate_joint(given(**trace.to_dict()), options, balancing))


def _comparison(**options: Any) -> dict[str, Any]:
    """What was given, with lists in the place of iterables."""
    several = {name: list(options[name]) for name in ("policies", "targets", "seeds") if options[name] is not None}
    return given(**{**options, **several})


def recommend_scaling(
    trace: Trace,
    *,
    objective: float | None = None,
    violations: float | None = None,
    plant: Plant | None = None,
    seeds: Iterable[int] | None = None,
    mean_rate: float | None = None,
    smoothing: float | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> ScalingRecommendation:
    """Find the settings that hold a service level at the least cost, by the service's own history.

    The first part of the history is searched, and the rest judges. Every way of scaling is brought to its best target,
    so that all are compared where they hold the level. The same seeds give the same answer.

    Parameters
    ----------
    trace : Trace
        The history: ``Trace.read("traffic.csv")`` or ``Trace.of(rates, step)``; two weeks are good.
    objective : float, optional
        Milliseconds that a request may take, default those of `plant`.
    violations : float, optional
        The share of requests that may miss the objective, default 0.001.
    plant : Plant, optional
        The service: what an instance can do, how long it takes to start, what it costs. All figures hang on that.
        Its ``warm_up`` is the share of the history that is searched.
    seeds : iterable of int, optional
        Where chance begins, a run each; default 1 to 5.
    mean_rate : float, optional
        Requests a second that the history is brought to on average.
    smoothing : float, optional
        Counts that are averaged over before.
    progress : callable, optional
        Called with a `Progress`.
    cancel : CancelToken, optional
        Stops the search.

    Returns
    -------
    ScalingRecommendation
        ``config`` is ready to use. Where nothing holds the level, ``reached`` is false, and it is the nearest.

    Raises
    ------
    ConfigError
        For an objective, a plant or seeds that cannot be; it names the field.
    DataError
        If a part of the history is shorter than an hour.
    Cancelled
        If `cancel` was cancelled.
    """
    options = given(
        objective=objective,
        violations=violations,
        plant=plant,
        seeds=None if seeds is None else list(seeds),
        mean_rate=mean_rate,
        smoothing=smoothing,
    )
    found = _opusclip.recommend_scaling(given(**trace.to_dict()), options, listener(progress), cancel)
    return ScalingRecommendation.from_dict(found)


def run_scaling_cases(text: str) -> tuple[CaseResult, ...]:
    """Put cases with known results through the engine: the text of a JSON file of them.

    Raises
    ------
    DataError
        If it is no JSON, or has no list of cases. A case that cannot be understood has failed.
    """
    return tuple(map(CaseResult.from_dict, _opusclip.scaling_cases(text)))
