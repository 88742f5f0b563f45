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

    def to_html(self, title: str = "", *, fragment: bool = False) -> str:
        """Return a page with the table and charts. It loads nothing and runs no script.

        Load and capacity, instances and violations over time are drawn where the runs kept their course
        (``points=``), costs by violations where there are several targets.

        Parameters
        ----------
        title : str, optional
            What stands at its top; a file's name is a good one.
        fragment : bool, default False
            Return what can be put into a page of one's own, as notebooks do.
        """
        from .. import _opusclip

        return _opusclip.scaling_to_html(self.to_dict(), title, fragment)

    def _repr_html_(self) -> str:
        return self.to_html(fragment=True)
