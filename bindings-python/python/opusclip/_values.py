"""Arguments in the types that cross the border to the core."""

import os
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ._data import Data
from .progress import Progress, ProgressCallback

StrPath: TypeAlias = str | os.PathLike[str]
#: A table of numbers, one row for each thing: a list of lists, or an array of numpy.
Numbers: TypeAlias = Any


def listener(progress: ProgressCallback | None) -> Callable[[str, float, float | None], object] | None:
    """What the core calls to tell how far it has come."""
    if progress is None:
        return None
    return lambda stage, fraction, remaining: progress(Progress(stage, fraction, remaining))


def given(**options: Any) -> dict[str, Any]:
    """What the caller set, in the types that cross the border; the core knows the rest."""
    return {name: plain(value) for name, value in options.items() if value is not None}


def plain(value: Any) -> Any:
    """Paths become texts, objects dictionaries; arrays and numbers of other libraries (numpy, decimal) Python's own."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Data):
        return value.to_dict()
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__index__"):
        return value.__index__()
    return float(value) if hasattr(value, "__float__") else value
