"""Scoring of boundaries against a truth that is exact to the frame.

Hard cuts are matched one to one and only at the very frame. A boundary inside a gradual transition, or within 0.3 s of
one, belongs to that transition and is never a false cut. A gradual transition is found where a boundary overlaps it; a
second boundary in the same one, and a predicted stretch that belongs to none, count as false graduals. A distractor is
hit where a boundary that belongs to nothing true lies in its span (or two frames around it).

Where a detector says a kind, the kind of each found gradual transition is compared, and where it says a stretch, its
start and end. A transition that was found by a boundary of kind `cut` is found, but of a wrong kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from truth import Span, Truth

NEAR_GRADUAL = 0.3
"""Seconds around a gradual transition in which a boundary belongs to it."""
NEAR_DISTRACTOR = 2
"""Frames around a distractor in which a boundary is its fault."""

SAID_AS = {"dissolve": "dissolve", "fadeblack": "fade", "wipe": "wipe"}
"""What a detector calls each kind of gradual transition."""


@dataclass(frozen=True)
class Boundary:
    """A boundary that a detector says: a moment, or a stretch where `end` is later than `start`; in seconds."""

    start: float
    end: float
    kind: str = ""
    """Cut, dissolve, fade or wipe; empty where the detector says no kinds."""


@dataclass
class Score:
    """Counts of one detector, over any number of montages."""

    cuts: int = 0
    cut_hits: int = 0
    cut_false: int = 0
    angles: int = 0
    """Cuts between two angles on one scene."""
    angle_hits: int = 0
    graduals: int = 0
    gradual_hits: int = 0
    gradual_false: int = 0
    distractors: int = 0
    distractor_hits: int = 0
    typed: int = 0
    """Found graduals of which a kind is said."""
    typed_right: int = 0
    stretches: int = 0
    """Found graduals of which a start and an end are said."""
    start_off: float = 0.0
    """Seconds by which their starts are off, all together."""
    end_off: float = 0.0
    of_kind: Counter[str] = field(default_factory=Counter)
    """How many graduals and distractors of each kind there are."""
    kind_hits: Counter[str] = field(default_factory=Counter)
    """How many of them are found, or hit."""
    said_as: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Found graduals by their true kind and the one that is said."""
    failures: Counter[str] = field(default_factory=Counter)
    """What went wrong, and how often."""

    def add(self, other: Score) -> None:
        """Take the counts of another montage in."""
        for name, value in vars(other).items():
            mine = getattr(self, name)
            if isinstance(mine, Counter):
                mine.update(value)
            else:
                setattr(self, name, mine + value)

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

    @property
    def kind_share(self) -> float | None:
        """The share of found graduals that are of the kind that is said; `None` where no kinds are said."""
        return self.typed_right / self.typed if self.typed else None

    @property
    def offsets(self) -> tuple[float, float] | None:
        """Seconds by which start and end of found graduals are off, in the mean; `None` where none are said."""
        return (self.start_off / self.stretches, self.end_off / self.stretches) if self.stretches else None


def f1(hits: int, false: int, there: int) -> float:
    """Harmonic mean of precision and recall; 1 where there is nothing to find and nothing was said."""
    whole = there + hits + false
    return 2 * hits / whole if whole else 1.0


def score(truth: Truth, said: Sequence[Boundary], where: str) -> Score:
    """Score one montage; `where` names it in the failures."""
    out = Score(cuts=len(truth.cuts), graduals=len(truth.graduals), distractors=len(truth.distractors))
    out.angles = sum(cut.angle for cut in truth.cuts)
    out.of_kind.update(span.kind for span in (*truth.graduals, *truth.distractors))
    left = {cut.frame: cut for cut in truth.cuts}
    found: set[Span] = set()
    hit: set[Span] = set()
    for boundary in sorted(said, key=lambda one: one.start):
        # In frames; half a frame is what rounding in a container may take.
        start, end = truth.position(boundary.start), truth.position(boundary.end)
        gradual = near_gradual(truth, boundary)
        if gradual is not None:
            if gradual in found:
                out.gradual_false += 1
                out.failures[f"second boundary in one {gradual.kind}"] += 1
            elif start <= gradual.end + 0.5 and end >= gradual.start - 0.5:
                found.add(gradual)
                note_kind(out, truth, gradual, boundary)
            continue
        frame = round(start)
        stretch = is_stretch(truth, boundary)
        if not stretch and frame in left:
            cut = left.pop(frame)
            out.cut_hits += 1
            out.angle_hits += cut.angle
            continue
        if stretch:
            out.gradual_false += 1
        else:
            out.cut_false += 1
        distractor = owner(truth.distractors, start, end, NEAR_DISTRACTOR)
        if distractor is not None:
            hit.add(distractor)
        what = f"false {'gradual' if stretch else 'cut'}: {blame(truth, distractor, frame)}"
        out.failures[what + place(where, boundary.start)] += 1
    for cut in left.values():
        what = f"missed cut: {'other angle, ' if cut.angle else ''}{cut.join}"
        out.failures[what + place(where, truth.seconds(cut.frame))] += 1
    for span in truth.graduals:
        if span not in found:
            out.failures[f"missed {span.kind}"] += 1
    out.gradual_hits, out.distractor_hits = len(found), len(hit)
    out.kind_hits.update(span.kind for span in (*found, *hit))
    return out


def is_stretch(truth: Truth, boundary: Boundary) -> bool:
    """Whether a boundary is said to be gradual; without a kind, what is longer than a frame is."""
    if boundary.kind:
        return boundary.kind != "cut"
    return truth.position(boundary.end) - truth.position(boundary.start) > 1.5


def note_kind(out: Score, truth: Truth, gradual: Span, boundary: Boundary) -> None:
    """Compare what is said about a gradual transition that was found."""
    if boundary.kind:
        out.typed += 1
        out.typed_right += boundary.kind == SAID_AS[gradual.kind]
        out.said_as[gradual.kind, boundary.kind] += 1
    if is_stretch(truth, boundary):
        out.stretches += 1
        out.start_off += abs(boundary.start - truth.seconds(gradual.start))
        out.end_off += abs(boundary.end - truth.seconds(gradual.end))


def near_gradual(truth: Truth, boundary: Boundary) -> Span | None:
    """The gradual transition that a boundary belongs to."""
    start = truth.position(boundary.start - NEAR_GRADUAL)
    end = truth.position(boundary.end + NEAR_GRADUAL)
    touched = [span for span in truth.graduals if start <= span.end and end >= span.start]
    middle = boundary.start + boundary.end
    return min(touched, key=lambda s: abs(truth.seconds(s.start) + truth.seconds(s.end) - middle), default=None)


def place(where: str, seconds: float) -> str:
    """The montage and the time, behind what went wrong there."""
    return f" [{where}, {seconds:.2f} s]"


def owner(spans: Sequence[Span], start: float, end: float, near: float) -> Span | None:
    """The span that a boundary belongs to, the nearest where it touches several; all in frames."""
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
