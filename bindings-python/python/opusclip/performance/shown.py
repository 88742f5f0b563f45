"""What notebooks show of a balancer."""

from .._data import Data


class Overview(Data):
    """A snapshot that a notebook shows as a table of instances."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from .cards import snapshot

        return snapshot(self)
