#!/usr/bin/env python3
"""How well a question finds its stretch: the best clip for words of one segment of a text, against that segment.

Texts are documents of Choi's segmentation benchmark (Choi 2000, "Advances in domain independent linear text
segmentation"): one sentence a line, segments between lines of `=`. Their words get times as a speaker would give them.
A query is a few content words of one segment that is chosen by the seed; found is a clip that shares at least 0.7 of
the time that both take with that segment (intersection over union).

Two others answer the same queries: the best of as many equal parts as the document has segments, and the best window of
30 s, both by BM25 over stems.

The last line is `found= equal_splits= windows=`, each the share of queries that are answered well.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common

DATA = common.ROOT.parent / "shared" / "samples" / "text" / "choi"
# Shares of the time that both take, from which on a stretch is found.
FOUND = 0.7
# Seconds: a letter, a breath between words, a pause between sentences.
LETTER, BREATH, PAUSE = 0.055, 0.06, 0.4
WINDOW, STEP = 30.0, 5.0
# Clips may be as long as any segment of the documents.
SHORTEST, LONGEST = 5.0, 240.0
# Usual values of BM25.
K1, B = 1.2, 0.75
STOP = frozenset(
    "a about above after again all also am an and any are as at be because been before being between both but by can "
    "could did do does down during each every few first for from further had has have having he her here hers him his "
    "how i if in into is it its itself just may me might more most much must my no nor not now of off on once one only "
    "or other our out over own same she should so some such than that the their them then there these they this those "
    "through to too two under until up upon us very was we well were what when where which while who whom why will "
    "with would you your said like even many made make way new old still yet never against come came get got go went "
    "back three know see say time man men year years people mr mrs".split()
)


@dataclass(frozen=True)
class Word:
    text: str
    start: float
    end: float
    segment: int


def document(path: Path) -> list[list[list[str]]]:
    """Segments of sentences of words."""
    segments: list[list[list[str]]] = []
    for line in path.read_text(encoding="latin-1").splitlines():
        if line.startswith("===="):
            segments.append([])
        elif line.strip() and segments:
            segments[-1].append(line.split())
    return [segment for segment in segments if segment]


def timed(segments: list[list[list[str]]]) -> tuple[list[list[Word]], list[tuple[float, float]]]:
    """Sentences of words with times, and where each segment lies."""
    now, sentences, spans = 0.5, [], []
    for number, segment in enumerate(segments):
        begin = now
        for sentence in segment:
            words = []
            for text in sentence:
                end = now + LETTER * len(text) + BREATH
                words.append(Word(text, now, end, number))
                now = end
            sentences.append(words)
            now += PAUSE
        spans.append((begin, now - PAUSE))
    return sentences, spans


def stamp(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds // 60 % 60):02}:{seconds % 60:06.3f}"


def vtt(sentences: list[list[Word]]) -> str:
    """WebVTT with a time for each word; the benchmark writes marks as words of their own, which no voice says."""
    cues = []
    for words in sentences:
        text = " ".join(f"<{stamp(w.start)}>{w.text.replace('&', '&amp;').replace('<', '&lt;')}" for w in words)
        cues.append(f"{stamp(words[0].start)} --> {stamp(words[-1].end)}\n{text}\n")
    return "WEBVTT\n\n" + "\n".join(cues)


def plain(word: str) -> str:
    """A rough stem: enough for the baselines, which are given the very words."""
    word = word.lower().strip(".,;:!?'\"`()-")
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word[: -len(ending)]
    return word


def query(segments: list[list[list[str]]], chance: random.Random) -> tuple[int, list[str]]:
    """A segment, and three to five of its content words."""
    at = chance.randrange(len(segments))
    words = sorted({w.lower() for s in segments[at] for w in s if w.isalpha() and len(w) > 3 and w.lower() not in STOP})
    return at, chance.sample(words, min(len(words), chance.randint(3, 5)))


def bm25(parts: list[list[str]], wanted: list[str]) -> int:
    """The part that answers best."""
    counts = [Counter(map(plain, part)) for part in parts]
    average = sum(map(len, parts)) / len(parts)
    score = [0.0] * len(parts)
    for word in {plain(w) for w in wanted}:
        holding = sum(word in count for count in counts)
        idf = math.log(1 + (len(parts) - holding + 0.5) / (holding + 0.5))
        for at, (count, part) in enumerate(zip(counts, parts, strict=True)):
            norm = K1 * (1 - B + B * len(part) / average)
            score[at] += idf * count[word] * (K1 + 1) / (count[word] + norm)
    return max(range(len(parts)), key=score.__getitem__)


def stretches(words: list[Word], spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple(span for span in spans if any(span[0] <= w.start < span[1] for w in words))


def best_of(words: list[Word], spans: list[tuple[float, float]], wanted: list[str]) -> tuple[float, float]:
    """The stretch that answers best by BM25."""
    kept = stretches(words, spans)
    return kept[bm25([[w.text for w in words if a <= w.start < b] for a, b in kept], wanted)]


def shared(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Intersection over union."""
    both = max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
    return both / (a[1] - a[0] + b[1] - b[0] - both)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of documents, *.ref")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    files = sorted(options.data.glob("**/*.ref"))
    if not files:
        print(f"skipped: there are no documents (*.ref) in {options.data}")
        return 0
    import opusclip

    chance = random.Random(options.seed)
    overlaps: dict[str, list[float]] = {"found": [], "equal_splits": [], "windows": []}
    with tempfile.TemporaryDirectory() as folder:
        transcript = Path(folder) / "document.vtt"
        for _ in range(options.queries):
            segments = document(chance.choice(files))
            sentences, spans = timed(segments)
            at, wanted = query(segments, chance)
            words = [w for sentence in sentences for w in sentence]
            end = words[-1].end
            transcript.write_text(vtt(sentences), encoding="utf-8")
            clips = opusclip.select(
                None,
                transcript=transcript,
                count=1,
                min_duration=SHORTEST,
                max_duration=LONGEST,
                query=" ".join(wanted),
                lead_in=0,
                tail=0,
            ).clips
            clip = (clips[0].ranges[0].start, clips[0].ranges[-1].end)
            parts = len(segments)
            equal = [(end * n / parts, end * (n + 1) / parts) for n in range(parts)]
            windows = [(n * STEP, n * STEP + WINDOW) for n in range(max(1, int((end - WINDOW) / STEP) + 2))]
            overlaps["found"].append(shared(clip, spans[at]))
            overlaps["equal_splits"].append(shared(best_of(words, equal, wanted), spans[at]))
            overlaps["windows"].append(shared(best_of(words, windows, wanted), spans[at]))
    for name, values in overlaps.items():
        print(f"{name:<14} mean IoU {sum(values) / len(values):.3f}, {sum(v >= FOUND for v in values)} of {len(values)}")
    print(" ".join(f"{name}={sum(v >= FOUND for v in values) / len(values):.3f}" for name, values in overlaps.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
