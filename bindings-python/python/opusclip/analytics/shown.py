"""What notebooks show of results: a card at once, and a picture when it is asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .._data import Data

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

R = TypeVar("R", bound="Shown")


class Card(Data):
    """A result that a notebook shows as a card."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .cards import card

        return card(self)


class Shown(Card):
    """A result that can also be drawn."""

    # The series that was analysed, for the picture alone: it is not compared, not pickled, and in no dictionary.
    __slots__ = ("_series",)

    def plot(self, ax: "Axes | None" = None, *, label: str | None = None) -> "Figure":
        """Draw the result with matplotlib; needs the extra ``opusclip[plot]``.

        What was analysed is drawn with it, as long as the result comes straight from the analysis: one that was
        unpickled or read from a dictionary stands alone.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.
        label : str, optional
            What the numbers are, with their unit, such as ``latency in ms``.

        Returns
        -------
        matplotlib.figure.Figure
            The figure that was drawn into, such as for ``savefig``.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from .plot import draw

        return draw(self, getattr(self, "_series", ()), ax, label)


class Series(NamedTuple):
    """Numbers that were analysed."""

    values: Any
    times: Any = None
    name: str | None = None

    def curve(self) -> tuple[Any, Any]:
        """Times and values; values without times are a second apart."""
        return (range(len(self.values)) if self.times is None else self.times), self.values


class Recorded(NamedTuple):
    """Numbers that a collector has, looked up when they are drawn."""

    look_up: Callable[[], tuple[Any, Any]]
    name: str

    def curve(self) -> tuple[Any, Any]:
        """Times and values."""
        return self.look_up()


def remember(result: R, *series: Series | Recorded) -> R:
    """Return the result, which now knows what it is about."""
    # It is frozen for everybody else.
    object.__setattr__(result, "_series", series)
    return result
