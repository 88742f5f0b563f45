"""The spoken sample with its subtitles, what is known about it, and transcripts with faults."""

from __future__ import annotations

import json

import transcripts
from maker import Job, Maker
from talk.film import generate

SECONDS = 75.0
WIDTH, HEIGHT = 640, 360


def talk(maker: Maker) -> None:
    """The talk, and all that is made of its subtitles."""
    video, subtitles, truth = (maker.aside(f"talk.{ending}") for ending in ("mp4", "srt", "json"))
    generate(video, subtitles, truth, seconds=SECONDS, width=WIDTH, height=HEIGHT)
    known = json.loads(truth.read_text(encoding="utf-8"))
    count = len(known["sentences"])
    transcripts.vary(maker, subtitles.read_text(encoding="utf-8"), known["sentences"])
    maker.keep("talk.json", "truth", "what is known about talk.mp4: sentences with times and words, scenes, cuts")
    about = "subtitles of talk.mp4; sentences run over cue borders"
    maker.keep("talk.srt", "transcript", about, SECONDS, sentences=count)
    maker.keep(
        "talk.mp4",
        "talk",
        "two voices, changing pictures, hard cuts",
        SECONDS,
        width=WIDTH,
        height=HEIGHT,
        frame_rate=30,
        cuts=known["cuts"],
        sentences=count,
    )


JOBS: tuple[Job, ...] = (talk,)
