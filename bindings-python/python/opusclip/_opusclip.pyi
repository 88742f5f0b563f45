"""The compiled part of `opusclip`; use the functions of the package instead."""

import os
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, final

_Path = str | os.PathLike[str]
_Progress = Callable[[str, float, float | None], object]
_Hooks = dict[str, Callable[[Any], Any]]

__all__ = [
    "AnalysisPart",
    "CancelToken",
    "__version__",
    "analysis_to_csv",
    "analysis_to_html",
    "analyze",
    "analyze_part",
    "cache_info",
    "clear_cache",
    "error_codes",
    "extract_clips",
    "ffmpeg_version",
    "merge_parts",
    "probe",
    "read_manifest",
    "read_transcript",
    "render",
    "run_cli",
    "schema",
    "select",
]
__version__: Final[str]

@final
class AnalysisPart:
    """What `analyze_part` found in one stretch of a file, for `merge_parts`.

    It can be pickled, and sent to other processes and machines as JSON. What is in it is the library's own business.
    """

    def __new__(cls, text: str) -> AnalysisPart: ...
    @staticmethod
    def from_json(text: str) -> AnalysisPart:
        """Read what `to_json` wrote."""

    def to_json(self) -> str:
        """All of it as a text."""

    def __getnewargs__(self) -> tuple[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]

@final
class CancelToken:
    """Stops the work it was handed to.

    One token may be handed to several calls, from any thread. It cannot be reset.
    """

    def __new__(cls) -> CancelToken: ...
    @property
    def cancelled(self) -> bool:
        """Has somebody asked for a stop?"""

    def cancel(self) -> None:
        """Ask the work to stop. It raises `Cancelled` within 200 ms and leaves nothing half written."""

    def child(self) -> CancelToken:
        """A token that is cancelled together with this one, or alone."""

def probe(path: _Path, cancel: CancelToken | None = None) -> dict[str, Any]:
    """What a media file is."""

def analyze(
    path: _Path, options: dict[str, Any], progress: _Progress | None = None, cancel: CancelToken | None = None
) -> dict[str, Any]:
    """What is in a media file."""

def analyze_part(
    path: _Path,
    start: float,
    end: float | None,
    options: dict[str, Any],
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> AnalysisPart:
    """What begins in a stretch of a media file."""

def merge_parts(parts: Sequence[AnalysisPart]) -> dict[str, Any]:
    """What parts say together."""

def analysis_to_html(analysis: dict[str, Any], title: str, fragment: bool) -> str:
    """An analysis as a page, or as a part of one."""

def analysis_to_csv(analysis: dict[str, Any]) -> str:
    """An analysis as one table of shots."""

def cache_info(dir: _Path | None = None) -> dict[str, Any]:
    """What the cache of analyses holds."""

def clear_cache(dir: _Path | None = None) -> dict[str, Any]:
    """Remove all kept analyses."""

def read_transcript(path: _Path) -> dict[str, Any]:
    """The words of an SRT or WebVTT file."""

def select(
    video: _Path | None,
    options: dict[str, Any],
    hooks: _Hooks,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Choose clips without rendering them."""

def extract_clips(
    video: _Path,
    out_dir: _Path,
    options: dict[str, Any],
    hooks: _Hooks,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """The whole job."""

def render(
    manifest: dict[str, Any],
    out_dir: _Path,
    only: Sequence[int],
    overwrite: bool,
    progress: _Progress | None = None,
    cancel: CancelToken | None = None,
) -> dict[str, Any]:
    """Render the clips of a manifest again."""

def read_manifest(path: _Path) -> dict[str, Any]:
    """Read and check a manifest."""

def schema() -> dict[str, Any]:
    """The JSON Schema of every type that crosses the border."""

def error_codes() -> list[tuple[str, int]]:
    """Every error code with the exit status of the command line."""

def ffmpeg_version() -> str:
    """Version and licence of the linked FFmpeg, for bug reports."""

def run_cli(argv: Sequence[str]) -> int:
    """Run the `opusclip` command, the program's name first; returns the exit status."""
