"""Variable frame rates: frames that a camera, a call or a screen recorder would have dropped, and when the rest begin.

Times are whole milliseconds, because that is what Matroska holds, so no container rounds them. Frames of a plain rate
are sent to ffmpeg as they are; frames with times go through an uncompressed Matroska stream, which is written here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

LONGEST_GAP = 6
"""Frames that are dropped in a row, at most."""


@dataclass(frozen=True)
class Stamp:
    """A frame that is left, and when it begins."""

    frame: int
    ms: int


def varied(frames: int, fps: Fraction, rng: random.Random) -> list[Stamp]:
    """Which of the frames are left, and their times: as of a camera, of a call, or of a screen recorder."""
    style = rng.choice(["camera", "call", "screen"])
    kept = [0]
    frame, left, every, lost = 0, 0, 1, 0.0
    while frame + 1 < frames:
        frame += 1
        if left <= 0:
            left = rng.randrange(round(fps), round(6 * fps))
            every = rng.choice([1, 1, 2, 3]) if style == "screen" else 1
            lost = {"camera": 0.02, "screen": 0.05}.get(style, rng.choice([0.0, 0.1, 0.25, 0.5]))
        left -= 1
        gap = frame - kept[-1]
        if gap >= LONGEST_GAP or (gap >= every and rng.random() >= lost):
            kept.append(frame)
    step = float(1000 / fps)
    # The clock of a camera or a call is not even; the first frame begins at 0.
    sway = 0.0 if style == "screen" else 0.2 * step
    return [Stamp(at, round(at * step + (rng.uniform(0, sway) if at else 0))) for at in kept]


def matroska(frames: Iterable[bytes], stamps: Iterable[Stamp], width: int, height: int) -> Iterator[bytes]:
    """Those of the frames that are left, 4:2:0 with eight bits, as an uncompressed Matroska stream."""
    yield head(width, height)
    left = iter(stamps)
    stamp = next(left, None)
    for index, frame in enumerate(frames):
        if stamp is not None and stamp.frame == index:
            # One cluster a frame: the time of the cluster, then a block of track 1 at the same time, a keyframe.
            block = element(0xA3, b"\x81\x00\x00\x80" + frame)
            yield element(0x1F43B675, number(0xE7, stamp.ms) + block)
            stamp = next(left, None)


def head(width: int, height: int) -> bytes:
    """All that comes before the frames."""
    kind = text(0x4282, "matroska") + number(0x4287, 4) + number(0x4285, 2)
    ebml = element(0x1A45DFA3, number(0x4286, 1) + number(0x42F7, 1) + number(0x42F2, 4) + number(0x42F3, 8) + kind)
    # Times are in milliseconds.
    info = element(0x1549A966, number(0x2AD7B1, 1_000_000) + text(0x4D80, "bench") + text(0x5741, "bench"))
    picture = element(0xE0, number(0xB0, width) + number(0xBA, height) + text(0x2EB524, "I420"))
    track = number(0xD7, 1) + number(0x73C5, 1) + number(0x83, 1) + text(0x86, "V_UNCOMPRESSED") + picture
    # The segment is as long as it will be.
    return ebml + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + info + element(0x1654AE6B, element(0xAE, track))


def element(name: int, body: bytes) -> bytes:
    """An EBML element."""
    ident = name.to_bytes((name.bit_length() + 7) // 8, "big")
    return ident + (len(body) | 1 << 56).to_bytes(8, "big") + body


def number(name: int, value: int) -> bytes:
    """An element that holds a number."""
    return element(name, value.to_bytes(8, "big"))


def text(name: int, value: str) -> bytes:
    """An element that holds a text."""
    return element(name, value.encode())
