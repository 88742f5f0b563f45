"""When it happens: sentences with pauses between them, and where the picture is cut."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace

from .programs import MediaError
from .script import TALK, told
from .voices import RATE, Sentence

FPS = 30
LEAD_IN = 0.6  # seconds before the first word


@dataclass
class Scene:
    """One shot on the time line, in whole frames."""

    first: int
    last: int  # exclusive
    look: str
    part: int
    sentences: list[Sentence]


def arrange(spoken: list[Sentence], seconds: float, rng: random.Random) -> list[Sentence]:
    """Put sentences on the time line until the length is used up, with pauses of 0.4 to 1.5 s.

    The talk starts again when the length allows more than one telling; what is left
    over goes into the pauses.
    """
    placed: list[Sentence] = []
    at = LEAD_IN
    last: Sentence | None = None
    for telling in range(1000):
        for sentence in spoken:
            pause = 0.0 if last is None else pause_between(last, sentence, sentence is spoken[0], rng)
            at = on_sample(at + pause)
            end = at + len(sentence.samples) / RATE
            if end + 0.5 > seconds:
                break
            placed.append(replace(sentence, part=sentence.part + telling * len(TALK), start=at))
            at, last = end, sentence
        else:
            if seconds - at > 15:
                continue
        break
    if not placed:
        raise MediaError(f"{seconds:g} s are too short for a sentence")
    return widen(placed, seconds - 1.0 - placed[-1].end)


def pause_between(before: Sentence, after: Sentence, again: bool, rng: random.Random) -> float:
    """How long nobody speaks: longest before a new part, or when the talk starts `again`."""
    if again or before.part != after.part:
        return rng.uniform(1.0, 1.4)
    if before.shot != after.shot:
        return rng.uniform(0.6, 1.0)
    return rng.uniform(0.4, 0.7)


def widen(placed: list[Sentence], spare: float) -> list[Sentence]:
    """Use up spare time in the pauses, none of which gets longer than 1.5 s."""
    share = spare / max(1, len(placed) - 1)
    moved, shift = [placed[0]], 0.0
    for before, sentence in itertools.pairwise(placed):
        shift += max(0.0, min(share, 1.5 - (sentence.start - before.end)))
        moved.append(replace(sentence, start=on_sample(sentence.start + shift)))
    return moved


def on_sample(seconds: float) -> float:
    """The time of the nearest sample."""
    return round(seconds * RATE) / RATE


def scenes(sentences: list[Sentence], frames: int) -> list[Scene]:
    """Hard cuts in the middle of the pauses between shots."""
    out: list[Scene] = []
    for sentence in sentences:
        if out and (out[-1].part, out[-1].sentences[-1].shot) == (sentence.part, sentence.shot):
            out[-1].sentences.append(sentence)
            continue
        cut = 0
        if out:
            cut = round((out[-1].sentences[-1].end + sentence.start) / 2 * FPS)
            out[-1].last = cut
        look = told(sentence.part).shots[sentence.shot].look
        out.append(Scene(cut, frames, look, sentence.part, [sentence]))
    return out
