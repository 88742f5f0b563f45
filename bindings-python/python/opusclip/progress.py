"""How far a piece of work has come."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work has come.

    Attributes
    ----------
    stage : str
        What is being done: ``probe``, ``transcribe``, ``transcript``, ``analyze``, ``select``, ``render`` or ``export``; ``simulate``
        where settings of scaling are searched.
    fraction : float
        Share of the whole job that is done, 0 to 1, never falling.
    remaining : float or None
        Estimated seconds to the end, once there is something to estimate from.
    """

    stage: str
    fraction: float
    remaining: float | None = None

    def __str__(self) -> str:
        rest = "" if self.remaining is None else f", {self.remaining:.0f} s left"
        return f"{self.stage} {self.fraction:.0%}{rest}"


ProgressCallback: TypeAlias = Callable[[Progress], object]
"""Called at most 20 times a second; what it returns is ignored, what it raises stops the work."""
