"""Talks with word times that are known: sentences spoken by espeak-ng, which says where each word begins.

The library is called rather than the program, because only the library tells of words (its events). Where a word ends is
heard: the last sample before the next word that is not silence.
"""

from __future__ import annotations

import array
import ctypes
import re
from dataclasses import dataclass

RATE = 22_050
LOUD = 250
"""About -42 dBFS: what is quieter is silence. The room is fainter than that."""
STEP = RATE // 200
"""Silence is told apart in steps of 5 ms."""
WORD = 1
"""espeakEVENT_WORD of espeak-ng's speak_lib.h; a list of events ends with type 0."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_HEARD = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass
class Word:
    """One word; times are seconds."""

    text: str
    start: float
    end: float
    sentence: int = 0
    first: bool = False
    """Does a sentence begin with it?"""
    last: bool = False
    """Does a sentence end with it?"""
    speaker: int = 0


class Speaker:
    """espeak-ng, once for each process: the library has one voice at a time."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        rate = self._library.espeak_Initialize(2, 500, None, 0)
        if rate != RATE:
            raise OSError(f"espeak-ng speaks at {rate} samples a second, not at {RATE}")
        self._sound = bytearray()
        self._begins: list[tuple[int, int]] = []
        # Kept, because the library holds nothing but its address.
        self._callback = _HEARD(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if samples and count > 0:
            self._sound += ctypes.string_at(samples, 2 * count)
        at = 0
        while events[at].type != 0:
            if events[at].type == WORD:
                self._begins.append((events[at].position - 1, events[at].sample))
            at += 1
        return 0

    def say(self, voice: str, speed: int, text: str) -> tuple[array.array[int], list[Word]]:
        """A sentence without silence around it, and its words from its beginning on."""
        self._sound.clear()
        self._begins.clear()
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(1, speed, 0)
        spoken = text.encode()
        self._library.espeak_Synth(spoken, len(spoken) + 1, 0, 1, 0, 1, None, None)
        samples = array.array("h", bytes(self._sound))
        first, last = loud(samples, 0, len(samples))
        words = words_of(text, self._begins, samples, (first, last))
        return samples[first:last], [Word(w.text, w.start - first / RATE, w.end - first / RATE) for w in words]


def loud(samples: array.array[int], start: int, end: int) -> tuple[int, int]:
    """From where to where a stretch is not silent; empty at its end where all of it is."""
    steps = [at for at in range(start, end, STEP) if is_loud(samples[at : min(at + STEP, end)])]
    return (steps[0], min(steps[-1] + STEP, end)) if steps else (end, end)


def is_loud(step: array.array[int]) -> bool:
    return max(step) > LOUD or min(step) < -LOUD


def words_of(text: str, begins: list[tuple[int, int]], samples: array.array[int], edges: tuple[int, int]) -> list[Word]:
    """Words as they are written, with the earliest time that the library gave for any of their letters."""
    # A mark that French sets apart belongs to the word before; the blank there does not break.
    written = list(re.finditer(r"[^ ]+", text))
    starts: list[int | None] = []
    for word in written:
        starts.append(min((sample for at, sample in begins if word.start() <= at < word.end()), default=None))
    starts[0] = edges[0]
    fill(starts, edges[1])
    times = [*(max(at or 0, edges[0]) for at in starts), edges[1]]
    words = []
    for word, start, until in zip(written, times, times[1:], strict=False):
        begin, end = loud(samples, start, max(until, start + 1))
        words.append(Word(word.group(), (begin if begin < end else start) / RATE, end / RATE))
    return words


def fill(starts: list[int | None], end: int) -> None:
    """Words that are spoken in one with the one before: share out the time."""
    at = 0
    while at < len(starts):
        if starts[at] is not None:
            at += 1
            continue
        until = next((n for n in range(at, len(starts)) if starts[n] is not None), len(starts))
        last = starts[until] if until < len(starts) else end
        begin = starts[at - 1]
        assert begin is not None and last is not None
        for n in range(at, until):
            starts[n] = begin + (last - begin) * (n - at + 1) // (until - at + 1)
        at = until
