"""Callbacks: other engines and models in place of our own."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from .._data import Data
from .._values import Numbers, plain
from .selection import Feature, Post
from .picture import Picture, Subject
from .sound import AudioChunk
from .transcript import Transcript

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender(Data):
    """A candidate as a ``score`` callback sees it.

    Attributes
    ----------
    start, end : float
        Where it lies in the source, in seconds.
    text : str
        What is said in it.
    score : float
        Our own score, 0 to 1.
    features : tuple of Feature
        The parts of our own score.
    """

    start: float
    end: float
    text: str
    score: float
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRequest(Data):
    """What a ``describe`` callback is asked for.

    Attributes
    ----------
    start, end : float
        Where the clip lies in the source, in seconds.
    text : str
        What is said in it.
    language : str or None
        ISO 639-1 code, where it can be told.
    post : Post
        What we took from the clip's own words.
    """

    start: float
    end: float
    text: str
    language: str | None = None
    post: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEdit(Data):
    """What a ``describe`` callback says; what it leaves out stays ours. A dictionary does as well.

    Attributes
    ----------
    title : str or None
        A line above the post.
    hook : str or None
        A line on the picture of the first seconds.
    description : str or None
        One or two sentences below it.
    keywords : tuple of str or None
        What it is about.
    hashtags : tuple of str or None
        With their ``#``.
    """

    title: str | None = None
    hook: str | None = None
    description: str | None = None
    keywords: tuple[str, ...] | None = None
    hashtags: tuple[str, ...] | None = None


Embed: TypeAlias = Callable[[list[str]], Numbers | Awaitable[Numbers]]
Score: TypeAlias = Callable[[list[Contender]], Sequence[float] | Awaitable[Sequence[float]]]
Edit: TypeAlias = PostEdit | Mapping[str, Any]
Describe: TypeAlias = Callable[[PostRequest], Edit | Awaitable[Edit]]
Heard: TypeAlias = Transcript | Mapping[str, Any] | Sequence[Any] | str
Transcribe: TypeAlias = Callable[[AudioChunk], Heard | Awaitable[Heard]]
Found: TypeAlias = Sequence[Subject | Mapping[str, Any]] | None
FindSubjects: TypeAlias = Callable[[Picture], Found | Awaitable[Found]]


def callbacks(
    *,
    embed: Embed | None = None,
    score: Score | None = None,
    describe: Describe | None = None,
    transcribe: Transcribe | None = None,
    subjects: FindSubjects | None = None,
) -> dict[str, Callable[..., Any]]:
    """The callbacks that were given, as the core calls them: with plain data, and with an answer to return."""
    found: dict[str, Callable[..., Any]] = {}
    if embed is not None:
        found["embed"] = lambda sentences: _answer(embed(sentences))
    if score is not None:
        found["score"] = lambda data: _answer(score([Contender.from_dict(item) for item in data]))
    if describe is not None:
        found["describe"] = lambda data: _answer(describe(PostRequest.from_dict(data)))
    if transcribe is not None:
        found["transcribe"] = speech(transcribe)
    if subjects is not None:
        found["subjects"] = _detector(subjects)
    return found


def speech(engine: Transcribe) -> Callable[[float, float, int, bytes], Any]:
    """A speech engine as the core calls it."""

    def hear(start: float, end: float, sample_rate: int, samples: bytes) -> Any:
        buffer: Any = memoryview(samples).cast("f")
        return _answer(engine(AudioChunk(start=start, end=end, sample_rate=sample_rate, buffer=buffer)))

    return hear


def _detector(find: FindSubjects) -> Callable[[float, int, int, bytes], Any]:
    """A detector as the core calls it."""

    def look(time: float, width: int, height: int, rgb: bytes) -> Any:
        return _answer(find(Picture(time=time, width=width, height=height, rgb=rgb)))

    return look


def _answer(answer: Any) -> Any:
    """What a callback returned, or what that becomes when it is awaited, as plain data."""
    if inspect.isawaitable(answer):
        import asyncio

        answer = asyncio.run(_finish(answer))
    return plain(answer)


async def _finish(waited: Awaitable[T]) -> T:
    return await waited
