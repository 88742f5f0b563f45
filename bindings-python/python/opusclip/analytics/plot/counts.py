"""People: steps of a funnel, cohorts that come back."""

from typing import TYPE_CHECKING, Any

import numpy

from ..._axes import DATA, LINE, quiet, title
from .._types import Funnel, Retention

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# More cohorts or periods than these have no room for their numbers.
_WRITTEN = 20


def funnel(ax: "Axes", found: Funnel, series: Any, label: str | None) -> None:
    """A bar for each step, with how many of the step before it are left."""
    people = [step.users for step in found.steps]
    places = range(len(people))
    ax.barh(places, people, color=LINE, alpha=0.55, height=0.62)
    before = [found.entered, *people[:-1]]
    gone = [max(old - new, 0) for old, new in zip(before, people, strict=True)]
    ax.barh(places, gone, left=people, height=0.62, color=DATA, alpha=0.12)
    most = max([found.entered, 1])
    for place, step in enumerate(found.steps):
        text = f"{step.users:,}"
        if place and step.conversion_from_previous is not None and step.conversion_from_start is not None:
            text += f"  {step.conversion_from_previous:.1%} of the step before, {step.conversion_from_start:.1%} of all"
        ax.annotate(text, (0, place), (6, 0), textcoords="offset points", va="center", fontsize="small")
    ax.set_yticks(places, [step.name for step in found.steps])
    ax.invert_yaxis()
    ax.set_xlim(0, most * 1.02)
    ax.set_xlabel(label or "people")
    title(ax, found.explanation.sentence)
    quiet(ax)
    ax.grid(axis="y", visible=False)


def retention(ax: "Axes", found: Retention, series: Any, label: str | None) -> None:
    """A table of cohorts by periods, the darker the more came back; the mean of all stands on top."""
    rows = [("all", found.overall)]
    rows += [(f"{cohort.label} ({cohort.size:,})", cohort.rates) for cohort in found.cohorts]
    shares = numpy.array([[numpy.nan if rate is None else rate for rate in rates] for _, rates in rows], dtype=float)
    periods = shares.shape[1] if len(rows) > 1 else 0
    # Nobody is missing in the first period, which would outshine the rest.
    later = shares[:, 1:]
    most = float(numpy.nanmax(later)) if later.size and numpy.isfinite(later).any() else 1.0
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=max(most * 1.25, 1e-9), aspect="auto")
    if periods <= _WRITTEN and len(rows) <= 2 * _WRITTEN:
        for (row, column), share in numpy.ndenumerate(shares):
            if numpy.isfinite(share):
                color = "white" if share > 0.75 * most else "black"
                ax.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize="x-small", color=color)
    step = max(1, len(rows) // (2 * _WRITTEN))
    ax.set_yticks(range(0, len(rows), step), [name for name, _ in rows[::step]], fontsize="small")
    ax.set_xlabel(label or "periods after the first")
    ax.set_ylabel("first seen (people)")
    title(ax, found.explanation.sentence)
    for side in ax.spines.values():
        side.set_visible(False)
