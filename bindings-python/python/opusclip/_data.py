"""Dictionaries of the core to typed, frozen objects and back."""

import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from ._vector import Vector

D = TypeVar("D", bound="Data")
Reader = Callable[[Any], Any]


class Text(str, Enum):
    """An enumeration whose members are their texts."""

    def __str__(self) -> str:
        return str.__str__(self)


class Data:
    """What every result has in common: it is frozen, compares by value and becomes plain dictionaries and back."""

    __slots__ = ()

    @classmethod
    def from_dict(cls: type[D], data: Mapping[str, Any]) -> D:
        """Make an object of what `to_dict` or the command's ``--json`` gave.

        Parameters
        ----------
        data : Mapping
            Values by their names; nested objects are dictionaries.

        Raises
        ------
        TypeError
            If a name is missing or unknown.
        ValueError
            If a text is not one of an enumeration's.
        """
        return cls(**fields_of(cls, data))

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, texts and numbers, as the command's ``--json`` prints them."""
        return {name: _plain(getattr(self, name)) for name in _readers(type(self))}


def fields_of(cls: type[Data], data: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a class's fields, read from plain ones."""
    readers = _readers(cls)
    return {name: _read(readers.get(name), value) for name, value in data.items()}


_CACHE: dict[type[Data], dict[str, Reader | None]] = {}


def _readers(cls: type[Data]) -> dict[str, Reader | None]:
    readers = _CACHE.get(cls)
    if readers is None:
        readers = _CACHE[cls] = {field.name: _reader(field.type) for field in fields(cls)}  # type: ignore[arg-type]
    return readers


def _reader(hint: Any) -> Reader | None:
    """How a value of this type is read; nothing to do gives `None`."""
    if get_origin(hint) is tuple:
        one = _reader(get_args(hint)[0])
        return tuple if one is None else lambda values: tuple(map(one, values))
    some = [part for part in get_args(hint) if part is not NoneType]
    if bool in some:
        item = next((reader for part in some if (reader := _reader(part)) is not None), None)
        return None if item is None else lambda value: value if isinstance(value, bool) else item(value)
    if some:
        return _reader(some[0])
    if hint is Vector:
        return Vector
    if isinstance(hint, type) and issubclass(hint, Data):
        return hint.from_dict
    if isinstance(hint, type) and issubclass(hint, Enum | Path):
        return hint
    return None


def _read(reader: Reader | None, value: Any) -> Any:
    return value if reader is None or value is None else reader(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Data):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Vector):
        return value.tolist()
    if isinstance(value, Enum):
        return value.value
    return os.fspath(value) if isinstance(value, Path) else value
