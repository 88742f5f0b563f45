"""What is in a source: what is heard, how shots change, what moves, what is damaged.

Times are seconds from the start of the media.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._data import Data, Text
from .curve import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Level(Text):
    """How much of the picture an analysis decodes."""

    INDEX = "index"
    """Keyframes only; a cut's time is exact where the encoder placed a keyframe at it."""
    LAZY = "lazy"
    """Keyframes, then what lies between those that differ."""
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


class BoundaryKind(Text):
    """How one shot gives way to the next."""

    CUT = "cut"
    """From one frame to the next."""
    DISSOLVE = "dissolve"
    """One picture shows more and more through the other."""
    FADE = "fade"
    """Through, to or from a picture of one colour, mostly black."""
    WIPE = "wipe"
    """The next picture pushes in from a side."""


class FoundBy(Text):
    """What told a boundary."""

    FRAMES = "frames"
    """Frames one after another: the times are exact."""
    KEYFRAMES = "keyframes"
    """Two keyframes that differ: the time is that of the second, and exact where the encoder placed it at the cut."""


class FindingKind(Text):
    """What can be wrong with a stream."""

    DAMAGED_PACKET = "damaged_packet"
    """A packet that a decoder refused or that carried a damage mark; it was passed over."""
    MISSING_KEYFRAME = "missing_keyframe"
    """The picture does not begin with a keyframe; what comes before the first one cannot be decoded."""
    MISSING_TIME = "missing_time"
    """A packet without any time of its own."""
    TIME_JUMPS_BACK = "time_jumps_back"
    """Times go back, beyond what reordering explains; what came twice was heard or seen once."""
    TIME_JUMPS_AHEAD = "time_jumps_ahead"
    """Times leave out more than a second; the gap counts as silence and as a still picture."""
    ZERO_DURATION = "zero_duration"
    """A packet of the picture that lasts no time."""
    SIZE_CHANGE = "size_change"
    """The picture changes its size midway."""
    SOUND_LONGER = "sound_longer"
    """The sound goes on for more than a second after the picture has ended."""
    PICTURE_LONGER = "picture_longer"
    """The picture goes on for more than a second after the sound has ended."""


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
    momentary : Curve
        Momentary loudness in LUFS every 0.1 s, floored at -70: each value is that of the 400 ms up to the end of its
        step.
    short_term : Curve
        Short-term loudness in LUFS every 0.1 s, floored at -70: each value is that of the 3 s up to the end of its
        step.
    """

    integrated: float | None = None
    range: float
    true_peak: float | None = None
    momentary: Curve
    short_term: Curve

    def __repr__(self) -> str:
        integrated = "silence" if self.integrated is None else f"{self.integrated:.1f} LUFS"
        peak = "" if self.true_peak is None else f", peak {self.true_peak:.1f} dBTP"
        return f"Loudness({integrated}, range {self.range:.1f} LU{peak}, {len(self.momentary)} values)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary(Data):
    """Where one shot gives way to the next.

    Attributes
    ----------
    kind : BoundaryKind
        How.
    start : float
        Last moment of the old shot alone; for a cut the time of the first frame of the new shot.
    end : float
        First moment of the new shot alone; for a cut the same as `start`.
    found_by : FoundBy
        What told it.
    confidence : float
        How sure it is, 0 to 1.
    """

    kind: BoundaryKind
    start: float
    end: float
    found_by: FoundBy
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot(Data):
    """A stretch of one shot.

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
class Border(Data):
    """Black bars around the picture, in pixels of the picture as it is shown (upright, square pixels).

    Attributes
    ----------
    start, end : float
        Seconds from the start of the media.
    left : int
        Width of the left bar.
    top : int
        Height of the upper bar.
    right : int
        Width of the right bar.
    bottom : int
        Height of the lower bar.
    """

    start: float
    end: float
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Data):
    """One kind of thing that is not as it should be: how often, and when.

    Attributes
    ----------
    kind : FindingKind
        What.
    count : int
        How often.
    times : tuple of float
        When in seconds, the first twenty.
    """

    kind: FindingKind
    count: int
    times: tuple[float, ...]


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
    findings : tuple of Finding
        Everything that is not as it should be, kind by kind.
    notes : tuple of str
        For people: what was lost.
    """

    packets: int
    errors: int
    truncated: bool
    first_error: float | None = None
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis(Data):
    """What was found in one source, or in a stretch of it. In a notebook it shows itself as a timeline.

    Attributes
    ----------
    level : Level
        How much of the picture was decoded.
    span : Span
        The stretch that was analysed: from 0 to `duration`, unless only a part was asked for.
    duration : float
        Seconds up to which there really is content, from the packets themselves; a header may claim more.
    loudness : Loudness or None
        How loud it is; `None` without sound.
    voice : Curve or None
        How likely somebody speaks, 0 to 1; `None` without sound.
    speech : tuple of Span
        Stretches in which somebody speaks.
    pauses : tuple of Span
        Stretches of at least 0.2 s in which nobody speaks, complement of `speech`.
    music : tuple of Span
        Stretches of at least 2 s that sound like music: steady tones, nobody speaking.
    silence : tuple of Span
        Stretches of at least 0.5 s under -60 LUFS.
    boundaries : tuple of Boundary
        Where one shot gives way to the next, in order.
    shots : tuple of Shot
        Stretches of one shot each. Between two lies their cut, or the gap that a gradual transition takes.
    black : tuple of Span
        Stretches of at least 0.1 s of black picture.
    frozen : tuple of Span
        Stretches of at least 1 s in which nothing moves.
    borders : tuple of Border
        Black bars around the picture (letterbox, pillarbox), where there are any.
    motion : Curve or None
        How much moves, 0 to 1; `None` without picture.
    damage : Damage
        Packets and frames seen, damage met on the way.
    """

    level: Level
    span: Span
    duration: float
    loudness: Loudness | None = None
    voice: Curve | None = None
    speech: tuple[Span, ...]
    pauses: tuple[Span, ...]
    music: tuple[Span, ...]
    silence: tuple[Span, ...]
    boundaries: tuple[Boundary, ...]
    shots: tuple[Shot, ...]
    black: tuple[Span, ...]
    frozen: tuple[Span, ...]
    borders: tuple[Border, ...]
    motion: Curve | None = None
    damage: Damage

    def to_html(self, title: str = "", *, fragment: bool = False) -> str:
        """Return a page with a timeline, figures and a table of shots. It loads nothing and runs no script.

        Parameters
        ----------
        title : str, optional
            What stands at its top; a file's name is a good one.
        fragment : bool, default False
            Return what can be put into a page of one's own, as notebooks do.
        """
        from .. import _opusclip

        return _opusclip.analysis_to_html(self.to_dict(), title, fragment)

    def to_csv(self) -> str:
        """Return one table of shots and of how each begins, as CSV (RFC 4180)."""
        from .. import _opusclip

        return _opusclip.analysis_to_csv(self.to_dict())

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table` of ``time``, ``momentary`` and ``short_term``: how loud it is, every 0.1 s.

        The columns of values look at the same memory; it is empty without sound. ``to_arrow().to_pandas()`` makes a
        data frame of it.
        """
        import pyarrow  # type: ignore[import-untyped]

        loudness = self.loudness
        empty = Curve.from_dict({"start": 0.0, "step": 1.0, "values": ()})
        momentary, short_term = (empty, empty) if loudness is None else (loudness.momentary, loudness.short_term)
        times = pyarrow.array(momentary.times, pyarrow.float64())
        columns = {"time": times, "momentary": momentary.to_arrow(), "short_term": short_term.to_arrow()}
        return pyarrow.table(columns)

    def plot(self, ax: "Axes | None" = None) -> "Figure":
        """Draw loudness, speech and shots with matplotlib; needs the extra ``opusclip[plot]``.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.

        Returns
        -------
        matplotlib.figure.Figure
            The figure that was drawn into, such as for ``savefig``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> opusclip.analyze("talk.mp4").plot().savefig("talk.png")  # doctest: +SKIP
        """
        from .plot import draw

        return draw(self, ax)

    def _repr_html_(self) -> str:
        return self.to_html(fragment=True)

    def __repr__(self) -> str:
        spoken = sum(span.duration for span in self.speech)
        integrated = None if self.loudness is None else self.loudness.integrated
        loud = "" if integrated is None else f", {integrated:.1f} LUFS"
        errors = f", {self.damage.errors} errors" if self.damage.errors else ""
        return f"Analysis({self.duration:.1f} s, {spoken:.1f} s speech, {len(self.shots)} shots{loud}{errors})"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo(Data):
    """What a cache of analyses holds.

    Attributes
    ----------
    folder : pathlib.Path
        Where it lies.
    entries : int
        Analyses in it.
    bytes : int
        Bytes of all its files.
    limit : int
        Most bytes that it may have; beyond, the analyses used least recently go.
    """

    folder: Path
    entries: int
    bytes: int
    limit: int
