"""Seeded montages of single-shot pieces, joined by known transitions, with planted distractors and exact truth.

Frames stay raw until a montage is encoded: each piece is rendered to a counted number of frames, a transition is made
from the last frames of one piece and the first of the next, and everything goes through one pipe into the encoder. So
the position of every boundary is known by counting, and the frames of the finished file are counted again.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import common
from common import BenchError
from score import Cut, Span, Truth
from sources import FRAME, HEIGHT, WIDTH, Stock, Take, frames_of, raw_input, render

LUMA = WIDTH * HEIGHT
WIPES = ("wipeleft", "wiperight", "wipeup", "wipedown", "smoothleft", "smoothup")
KINDS = ("flash", "drift", "shake", "zoom", "pan")
MARGIN = 0.5
"""Seconds between a distractor and the next boundary, so that what is hit is clear."""

CODINGS: dict[str, tuple[str, str, list[str]]] = {
    "h264-scenecut": ("libx264", "mp4", ["-preset", "veryfast", "-crf", "23", "-g", "250"]),
    "h264-fixed": ("libx264", "mp4", ["-preset", "veryfast", "-crf", "23", "-g", "60", "-sc_threshold", "0"]),
    "hevc": ("libx265", "mp4", ["-preset", "superfast", "-crf", "26", "-tag:v", "hvc1", "-x265-params", "log-level=1"]),
    "vp9": ("libvpx-vp9", "webm", ["-deadline", "realtime", "-cpu-used", "8", "-crf", "34", "-b:v", "0", "-g", "240"]),
}
"""Encoder, container and options of each way to encode."""


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
    """The ffmpeg transition."""
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
    fps: int
    pieces: list[Piece] = field(default_factory=list)

    def truth(self) -> Truth:
        """Where everything is, in frames from the start."""
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
        return Truth(self.fps, begin, cuts, graduals, distractors, shown)


def plan(name: str, coding: str, stock: Stock, rng: random.Random, seconds: float) -> Montage:
    """Decide on a montage of about `seconds`; nothing is rendered yet."""
    fps = rng.choice([25, 30])
    montage = Montage(name, coding, fps)
    pieces = montage.pieces
    total = 0
    while total < seconds * fps or len(pieces) < 2:
        before = pieces[-1] if pieces else None
        angle = before is not None and before.take.file is not None and rng.random() < 0.25
        if before is not None and angle:
            take = stock.angle(before.take)
        else:
            take = stock.next(before.take if before is not None else None, fps)
        frames = int(min(rng.uniform(3, 6), take.room - 0.15) * fps)
        piece = Piece(stock.placed(take, frames / fps), frames, angle=angle)
        if before is not None and not angle and rng.random() < 0.5:
            # Two transitions must leave a body between them: each may take two fifths of a piece at most.
            most = min(2.0, 0.4 * before.frames / fps, 0.4 * frames / fps)
            piece.kind = rng.choice(["dissolve", "dissolve", "fadeblack", "wipe"])
            piece.effect = {"dissolve": "fade", "wipe": rng.choice(WIPES)}.get(piece.kind, piece.kind)
            piece.into = round(rng.uniform(0.3, most) * fps)
        pieces.append(piece)
        total += frames - piece.into
    for index, piece in enumerate(pieces):
        out = pieces[index + 1].into if index + 1 < len(pieces) else 0
        if rng.random() < 0.6:
            plant(piece, out, fps, rng)
    return montage


def plant(piece: Piece, out: int, fps: int, rng: random.Random) -> None:
    """Put a distractor into the body of a piece, where there is room for it; `out` frames lead to the next piece."""
    margin = round(MARGIN * fps)
    room = piece.frames - piece.into - out - 2 * margin
    kind = rng.choice(KINDS)
    least, most = {"flash": (1, 2), "drift": (fps, 2 * fps)}.get(kind, (fps // 2, fps))
    strength = rng.random()
    length = min(rng.randint(least, most), room)
    if length < least:
        return
    piece.distractor, piece.length, piece.strength = kind, length, strength
    piece.first = piece.into + margin + rng.randint(0, room - length)


def motion(piece: Piece, fps: int) -> str:
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
    """The frame with the light of a flash or a drift."""
    at = index - piece.first
    if piece.distractor not in ("flash", "drift") or not 0 <= at < piece.length:
        return frame
    if piece.distractor == "flash":
        white = 0.8 + 0.2 * piece.strength
        luma = bytes(round(value + (235 - value) * white) if value < 235 else value for value in range(256))
        chroma = bytes(round(value + (128 - value) * white) for value in range(256))
        return frame[:LUMA].translate(luma) + frame[LUMA:].translate(chroma)
    # Down to 55 to 80 per cent or up to 115 to 135, and back.
    peak = 0.55 + 0.5 * piece.strength if piece.strength < 0.5 else 0.95 + 0.4 * piece.strength
    gain = 1 + (peak - 1) * (1 - abs(2 * (at + 0.5) / piece.length - 1))
    luma = bytes(min(max(round(16 + (value - 16) * gain), 0), 255) for value in range(256))
    return frame[:LUMA].translate(luma) + frame[LUMA:]


def frames_in(piece: Piece, fps: int) -> list[bytes]:
    """All frames of a piece, its distractor included."""
    raw = render(piece.take, fps, piece.frames, motion(piece, fps))
    return [lit(piece, index, raw[index * FRAME : (index + 1) * FRAME]) for index in range(piece.frames)]


def joined(before: list[bytes], after: list[bytes], effect: str, fps: int) -> Iterator[bytes]:
    """The frames of a transition, as many as each side gives; the first is still the old shot alone."""
    count = len(before)
    with tempfile.TemporaryDirectory(prefix="quality-shots-") as folder:
        command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin"]
        for name, frames in (("before", before), ("after", after)):
            path = Path(folder) / name
            path.write_bytes(b"".join(frames))
            command += [*raw_input(fps), "-i", path]
        fade = f"xfade=transition={effect}:duration={count / fps:.6f}:offset=0,format=yuv420p"
        command += ["-filter_complex", fade, "-frames:v", str(count), "-f", "rawvideo", "-"]
        raw = frames_of(command, count, f"the transition {effect}")
    return (raw[index * FRAME : (index + 1) * FRAME] for index in range(count))


def all_frames(montage: Montage) -> Iterator[bytes]:
    """Every frame of a montage, in order."""
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


def write(montage: Montage, folder: Path) -> Path:
    """Render and encode a montage, count its frames, write its truth beside it; returns the video."""
    encoder, suffix, options = CODINGS[montage.coding]
    video = folder / f"{montage.name}.{suffix}"
    command: list[str | Path] = ["ffmpeg", "-y", "-v", "error", *raw_input(montage.fps), "-i", "-", "-c:v", encoder]
    command += [*options, "-threads", "2", "-pix_fmt", "yuv420p", video]
    truth = montage.truth()
    with tempfile.TemporaryFile() as log:
        encoding = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stderr=log)
        assert encoding.stdin is not None
        try:
            for frame in all_frames(montage):
                encoding.stdin.write(frame)
            encoding.stdin.close()
        except BrokenPipeError:
            pass  # The status below says that it failed, and the log why.
        except BaseException:
            encoding.kill()
            encoding.wait()
            raise
        if encoding.wait() != 0:
            log.seek(0)
            said = " | ".join(log.read().decode(errors="replace").strip().splitlines()[-4:])
            raise BenchError(f"{video.name} could not be encoded: {said}")
    count = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames", "-of", "csv=p=0"]
    counted = common.run([*count, "-show_entries", "stream=nb_read_frames", video]).strip().strip(",")
    if counted != str(truth.frames):
        raise BenchError(f"{video.name} has {counted} frames instead of {truth.frames}: its truth would be wrong")
    text = json.dumps(described(montage, truth), indent=1)
    video.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return video


def described(montage: Montage, truth: Truth) -> dict[str, object]:
    """The truth as JSON: frames, and the same in seconds."""

    def spans(some: list[Span]) -> list[dict[str, object]]:
        return [
            {
                "kind": span.kind, "in": span.join, "start_frame": span.start, "end_frame": span.end,
                "start": span.start / truth.fps, "end": span.end / truth.fps,
            }
            for span in some
        ]  # fmt: skip

    return {
        "coding": montage.coding,
        "fps": truth.fps,
        "frames": truth.frames,
        "cuts": [
            {"frame": cut.frame, "time": cut.frame / truth.fps, "join": cut.join, "angle": cut.angle}
            for cut in truth.cuts
        ],
        "graduals": spans(list(truth.graduals)),
        "distractors": spans(list(truth.distractors)),
        "pieces": spans(list(truth.pieces)),
    }
