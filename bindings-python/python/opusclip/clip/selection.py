"""Which stretches stand alone, and why."""

from dataclasses import dataclass

from .._data import Data
from .analysis import Span


@dataclass(frozen=True, slots=True)
class Feature(Data):
    """One part of a score.

    Attributes
    ----------
    name : str
        Its name.
    value : float
        0 (bad) to 1 (good).
    weight : float
        Its share of the score; the weights of a clip sum to 1.
    """

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlan(Data):
    """A stretch of the source that was chosen, and why.

    Attributes
    ----------
    ranges : tuple of Span
        What is played, in order; one range unless something is left out in the middle. Lead-in and tail included.
    score : float
        0 to 1: the sum of value times weight over `features`. It ranks; it promises nothing.
    features : tuple of Feature
        The parts of the score.
    text : str
        What is said in it.
    reason : str
        Why it was chosen, in a sentence.
    """

    ranges: tuple[Span, ...]
    score: float
    features: tuple[Feature, ...]
    text: str
    reason: str

    def __repr__(self) -> str:
        ranges = ", ".join(f"{span.start:.1f}–{span.end:.1f} s" for span in self.ranges)
        return f"ClipPlan({ranges}, score {self.score:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(Data):
    """What `opusclip.select` found.

    Attributes
    ----------
    clips : tuple of ClipPlan
        The chosen clips in order of time.
    candidates : int
        How many candidates were weighed.
    notes : tuple of str
        What the caller should know: a source shorter than asked for, fewer clips than asked for.
    """

    clips: tuple[ClipPlan, ...]
    candidates: int
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Selection({len(self.clips)} clips of {self.candidates} candidates: {list(self.clips)!r})"

    def _repr_html_(self) -> str:
        from .._html import selection

        return selection(self)
