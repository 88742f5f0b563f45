"""What is true about one montage: the time of every frame, cuts, gradual transitions, distractors and pieces.

Everything is held in frames, by their index. What a detector says is in seconds, and frames of a variable rate lie
anywhere, so both are converted with the list of frame times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace


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
    """A true gradual transition, a distractor or a piece, of frames from `start` to before `end`."""

    start: int
    end: int
    kind: str
    join: str


@dataclass(frozen=True)
class Truth:
    """What is in one montage."""

    times: Sequence[float]
    """Seconds at which each frame begins, and at last the end of the last."""
    cuts: Sequence[Cut]
    graduals: Sequence[Span]
    distractors: Sequence[Span]
    pieces: Sequence[Span]
    """Where each piece is seen; `join` is its name."""

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.times) - 1

    def position(self, seconds: float) -> float:
        """A time in frames, as a number between those of the frames around it."""
        times = self.times
        at = min(max(bisect_right(times, seconds) - 1, 0), len(times) - 2)
        return at + (seconds - times[at]) / (times[at + 1] - times[at])

    def seconds(self, frame: int) -> float:
        """When a frame begins."""
        return self.times[min(frame, self.frames)]

    def thinned(self, kept: Sequence[int], times: Sequence[float]) -> Truth:
        """The same where only some frames are left, which begin at other times."""

        def moved(spans: Sequence[Span]) -> list[Span]:
            some = [replace(span, start=new(span.start), end=new(span.end)) for span in spans]
            # A flash of which no frame is left is not there.
            return [span for span in some if span.end > span.start]

        def new(frame: int) -> int:
            return bisect_left(kept, frame)

        return Truth(
            times,
            [replace(cut, frame=new(cut.frame)) for cut in self.cuts],
            moved(self.graduals),
            moved(self.distractors),
            moved(self.pieces),
        )

    def described(self) -> dict[str, object]:
        """The truth as JSON: frames, and the same in seconds."""

        def spans(some: Sequence[Span]) -> list[dict[str, object]]:
            return [
                {
                    "kind": span.kind, "in": span.join, "start_frame": span.start, "end_frame": span.end,
                    "start": self.shown(span.start), "end": self.shown(span.end),
                }
                for span in some
            ]  # fmt: skip

        return {
            "frames": self.frames,
            "duration": self.shown(self.frames),
            "cuts": [
                {"frame": cut.frame, "time": self.shown(cut.frame), "join": cut.join, "angle": cut.angle}
                for cut in self.cuts
            ],
            "graduals": spans(self.graduals),
            "distractors": spans(self.distractors),
            "pieces": spans(self.pieces),
            "times": [self.shown(frame) for frame in range(self.frames)],
        }

    def shown(self, frame: int) -> float:
        """When a frame begins, in microseconds' precision."""
        return round(self.seconds(frame), 6)
