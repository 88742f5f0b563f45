"""What notebooks show of a balancer and of a scaling engine."""

from typing import TYPE_CHECKING

from .._data import Data

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Overview(Data):
    """A snapshot that a notebook shows as a table of instances."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .cards import snapshot

        return snapshot(self)


class Decided(Data):
    """A decision that a notebook shows with its reasons."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .cards import decision

        return decision(self)


class Standing(Data):
    """A status that a notebook shows as a card."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .cards import status

        return status(self)


class Recommended(Data):
    """Settings that a notebook shows beside their alternatives."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .cards import recommendation

        return recommendation(self)


class Compared(Data):
    """Policies that a notebook shows side by side."""

    __slots__ = ()

    def plot(self, ax: "Axes | None" = None) -> "Figure":
        """Draw the comparison with matplotlib; needs the extra ``opusclip[plot]``.

        Runs that kept their course are drawn over time, with the instances that the traffic would need at full use.
        Others are drawn by what they cost and whom they kept waiting, a line for each policy.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure if left out.

        Returns
        -------
        matplotlib.figure.Figure
            The figure that was drawn into.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from .plot import comparison

        return comparison(self, ax)

    def _repr_html_(self) -> str:
        from .cards import comparison

        return comparison(self)
