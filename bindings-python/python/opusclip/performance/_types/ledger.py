"""Actions, and what became of them. Written by `bindings-python/scripts/write_types.py`; do not edit."""

from dataclasses import dataclass

from ..._data import Data, Text
from .shared import ScalingAction


class ActionState(Text):
    """Where an action stands."""

    REQUESTED = "requested"
    """The host was asked."""
    WAITING = "waiting"
    """A try has failed; there will be another."""
    STARTING = "starting"
    """The host has done it; its instances are starting."""
    DONE = "done"
    """It is over: what was started works, or what was removed is gone."""
    GIVEN_UP = "given_up"
    """Every try has failed, or what was reported as done has not come about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRecord(Data):
    """An action.

    Attributes
    ----------
    token : str
        Its token.
    action : ScalingAction
        What it does.
    current_instances : int
        Instances that there were.
    target_instances : int
        Instances that there should be.
    state : ActionState
        Where it stands.
    attempts : int
        Tries so far.
    requested : float
        When it was first asked for, in Unix seconds.
    changed : float
        When the state changed last; while it waits, when the next try is due.
    ready_after : float | None
        Seconds from the request until its instances worked.
    error : str | None
        What the last failed try said.
    """

    token: str
    action: ScalingAction
    current_instances: int
    target_instances: int
    state: ActionState
    attempts: int
    requested: float
    changed: float
    ready_after: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalingRequest(Data):
    """What the host is to do now.

    Attributes
    ----------
    token : str
        The same for every try of an action.
    action : ScalingAction
        What to do.
    current_instances : int
        Instances that there were.
    target_instances : int
        Instances that there should be.
    attempt : int
        1 for the first try.
    deadline : float
        When this try has failed, in Unix seconds.
    """

    token: str
    action: ScalingAction
    current_instances: int
    target_instances: int
    attempt: int
    deadline: float
