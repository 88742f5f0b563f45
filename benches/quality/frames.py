"""The frames of a planned montage, one after the other: pieces with what is planted in them, and transitions.

Each piece is rendered to a counted number of raw frames, and a transition is made from the last frames of one piece and
the first of the next, so the position of every boundary is known by counting.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from plan import Montage, Piece
from scenes import HEIGHT, WIDTH
from sources import FRAME, frames_of, raw_input, render

LUMA = WIDTH * HEIGHT
BLACK_SHARE = 0.2
"""How much of a dip to black is black throughout."""


def motion(piece: Piece, fps: Fraction) -> str:
    """The filter that moves the camera for a distractor; empty where none does."""
    first, last, strength = piece.first, piece.first + piece.length, piece.strength
    along = f"clip((n-{first})/{piece.length},0,1)"
    if piece.distractor == "shake":
        swing = 5 + 11 * strength
        inside = f"between(n,{first},{last - 1})"
        x, y = f"32+{inside}*{swing:.1f}*sin(2.3*n)", f"18+{inside}*{swing:.1f}*cos(3.1*n)"
        return f"scale={WIDTH + 64}:{HEIGHT + 36},crop={WIDTH}:{HEIGHT}:x='{x}':y='{y}'"
    if piece.distractor == "pan":
        # Along the picture and its mirror image, as wide as two.
        travel = round(WIDTH * (0.4 + 0.6 * strength))
        wide = "split[p0][p1];[p1]hflip[p2];[p0][p2]hstack"
        return f"{wide},crop={WIDTH}:{HEIGHT}:x='{travel}*{along}':y=0"
    if piece.distractor == "zoom":
        zoom = f"1+{0.4 + 0.6 * strength:.2f}*{along.replace('n-', 'on-')}"
        middle = "x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2'"
        return f"scale={2 * WIDTH}:{2 * HEIGHT},zoompan=z='{zoom}':{middle}:d=1:s={WIDTH}x{HEIGHT}:fps={fps}"
    return ""


def lit(piece: Piece, index: int, frame: bytes) -> bytes:
    """The frame with the light of a flash, a strobe or a drift."""
    at = index - piece.first
    if piece.distractor not in ("flash", "strobe", "drift") or not 0 <= at < piece.length:
        return frame
    if piece.distractor == "drift":
        # Down to 55 to 80 per cent or up to 115 to 135, and back.
        peak = 0.55 + 0.5 * piece.strength if piece.strength < 0.5 else 0.95 + 0.4 * piece.strength
        return brightened(frame, 1 + (peak - 1) * (1 - abs(2 * (at + 0.5) / piece.length - 1)))
    # A strobe is lit one frame in three to one in six.
    if piece.distractor == "strobe" and at % (3 + int(3.99 * piece.strength)) != 0:
        return frame
    white = 0.8 + 0.2 * piece.strength
    luma = bytes(round(value + (235 - value) * white) if value < 235 else value for value in range(256))
    chroma = bytes(round(value + (128 - value) * white) for value in range(256))
    return frame[:LUMA].translate(luma) + frame[LUMA:].translate(chroma)


def brightened(frame: bytes, gain: float) -> bytes:
    """The frame with other light and the same colours."""
    luma = bytes(min(max(round(16 + (value - 16) * gain), 0), 255) for value in range(256))
    return frame[:LUMA].translate(luma) + frame[LUMA:]


def dimmed(frame: bytes, gain: float) -> bytes:
    """The frame on its way to black; colours go as well."""
    chroma = bytes(round(128 + (value - 128) * gain) for value in range(256))
    dark = brightened(frame, gain)
    return dark[:LUMA] + dark[LUMA:].translate(chroma)


def frames_in(piece: Piece, fps: Fraction) -> list[bytes]:
    """All frames of a piece, its distractor included."""
    raw = render(piece.take, fps, piece.frames, motion(piece, fps))
    return [lit(piece, index, raw[index * FRAME : (index + 1) * FRAME]) for index in range(piece.frames)]


def joined(before: list[bytes], after: list[bytes], effect: str, fps: Fraction) -> Iterator[bytes]:
    """The frames of a transition, as many as each side gives; the first is still the old shot alone."""
    count = len(before)
    if effect == "dip":
        yield from dip(before, after)
        return
    with tempfile.TemporaryDirectory(prefix="quality-shots-") as folder:
        command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin"]
        for name, frames in (("before", before), ("after", after)):
            path = Path(folder) / name
            path.write_bytes(b"".join(frames))
            command += [*raw_input(fps), "-i", path]
        fade = f"xfade=transition={effect}:duration={float(count / fps):.6f}:offset=0,format=yuv420p"
        command += ["-filter_complex", fade, "-frames:v", str(count), "-f", "rawvideo", "-"]
        raw = frames_of(command, count, f"the transition {effect}")
    yield from (raw[index * FRAME : (index + 1) * FRAME] for index in range(count))


def dip(before: list[bytes], after: list[bytes]) -> Iterator[bytes]:
    """An even fade out, some black, and an even fade in."""
    count = len(before)
    ramp = max(round(count * (1 - BLACK_SHARE) / 2), 1)
    for index in range(count):
        out, into = 1 - index / ramp, 1 - (count - index) / ramp
        yield dimmed(before[index], max(out, 0.0)) if into <= 0 else dimmed(after[index], into)


def all_frames(montage: Montage) -> Iterator[bytes]:
    """Every frame of a montage, in order, before any is dropped."""
    fps, pieces = montage.fps, montage.pieces
    tail: list[bytes] = []
    for index, piece in enumerate(pieces):
        frames = frames_in(piece, fps)
        if piece.into:
            yield from joined(tail, frames[: piece.into], piece.effect, fps)
        out = pieces[index + 1].into if index + 1 < len(pieces) else 0
        end = piece.frames - out
        yield from frames[piece.into : end]
        tail = frames[end:]
