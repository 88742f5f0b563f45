"""Words of a file, of its subtitles and by speech engines, and what they are about."""

from collections.abc import Sequence

from .. import _opusclip
from .._opusclip import CancelToken
from .._values import Numbers, StrPath, given, listener, plain
from ..progress import ProgressCallback
from .hooks import Transcribe, speech
from .transcript import Transcript


def read_transcript(path: StrPath) -> Transcript:
    """Read subtitles (SRT, WebVTT, ASS) or the JSON of a speech engine; small faults are repaired and reported.

    Parameters
    ----------
    path : str or os.PathLike
        The file, in any encoding; its content tells the format.

    Raises
    ------
    TranscriptError
        If it cannot be read or holds no usable cue.
    """
    return Transcript.from_dict(_opusclip.read_transcript(path))


def read_subtitles(
    video: StrPath,
    stream: int | None = None,
    *,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Transcript:
    """Read a subtitle stream inside of a video file.

    Parameters
    ----------
    video : str or os.PathLike
        The video file.
    stream : int, optional
        Number of the stream among all streams of the file; by default the one that players show, else the first, of
        those that are text.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work.

    Raises
    ------
    MediaError
        If the file cannot be read.
    TranscriptError
        If it has no such stream, only pictures of subtitles, or nothing is said.
    Cancelled
        If `cancel` was cancelled.

    Examples
    --------
    >>> print(opusclip.read_subtitles("talk.mkv").to_srt())  # doctest: +SKIP
    """
    return Transcript.from_dict(_opusclip.read_subtitles(video, stream, listener(progress), cancel))


def transcribe(
    video: StrPath,
    engine: Transcribe | None = None,
    *,
    model: StrPath | None = None,
    command: Sequence[str] | None = None,
    language: str | None = None,
    chunk_seconds: float | None = None,
    threads: int | None = None,
    max_damage: float | None = None,
    time_limit: float | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Transcript:
    """Have a speech engine of your choice write down what is said in a video file. `None` stands for the default.

    The sound is read once, cut where nobody speaks, and handed over piece by piece; silent pieces are left out.

    Parameters
    ----------
    video : str or os.PathLike
        The video file.
    engine : callable, optional
        Given an `AudioChunk`, returns what is said in it with times from its beginning: a `Transcript`, the JSON of a
        speech engine as dictionaries and lists (such as the result of Whisper), or a text (SRT, WebVTT, such JSON). It
        may be a coroutine function. An empty answer means that nobody speaks.
    model : str or os.PathLike, optional
        A model file of whisper.cpp instead; only in builds with the feature ``whisper``.
    command : sequence of str, optional
        A program and its arguments instead; the path of a WAV file is added, and what it prints is read.
    language : str, optional
        Language that is spoken, as ISO 639-1; by default the engine finds out.
    chunk_seconds : float, default 600
        Longest piece of sound that is handed over at once, in seconds, 10 to 3600.
    threads : int, default 0
        Threads of the model; 0 uses up to four, by the number of cores.
    max_damage : float, default 0.2
        Share of damaged packets of the sound, 0 to 1, above which a file is given up.
    time_limit : float, optional
        Give up after this many seconds.
    progress : callable, optional
        Called with a `Progress`, at most 20 times a second. An exception in it stops the work and is raised here.
    cancel : CancelToken, optional
        Stops the work, also while the engine works.

    Raises
    ------
    ConfigError
        If an option has an impossible value, or if there is no engine, or more than one.
    MediaError
        If the file cannot be read or has no sound.
    CallbackError
        If `engine` raised or gave nonsense; what it raised is the cause.
    EngineError, ModelError
        If the command failed, or the model is none.
    LimitTimeError, Cancelled
        If the work was stopped.

    Examples
    --------
    >>> whisper = whisper.load_model("base")  # doctest: +SKIP
    >>> talk = opusclip.transcribe("talk.mp4", lambda chunk: whisper.transcribe(chunk.samples))  # doctest: +SKIP
    >>> opusclip.extract_clips("talk.mp4", transcript=talk)  # doctest: +SKIP
    """
    options = given(
        model=model,
        command=command,
        language=language,
        chunk_seconds=chunk_seconds,
        threads=threads,
        max_damage=max_damage,
        time_limit=time_limit,
    )
    callback = None if engine is None else speech(engine)
    return Transcript.from_dict(_opusclip.transcribe(video, callback, options, listener(progress), cancel))


def segment_topics(
    sentences: Sequence[str],
    *,
    language: str | None = None,
    embeddings: Numbers | None = None,
    count: int | None = None,
) -> list[int]:
    """Say where a text turns to something else: the indices of the sentences that begin a topic, the first of them 0.

    It needs no model: a topic reuses its own words.

    Parameters
    ----------
    sentences : sequence of str
        The text, in order.
    language : str, optional
        ISO 639-1 code; detected if left out.
    embeddings : array or sequence of sequences of float, optional
        One vector for each sentence, as further evidence.
    count : int, optional
        How many topics there are; found out if left out.

    Raises
    ------
    ConfigError
        If embeddings do not fit the sentences or are no numbers, or there cannot be so many topics.
    LimitError
        If an exact count is asked for in a text of several ten thousand sentences.

    Examples
    --------
    >>> opusclip.segment_topics(["We bake bread.", "Bread needs flour.", "Stars shine.", "A star is far."], count=2)
    [0, 2]
    """
    options = given(language=language, embeddings=embeddings, count=count)
    return _opusclip.segment_topics(plain(sentences), options)
