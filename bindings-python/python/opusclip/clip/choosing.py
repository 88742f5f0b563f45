"""Choosing clips, and the whole job. The defaults and checks of all options are the core's own."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from .. import _opusclip
from .._opusclip import CancelToken
from .._values import StrPath, given, listener
from ..progress import ProgressCallback
from .hooks import Describe, Embed, FindSubjects, Score, Transcribe, callbacks
from .manifest import Report
from .options import Background, CaptionPreset, CaptionStyle, Codec, Layout, Preset, ThumbnailFormat
from .selection import Selection
from .transcript import Transcript

TranscriptLike: TypeAlias = StrPath | Transcript | Mapping[str, Any]
Pair: TypeAlias = tuple[float, float] | Sequence[float]


def select(
    video: StrPath | None,
    *,
    transcript: TranscriptLike | None = None,
    subtitles: bool | None = None,
    count: int | None = None,
    min_duration: float | None = None,
    max_duration: float | None = None,
    durations: Sequence[Pair] | None = None,
    lead_in: float | None = None,
    tail: float | None = None,
    min_score: float | None = None,
    diversity: float | None = None,
    range: Pair | None = None,
    include: Sequence[Pair] | None = None,
    exclude: Sequence[Pair] | None = None,
    keywords: Sequence[str] | None = None,
    query: str | None = None,
    weights: Mapping[str, float] | None = None,
    language: str | None = None,
    remove_pauses: float | None = None,
    keep_pause: float | None = None,
    remove_fillers: bool | None = None,
    follow: bool | None = None,
    face_model: StrPath | None = None,
    embed: Embed | None = None,
    score: Score | None = None,
    describe: Describe | None = None,
    transcribe: Transcribe | None = None,
    subjects: FindSubjects | None = None,
    callback_time_limit: float | None = None,
    callback_fallback: bool | None = None,
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
    video : str, os.PathLike or None
        The video file; with `None` the transcript alone decides.
    transcript : str, os.PathLike, Transcript or mapping, optional
        An SRT, WebVTT, ASS or Whisper JSON file, or what a speech engine gave: clips begin and end with sentences.
        Without one they are cut at pauses, unless the video has subtitles or there is `transcribe`.
    subtitles : bool, default True
        Where there is no transcript, use the video's own subtitle stream if it has one that is text.
    count : int, default 3
        How many clips at most.
    min_duration, max_duration : float, default 15 and 59
        Shortest and longest clip in seconds, lead-in and tail included.
    durations : sequence of pairs, optional
        Several bands of length in seconds instead, such as ``[(15, 30), (45, 59)]``.
    lead_in : float, default 0.2
        Seconds kept before the first word, where the pause before it allows.
    tail : float, default 0.7
        Seconds kept after the last word, where the pause after it allows.
    min_score : float, default 0
        Only clips with at least this score, 0 to 1.
    diversity : float, default 0.1
        What each further clip of one topic costs, in points of score.
    range : pair, optional
        Choose only between these two seconds of the source.
    include, exclude : sequence of pairs, optional
        Stretches in seconds that a clip must contain, and that no clip may touch.
    keywords : sequence of str, optional
        Words or phrases that clips should be about.
    query : str, optional
        What clips should be about, as free text.
    weights : mapping, optional
        Shares of features in the score by their names, such as ``{"hook": 0.4}``; the README has the table.
    language : str, optional
        ISO 639-1 code; the default is the transcript's own, else as detected.
    remove_pauses : float, optional
        Shorten pauses inside of a clip that last longer than so many seconds.
    keep_pause : float, default 0.3
        Seconds that are left of a pause that is shortened.
    remove_fillers : bool, default False
        Cut out filler words such as "um".
    follow : bool, default True
        Look who is in the picture: faces count for the choice, and clips are framed by them. Without, the middle is shown.
    face_model : str or os.PathLike, optional
        An ONNX model file that finds faces, in YuNet's format, in place of the built-in detector; needs a build with the
        feature ``onnx``.
    embed : callable, optional
        Given the texts of all sentences, returns a vector for each, by which topics are told apart.
    score : callable, optional
        Given the best candidates (`Contender`), returns a score from 0 to 1 for each, which replaces our own.
    describe : callable, optional
        Given a `PostRequest`, returns a dictionary with any of ``title``, ``hook``, ``description``, ``keywords`` and
        ``hashtags``, which replace our own.
    transcribe : callable, optional
        Speech to text, where there is no transcript: given an `AudioChunk`, returns what is said in it, as the engine
        of `opusclip.transcribe` does. It may take as long as the job.
    subjects : callable, optional
        Finds what is to be kept in the frame, in place of the built-in detector: given a `Picture`, returns a `Subject`
        for each face or object, or a dictionary with ``x``, ``y``, ``width`` and ``height`` in shares of the picture, and
        if it likes ``score`` (0 to 1) and ``kind`` (``face`` or ``object``).
    callback_time_limit : float, default 60
        How long one call of another callback may take, in seconds; 0 is as long as it likes.
    callback_fallback : bool, default False
        Where a callback fails, go on with our own and say so in the notes.
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
    CallbackError
        If a callback raised, gave no answer in time (`CallbackTimeoutError`) or gave nonsense; what it raised is the
        cause.
    LimitTimeError, Cancelled
        If the work was stopped.

    Notes
    -----
    Callbacks run on a thread of their own. They may be coroutine functions; those of `select_async` run on its loop.
    """
    options = _options(locals())
    hooks = callbacks(embed=embed, score=score, describe=describe, transcribe=transcribe, subjects=subjects)
    return Selection.from_dict(_opusclip.select(video, options, hooks, listener(progress), cancel))


