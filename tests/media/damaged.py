"""Files that must be refused, or read as far as they go: cut, flipped, empty, absurd."""

from __future__ import annotations

import random
from pathlib import Path

from boxes import absurd_duration, find
from encoders import AAC, FAST, STEREO, X264
from maker import Job, Maker
from patterns import tone
from talk.programs import ffmpeg, lavfi, options

NOISY = "testsrc2=s=640x360:r=30:d=12,noise=alls=12:allf=t,format=yuv420p"


def put(maker: Maker, name: str, content: bytes, notes: str, duration: float | None = None, **expected: object) -> None:
    """One bad file of known bytes."""
    maker.write(f"bad/{name}", "bad", content, notes, duration, **expected)


def no_video(maker: Maker) -> None:
    """What is no video at all."""
    put(maker, "empty.mp4", b"", "no bytes")
    put(maker, "text.mp4", b"This is a plain text file, not a video.\n" * 40, "plain text")


def damage(maker: Maker) -> None:
    """All that is made by damaging one good file."""
    source = maker.aside("bad-source.mp4")
    ffmpeg(*lavfi(NOISY, tone(12)), *X264, *options("-crf 26 -g 30"), *STEREO, *FAST, source)
    cut(maker, source)
    flip(maker, source)
    mislead(maker, source)
    source.unlink()


def cut(maker: Maker, source: Path) -> None:
    """Files whose end is missing."""
    slow, transport = maker.aside("bad-slow.mp4"), maker.aside("bad-source.ts")
    ffmpeg("-i", source, "-c", "copy", slow)  # without faststart the index comes last
    moov, _, _ = find(slow.read_bytes(), b"moov")
    put(maker, "no_moov.mp4", slow.read_bytes()[:moov], "the index at the end is cut off")

    whole = source.read_bytes()
    notes = "index in front, cut at 60 % of its bytes"
    put(maker, "cut_middle.mp4", whole[: len(whole) * 60 // 100], notes, 12.0, readable=True)

    ffmpeg("-i", source, "-c", "copy", transport)
    whole = transport.read_bytes()
    notes = "MPEG-TS cut within a packet at 60 % of its bytes"
    put(maker, "cut_middle.ts", whole[: len(whole) * 60 // 100 + 77], notes, None, readable=True)
    for leftover in (slow, transport):
        leftover.unlink()


def flip(maker: Maker, source: Path) -> None:
    """Files with wrong bytes in the stream, a few or many."""
    whole = source.read_bytes()
    _, content, end = find(whole, b"mdat")
    for name, every, seed in (("flipped.mp4", 20_000, 11), ("flipped_heavily.mp4", 60, 12)):
        rng, data = random.Random(seed), bytearray(whole)
        places = rng.sample(range(content, end), (end - content) // every)
        for place in places:
            data[place] ^= rng.randint(1, 255)
        notes = f"one byte in {every} of the stream replaced"
        put(maker, name, bytes(data), notes, 12.0, flipped=len(places), readable=every > 1000)


def mislead(maker: Maker, source: Path) -> None:
    """Files whose header promises what is not there."""
    absurd = maker.aside("bad/absurd_duration.mp4")
    ffmpeg("-i", source, *options("-t 5 -c copy"), *FAST, absurd)
    century = absurd_duration(absurd)
    notes = "the header promises 100 years, there are 5 s"
    maker.keep("bad/absurd_duration.mp4", "bad", notes, 5.0, header_duration=century)

    init = maker.aside("bad-init.mp4")
    ffmpeg("-i", source, *options("-t 2 -c copy -movflags +frag_keyframe+empty_moov+default_base_moof"), init)
    _, _, end = find(init.read_bytes(), b"moov")
    put(maker, "zero_length.mp4", init.read_bytes()[:end], "a valid index without a single sample", 0.0)
    init.unlink()


def odd_sizes(maker: Maker) -> None:
    """Pictures of hardly any size, and of a strange one."""
    name = "bad/one_pixel.mkv"
    dot = "color=red:s=16x16:r=10:d=3,scale=1:1,format=yuv444p"
    ffmpeg(*lavfi(dot, tone(3)), "-c:v", "ffv1", *AAC, maker.aside(name))
    maker.keep(name, "bad", "a picture of 1x1", 3.0, width=1, height=1)

    name = "bad/wide_16384.mkv"
    ribbon = "testsrc2=s=16384x16:r=5:d=2,format=yuv420p"
    ffmpeg(*lavfi(ribbon, tone(2)), "-c:v", "ffv1", *AAC, maker.aside(name))
    maker.keep(name, "bad", "a picture of 16384x16", 2.0, width=16384, height=16)


JOBS: tuple[Job, ...] = (damage, odd_sizes, no_video)
