"""What is heard: samples on a time line, as wave files."""

from __future__ import annotations

import array
import sys
import wave
from pathlib import Path

from .voices import RATE, Sentence


def write_talk(path: Path, sentences: list[Sentence], seconds: float) -> None:
    """Write the sentences of a talk, with silence between them."""
    line = array.array("h", bytes(2 * round(seconds * RATE)))
    for sentence in sentences:
        at = round(sentence.start * RATE)
        line[at : at + len(sentence.samples)] = sentence.samples
    write_wave(path, line, RATE)


def write_wave(path: Path, samples: array.array[int], rate: int) -> None:
    """Write 16-bit samples as a mono wave file."""
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
        f.writeframes(samples.tobytes())
