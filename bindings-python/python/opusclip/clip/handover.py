"""Clips for editing programs, and finished files beside the rules of platforms."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import _opusclip
from .._data import Data, Text
from .._opusclip import CancelToken
from .._values import StrPath, listener, plain
from ..progress import ProgressCallback
from .manifest import Manifest
from .options import Preset


class ExportFormat(Text):
    """What clips are handed over as."""

    OTIO = "otio"
    """OpenTimelineIO, a file for each clip."""
    EDL = "edl"
    """A CMX 3600 edit decision list for each clip."""
    FCPXML = "fcpxml"
    """One Final Cut Pro XML file with a project for each clip."""
    CSV = "csv"
    """One table."""
    SEGMENTS = "segments"
    """Copies of the packets of each range, beginning at a keyframe: nothing is encoded, so they begin early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment(Data):
    """A range of a clip whose packets were copied.

    Attributes
    ----------
    clip : int
        Number of the clip.
    part : int
        Number of the range among the clip's, from 1.
    file : Path
        Its file.
    wanted : float
        Where the range begins in the source, in seconds.
    start : float
        Where the file begins, in seconds: at the keyframe before.
    early : float
        By how many seconds the file begins too early.
    """

    clip: int
    part: int
    file: Path
    wanted: float
    start: float
    early: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Data):
    """What an export made.

    Attributes
    ----------
    files : tuple of Path
        The files, in the order of the clips.
    segments : tuple of Segment
        Of `ExportFormat.SEGMENTS`: what each file holds.
    notes : tuple of str
        What the caller should know.
    """

    files: tuple[Path, ...]
    segments: tuple[Segment, ...]
    notes: tuple[str, ...]


class Severity(Text):
    """What a platform does with a file that breaks a rule."""

    ERROR = "error"
    """It refuses the file."""
    WARNING = "warning"
    """It takes the file, but advises against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFinding(Data):
    """One rule, and what was found.

    Attributes
    ----------
    rule : str
        Name of the rule, such as ``moov_first``.
    ok : bool
        Is it kept?
    measured : str
        What the file has.
    wanted : str
        What the platform wants.
    severity : Severity
        What breaking it means.
    """

    rule: str
    ok: bool
    measured: str
    wanted: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadCheck(Data):
    """A file beside the rules of a platform.

    Attributes
    ----------
    file : Path
        The file.
    platform : Preset
        Whose rules.
    ok : bool
        Are all rules kept whose breaking is an error?
    findings : tuple of UploadFinding
        Every rule.
    """

    file: Path
    platform: Preset
    ok: bool
    findings: tuple[UploadFinding, ...]


def export(
    manifest: Manifest | StrPath,
    format: ExportFormat | str,
    out_dir: StrPath | None = None,
    *,
    only: Sequence[int] = (),
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Exported:
    """Hand the clips of a manifest over to editing programs.

    Parameters
    ----------
    manifest : Manifest, str or os.PathLike
        A manifest, or the file of one.
    format : ExportFormat or str
        ``otio``, ``edl``, ``fcpxml``, ``csv`` or ``segments``.
    out_dir : str or os.PathLike, optional
        Folder for the files; by default that of the manifest's file.
    only : sequence of int, optional
        Numbers (``Clip.index``) of the clips; all if left out.
    overwrite : bool, default False
        Replace files that exist.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    ManifestError
        If the manifest is not valid.
    ConfigError
        If there is no such format, or `only` names a clip that there is not.
    MediaError
        If the source cannot be read.
    OutputError
        If the output exists (`OutputExistsError`) or cannot be written.

    Examples
    --------
    >>> opusclip.export("clips/manifest.json", "otio").files  # doctest: +SKIP
    """
    given = manifest.to_dict() if isinstance(manifest, Manifest) else manifest
    options = {"format": str(format), "only": plain(list(only)), "overwrite": overwrite}
    return Exported.from_dict(_opusclip.export(given, out_dir, options, listener(progress), cancel))


def check_upload(file: StrPath, platform: Preset | str, *, cancel: CancelToken | None = None) -> UploadCheck:
    """Check a finished file against the upload rules of a platform.

    Parameters
    ----------
    file : str or os.PathLike
        The file.
    platform : Preset or str
        Whose rules.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    ConfigError
        If there is no such platform.
    MediaError
        If the file cannot be read.

    Examples
    --------
    >>> [finding.rule for finding in opusclip.check_upload("clip-01.mp4", "reels").findings if not finding.ok]  # doctest: +SKIP
    []
    """
    return UploadCheck.from_dict(_opusclip.check_upload(file, str(platform), cancel))
