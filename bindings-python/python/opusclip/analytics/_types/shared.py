"""What several results have in common. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Data):
    """How an analysis came to its result, in words.

    Attributes
    ----------
    sentence : str
        The result as one sentence.
    method : str
        The method by its name in the literature, with its settings.
    assumptions : tuple[str, ...]
        What the method takes for granted.
    """

    sentence: str
    method: str
    assumptions: tuple[str, ...]
