"""Who speaks: sentences from espeak-ng, and when each of their words ends."""

from __future__ import annotations

import array
import sys
from concurrent.futures import Executor
from dataclasses import dataclass

from .programs import run
from .script import Part, Voice

RATE = 22_050  # what espeak-ng speaks in
LOUD = 250  # about -42 dBFS: what is quieter counts as silence


@dataclass
class Sentence:
    """One spoken sentence on the time line."""

    text: str
    voice: Voice
    part: int
    shot: int
    samples: array.array[int]
    word_ends: list[float]  # seconds from the sentence's start
    start: float = 0.0

    @property
    def end(self) -> float:
        """When the last word is over."""
        return self.start + len(self.samples) / RATE

    @property
    def words(self) -> list[str]:
        """What is said, word by word."""
        return self.text.split()


def speak(voice: Voice, text: str) -> array.array[int]:
    """Speak a text; the silence around it is cut off."""
    manner = ("-v", voice.variant, "-s", str(voice.speed), "-p", str(voice.pitch))
    data = run("espeak-ng", *manner, "--stdout", "--stdin", stdin=text.encode()).out
    samples = array.array("h")
    samples.frombytes(data[data.index(b"data") + 8 :])  # the header's sizes are open-ended on a pipe
    if sys.byteorder == "big":
        samples.byteswap()
    return trim(samples)


def trim(samples: array.array[int]) -> array.array[int]:
    """Cut off the silence but for 10 ms, faded so that nothing clicks."""
    first = next((i for i, s in enumerate(samples) if abs(s) > LOUD), 0)
    last = next((i for i in range(len(samples) - 1, -1, -1) if abs(samples[i]) > LOUD), len(samples) - 1)
    keep = RATE // 100
    samples = samples[max(0, first - keep) : last + 1 + keep]
    for i in range(min(keep // 2, len(samples))):
        gain = i / (keep // 2)
        samples[i] = int(samples[i] * gain)
        samples[-1 - i] = int(samples[-1 - i] * gain)
    return samples


def say_all(parts: tuple[Part, ...], pool: Executor) -> list[Sentence]:
    """Speak every sentence of the talk and find its words' ends by speaking its beginnings."""
    todo: list[tuple[int, int, Voice, str]] = []
    for p, part in enumerate(parts):
        for s, shot in enumerate(part.shots):
            todo.extend((p, s, voice, text) for voice, text in shot.lines)

    whole = [pool.submit(speak, voice, text) for _, _, voice, text in todo]
    heads = [
        [pool.submit(speak, voice, " ".join(text.split()[:n])) for n in range(1, len(text.split()))]
        for _, _, voice, text in todo
    ]
    sentences = []
    for (p, s, voice, text), sound, beginnings in zip(todo, whole, heads, strict=True):
        samples = sound.result()
        ends = word_ends([len(head.result()) / RATE for head in beginnings], len(samples) / RATE)
        sentences.append(Sentence(text, voice, p, s, samples, ends))
    return sentences


def word_ends(beginnings: list[float], length: float) -> list[float]:
    """When each word ends, from how long each beginning and the whole sentence take."""
    ends: list[float] = []
    for beginning in beginnings:
        # A beginning is spoken as if it were a sentence: its last word is drawn out a little.
        at = max(beginning - 0.06, (ends[-1] if ends else 0.0) + 0.04)
        ends.append(min(at, length - 0.04 * (len(beginnings) - len(ends))))
    return [*ends, length]
