"""The calls of the clip engine. Each wraps one function of the core; defaults and checks are the core's own."""

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from .. import _opusclip
from .._opusclip import AnalysisPart, CancelToken
from ..progress import Progress, ProgressCallback
from .analysis import Analysis, CacheInfo, Level
from .manifest import Manifest, Report
from .media import MediaInfo
from .options import Layout
from .selection import Selection
from .transcript import Transcript

StrPath: TypeAlias = str | os.PathLike[str]


def probe(path: StrPath, *, cancel: CancelToken | None = None) -> MediaInfo:
    """Say what a media file is. Decodes at most a few frames.

    Parameters
    ----------
    path : str or os.PathLike
        The media file.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    MediaError
        If the file cannot be read; a missing one raises `MediaNotFoundError`.

    Examples
    --------
    >>> opusclip.probe("talk.mp4").picture.display_width  # doctest: +SKIP
    1920
    """
    return MediaInfo.from_dict(_opusclip.probe(path, cancel))


def analyze(
    path: StrPath,
    *,
    level: Level | str | None = None,
    audio: bool | None = None,
    cache: bool | None = None,
    cache_dir: StrPath | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Analysis:
    """Say what is in a media file: loudness, speech, music, shots and how they change, black, frozen, damage.

    Parameters
    ----------
    path : str or os.PathLike
        The media file.
    level : Level or str, default Level.LAZY
        How much of the picture is decoded: ``index`` (keyframes), ``lazy`` (and what lies between those that differ) or
        ``exact`` (everything).
    audio : bool, default True
        Listen to the sound: loudness, speech, music and silence.
    cache : bool, default True
        Keep the analysis, so that a second one of the same content with the same options is there at once.
    cache_dir : str or os.PathLike, optional
        Folder of kept analyses. The default is the platform's folder for caches, or the environment variable
        ``OPUSCLIP_CACHE_DIR``.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    ConfigError
        If an option has an impossible value, before any work begins.
    MediaError
        If the file cannot be read.
    Cancelled
        If `cancel` was cancelled.

    Examples
    --------
    >>> analysis = opusclip.analyze("talk.mp4")  # doctest: +SKIP
    >>> [(boundary.kind, boundary.start) for boundary in analysis.boundaries]  # doctest: +SKIP
    >>> numpy.asarray(analysis.loudness.momentary)  # doctest: +SKIP
    """
    options = _given(level=level, audio=audio, cache=cache, cache_dir=cache_dir)
    return Analysis.from_dict(_opusclip.analyze(path, options, _listener(progress), cancel))


def analyze_part(
    path: StrPath,
    start: float,
    end: float | None = None,
    *,
    level: Level | str | None = None,
    audio: bool | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> AnalysisPart:
    """Analyse what begins in one stretch of a file.

    So stretches can be analysed by other threads, processes or machines. `merge_parts` makes of them what `analyze`
    gives in one go. Parts are not kept in the cache.

    Parameters
    ----------
    path : str or os.PathLike
        The media file.
    start : float
        Where the stretch begins, in seconds.
    end : float, optional
        Where it ends, in seconds; the end of the file if left out.
    level : Level or str, default Level.LAZY
        As for `analyze`; the same for all parts.
    audio : bool, default True
        As for `analyze`; the same for all parts.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    ConfigError
        If an option has an impossible value, or the stretch is none.
    MediaError
        If the file cannot be read.
    Cancelled
        If `cancel` was cancelled.

    Examples
    --------
    >>> parts = [analyze_part("talk.mp4", 0, 600), analyze_part("talk.mp4", 600)]  # doctest: +SKIP
    >>> merge_parts(parts) == analyze("talk.mp4")  # doctest: +SKIP
    True
    """
    options = _given(level=level, audio=audio)
    return _opusclip.analyze_part(path, start, end, options, _listener(progress), cancel)


def merge_parts(parts: Iterable[AnalysisPart]) -> Analysis:
    """Join the parts of a file's analysis, given in any order, to one analysis.

    Parts that do not reach from the beginning to the end give the analysis of the stretch that they cover.

    Parameters
    ----------
    parts : iterable of AnalysisPart
        What `analyze_part` gave.

    Raises
    ------
    ConfigError
        If there are none, if they are of different files or options, or if something between two is missing or doubled.
    """
    return Analysis.from_dict(_opusclip.merge_parts(list(parts)))


def cache_info(dir: StrPath | None = None) -> CacheInfo:
    """Say what the cache of analyses holds.

    Parameters
    ----------
    dir : str or os.PathLike, optional
        Its folder; the default one if left out.

    Raises
    ------
    OutputError
        If the folder cannot be read.
    """
    return CacheInfo.from_dict(_opusclip.cache_info(dir))


def clear_cache(dir: StrPath | None = None) -> CacheInfo:
    """Remove all kept analyses; other files in the folder stay. Returns what was there before.

    Parameters
    ----------
    dir : str or os.PathLike, optional
        Its folder; the default one if left out.

    Raises
    ------
    OutputError
        If a file cannot be removed.
    """
    return CacheInfo.from_dict(_opusclip.clear_cache(dir))


def read_transcript(path: StrPath) -> Transcript:
    """Read an SRT or WebVTT file; small faults are repaired and reported.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in any encoding.

    Raises
    ------
    TranscriptError
        If it cannot be read or holds no usable cue.
    """
    return Transcript.from_dict(_opusclip.read_transcript(path))


def select(
    video: StrPath,
    *,
    transcript: StrPath | None = None,
    count: int | None = None,
    min_duration: float | None = None,
    max_duration: float | None = None,
    lead_in: float | None = None,
    tail: float | None = None,
    time_limit: float | None = None,
    max_damage: float | None = None,
    cache: bool | None = None,
    cache_dir: StrPath | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Selection:
    """Choose clips without rendering them, and say why. `None` stands for the default.

    Parameters
    ----------
    video : str or os.PathLike
        The video file.
    transcript : str or os.PathLike, optional
        An SRT or WebVTT file: clips begin and end with sentences. Without one they are cut at pauses.
    count : int, default 3
        How many clips at most.
    min_duration, max_duration : float, default 15 and 59
        Shortest and longest clip in seconds, lead-in and tail included.
    lead_in : float, default 0.2
        Seconds kept before the first word, where the pause before it allows.
    tail : float, default 0.7
        Seconds kept after the last word, where the pause after it allows.
    time_limit : float, optional
        Give up after this many seconds.
    max_damage : float, default 0.2
        Share of damaged packets or pictures, 0 to 1, above which a file is given up.
    cache : bool, default True
        Keep the analysis, so that a second job with the same video need not look at it again.
    cache_dir : str or os.PathLike, optional
        Folder of kept analyses. The default is the platform's folder for caches, or the environment variable
        ``OPUSCLIP_CACHE_DIR``.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    ConfigError
        If an option has an impossible value, before any work begins.
    MediaError, TranscriptError
        If a file cannot be used.
    LimitTimeError, Cancelled
        If the work was stopped.
    """
    options = _given(
        transcript=transcript,
        count=count,
        min_duration=min_duration,
        max_duration=max_duration,
        lead_in=lead_in,
        tail=tail,
        time_limit=time_limit,
        max_damage=max_damage,
        cache=cache,
        cache_dir=cache_dir,
    )
    return Selection.from_dict(_opusclip.select(video, options, _listener(progress), cancel))


def extract_clips(
    video: StrPath,
    out_dir: StrPath = "clips",
    *,
    transcript: StrPath | None = None,
    count: int | None = None,
    min_duration: float | None = None,
    max_duration: float | None = None,
    lead_in: float | None = None,
    tail: float | None = None,
    width: int | None = None,
    height: int | None = None,
    layout: Layout | str | None = None,
    captions: bool | None = None,
    lufs: float | None = None,
    true_peak: float | None = None,
    frame_rate: float | None = None,
    crf: float | None = None,
    preset: str | None = None,
    audio_bit_rate: int | None = None,
    threads: int | None = None,
    overwrite: bool | None = None,
    time_limit: float | None = None,
    max_damage: float | None = None,
    cache: bool | None = None,
    cache_dir: StrPath | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Report:
    """Cut the best clips out of a video: vertical, captioned, levelled, ready to post. `None` stands for the default.

    Clips, thumbnails, a contact sheet and ``manifest.json`` appear in `out_dir` when all are finished; a failed,
    cancelled or interrupted (Ctrl-C) call leaves nothing there. The interpreter lock is released while it works.

    Parameters
    ----------
    video : str or os.PathLike
        The video file.
    out_dir : str or os.PathLike, default "clips"
        Folder for the output; made where it is missing.
    transcript : str or os.PathLike, optional
        An SRT or WebVTT file: clips begin and end with sentences and are captioned. Without one they are cut at pauses.
    count : int, default 3
        How many clips at most.
    min_duration, max_duration : float, default 15 and 59
        Shortest and longest clip in seconds, lead-in and tail included.
    lead_in : float, default 0.2
        Seconds kept before the first word, where the pause before it allows.
    tail : float, default 0.7
        Seconds kept after the last word, where the pause after it allows.
    width, height : int, default 1080 and 1920
        Size of the clips in pixels, even.
    layout : Layout or str, default "auto"
        How the picture fills the frame: ``auto``, ``fill`` (cut the middle out) or ``fit`` (all of it over a blurred
        copy).
    captions : bool, default True
        Burn captions in where there is a transcript.
    lufs : float, default -14
        Integrated loudness in LUFS.
    true_peak : float, default -1
        Highest true peak in dBTP after encoding.
    frame_rate : float, optional
        Frames a second, 23 to 60; the default keeps the source's where platforms take it.
    crf : float, default 20
        Constant quality of the H.264 encoder: 1 (best) to 51 (worst).
    preset : str, default "veryfast"
        Encoder speed by x264's names, ``ultrafast`` to ``veryslow``.
    audio_bit_rate : int, default 192000
        Sound in bits a second.
    threads : int, default 0
        Encoder threads; 0 uses up to four, by the number of cores.
    overwrite : bool, default False
        Replace output that exists.
    time_limit : float, optional
        Give up after this many seconds.
    max_damage : float, default 0.2
        Share of damaged packets or pictures, 0 to 1, above which a file is given up.
    cache : bool, default True
        Keep the analysis, so that a second job with the same video need not look at it again.
    cache_dir : str or os.PathLike, optional
        Folder of kept analyses. The default is the platform's folder for caches, or the environment variable
        ``OPUSCLIP_CACHE_DIR``.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work within 200 ms.

    Raises
    ------
    ConfigError
        If an option has an impossible value, before any work begins.
    MediaError, TranscriptError
        If a file cannot be used.
    OutputError
        If the output exists (`OutputExistsError`) or cannot be written.
    LimitTimeError, Cancelled
        If the work was stopped.

    Examples
    --------
    >>> report = opusclip.extract_clips("talk.mp4", "clips", transcript="talk.srt", count=3)  # doctest: +SKIP
    >>> for clip in report.clips:  # doctest: +SKIP
    ...     print(clip.video, clip.start, clip.end, clip.score)
    """
    options = _given(
        transcript=transcript,
        count=count,
        min_duration=min_duration,
        max_duration=max_duration,
        lead_in=lead_in,
        tail=tail,
        width=width,
        height=height,
        layout=layout,
        captions=captions,
        lufs=lufs,
        true_peak=true_peak,
        frame_rate=frame_rate,
        crf=crf,
        preset=preset,
        audio_bit_rate=audio_bit_rate,
        threads=threads,
        overwrite=overwrite,
        time_limit=time_limit,
        max_damage=max_damage,
        cache=cache,
        cache_dir=cache_dir,
    )
    return Report.from_dict(_opusclip.extract_clips(video, out_dir, options, _listener(progress), cancel))


def render(
    manifest: Manifest | StrPath,
    out_dir: StrPath,
    *,
    only: Sequence[int] = (),
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Report:
    """Render the clips of a manifest again, edited or not.

    Times, words, text and framing are taken from the manifest, so an edited manifest gives edited clips.

    Parameters
    ----------
    manifest : Manifest, str or os.PathLike
        A manifest, or the file of one.
    out_dir : str or os.PathLike
        Folder for the output; made where it is missing.
    only : sequence of int, optional
        Numbers (``Clip.index``) of the clips to render; all if left out.
    overwrite : bool, default False
        Replace output that exists.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work within 200 ms.

    Raises
    ------
    ManifestError
        If the manifest is not valid, or the source is another file now.
    MediaError
        If the source cannot be used.
    OutputError
        If the output exists (`OutputExistsError`) or cannot be written.
    Cancelled
        If `cancel` was cancelled.

    Examples
    --------
    >>> manifest = opusclip.Manifest.read("clips/manifest.json")  # doctest: +SKIP
    >>> louder = dataclasses.replace(manifest, render=dataclasses.replace(manifest.render, lufs=-12))  # doctest: +SKIP
    >>> opusclip.render(louder, "louder")  # doctest: +SKIP
    """
    plan = manifest.to_dict() if isinstance(manifest, Manifest) else _opusclip.read_manifest(manifest)
    done = _opusclip.render(plan, out_dir, list(only), overwrite, _listener(progress), cancel)
    return Report.from_dict(done)


def _listener(progress: ProgressCallback | None) -> Callable[[str, float, float | None], object] | None:
    if progress is None:
        return None
    return lambda stage, fraction, remaining: progress(Progress(stage, fraction, remaining))


def _given(**options: Any) -> dict[str, Any]:
    """What the caller set, in the types that cross the border; the core knows the rest."""
    return {name: _plain(value) for name, value in options.items() if value is not None}


def _plain(value: Any) -> Any:
    """Paths become texts; numbers of other libraries (numpy, decimal, fractions) become Python's own."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, bool | str):
        return value
    if hasattr(value, "__index__"):
        return value.__index__()
    return float(value) if hasattr(value, "__float__") else value
