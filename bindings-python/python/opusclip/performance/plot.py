"""Decisions and comparisons as pictures, drawn with matplotlib; times are in UTC."""

from collections.abc import Sequence
from statistics import median_low
from typing import TYPE_CHECKING, Any

try:
    from matplotlib import get_backend, pyplot
except ImportError as error:
    raise ImportError("plot needs matplotlib: pip install 'opusclip[plot]'") from error

from .._axes import quiet, time_axis, times, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (10.0, 4.0)
# Shares of violations below this are drawn as this: a logarithm needs an end.
_NONE = 1e-6


def history(records: Sequence[Any], ax: "Axes | None") -> "Figure":
    """Draw the counts that there were and that there should be; returns the figure."""
    figure, ax = _at(ax)
    moments = times([record.time for record in records])
    ax.step(moments, [record.current_instances for record in records], where="post", label="instances")
    changed = [at for at, record in enumerate(records) if record.current_instances != record.target_instances]
    targets = [records[at].target_instances for at in changed]
    ax.plot([moments[at] for at in changed], targets, "o", markersize=4, label="decided")
    title(ax, f"{len(records)} decisions, {len(changed)} to change")
    _counted(ax, records[0].time if records else 0.0)
    return figure


def comparison(value: Any, ax: "Axes | None") -> "Figure":
    """Draw runs over time where they kept their course, else cost by violations; returns the figure."""
    figure, ax = _at(ax)
    courses = [run for run in value.runs if run.course is not None]
    if courses:
        _courses(ax, value, courses)
    else:
        _fronts(ax, value)
    return figure


def _courses(ax: "Axes", value: Any, runs: Sequence[Any]) -> None:
    course = runs[0].course
    need = [rate / value.plant["capacity"] for rate in course.rates]
    ax.fill_between(times(course.times), need, color="0.5", alpha=0.3, label="needed at full use")
    for run in runs:
        target = "" if run.target is None else f" at {run.target:g}"
        ax.step(times(run.course.times), run.course.instances, where="pre", linewidth=1, label=f"{run.policy}{target}")
    title(ax, "Instances over time, those that are starting among them")
    _counted(ax, course.times[0])


def _counted(ax: "Axes", first: float) -> None:
    ax.set_ylim(bottom=0)
    ax.set_ylabel("instances")
    time_axis(ax, first)
    quiet(ax)


def _fronts(ax: "Axes", value: Any) -> None:
    by: dict[str, dict[float | None, list[Any]]] = {}
    for run in value.runs:
        by.setdefault(run.policy, {}).setdefault(run.target, []).append(run.result)
    for policy, targets in by.items():
        violations = [100 * max(_NONE, _middle(results, "violations")) for results in targets.values()]
        costs = [_middle(results, "cost_micros") / 1e6 for results in targets.values()]
        ax.plot(violations, costs, "o-", markersize=4, label=policy)
    ax.set_xscale("log")
    ax.set_xlabel("requests over the objective, %")
    ax.set_ylabel(f"cost, {value.plant['price']['currency']}")
    title(ax, "Cost and violations of each policy, by its targets")
    quiet(ax)


def _middle(results: Sequence[Any], name: str) -> float:
    middle: float = median_low(getattr(result, name) for result in results)
    return middle


def _at(ax: "Axes | None") -> "tuple[Figure, Axes]":
    if ax is not None:
        # Of a part of a figure, the whole.
        return ax.figure.figure, ax
    figure, ax = pyplot.subplots(figsize=_SIZE, layout="constrained")
    if get_backend().lower().endswith("inline"):
        # A notebook shows what a cell returns; an open figure would be shown once more.
        pyplot.close(figure)
    return figure, ax
