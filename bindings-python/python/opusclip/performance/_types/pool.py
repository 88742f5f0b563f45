"""How a pool of worker processes stands. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text


class PoolInstanceState(Text):
    """What an instance of a pool does."""

    STARTING = "starting"
    """It runs and is not ready yet."""
    READY = "ready"
    """It is ready."""
    STOPPING = "stopping"
    """It was asked to end."""
    WAITING = "waiting"
    """It has ended and will be started again."""
    GIVEN_UP = "given_up"
    """It has ended too often and is left alone until a count is asked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolInstance(Data):
    """An instance of a pool.

    Attributes
    ----------
    number : int
        Its number, counted from 0. That of one that is gone is given again.
    state : PoolInstanceState
        What it does.
    process : int | None
        The id of its process, and of its group; none while it does not run.
    port : int | None
        Its port; none while it does not run.
    restarts : int
        How often it was started again.
    ready_after : float | None
        Seconds from its last start until it was ready.
    ended : str | None
        How it ended last, or why it could not be started.
    """

    number: int
    state: PoolInstanceState
    process: int | None = None
    port: int | None = None
    restarts: int
    ready_after: float | None = None
    ended: str | None = None


class PoolOutput(Text):
    """Where the output of instances goes."""

    INHERIT = "inherit"
    """To that of the host."""
    DISCARD = "discard"
    """Nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus(Data):
    """A pool at a moment.

    Attributes
    ----------
    wanted : int
        Instances that there should be.
    instances : int
        Instances that there are, those that are starting or will be started again among them: what a scaling
        engine is told as `instances`.
    ready_instances : int
        Those that are ready: what it is told as `ready_instances`.
    stopping : int
        Those that were asked to end and still run.
    given_up : int
        Those that were given up.
    restarts : int
        Starts of instances that had ended by themselves, since the pool began.
    processes : tuple[PoolInstance, ...]
        Each of them, by number.
    """

    wanted: int
    instances: int
    ready_instances: int
    stopping: int
    given_up: int
    restarts: int
    processes: tuple[PoolInstance, ...]
