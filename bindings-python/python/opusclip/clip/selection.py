"""Which stretches stand alone, and why."""

from dataclasses import dataclass

from .. import _opusclip
from .._data import Data
from .._opusclip import CancelToken
from .._values import StrPath
from .analysis import Span


@dataclass(frozen=True, slots=True)
class Feature(Data):
    """One part of a score.

    Attributes
    ----------
    name : str
        Its name.
    value : float
        0 (bad) to 1 (good).
    weight : float
        Its share of the score; the weights of a clip sum to 1.
    """

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Data):
    """Words for the post that shows a clip.

    Attributes
    ----------
    title : str
        A line above the post; empty where the clip's words give none.
    hook : str
        A line on the picture of the first seconds.
    description : str
        One or two sentences below it.
    keywords : tuple of str
        What it is about.
    hashtags : tuple of str
        With their ``#``.
    extractive : bool
        All of it is made of the clip's own words; `False` where a ``describe`` callback had a hand in it.
    """

    title: str = ""
    hook: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    extractive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Data):
    """A stretch of a transcript that is about one thing.

    Attributes
    ----------
    start, end : float
        Seconds.
    first_sentence, last_sentence : int
        Indices of its sentences.
    keywords : tuple of str
        The words that set it apart from the rest.
    """

    start: float
    end: float
    first_sentence: int
    last_sentence: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Data):
    """A stretch that was not chosen, and why.

    Attributes
    ----------
    start, end : float
        Seconds.
    score : float
        0 to 1.
    features : tuple of Feature
        The parts of the score.
    text : str
        What is said in it.
    reason : str
        Why it was not chosen.
    """

    start: float
    end: float
    score: float
    features: tuple[Feature, ...]
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipPlan(Data):
    """A stretch of the source that was chosen, and why.

    Attributes
    ----------
    ranges : tuple of Span
        What is played, in order; one range unless something is left out in the middle. Lead-in and tail included.
    score : float
        0 to 1: the sum of value times weight over `features`, or what a ``score`` callback gave. It ranks; it promises
        nothing.
    features : tuple of Feature
        The parts of the score.
    topic : int or None
        Index of its topic in `Selection.topics`.
    text : str
        What is said in it.
    reason : str
        Why it was chosen, in a sentence.
    post : Post
        Words for the post that shows it.
    nearly : tuple of Near
        The best stretches that were given up for it: they overlap it.
    """

    ranges: tuple[Span, ...]
    score: float
    features: tuple[Feature, ...]
    topic: int | None = None
    text: str
    reason: str
    post: Post
    nearly: tuple[Near, ...]

    def __repr__(self) -> str:
        ranges = ", ".join(f"{span.start:.1f}–{span.end:.1f} s" for span in self.ranges)
        return f"ClipPlan({ranges}, score {self.score:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(Data):
    """What `opusclip.select` found.

    Attributes
    ----------
    clips : tuple of ClipPlan
        The chosen clips in order of time.
    candidates : int
        How many candidates were weighed.
    nearly : tuple of Near
        The best of the others, best first, each another moment.
    topics : tuple of Topic
        What the source is about, in order of time.
    language : str or None
        ISO 639-1 code of the language of the words, where it can be told.
    duration : float
        Seconds of the source.
    notes : tuple of str
        What the caller should know: a source shorter than asked for, fewer clips than asked for.
    """

    clips: tuple[ClipPlan, ...]
    candidates: int
    nearly: tuple[Near, ...]
    topics: tuple[Topic, ...]
    language: str | None = None
    duration: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Selection({len(self.clips)} clips of {self.candidates} candidates: {list(self.clips)!r})"

    def to_html(
        self,
        video: StrPath | None = None,
        *,
        title: str = "",
        media: str | None = None,
        cancel: CancelToken | None = None,
    ) -> str:
        """Return a self-contained page: timeline, topics, clips with scores and reasons, what nearly was chosen.

        Parameters
        ----------
        video : str or os.PathLike, optional
            The source, for small pictures of its moments.
        title : str, default ""
            What stands at the top; a file's name is a good one.
        media : str, optional
            URL where the page finds the source to play it; without one nothing can be played.
        cancel : CancelToken, optional
            Stops the work.

        Raises
        ------
        MediaError
            If the video cannot be read.
        Cancelled
            If `cancel` was cancelled.
        """
        return _opusclip.selection_to_html(self.to_dict(), video, title, media, None, cancel)

    def _repr_html_(self) -> str:
        from .._html import selection

        return selection(self)
