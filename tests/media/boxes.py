"""Boxes of ISO BMFF files (MP4, MOV), changed into what no muxer option makes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from talk.programs import MediaError

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta")


def boxes(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield (kind, box start, content start, end) of all boxes, containers before their content."""
    pos, end = start, len(data) if end is None else end
    while pos + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, pos)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, pos + 8)[0], 16
        elif size == 0:
            size = end - pos
        if size < head:
            return
        yield kind, pos, pos + head, min(pos + size, end)
        if kind in CONTAINERS:
            yield from boxes(data, pos + head, min(pos + size, end))
        pos += size


def find(data: bytes | bytearray, kind: bytes) -> tuple[int, int, int]:
    """The first box of a kind: its start, its content's start and its end."""
    for name, start, content, end in boxes(data):
        if name == kind:
            return start, content, end
    raise MediaError(f"no {kind.decode()} box")


def set_rotation(path: Path, clockwise: int) -> None:
    """Write a display matrix into the video track, as phones do: the player turns the picture clockwise."""
    data = bytearray(path.read_bytes())
    one = 0x10000
    for name, _, content, _ in boxes(data):
        if name != b"tkhd":
            continue
        at = content + (40 if data[content] == 0 else 52)
        width, height = struct.unpack_from(">II", data, at + 36)
        if not width:
            continue
        a, b, c, d, x, y = {90: (0, one, -one, 0, height, 0), 180: (-one, 0, 0, -one, width, height)}[clockwise]
        struct.pack_into(">iiiiiiiii", data, at, a, b, 0, c, d, 0, x, y, 1 << 30)
    path.write_bytes(data)


def cover_first(path: Path) -> None:
    """Move the metadata with the cover before the tracks, so that it becomes the first stream."""
    data = path.read_bytes()
    _, content, end = find(data, b"moov")
    children = []
    pos = content
    while pos < end:
        size = struct.unpack_from(">I", data, pos)[0]
        children.append(data[pos : pos + size])
        pos += size
    children.sort(key=lambda box: {b"mvhd": 0, b"udta": 1}.get(box[4:8], 2))
    path.write_bytes(data[:content] + b"".join(children) + data[end:])


def absurd_duration(path: Path) -> int:
    """Make the header promise about 100 years, and return it in seconds; the samples stay as they are."""
    data = bytearray(path.read_bytes())
    century = 3_155_760_000
    for name, _, content, _ in boxes(data):
        if name == b"mvhd":
            struct.pack_into(">II", data, content + 12, 1, century)  # time scale, duration
        elif name == b"tkhd":
            struct.pack_into(">I", data, content + 20, century)
        elif name == b"mdhd":
            struct.pack_into(">I", data, content + 16, 0xFFFF_FFFE)
        elif name == b"elst":
            struct.pack_into(">I", data, content + 8, century)
    path.write_bytes(data)
    return century
