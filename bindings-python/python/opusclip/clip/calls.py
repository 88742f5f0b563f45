"""The calls of the clip engine. Each wraps one function of the core; defaults and checks are the core's own."""

from collections.abc import Iterable, Mapping, Sequence

from .. import _opusclip
from .._opusclip import AnalysisPart, CancelToken
from .._values import StrPath, given, listener
from ..progress import ProgressCallback
from .analysis import Analysis, CacheInfo, Level
from .hooks import FindSubjects, callbacks
from .manifest import Manifest, Report
from .media import MediaInfo
from .options import Background, CaptionPreset, CaptionStyle, Codec, Layout, Preset, ThumbnailFormat


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
    options = given(level=level, audio=audio, cache=cache, cache_dir=cache_dir)
    return Analysis.from_dict(_opusclip.analyze(path, options, listener(progress), cancel))


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
    options = given(level=level, audio=audio)
    return _opusclip.analyze_part(path, start, end, options, listener(progress), cancel)


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


def render(
    manifest: Manifest | StrPath,
    out_dir: StrPath | None = None,
    *,
    only: Sequence[int] = (),
    overwrite: bool = False,
    force: bool = False,
    preset: Preset | str | None = None,
    width: int | None = None,
    height: int | None = None,
    layout: Layout | str | None = None,
    background: Background | str | None = None,
    follow: bool | None = None,
    face_model: StrPath | None = None,
    captions: bool | CaptionPreset | str | None = None,
    caption_style: CaptionStyle | Mapping[str, object] | None = None,
    hook: bool | None = None,
    subtitle_files: bool | None = None,
    thumbnails: ThumbnailFormat | str | None = None,
    lufs: float | None = None,
    true_peak: float | None = None,
    clean_speech: bool | None = None,
    frame_rate: float | None = None,
    codec: Codec | str | None = None,
    encoder: str | None = None,
    hardware: bool | None = None,
    crf: float | None = None,
    speed: str | None = None,
    max_bit_rate: int | None = None,
    keyframe_interval: float | None = None,
    audio_bit_rate: int | None = None,
    threads: int | None = None,
    clips_at_once: int | None = None,
    memory_budget: int | None = None,
    subjects: FindSubjects | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Report:
    """Render the clips of a manifest again, edited or not.

    Times, words, text and framing are taken from the manifest, so an edited manifest gives edited clips. A clip whose
    files lie in the folder and are still as the manifest wants them is not rendered again.

    Parameters
    ----------
    manifest : Manifest, str or os.PathLike
        A manifest, or the file of one.
    out_dir : str or os.PathLike, optional
        Folder for the output; made where it is missing. By default the file of a manifest is rendered in place: changed
        clips and the manifest itself are replaced when all of them are done.
    only : sequence of int, optional
        Numbers (``Clip.index``) of the clips to render; all if left out.
    overwrite : bool, default False
        Replace output that exists in `out_dir`.
    force : bool, default False
        Render clips that did not change, too.
    preset : Preset or str, optional
        Render for a platform; it goes before the manifest's own options, and what is given beside it goes before both.
    width, height, layout, background, follow, face_model : optional
        As for `extract_clips`; what is given goes before the manifest's own options, and others decide on the framing anew.
    captions, caption_style, hook, subtitle_files, thumbnails, lufs, true_peak, clean_speech, frame_rate : optional
        As for `extract_clips`; what is given goes before the manifest's own options.
    codec, encoder, hardware, crf, speed, max_bit_rate, keyframe_interval, audio_bit_rate, threads : optional
        As for `extract_clips`; what is given goes before the manifest's own options.
    clips_at_once, memory_budget : optional
        As for `extract_clips`; what is given goes before the manifest's own options.
    subjects : callable, optional
        As for `select`, where a framing is decided anew.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work within 200 ms.

    Raises
    ------
    ManifestError
        If the manifest is not valid, with the field, and for a file with the line; or the source is another file now.
    ConfigError
        If a manifest that is no file has no `out_dir`, or `only` names a clip that there is not.
    MediaError
        If the source cannot be used.
    OutputError
        If the output exists (`OutputExistsError`) or cannot be written.
    Cancelled
        If `cancel` was cancelled.

    Examples
    --------
    >>> opusclip.render("clips/manifest.json")  # edited in an editor  # doctest: +SKIP
    >>> manifest = opusclip.Manifest.read("clips/manifest.json")  # doctest: +SKIP
    >>> louder = dataclasses.replace(manifest, render=dataclasses.replace(manifest.render, lufs=-12))  # doctest: +SKIP
    >>> opusclip.render(louder, "louder")  # doctest: +SKIP
    """
    changes = given(
        preset=preset,
        width=width,
        height=height,
        layout=layout,
        background=background,
        follow=follow,
        face_model=face_model,
        captions=captions,
        caption_style=caption_style,
        hook=hook,
        subtitle_files=subtitle_files,
        thumbnails=thumbnails,
        lufs=lufs,
        true_peak=true_peak,
        clean_speech=clean_speech,
        frame_rate=frame_rate,
        codec=codec,
        encoder=encoder,
        hardware=hardware,
        crf=crf,
        speed=speed,
        max_bit_rate=max_bit_rate,
        keyframe_interval=keyframe_interval,
        audio_bit_rate=audio_bit_rate,
        threads=threads,
        clips_at_once=clips_at_once,
        memory_budget=memory_budget,
    )
    plan = manifest.to_dict() if isinstance(manifest, Manifest) else manifest
    options = given(overwrite=overwrite, force=force)
    done = _opusclip.render(plan, out_dir, list(only), options, changes, callbacks(subjects=subjects), listener(progress), cancel)
    return Report.from_dict(done)
