"""Planned montages: which pieces follow each other, how they are joined, what is planted in them; nothing is rendered.

A plan says everything about a montage, so two montages of equal plans are equal, and the truth follows from the plan by
counting frames.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction

from rates import Stamp, varied
from sources import Stock, Take
from truth import Cut, Span, Truth

RATES = (Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30))
WIPES = ("wipeleft", "wiperight", "wipeup", "wipedown")
OTHER_WIPES = (
    "smoothleft", "smoothright", "smoothup", "smoothdown", "wipetl", "wipebr", "diagtl", "diagbr",
    "circleopen", "circleclose", "vertopen", "horzclose", "radial",
)  # fmt: skip
KINDS = ("flash", "strobe", "drift", "shake", "zoom", "pan")
MARGIN = 0.5
"""Seconds between a distractor and the next boundary, so that what is hit is clear."""
GRADUAL = 0.5
"""The share of joins that are gradual, of those that are not two angles."""
ANGLE = 0.12
"""The share of joins that are another angle, where there can be one; it comes to about one cut in six."""
DISTRACTED = 0.6
"""The share of pieces in which something is planted, if it has room."""


@dataclass
class Piece:
    """One shot of a montage."""

    take: Take
    frames: int
    into: int = 0
    """Frames of the transition that leads into it; 0 is a hard cut or the start."""
    kind: str = "cut"
    """How it is joined to the one before: cut, dissolve, fadeblack or wipe."""
    effect: str = ""
    """The ffmpeg transition, or `dip`: an even fade out, black, and an even fade in."""
    angle: bool = False
    distractor: str = ""
    first: int = 0
    """First frame of the distractor, from the start of the piece."""
    length: int = 0
    strength: float = 0.0
    """A number from 0 to 1 that shapes the distractor."""


@dataclass
class Montage:
    """A planned montage."""

    name: str
    coding: str
    fps: Fraction
    pieces: list[Piece] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    """Which frames are left and when they begin, of a variable rate; empty where the rate is constant."""

    @property
    def frames(self) -> int:
        """How many frames the pieces give, before any is dropped."""
        return sum(piece.frames - piece.into for piece in self.pieces)

    def truth(self) -> Truth:
        """Where everything is."""
        cuts: list[Cut] = []
        graduals: list[Span] = []
        distractors: list[Span] = []
        shown: list[Span] = []
        begin = 0
        for index, piece in enumerate(self.pieces):
            if index:
                begin -= piece.into
                join = f"{self.pieces[index - 1].take.name} to {piece.take.name}"
                if piece.into:
                    graduals.append(Span(begin, begin + piece.into, piece.kind, join))
                else:
                    cuts.append(Cut(begin, join, piece.angle))
            if piece.distractor:
                first = begin + piece.first
                distractors.append(Span(first, first + piece.length, piece.distractor, piece.take.name))
            shown.append(Span(begin, begin + piece.frames, "piece", piece.take.name))
            begin += piece.frames
        times = [float(frame / self.fps) for frame in range(begin + 1)]
        truth = Truth(times, cuts, graduals, distractors, shown)
        if not self.stamps:
            return truth
        end = self.stamps[-1].ms / 1000 + float(1 / self.fps)
        return truth.thinned([stamp.frame for stamp in self.stamps], [*(s.ms / 1000 for s in self.stamps), end])


def plan(name: str, coding: str, variable: bool, stock: Stock, rng: random.Random, seconds: float) -> Montage:
    """Decide on a montage of about `seconds`."""
    fps = rng.choice(RATES)
    montage = Montage(name, coding, fps)
    pieces = montage.pieces
    while montage.frames < seconds * fps or len(pieces) < 2:
        pieces.append(following(pieces[-1] if pieces else None, stock, fps, rng))
    for index, piece in enumerate(pieces):
        out = pieces[index + 1].into if index + 1 < len(pieces) else 0
        if rng.random() < DISTRACTED:
            plant(piece, out, fps, rng)
    if variable:
        montage.stamps = varied(montage.frames, fps, rng)
    return montage


def following(before: Piece | None, stock: Stock, fps: Fraction, rng: random.Random) -> Piece:
    """The next piece and how it is joined."""
    share = ANGLE if before is not None and stock.may_turn(before.take) else 0.0
    angle = rng.random() < share
    if before is None:
        take = stock.next(None, fps)
    elif angle:
        take = stock.angle(before.take, float(before.frames / fps))
    else:
        take = stock.next(before.take, fps)
    # Mostly calm, at times cut quickly.
    length = rng.uniform(0.8, 2.5) if rng.random() < 0.15 else rng.uniform(3, 6)
    frames = int(min(length, take.room) * fps)
    piece = Piece(stock.placed(take, float(frames / fps)), frames, angle=angle)
    if before is not None and not angle and rng.random() < GRADUAL:
        # Two transitions must leave a body between them: each may take two fifths of a piece at most.
        most = min(2.0, float(0.4 * before.frames / fps), float(0.4 * frames / fps))
        join(piece, rng.uniform(min(0.3, most), most), fps, rng)
    return piece


def join(piece: Piece, seconds: float, fps: Fraction, rng: random.Random) -> None:
    """Lead into a piece by a gradual transition."""
    piece.kind = rng.choice(["dissolve", "dissolve", "fadeblack", "wipe"])
    if piece.kind == "dissolve":
        piece.effect = "fade"
    elif piece.kind == "fadeblack":
        piece.effect = rng.choice(["fadeblack", "dip"])
    else:
        piece.effect = rng.choice(WIPES if rng.random() < 0.6 else OTHER_WIPES)
    piece.into = round(seconds * fps)


def plant(piece: Piece, out: int, fps: Fraction, rng: random.Random) -> None:
    """Put a distractor into the body of a piece, where there is room for it; `out` frames lead to the next piece."""
    margin, second = round(MARGIN * fps), round(fps)
    room = piece.frames - piece.into - out - 2 * margin
    kind = rng.choice(KINDS)
    spans = {"flash": (1, 2), "strobe": (7, second), "drift": (second, 2 * second)}
    least, most = spans.get(kind, (second // 2, second))
    strength = rng.random()
    length = min(rng.randint(least, most), room)
    if length < least:
        return
    piece.distractor, piece.length, piece.strength = kind, length, strength
    piece.first = piece.into + margin + rng.randint(0, room - length)
