"""An analysis as a picture, drawn with matplotlib."""

from typing import TYPE_CHECKING

from .analysis import Analysis, BoundaryKind
from .curve import Curve

try:
    from matplotlib import get_backend, pyplot
    from matplotlib.ticker import FuncFormatter, MultipleLocator
except ImportError as error:
    raise ImportError("Analysis.plot needs matplotlib: pip install 'opusclip[plot]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# The scale of loudness in LUFS, and below it, on the same scale, where speech and shots are drawn.
_LOUDNESS = (-60.0, 0.0)
_SPEECH = (-68.0, 4.0)
_SHOTS = (-78.0, 6.0)
_BOTTOM = -80.0
# Seconds between two named moments, of which there are at most ten.
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
# Lines through the curves show so many boundaries at most; lines of cuts get thinner from so many on.
_LED_THROUGH = 60
_CROWDED = 150
_COLORS = {
    BoundaryKind.CUT: "0.25",
    BoundaryKind.DISSOLVE: "#9b5de5",
    BoundaryKind.FADE: "#d9900b",
    BoundaryKind.WIPE: "#e0447c",
}


def draw(analysis: Analysis, ax: "Axes | None" = None) -> "Figure":
    """Draw loudness, speech and shots; returns the figure."""
    figure = None
    if ax is None:
        height = 1.4 if analysis.loudness is None else 3.6
        figure, ax = pyplot.subplots(figsize=(11, height), layout="constrained")
    _loudness(analysis, ax)
    _shots(analysis, ax)
    _axes(analysis, ax)
    if figure is not None and get_backend().lower().endswith("inline"):
        # A notebook shows what a cell returns; an open figure would be shown once more.
        pyplot.close(figure)
    # Of a part of a figure, the whole.
    return ax.figure.figure


def _loudness(analysis: Analysis, ax: "Axes") -> None:
    if analysis.loudness is None:
        return
    low, high = _LOUDNESS

    def curve(values: Curve) -> tuple[list[float], list[float]]:
        middle = values.start + values.step / 2
        return [middle + place * values.step for place in range(len(values))], [min(max(v, low), high) for v in values]

    times, momentary = curve(analysis.loudness.momentary)
    ax.fill_between(times, low, momentary, color="#3f83f8", alpha=0.45, linewidth=0, label="momentary")
    ax.plot(*curve(analysis.loudness.short_term), color="#e8590c", linewidth=1.2, label="short-term")
    if analysis.loudness.integrated is not None:
        text = f"integrated {analysis.loudness.integrated:.1f} LUFS"
        ax.axhline(analysis.loudness.integrated, color="0.4", linewidth=0.9, linestyle="--", label=text)
    ax.broken_barh([(span.start, span.duration) for span in analysis.speech], _SPEECH, color="#12a150", linewidth=0)


def _shots(analysis: Analysis, ax: "Axes") -> None:
    for odd, gray in enumerate(("0.84", "0.7")):
        shots = [(shot.start, shot.duration) for shot in analysis.shots[odd::2]]
        ax.broken_barh(shots, _SHOTS, color=gray, linewidth=0)
    bottom, height = _SHOTS
    for kind, color in _COLORS.items():
        found = [boundary for boundary in analysis.boundaries if boundary.kind is kind]
        if not found:
            continue
        if kind is BoundaryKind.CUT:
            thin = min(1.0, _CROWDED / len(found))
            times = [at.start for at in found]
            ax.vlines(times, bottom - 1, bottom + height + 1, color=color, linewidth=thin, label="cut")
        else:
            spans = [(at.start, at.end - at.start) for at in found]
            ax.broken_barh(spans, _SHOTS, color=color, linewidth=0.8, label=kind.value)
    if len(analysis.boundaries) <= _LED_THROUGH and analysis.loudness is not None:
        middles = [(at.start + at.end) / 2 for at in analysis.boundaries]
        ax.vlines(middles, *_LOUDNESS, color="0.5", linewidth=0.6, linestyle=":")


def _axes(analysis: Analysis, ax: "Axes") -> None:
    span = analysis.span
    rows = {_SHOTS[0] + _SHOTS[1] / 2: "shots"}
    top = _SHOTS[0] + _SHOTS[1] + 2
    if analysis.loudness is not None:
        rows |= {_SPEECH[0] + _SPEECH[1] / 2: "speech"} | {level: f"{level:g}" for level in (-60.0, -40.0, -20.0, 0.0)}
        top = _LOUDNESS[1]
        ax.set_ylabel("loudness in LUFS")
    ax.set_ylim(_BOTTOM, top)
    ax.set_yticks(list(rows), list(rows.values()))
    if span.duration > 0:
        ax.set_xlim(span.start, span.end)
        step = next((step for step in _STEPS if span.duration / step <= 10), span.duration / 10)
        ax.xaxis.set_major_locator(MultipleLocator(step))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda time, _: _clock(time, step)))
    ax.grid(axis="x", color="0.5", alpha=0.2)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=7, frameon=False, fontsize="small")


def _clock(seconds: float, step: float) -> str:
    digits = 1 if step < 1 else 0
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:0{digits + 3 if digits else 2}.{digits}f}"
    return f"{hours}:{minutes:02}:{text}" if hours else f"{minutes}:{text}"
