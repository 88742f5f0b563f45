"""Scoring of boundaries against a truth that is exact to the frame.

Hard cuts are matched one to one and only at the very frame. A boundary inside a gradual transition, or within 0.3 s of
one, belongs to that transition and is never a false cut. A gradual transition is found where a boundary overlaps it; a
second boundary in the same one, and a predicted stretch that belongs to none, count as false graduals. A distractor is
hit where a boundary that belongs to nothing true lies in its span (or two frames around it).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

NEAR_GRADUAL = 0.3
"""Seconds around a gradual transition in which a boundary belongs to it."""
NEAR_DISTRACTOR = 2
"""Frames around a distractor in which a boundary is its fault."""


@dataclass(frozen=True)
class Boundary:
    """A boundary that a detector says: a moment, or a stretch where `end` is later than `start`; in seconds."""

    start: float
    end: float


@dataclass(frozen=True)
class Cut:
    """A true hard cut; `frame` is the first of the new shot."""

    frame: int
    join: str
    """What it joins, for reports."""
    angle: bool
    """Two angles on one scene."""


@dataclass(frozen=True)
class Span:
    """A true gradual transition or a distractor, of frames from `start` to before `end`."""

    start: int
    end: int
    kind: str
    join: str


@dataclass(frozen=True)
class Truth:
    """What is in one montage."""

    fps: int
    frames: int
    cuts: Sequence[Cut]
    graduals: Sequence[Span]
    distractors: Sequence[Span]
    pieces: Sequence[Span]
    """Where each piece is seen; `join` is its name."""


@dataclass
class Score:
    """Counts of one detector, over any number of montages."""

    cuts: int = 0
    cut_hits: int = 0
    cut_false: int = 0
    graduals: int = 0
    gradual_hits: int = 0
    gradual_false: int = 0
    distractors: int = 0
    distractor_hits: int = 0
    of_kind: Counter[str] = field(default_factory=Counter)
    """How many graduals and distractors of each kind there are."""
    kind_hits: Counter[str] = field(default_factory=Counter)
    """How many of them are found, or hit."""
    failures: Counter[str] = field(default_factory=Counter)
    """What went wrong, and how often."""

    def add(self, other: Score) -> None:
        """Take the counts of another montage in."""
        for name in ("cuts", "cut_hits", "cut_false", "graduals", "gradual_hits", "gradual_false"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.distractors += other.distractors
        self.distractor_hits += other.distractor_hits
        self.of_kind.update(other.of_kind)
        self.kind_hits.update(other.kind_hits)
        self.failures.update(other.failures)

    @property
    def f1_cut(self) -> float:
        """F1 of hard cuts at a tolerance of 0 frames."""
        return f1(self.cut_hits, self.cut_false, self.cuts)

    @property
    def f1_gradual(self) -> float:
        """F1 of gradual transitions, overlap counted."""
        return f1(self.gradual_hits, self.gradual_false, self.graduals)

    @property
    def distractor_share(self) -> float:
        """The share of distractors taken for a boundary."""
        return self.distractor_hits / self.distractors if self.distractors else 0.0


def f1(hits: int, false: int, there: int) -> float:
    """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing was said."""
    whole = there + hits + false
    return 2 * hits / whole if whole else 1.0


def score(truth: Truth, said: Sequence[Boundary], where: str) -> Score:
    """Score one montage; `where` names it in the failures."""
    out = Score(cuts=len(truth.cuts), graduals=len(truth.graduals), distractors=len(truth.distractors))
    out.of_kind.update(span.kind for span in (*truth.graduals, *truth.distractors))
    fps = truth.fps
    left = {cut.frame: cut for cut in truth.cuts}
    found: set[Span] = set()
    hit: set[Span] = set()
    for boundary in sorted(said, key=lambda one: one.start):
        # In frames; half a frame is what rounding in a container may take.
        start, end = boundary.start * fps, boundary.end * fps
        stretch = end - start > 1.5
        gradual = owner(truth.graduals, start, end, NEAR_GRADUAL * fps)
        if gradual is not None:
            if gradual in found:
                out.gradual_false += 1
                out.failures[f"second boundary in one {gradual.kind}"] += 1
            elif start <= gradual.end + 0.5 and end >= gradual.start - 0.5:
                found.add(gradual)
            continue
        frame = round(start)
        if not stretch and frame in left:
            del left[frame]
            out.cut_hits += 1
            continue
        if stretch:
            out.gradual_false += 1
        else:
            out.cut_false += 1
        distractor = owner(truth.distractors, start, end, NEAR_DISTRACTOR)
        if distractor is not None:
            hit.add(distractor)
        what = f"false {'gradual' if stretch else 'cut'}: {blame(truth, distractor, frame)}"
        out.failures[what + place(where, start / fps)] += 1
    for cut in left.values():
        what = f"missed cut: {'other angle, ' if cut.angle else ''}{cut.join}"
        out.failures[what + place(where, cut.frame / fps)] += 1
    for span in truth.graduals:
        if span not in found:
            out.failures[f"missed {span.kind}"] += 1
    out.gradual_hits, out.distractor_hits = len(found), len(hit)
    out.kind_hits.update(span.kind for span in (*found, *hit))
    return out


def place(where: str, seconds: float) -> str:
    """The montage and the time, behind what went wrong there."""
    return f" [{where}, {seconds:.2f} s]"


def owner(spans: Sequence[Span], start: float, end: float, near: float) -> Span | None:
    """The span that a boundary belongs to, the nearest where it touches several."""
    touched = [span for span in spans if start <= span.end + near and end >= span.start - near]
    return min(touched, key=lambda span: abs(span.start + span.end - start - end), default=None)


def blame(truth: Truth, distractor: Span | None, frame: int) -> str:
    """What a false cut is about: a true cut some frames off, a distractor, or the piece it lies in."""
    off = min((frame - cut.frame for cut in truth.cuts), key=abs, default=999)
    if 0 < abs(off) <= 3:
        return f"{off:+d} frames off a true cut"
    if off == 0:
        return "a true cut said twice or as a stretch"
    piece = next((span.join for span in truth.pieces if span.start <= frame < span.end), "?")
    return f"{distractor.kind} in {piece}" if distractor is not None else f"within {piece}"