def extract_clips(
    video: StrPath,
    out_dir: StrPath = "clips",
    *,
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
    overwrite: bool | None = None,
    report: bool | None = None,
    transcript: TranscriptLike | None = None,
    subtitles: bool | None = None,
    count: int | None = None,
    min_duration: float | None = None,
    max_duration: float | None = None,
    durations: Sequence[Pair] | None = None,
    lead_in: float | None = None,
    tail: float | None = None,
    min_score: float | None = None,
    diversity: float | None = None,
    range: Pair | None = None,
    include: Sequence[Pair] | None = None,
    exclude: Sequence[Pair] | None = None,
    keywords: Sequence[str] | None = None,
    query: str | None = None,
    weights: Mapping[str, float] | None = None,
    language: str | None = None,
    remove_pauses: float | None = None,
    keep_pause: float | None = None,
    remove_fillers: bool | None = None,
    embed: Embed | None = None,
    score: Score | None = None,
    describe: Describe | None = None,
    transcribe: Transcribe | None = None,
    subjects: FindSubjects | None = None,
    callback_time_limit: float | None = None,
    callback_fallback: bool | None = None,
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

    All parameters of `select` are understood as well: `transcript`, `count`, the lengths, what clips should be about,
    the callbacks, limits, cache, `progress` and `cancel`. With a transcript the clips are captioned.

    Parameters
    ----------
    video : str or os.PathLike
        The video file.
    out_dir : str or os.PathLike, default "clips"
        Folder for the output; made where it is missing.
    preset : Preset or str, optional
        Where the clips go: ``tiktok``, ``reels``, ``shorts``, ``youtube``, ``square`` or ``master``. It stands for size,
        quality, keyframes and sound; what is given beside it goes before it.
    width, height : int, default 1080 and 1920
        Size of the clips in pixels, even.
    layout : Layout or str, default "auto"
        How the picture fills the frame: ``auto`` (chosen shot by shot), ``fill`` (a part of it that follows who is in
        it), ``fit`` (all of it over a background), ``split`` (two people, each in one half) or ``screen`` (a screen
        above, its speaker enlarged below).
    background : Background or str, default "blurred"
        What is seen around a picture that is shown whole: ``blurred`` or ``plain``.
    captions : bool, CaptionPreset or str, default True
        Burn captions in where there is a transcript; or the name of a look: ``highlight`` (which `True` is), ``bold``,
        ``pop``, ``karaoke``, ``boxed`` or ``plain``.
    caption_style : CaptionStyle or mapping, default {}
        Traits of the look that are to be otherwise, such as ``{"size": 72, "color": "gold"}``.
    hook : bool, default False
        Write the post's hook over the first three seconds.
    subtitle_files : bool, default False
        Write the captions beside each clip as SRT, WebVTT and ASS files.
    thumbnails : ThumbnailFormat or str, default "jpeg"
        How the picture beside each clip is written: ``jpeg`` or ``avif``.
    lufs : float, default -14
        Integrated loudness in LUFS.
    true_peak : float, default -1
        Highest true peak in dBTP after encoding.
    clean_speech : bool, default False
        Clean up speech before it is levelled: rumble is cut off, and steady noise (hiss, hum, a fan) is learnt from a pause
        and turned down by about 12 dB. Not for music. Needs FFmpeg's filters ``highpass`` and ``afftdn``.
    frame_rate : float, optional
        Frames a second, 23 to 60; the default keeps the source's where platforms take it.
    codec : Codec or str, default "h264"
        How pictures are encoded: ``h264``, ``hevc`` or ``av1``.
    encoder : str, optional
        The encoder by its name in FFmpeg, or ``rav1e``, which needs no FFmpeg; by default the best there is for the codec.
    hardware : bool, default False
        Encode on a graphics card or the like; without one, the call fails.
    crf : float, default 20
        Constant quality on x264's scale, 1 (best) to 51 (worst), carried over to other codecs.
    speed : str, default "veryfast"
        Encoder speed by x264's names, ``ultrafast`` to ``veryslow``.
    max_bit_rate : int, default 0
        Bits of picture a second that are never exceeded; 0 sets no bound.
    keyframe_interval : float, default 2
        Longest distance between keyframes in seconds.
    audio_bit_rate : int, default 192000
        Sound in bits a second.
    threads : int, default 0
        Encoder threads of each clip; 0 uses up to four, by the number of cores.
    clips_at_once : int, default 0
        Clips that are rendered at a time; 0 takes one for every four cores, as far as the memory reaches.
    memory_budget : int, default 0
        Megabytes that clips which are rendered at a time may need together; one is rendered in any case. 0 is a quarter of
        the memory that is free.
    overwrite : bool, default False
        Replace output that exists.
    report : bool, default False
        Write a page about what was chosen and why beside the clips, ``report.html``.

    Raises
    ------
    OutputError
        If the output exists (`OutputExistsError`) or cannot be written; and all that `select` raises.

    Examples
    --------
    >>> report = opusclip.extract_clips("talk.mp4", "clips", transcript="talk.srt", count=3)  # doctest: +SKIP
    >>> for clip in report.clips:  # doctest: +SKIP
    ...     print(clip.video, clip.start, clip.end, clip.score)
    """
    options = _options(locals())
    hooks = callbacks(embed=embed, score=score, describe=describe, transcribe=transcribe, subjects=subjects)
    done = _opusclip.extract_clips(video, out_dir, options, hooks, listener(progress), cancel)
    return Report.from_dict(done)


_NO_OPTIONS = {"video", "out_dir", "embed", "score", "describe", "transcribe", "subjects", "progress", "cancel"}


def _options(arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments of a call that are options of the core."""
    return given(**{name: value for name, value in arguments.items() if name not in _NO_OPTIONS})
