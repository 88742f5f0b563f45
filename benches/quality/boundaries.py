#!/usr/bin/env python3
"""Whether clips begin and end with sentences: `opusclip select` on talks and dialogues with known word times.

Talks of 60 to 120 s are spoken by espeak-ng in five languages by one or two voices, with abbreviations, initials, quotes,
questions, numbers, fillers, hesitations and pauses of 0.05 to 2 s between sentences, in a room with noise. Clips are
chosen three ways: with the time of each word (Whisper's JSON), with WebVTT cues that end with sentences, and with SRT
cues of seven words that end anywhere. Of the second and third form only the times of cues are known to opusclip.

Counted over all clips, against when words are heard:

    starts     the first word that is heard whole begins a sentence
    ends       the last word that is heard whole ends a sentence
    cut words  a border lies inside of a word
    lead       0.2 s before the first word are kept, or all that lies between it and the word before
    tail       0.7 s after the last word are kept, or all that lies between it and the next word
    joints     (with --remove-pauses and --remove-fillers) none lies inside of a word

Times of words may be off by 20 ms; where only cues have times, a border may lie within 0.1 s of a word's edge, which is
how exactly a voice can be heard to begin and end in noise. Beside them: equal pieces of 30 s that begin and end at the
nearest border of a cue, counted the same way.

The last line, `starts= ends= cut_words= lead= tail=`, is the form with word times.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError
from speaker import Word
from talks import Talk, make

OUT = common.ROOT / "target" / "quality-boundaries"
LEAD, TAIL = 0.2, 0.7
"""What opusclip promises to keep, in seconds."""
TIGHT = ("--remove-pauses", "0.5", "--remove-fillers")
PIECE = 30.0
"""Seconds of the equal pieces."""


@dataclass(frozen=True)
class Form:
    """A transcript of a talk, and how exactly it can tell times."""

    name: str
    file: str
    tolerance: float
    flags: tuple[str, ...] = ()


FORMS = (
    Form("word times", "words.json", 0.02),
    Form("word times, tightened", "words.json", 0.02, TIGHT),
    Form("cues of sentences", "cues.vtt", 0.1),
    Form("cues of 7 words", "loose.srt", 0.1),
    Form("cues of 7 words, tightened", "loose.srt", 0.1, TIGHT),
)


@dataclass
class Count:
    """How many clips keep to what."""

    clips: int = 0
    starts: int = 0
    ends: int = 0
    cut: int = 0
    lead: int = 0
    tail: int = 0
    joints: int = 0
    cut_joints: int = 0
    talks: int = 0
    few: int = 0
    """Talks with fewer clips than asked for."""
    faults: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def share(self, count: int) -> float:
        return count / self.clips if self.clips else 0.0


def judge(talk: Talk, ranges: list[tuple[float, float]], tolerance: float, count: Count) -> None:
    """Count one clip against the truth."""
    start, end = ranges[0][0], ranges[-1][1]
    words = talk.words
    first = next((n for n, w in enumerate(words) if (w.start + w.end) / 2 > start), None)
    last = next((n for n in range(len(words) - 1, -1, -1) if (words[n].start + words[n].end) / 2 < end), None)
    if first is None or last is None or first > last:
        raise BenchError(f"{talk.name}: a clip from {start} to {end} without a word")
    before = words[first - 1].end if first else 0.0
    after = words[last + 1].start if last + 1 < len(words) else talk.duration
    found = {
        "starts": words[first].first,
        "ends": words[last].last,
        "cut": inside(words, start, tolerance) or inside(words, end, tolerance),
        "lead": words[first].start - start >= min(LEAD, words[first].start - before) - tolerance,
        "tail": end - words[last].end >= min(TAIL, after - words[last].end) - tolerance,
    }
    count.clips += 1
    for name, kept in found.items():
        setattr(count, name, getattr(count, name) + kept)
        if kept is (name == "cut"):
            around = " ".join(shown(words, n, (first, last)) for n in (first - 1, first, last, last + 1))
            count.faults.append(f"{talk.name} {talk.language} {name}: {start:.3f} to {end:.3f}: {around}")
    for joint in joints(ranges):
        count.joints += 1
        if inside(words, joint, tolerance):
            count.cut_joints += 1
            count.faults.append(f"{talk.name} {talk.language} joint: {joint:.3f}: {near(words, joint)}")


def joints(ranges: list[tuple[float, float]]) -> Iterable[float]:
    """Where a clip with several ranges leaves the source and comes back to it."""
    for before, after in zip(ranges, ranges[1:], strict=False):
        yield before[1]
        yield after[0]


def inside(words: list[Word], at: float, tolerance: float) -> bool:
    return any(word.start + tolerance < at < word.end - tolerance for word in words)


def shown(words: list[Word], at: int, edges: tuple[int, int]) -> str:
    if not 0 <= at < len(words):
        return "|"
    word = words[at]
    text = f"{word.text!r} {word.start:.3f}-{word.end:.3f}{' (ends)' if word.last else ''}"
    return f"[{text}" if at == edges[0] else f"{text}]" if at == edges[1] else text


def near(words: list[Word], at: float) -> str:
    return " ".join(f"{w.text!r} {w.start:.3f}-{w.end:.3f}" for w in words if abs((w.start + w.end) / 2 - at) < 0.8)


def lengths(seed: int, number: int) -> tuple[int, int]:
    """Shortest and longest clip that a talk is asked for."""
    rng = random.Random(f"{seed}/{number}/lengths")
    shortest = rng.randint(8, 15)
    return shortest, shortest + rng.randint(8, 15)


def ask(talk: Talk, form: Form, folder: Path, wanted: tuple[int, int]) -> Count:
    """Choose clips of a talk by one form of its transcript, and judge them."""
    transcript = folder / f"{talk.name}.{form.file}"
    command = [common.OPUSCLIP, "select", talk.video, "--transcript", transcript, "--json", "--count", "3"]
    command += ["--min", str(wanted[0]), "--max", str(wanted[1]), "--cache-dir", folder / "cache", *form.flags]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"opusclip select of {talk.name}: {done.stderr.strip()}")
    count = Count(talks=1)
    clips = json.loads(done.stdout)["clips"]
    count.few = len(clips) < 3
    for clip in clips:
        judge(talk, [(r["start"], r["end"]) for r in clip["ranges"]], form.tolerance, count)
    count.faults = [f"{form.name}: {fault}" for fault in count.faults]
    return count


def pieces(talk: Talk, form: Form) -> Count:
    """Equal pieces, their borders moved to the nearest border of a cue."""
    cues = {"words.json": talk.segments, "cues.vtt": talk.cues, "loose.srt": talk.loose}[form.file]()
    borders = [edge for cue in cues for edge in (cue[0].start, cue[-1].end)]
    count = Count(talks=1)
    for n in range(int(talk.duration / PIECE)):
        start, end = (min(borders, key=lambda b: abs(b - at)) for at in (n * PIECE, (n + 1) * PIECE))
        if end > start:
            judge(talk, [(start, end)], form.tolerance, count)
    count.faults = []
    return count


def one(job: tuple[int, int, Path, bool]) -> dict[str, Count]:
    """Make one talk, and judge all its forms."""
    seed, number, folder, keep = job
    talk = make(seed, number, folder, keep)
    counts: dict[str, Count] = {}
    for form in FORMS:
        counts[form.name] = ask(talk, form, folder, lengths(seed, number))
        if not form.flags:
            counts[f"pieces: {form.name}"] = pieces(talk, form)
    return counts


def table(totals: dict[str, Count]) -> None:
    """All forms, the pieces beside them."""
    head = ("", "clips", "starts", "ends", "cut words", "lead", "tail", "joints", "cut", "too few")
    print(f"\n{head[0]:36}" + "".join(f"{name:>10}" for name in head[1:]))
    for name, count in totals.items():
        shares = (count.share(n) for n in (count.starts, count.ends, count.cut, count.lead, count.tail))
        row = "".join(f"{100 * share:9.1f}%" for share in shares)
        print(f"{name:36}{count.clips:10}{row}{count.joints:10}{count.cut_joints:10}{count.few:10}")


def bench(options: argparse.Namespace) -> None:
    """Make the talks, choose, judge and print."""
    for program in ("ffmpeg", "espeak-ng", common.OPUSCLIP):
        common.need_program(program)
    begun = time.perf_counter()
    folder = options.out / f"seed-{options.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(options.seed, number, folder, options.keep) for number in range(options.first, options.talks)]
    totals: dict[str, Count] = {}
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for counts in pool.map(one, jobs):
            for name, count in counts.items():
                totals.setdefault(name, Count()).add(count)
    took = time.perf_counter() - begun
    print(f"quality-boundaries: seed {options.seed}, {len(jobs)} talks and dialogues in {folder}, {took:.0f} s")
    faults = [fault for count in totals.values() for fault in count.faults]
    for fault in faults[: options.failures]:
        print(fault)
    if len(faults) > options.failures:
        print(f"... and {len(faults) - options.failures} more")
    table(totals)
    best = totals[FORMS[0].name]
    print()
    shares = {name: best.share(getattr(best, name)) for name in ("starts", "ends", "lead", "tail")}
    common.closing(
        starts=shares["starts"], ends=shares["ends"], cut_words=best.cut, lead=shares["lead"], tail=shares["tail"]
    )


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description="Measure whether clips begin and end with sentences.")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other talks (default 1)")
    parser.add_argument("--talks", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--first", type=int, default=0, help="number of the first, to look at one again (default 0)")
    parser.add_argument("--failures", type=int, default=20, help="how many clips are told that fail (default 20)")
    parser.add_argument("--keep", action="store_true", help="do not make talks again that are there")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the talks (default target/...)")
    options = parser.parse_args()
    if not 0 <= options.first < options.talks or options.failures < 0:
        parser.error("--talks must be over --first, and both positive")
    return options


def main() -> int:
    """Read the options and run the bench."""
    options = parsed()
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
