"""Long video in, short ready-to-post clips out.

The whole job is one call, and each of its stages is one too:

>>> import opusclip
>>> report = opusclip.extract_clips("talk.mp4", "clips", transcript="talk.srt", count=3)  # doctest: +SKIP
>>> report.clips[0].video  # doctest: +SKIP
PosixPath('clips/clip-01.mp4')

=================  =====================================================  ========================
call               what it does                                           returns
=================  =====================================================  ========================
`extract_clips`    the whole job: analyse, choose, render, export         `Report`
`probe`            what a file is: streams, sizes, rates, colour          `MediaInfo`
`analyze`          what is in it: loudness, speech, music, shots, damage  `Analysis`
`analyze_part`     one stretch of it, for `merge_parts` to join           `AnalysisPart`
`read_transcript`  subtitles or the JSON of speech engines to words       `Transcript`
`read_subtitles`   a subtitle stream inside of a video to words           `Transcript`
`transcribe`       speech to words, by an engine of your own              `Transcript`
`segment_topics`   where a text turns to something else                   ``list[int]``
`select`           choose clips without rendering them, and say why       `Selection`
`render`           render the clips of a manifest again, edited or not    `Report`
`export`           clips for editing programs                             `Exported`
`check_upload`     does a file keep to a platform's upload rules?          `UploadCheck`
`cache_info`       what is kept of analyses; `clear_cache` removes it     `CacheInfo`
=================  =====================================================  ========================

Metrics have a module of their own: `opusclip.analytics`.

Those that take long have twins for asyncio, such as `extract_clips_async`. Every error is an `OpusClipError` with a
stable ``code``.

Names are loaded when they are first used: importing the package costs next to nothing, and FFmpeg's libraries are
loaded by the first call.
"""

from importlib import import_module as _import_module

# Type checkers take this name for true; importing it from `typing` would cost more than all the rest here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._opusclip import AnalysisPart, CancelToken, __version__, ffmpeg_version
    from .clip.aio import (
        analyze_async,
        analyze_part_async,
        export_async,
        extract_clips_async,
        probe_async,
        read_subtitles_async,
        render_async,
        select_async,
        transcribe_async,
    )
    from .clip.analysis import (
        Analysis,
        Border,
        Boundary,
        BoundaryKind,
        CacheInfo,
        Damage,
        Finding,
        FindingKind,
        FoundBy,
        Level,
        Loudness,
        Shot,
        Span,
    )
    from .clip.calls import (
        analyze,
        analyze_part,
        cache_info,
        clear_cache,
        merge_parts,
        probe,
        render,
    )
    from .clip.choosing import extract_clips, select
    from .clip.curve import Curve
    from .clip.handover import (
        ExportFormat,
        Exported,
        Segment,
        Severity,
        UploadCheck,
        UploadFinding,
        check_upload,
        export,
    )
    from .clip.hooks import Contender, PostEdit, PostRequest
    from .clip.manifest import Clip, ClipLoudness, ClipWord, Manifest, Report, SourceInfo
    from .clip.media import (
        AudioInfo,
        Chapter,
        ColorInfo,
        Container,
        MediaInfo,
        Rational,
        StreamInfo,
        StreamKind,
        VideoInfo,
    )
    from .clip.options import (
        Background,
        CameraPoint,
        CaptionEffect,
        CaptionPosition,
        CaptionPreset,
        CaptionStyle,
        Codec,
        Crop,
        Framing,
        Layout,
        Preset,
        RenderOptions,
        ShotFraming,
        ThumbnailFormat,
        View,
    )
    from .clip.picture import Picture, Subject, SubjectKind
    from .clip.selection import ClipPlan, Feature, Near, Post, Selection, Topic
    from .clip.sound import AudioChunk
    from .clip.transcript import Cue, Repair, Transcript, Word
    from .clip.words import read_subtitles, read_transcript, segment_topics, transcribe
    from .errors import (
        BalanceError,
        CallbackError,
        CallbackInvalidError,
        CallbackTimeoutError,
        Cancelled,
        ConfigError,
        DataError,
        EngineError,
        ExportError,
        InternalError,
        LimitError,
        LimitTimeError,
        ManifestError,
        MediaError,
        MediaNotFoundError,
        MetricError,
        ModelError,
        OpusClipError,
        OutputBusyError,
        OutputError,
        OutputExistsError,
        ScalingError,
        SnapshotError,
        TranscriptError,
    )
    from .progress import Progress

