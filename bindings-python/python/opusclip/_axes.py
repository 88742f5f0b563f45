"""What all pictures have in common: a title that is a sentence, times, quiet axes."""

import textwrap
from datetime import timezone
from typing import TYPE_CHECKING, Any

import numpy
from matplotlib import dates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DATA = "0.35"
LINE = "#2f6fed"
SECOND = "#e8590c"
ALERT = "#d6336c"
# Times nearer to 0 are counts of seconds, not dates, as in the sentences.
_DATES_FROM = 1e8
_TITLE_COLUMNS = 105


def title(ax: "Axes", sentence: str) -> None:
    """A sentence above the picture, from the left."""
    ax.set_title(textwrap.fill(sentence, _TITLE_COLUMNS), loc="left", fontsize="medium")


def times(seconds: Any) -> Any:
    """Unix seconds as matplotlib's days where they are dates, else as they are."""
    array = numpy.asarray(seconds, dtype=numpy.float64)
    known = array[numpy.isfinite(array)]
    return array / 86400.0 if known.size and known.min() >= _DATES_FROM else array


def time_axis(ax: "Axes", first: float) -> None:
    """Name the axis of times, and write dates where they are dates."""
    if first < _DATES_FROM:
        ax.set_xlabel("time in seconds")
        return
    locator: Any = dates.AutoDateLocator(minticks=4, maxticks=9, tz=timezone.utc)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=timezone.utc))  # type: ignore[no-untyped-call]
    ax.set_xlabel("time in UTC")


def quiet(ax: "Axes", *, legend: bool = True) -> None:
    """Only the lines that are read."""
    ax.grid(color="0.5", alpha=0.2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if legend and ax.get_legend_handles_labels()[0]:
        # Below the axis and its label, where it covers nothing.
        below = -0.17 if ax.get_xlabel() else -0.09
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, below), "borderaxespad": 0}
        ax.legend(**place, ncols=5, frameon=False, fontsize="small")
