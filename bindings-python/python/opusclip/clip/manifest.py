"""What a job made, and everything needed to make it again."""

import os
from dataclasses import dataclass
from pathlib import Path

from .. import _opusclip
from .._data import Data
from .analysis import Span
from .media import Rational
from .options import Framing, RenderOptions
from .selection import Feature, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipWord(Data):
    """A word of a clip.

    Attributes
    ----------
    start, end : float
        Seconds of the source.
    text : str
        The word as written.
    """

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipLoudness(Data):
    """How loud a finished clip is, measured after encoding.

    Attributes
    ----------
    integrated : float or None
        LUFS; `None` for silence.
    true_peak : float or None
        dBTP; `None` for digital silence.
    gain : float
        Gain that was applied, in dB, before the limiter.
    """

    integrated: float | None = None
    true_peak: float | None = None
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip(Data):
    """A rendered clip, and why it was chosen.

    Attributes
    ----------
    index : int
        Its number, from 1, in order of time.
    start, end : float
        Where it begins and ends in the source, in seconds. Derived from `ranges`, which is what to edit.
    duration : float
        Its own length in seconds; derived.
    ranges : tuple of Span
        What is played of the source, in order, without overlap. The sound goes over from one to the next.
    score : float
        0 to 1: the sum of value times weight over `features`. It ranks; it promises nothing.
    features : tuple of Feature
        The parts of the score.
    reason : str
        Why it was chosen, in a sentence.
    text : str
        What is said in it; derived from `words` where there are any.
    post : Post
        Words for the post that shows it; to be edited at will, they are not rendered.
    words : tuple of ClipWord
        The words that are captioned, in seconds of the source: those whose middle lies in one of the `ranges`.
    context : tuple of ClipWord
        Words up to 20 s before and after the clip and between its ranges, in seconds of the source. They are captioned
        where edited `ranges` reach them.
    framing : Framing
        How the picture fills the frame.
    video : pathlib.Path
        The video file.
    thumbnail : pathlib.Path
        A still picture of it.
    subtitles : tuple of pathlib.Path
        Its captions as SRT, WebVTT and ASS files, where they were asked for.
    width, height : int
        Pixels.
    frame_rate : Rational
        Constant frames a second.
    encoder : str
        The encoder that was used.
    loudness : ClipLoudness or None
        Measured on the finished file; `None` without sound.
    rendered : str or None
        Fingerprint of all that the files were made from; a clip whose fingerprint is still the same is not rendered
        again.
    """

    index: int
    start: float
    end: float
    duration: float
    ranges: tuple[Span, ...]
    score: float
    features: tuple[Feature, ...]
    reason: str
    text: str
    post: Post = Post()
    words: tuple[ClipWord, ...]
    context: tuple[ClipWord, ...] = ()
    framing: Framing
    video: Path
    thumbnail: Path
    subtitles: tuple[Path, ...] = ()
    width: int
    height: int
    frame_rate: Rational
    encoder: str
    loudness: ClipLoudness | None = None
    rendered: str | None = None

    def __repr__(self) -> str:
        times = f"{self.start:.1f}–{self.end:.1f} s"
        return f"Clip({self.index}, {times}, score {self.score:.2f}, {str(self.video)!r})"

    def _repr_html_(self) -> str:
        from .._html import clip

        return clip(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Data):
    """What a job made.

    Attributes
    ----------
    out_dir : pathlib.Path
        The folder that everything lies in.
    manifest : pathlib.Path
        The manifest's file.
    contact_sheet : pathlib.Path
        The contact sheet's file.
    page : pathlib.Path or None
        The page about what was chosen and why, where one was asked for.
    clips : tuple of Clip
        The clips in order of time; their paths begin with `out_dir`.
    notes : tuple of str
        What the caller should know: repairs, damage, fewer clips than asked for.
    """

    out_dir: Path
    manifest: Path
    contact_sheet: Path
    page: Path | None = None
    clips: tuple[Clip, ...]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        notes = f", {len(self.notes)} notes" if self.notes else ""
        return f"Report({str(self.out_dir)!r}, {list(self.clips)!r}{notes})"

    def _repr_html_(self) -> str:
        from .._html import report

        return report(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceInfo(Data):
    """The file that clips were cut from.

    Attributes
    ----------
    path : pathlib.Path
        Absolute path.
    size : int
        Bytes, to notice that it is another file now.
    duration : float
        Seconds of content.
    """

    path: Path
    size: int
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Data):
    """A set of clips of one source. Paths of clips are relative to the manifest's folder.

    Edit it with `dataclasses.replace` and hand it to `opusclip.render`.

    Attributes
    ----------
    version : int
        Version of the format.
    generator : str
        Program and version that wrote it.
    source : SourceInfo
        What the clips were cut from.
    render : RenderOptions
        How they were rendered.
    clips : tuple of Clip
        The clips in order of time.
    notes : tuple of str
        What the caller should know: repairs, damage, fewer clips than asked for.
    """

    version: int
    generator: str
    source: SourceInfo
    render: RenderOptions
    clips: tuple[Clip, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Manifest":
        """Read and check a ``manifest.json``.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Raises
        ------
        ManifestError
            If it cannot be read or is not valid; ``field`` and ``line`` say where.
        """
        return cls.from_dict(_opusclip.read_manifest(path))

    def __repr__(self) -> str:
        return f"Manifest({str(self.source.path)!r}, {list(self.clips)!r})"
