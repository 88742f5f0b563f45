"""What is in a source: loudness, speech and pauses, shots, damage. Times are seconds from the start of the media."""

from dataclasses import dataclass

from .._data import Data, Text


class Level(Text):
    """How much of the picture an analysis decodes."""

    INDEX = "index"
    """Keyframes only; a cut's time is exact where the encoder placed a keyframe at it."""
    LAZY = "lazy"
    """Keyframes, then the groups of pictures whose ends differ."""
    EXACT = "exact"
    """Every picture."""


@dataclass(frozen=True, slots=True)
class Span(Data):
    """A stretch of time.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the media.
    """

    start: float
    end: float

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness(Data):
    """Loudness by EBU R 128 / ITU-R BS.1770.

    Attributes
    ----------
    integrated : float or None
        Integrated loudness in LUFS; `None` where everything lies under the gate (silence).
    range : float
        Loudness range in LU (EBU Tech 3342).
    true_peak : float or None
        Highest true peak of all channels in dBTP; `None` for digital silence.
    momentary : tuple of float
        Momentary loudness in LUFS every 0.1 s, floored at -70: value ``i`` is that of the 400 ms up to
        ``(i + 1) / 10`` s.
    """

    integrated: float | None = None
    range: float
    true_peak: float | None = None
    momentary: tuple[float, ...]

    def __repr__(self) -> str:
        integrated = "silence" if self.integrated is None else f"{self.integrated:.1f} LUFS"
        peak = "" if self.true_peak is None else f", peak {self.true_peak:.1f} dBTP"
        return f"Loudness({integrated}, range {self.range:.1f} LU{peak}, {len(self.momentary)} values)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot(Data):
    """One shot, and how its beginning was found.

    Attributes
    ----------
    start, end : float
        Seconds from the start of the media.
    found_by : str
        How the beginning was found: ``start`` (of the media) or ``cut`` (exact frame).
    confidence : float
        How sure the beginning is, 0 to 1.
    """

    start: float
    end: float
    found_by: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage(Data):
    """What was damaged, and what was done about it.

    Attributes
    ----------
    packets : int
        Packets read.
    errors : int
        Packets that a decoder refused or that carried a damage mark.
    truncated : bool
        Does the file end before its header says?
    first_error : float or None
        Time of the first damage in seconds.
    notes : tuple of str
        For people: what was lost.
    """

    packets: int
    errors: int
    truncated: bool
    first_error: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis(Data):
    """What was found in one source.

    Attributes
    ----------
    duration : float
        Seconds up to which there really is content, from the packets themselves; a header may claim more.
    loudness : Loudness or None
        How loud it is; `None` without sound.
    speech : tuple of Span
        Stretches in which somebody speaks.
    pauses : tuple of Span
        Stretches of at least 0.2 s in which nobody speaks, complement of `speech`.
    shots : tuple of Shot
        Consecutive shots that cover the picture; one shot where nothing cuts.
    damage : Damage
        Packets and frames seen, damage met on the way.
    """

    duration: float
    loudness: Loudness | None = None
    speech: tuple[Span, ...]
    pauses: tuple[Span, ...]
    shots: tuple[Shot, ...]
    damage: Damage

    def __repr__(self) -> str:
        spoken = sum(span.duration for span in self.speech)
        integrated = None if self.loudness is None else self.loudness.integrated
        loud = "" if integrated is None else f", {integrated:.1f} LUFS"
        errors = f", {self.damage.errors} errors" if self.damage.errors else ""
        return f"Analysis({self.duration:.1f} s, {spoken:.1f} s speech, {len(self.shots)} shots{loud}{errors})"
