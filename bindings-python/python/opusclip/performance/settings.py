"""Base classes of what a caller makes: options that are checked when they are built, and recorded traffic."""

import os
from collections.abc import Iterable
from typing import Any, TypeVar

from .. import _opusclip
from .._data import Data, fields_of
from .._values import given, plain

T = TypeVar("T", bound="Traffic")


def default(name: str) -> Any:
    """The core's own default of an option of `ScalingConfig`."""
    return _opusclip.scaling_config({})[name]


class Checked(Data):
    """Options that the core has found to be right; what was left out of them is there, too."""

    __slots__ = ()

    def __post_init__(self) -> None:
        checked = _opusclip.scaling_config(given(**self.to_dict()))
        for name, value in fields_of(type(self), checked).items():
            # It is frozen for everybody else.
            object.__setattr__(self, name, value)


class Traffic(Data):
    """Requests a second over time."""

    __slots__ = ()

    @classmethod
    def read(cls: type[T], path: str | os.PathLike[str], *, column: str | None = None, step: float | None = None) -> T:
        """Read a CSV file with a header: counts of requests by time.

        Times are Unix seconds, or dates with an offset; those without one are UTC. Rows may be in any order. The step
        is the most common distance of two rows; steps that are missing lie on a line between their neighbours.

        Parameters
        ----------
        path : path-like
            The file.
        column : str, optional
            The column with the counts, default the last one.
        step : float, optional
            Seconds between rows, which are taken in their order then; times are not read.

        Raises
        ------
        DataError
            For what is no count or no time, with its line; for a time that comes twice, and one off the grid of steps.
        """
        return cls.from_dict(_opusclip.read_trace(os.fspath(path), given(column=column, step=step)))

    @classmethod
    def of(cls: type[T], rates: Iterable[float], step: float, *, start: float = 0.0) -> T:
        """Make a trace of rates.

        Parameters
        ----------
        rates : iterable of float
            Requests a second.
        step : float
            Seconds that each of them lasts.
        start : float
            When the first one begins, in Unix seconds.
        """
        return cls.from_dict({"start": start, "step": step, "rates": plain(list(rates)), "filled": 0})
