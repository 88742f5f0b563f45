"""Words with times, out of subtitles and the JSON of speech engines."""

from dataclasses import dataclass

from .. import _opusclip
from .._data import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(Data):
    """One subtitle event.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the media.
    text : str
        Plain text, lines joined by a blank, markup removed.
    line : int
        Line of the cue's times in the file, counted from 1.
    speaker : str or None
        Who speaks, where the file says so.
    """

    start: float
    end: float
    text: str
    line: int
    speaker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word(Data):
    """One word with its punctuation.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the media.
    text : str
        The word as written, with its punctuation.
    cue : int
        Index of its cue.
    timed : bool
        Is the time the file's own, or shared out over the cue by length?
    """

    start: float
    end: float
    text: str
    cue: int
    timed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(Data):
    """Something that was changed in a transcript, and where.

    Attributes
    ----------
    line : int
        Line in the file, counted from 1.
    kind : str
        ``reversed``, ``overlapping``, ``out_of_range``, ``empty``, ``duplicate``, ``malformed_time``, ``skipped``,
        ``encoding`` or ``control_characters``.
    message : str
        What was done, for people.
    """

    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript(Data):
    """A spoken text with its times, sorted by time.

    Attributes
    ----------
    cues : tuple of Cue
        What was shown together, in order.
    words : tuple of Word
        Every word with its own time; ``cue`` says where it came from.
    repairs : tuple of Repair
        What had to be changed to make sense of the file.
    language : str or None
        What language is spoken, where the file says so: ISO 639-1 in lower case where there is such a code.
    """

    cues: tuple[Cue, ...]
    words: tuple[Word, ...]
    repairs: tuple[Repair, ...] = ()
    language: str | None = None

    @property
    def text(self) -> str:
        """All that is said, cues joined by a blank."""
        return " ".join(cue.text for cue in self.cues)

    def to_srt(self) -> str:
        """Return the transcript as SubRip: cues with their times to the millisecond."""
        return _opusclip.transcript_to_srt(self.to_dict())

    def to_vtt(self) -> str:
        """Return the transcript as WebVTT, with speakers, and with the times of words that are the file's own."""
        return _opusclip.transcript_to_vtt(self.to_dict())

    def __repr__(self) -> str:
        until = f", until {self.cues[-1].end:.1f} s" if self.cues else ""
        repairs = f", {len(self.repairs)} repairs" if self.repairs else ""
        return f"Transcript({len(self.cues)} cues, {len(self.words)} words{until}{repairs})"
