"""What is read: subtitles as people make them, and SubRip's way to write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .voices import Sentence


@dataclass
class Cue:
    """One subtitle: words that may belong to two sentences."""

    start: float
    end: float
    words: list[str] = field(default_factory=list)

    def text(self, width: int = 42) -> str:
        """The words on one or two lines, the longer line below."""
        whole = " ".join(self.words)
        if len(whole) <= width:
            return whole
        breaks = [i for i, c in enumerate(whole) if c == " "]
        best = min(breaks, key=lambda i: abs(i - len(whole) / 2) + (3 if i > len(whole) / 2 else 0))
        return whole[:best] + "\n" + whole[best + 1 :]


def cues(sentences: list[Sentence]) -> list[Cue]:
    """Subtitles as people make them: at most 70 characters, so that many sentences run over a border.

    A short sentence shares its cue with the start of the next one when the pause
    between them is short.
    """
    out: list[Cue] = []
    for sentence in sentences:
        at = 0.0
        for word, end in zip(sentence.words, sentence.word_ends, strict=True):
            start_time, end_time = sentence.start + at, sentence.start + end
            last = out[-1] if out else None
            fits = (
                last is not None
                and len(" ".join([*last.words, word])) <= 70
                and end_time - last.start <= 5.5
                and start_time - last.end <= 0.6
                and not (last.words[-1].endswith((",", ":", ";")) and len(" ".join(last.words)) > 34)
            )
            if last is not None and fits:
                last.words.append(word)
                last.end = end_time
            else:
                out.append(Cue(start_time, end_time, [word]))
            at = end
    return out


def clock(seconds: float, mark: str = ",") -> str:
    """A time as SubRip writes it, or WebVTT with a point for its mark."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"


def span(start: float, end: float, mark: str = ",") -> str:
    """From when to when a cue is shown."""
    return f"{clock(start, mark)} --> {clock(end, mark)}"


def subrip(items: Iterable[tuple[str, str]]) -> str:
    """A SubRip file of spans and texts."""
    return "\n".join(f"{n}\n{when}\n{said}\n" for n, (when, said) in enumerate(items, 1))


def srt(items: list[Cue]) -> str:
    """The subtitles as a SubRip file."""
    return subrip((span(cue.start, cue.end), cue.text()) for cue in items)