_HOMES = {
    "_opusclip": "AnalysisPart CancelToken __version__ ffmpeg_version",
    "clip.aio": "analyze_async analyze_part_async export_async extract_clips_async probe_async read_subtitles_async render_async "
    "select_async transcribe_async",
    "clip.analysis": "Analysis Border Boundary BoundaryKind CacheInfo Damage Finding FindingKind FoundBy Level "
    "Loudness Shot Span",
    "clip.calls": "analyze analyze_part cache_info clear_cache merge_parts probe render",
    "clip.choosing": "extract_clips select",
    "clip.curve": "Curve",
    "clip.handover": "ExportFormat Exported Segment Severity UploadCheck UploadFinding check_upload export",
    "clip.hooks": "Contender PostEdit PostRequest",
    "clip.manifest": "Clip ClipLoudness ClipWord Manifest Report SourceInfo",
    "clip.media": "AudioInfo Chapter ColorInfo Container MediaInfo Rational StreamInfo StreamKind VideoInfo",
    "clip.options": "Background CameraPoint CaptionEffect CaptionPosition CaptionPreset CaptionStyle Codec Crop Framing "
    "Layout Preset RenderOptions ShotFraming ThumbnailFormat View",
    "clip.picture": "Picture Subject SubjectKind",
    "clip.selection": "ClipPlan Feature Near Post Selection Topic",
    "clip.sound": "AudioChunk",
    "clip.transcript": "Cue Repair Transcript Word",
    "clip.words": "read_subtitles read_transcript segment_topics transcribe",
    "errors": "BalanceError CallbackError CallbackInvalidError CallbackTimeoutError Cancelled ConfigError DataError "
    "EngineError ExportError InternalError LimitError LimitTimeError ManifestError MediaError MediaNotFoundError "
    "MetricError ModelError OpusClipError OutputBusyError OutputError OutputExistsError ScalingError SnapshotError "
    "TranscriptError",
    "progress": "Progress",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Analysis",
    "AnalysisPart",
    "AudioChunk",
    "AudioInfo",
    "Background",
    "BalanceError",
    "Border",
    "Boundary",
    "BoundaryKind",
    "CacheInfo",
    "CallbackError",
    "CallbackInvalidError",
    "CallbackTimeoutError",
    "CameraPoint",
    "CancelToken",
    "Cancelled",
    "CaptionEffect",
    "CaptionPosition",
    "CaptionPreset",
    "CaptionStyle",
    "Chapter",
    "Clip",
    "ClipLoudness",
    "ClipPlan",
    "ClipWord",
    "Codec",
    "ColorInfo",
    "ConfigError",
    "Container",
    "Contender",
    "Crop",
    "Cue",
    "Curve",
    "Damage",
    "DataError",
    "EngineError",
    "ExportError",
    "ExportFormat",
    "Exported",
    "Feature",
    "Finding",
    "FindingKind",
    "FoundBy",
    "Framing",
    "InternalError",
    "Layout",
    "Level",
    "LimitError",
    "LimitTimeError",
    "Loudness",
    "Manifest",
    "ManifestError",
    "MediaError",
    "MediaInfo",
    "MediaNotFoundError",
    "MetricError",
    "ModelError",
    "Near",
    "OpusClipError",
    "OutputBusyError",
    "OutputError",
    "OutputExistsError",
    "Picture",
    "Post",
    "PostEdit",
    "PostRequest",
    "Preset",
    "Progress",
    "Rational",
    "RenderOptions",
    "Repair",
    "Report",
    "ScalingError",
    "Segment",
    "Selection",
    "Severity",
    "Shot",
    "ShotFraming",
    "SnapshotError",
    "SourceInfo",
    "Span",
    "StreamInfo",
    "StreamKind",
    "Subject",
    "SubjectKind",
    "ThumbnailFormat",
    "Topic",
    "Transcript",
    "TranscriptError",
    "UploadCheck",
    "UploadFinding",
    "VideoInfo",
    "View",
    "Word",
    "__version__",
    "analyze",
    "analyze_async",
    "analyze_part",
    "analyze_part_async",
    "cache_info",
    "check_upload",
    "clear_cache",
    "export",
    "export_async",
    "extract_clips",
    "extract_clips_async",
    "ffmpeg_version",
    "merge_parts",
    "probe",
    "probe_async",
    "read_subtitles",
    "read_subtitles_async",
    "read_transcript",
    "render",
    "render_async",
    "segment_topics",
    "select",
    "select_async",
    "transcribe",
    "transcribe_async",
]


def __getattr__(name: str) -> object:
    if name == "analytics":
        return _import_module(".analytics", __name__)
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(_import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
