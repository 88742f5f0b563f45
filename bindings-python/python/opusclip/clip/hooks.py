"""Callbacks: other engines and models in place of our own."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from .._data import Data
from .._values import plain
from .selection import Feature, Post

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
    language: str | None
    post: Post


Embed: TypeAlias = Callable[[list[str]], Sequence[Sequence[float]] | Awaitable[Sequence[Sequence[float]]]]
Score: TypeAlias = Callable[[list[Contender]], Sequence[float] | Awaitable[Sequence[float]]]
Describe: TypeAlias = Callable[[PostRequest], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]


def callbacks(
    *, embed: Embed | None = None, score: Score | None = None, describe: Describe | None = None
) -> dict[str, Callable[[Any], Any]]:
    """The callbacks that were given, as the core calls them: with plain data, and with an answer to return."""
    found: dict[str, Callable[[Any], Any]] = {}
    if embed is not None:
        found["embed"] = lambda sentences: _answer(embed(sentences))
    if score is not None:
        found["score"] = lambda data: _answer(score([Contender.from_dict(item) for item in data]))
    if describe is not None:
        found["describe"] = lambda data: _answer(describe(PostRequest.from_dict(data)))
    return found


def _answer(answer: Any) -> Any:
    """What a callback returned, or what that becomes when it is awaited; arrays become lists."""
    if inspect.isawaitable(answer):
        answer = asyncio.run(_finish(answer))
    return plain(answer.tolist() if hasattr(answer, "tolist") else answer)


async def _finish(waited: Awaitable[T]) -> T:
    return await waited
