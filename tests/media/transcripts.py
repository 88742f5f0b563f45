"""Transcripts of the talk, good and bad: wrong times, other encodings, no times at all, each word's time."""

from __future__ import annotations

import random
from typing import Any

from maker import Maker
from talk.captions import clock, span, subrip

Cues = list[tuple[str, str]]
"""From when to when, and what is said."""


def vary(maker: Maker, text: str, sentences: list[dict[str, Any]]) -> None:
    """Make all variants of the talk's subtitles."""
    blocks = [block.split("\n", 2) for block in text.strip().split("\n\n")]
    cues = [(when, said.rstrip("\n")) for _, when, said in blocks]
    wrong_times(maker, cues)
    encodings(maker, cues)
    useless(maker, cues)
    timed_words(maker, sentences)


def put(maker: Maker, name: str, content: bytes, notes: str, **expected: object) -> None:
    """One variant."""
    maker.write(f"transcripts/{name}", "transcript", content, notes, None, of="talk.mp4", **expected)


def put_faulty(maker: Maker, name: str, cues: Cues, faults: tuple[int, ...], notes: str) -> None:
    """One variant in which some cues, counted from 0, are at fault."""
    text = subrip(cues)
    lines = [text.split("\n").index(cues[i][0]) + 1 for i in faults]
    put(maker, name, text.encode(), notes, cues=len(cues), bad_cues=[i + 1 for i in faults], bad_lines=lines)


def wrong_times(maker: Maker, cues: Cues) -> None:
    """Cues that end before they start, that overlap, and that lie outside of the talk."""
    starts = [seconds_of(when.split(" --> ")[0]) for when, _ in cues]

    turned = [*cues]
    for i in (2, 5):
        turned[i] = (" --> ".join(reversed(cues[i][0].split(" --> "))), cues[i][1])
    put_faulty(maker, "reversed.srt", turned, (2, 5), "cues 3 and 6 end before they start")

    over = [*cues]
    for i in (1, 4, 7):
        over[i] = (span(starts[i], starts[i + 1] + 1.0), cues[i][1])
    put_faulty(maker, "overlapping.srt", over, (1, 4, 7), "cues 2, 5 and 8 reach 1 s into the next")

    beyond = [
        *cues[:-1],
        (span(starts[-1], 500.0), cues[-1][1]),
        (span(510.0, 515.0), "Nobody says this."),
        ("99:59:58,000 --> 99:59:59,000", "Nor this."),
    ]
    last_three = (len(beyond) - 3, len(beyond) - 2, len(beyond) - 1)
    notes = "the last cue of the talk ends at 500 s, two more lie after the end of the video"
    put_faulty(maker, "out_of_range.srt", beyond, last_three, notes)


def encodings(maker: Maker, cues: Cues) -> None:
    """Accents, in the encodings that subtitles come in."""
    text = subrip(
        [
            (cues[0][0], "Müller asked in the café: what would\nyou build on such a rock, naïve as you are?"),
            (cues[1][0], "Très élégant, said Zoë."),
            *cues[2:],
        ]
    )
    marked = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    names, count = ["Müller", "café", "Zoë"], len(cues)
    put(maker, "latin1.srt", text.encode("latin-1"), "ISO 8859-1 with é and ü", cues=count, contains=names)
    put(maker, "utf16.srt", text.encode("utf-16"), "UTF-16 with a byte order mark", cues=count, contains=names)
    put(maker, "crlf_bom.srt", marked, "UTF-8 with a byte order mark and CRLF", cues=count, contains=names[:1])


def useless(maker: Maker, cues: Cues) -> None:
    """What is no transcript."""
    text = "\n\n".join(said for _, said in cues) + "\n"
    put(maker, "garbage.srt", random.Random(3).randbytes(4096), "random bytes")
    put(maker, "no_times.srt", text.encode(), "the text of the talk without any times", cues=0)
    put(maker, "empty.srt", b"", "no bytes", cues=0)


def timed_words(maker: Maker, sentences: list[dict[str, Any]]) -> None:
    """WebVTT with a time at each word."""
    vtt, words = ["WEBVTT", ""], 0
    for sentence in sentences:
        at, marks = sentence["start"], list[str]()
        for word, end in zip(sentence["words"], sentence["word_ends"], strict=True):
            marks.append(f"<{clock(at, '.')}><c>{' ' if marks else ''}{word}</c>")
            at = end
            words += 1
        vtt += [span(sentence["start"], at, "."), f"<v {sentence['voice']}>" + "".join(marks), ""]
    notes = "one sentence a cue, a time at each word, voices named"
    put(maker, "words.vtt", "\n".join(vtt).encode(), notes, cues=len(sentences), words=words)


def seconds_of(stamp: str) -> float:
    """A SubRip time in seconds."""
    hours, minutes, rest = stamp.strip().split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))
