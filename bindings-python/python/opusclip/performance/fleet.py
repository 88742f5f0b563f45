"""Instances that an autoscaler starts and stops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import _opusclip
from .._values import given, plain
from ._types import InstanceSpec, Leaver, LeaveFirst, Resized, Stoppable
from .balancer import LoadBalancer, Time

__all__ = ["Fleet"]


class Fleet(_opusclip.Fleet):
    """The instances of a balancer as an autoscaler has them: new ones join, those that leave drain before they are stopped.

    How many there should be is an `AutoScalingEngine`'s business or anybody else's, and the host starts and stops them: here
    are only numbers and ids. Who joins later than the first gets its share step by step.

    Parameters
    ----------
    balancer : LoadBalancer
        Whose instances these are.
    drain : float, optional
        Seconds in which an instance that leaves may end its requests, default 30.
    leave_first : LeaveFirst, optional
        Which leave first, default those with the fewest requests in flight, the newest among equals. Before any choice go
        those that are not well; after it, those that an operator disabled.
    slow_start_window : float, optional
        Seconds until an instance that joins later has its whole share, default 30, where the balancer's ``slow_start`` has
        no window of its own; 0 gives it at once.

    Examples
    --------
    >>> from opusclip.performance import Fleet, LoadBalancer
    >>> lb = LoadBalancer()
    >>> fleet = Fleet(lb, slow_start_window=60)
    >>> fleet.join(["a", "b"], now=0)
    ('a', 'b')
    >>> fleet.resize(3, now=60).start
    1
    >>> fleet.join(["c"], now=90)
    ('c',)
    >>> [leaver.id for leaver in fleet.resize(2, now=600).leaving]
    ['c']
    >>> [one.id for one in fleet.stoppable(now=600)]
    ['c']
    """

    def __new__(
        cls,
        balancer: LoadBalancer,
        *,
        drain: float | None = None,
        leave_first: LeaveFirst | str | None = None,
        slow_start_window: float | None = None,
    ) -> Fleet:
        """Make the fleet of a balancer; instances that it has belong to it."""
        return super().__new__(cls, balancer, given(drain=drain, leave_first=leave_first, slow_start_window=slow_start_window))

    def join(
        self, instances: Iterable[str | InstanceSpec | Mapping[str, Any]], *, now: Time | None = None
    ) -> tuple[str, ...]:
        """Let instances that run now have requests; those that were leaving stay.

        Parameters
        ----------
        instances : iterable of str or InstanceSpec
            Their ids, or more about them.
        now : float or datetime, optional
            When they join, default the system's clock.

        Returns
        -------
        tuple of str
            Ids of those that get requests from now on and did not before.
        """
        specs = [{"id": one} if isinstance(one, str) else plain(one) for one in instances]
        return tuple(self.join_list(specs, now))

    def resize(self, target: int, *, starting: int = 0, now: Time | None = None) -> Resized:
        """Say how many instances there should be.

        Those that have joined and do not leave count, also those that are not well. Where there are too few, instances that
        were leaving stay, and the rest is to be started; where there are too many, some leave.

        Parameters
        ----------
        target : int
            How many, such as `ScalingDecision.target_instances`.
        starting : int
            How many of them were started already and have not joined yet.
        now : float or datetime, optional
            When this is so, default the system's clock.
        """
        return Resized.from_dict(self.resize_data(target, starting, now))

    def leave(self, ids: Iterable[str], *, now: Time | None = None) -> tuple[Leaver, ...]:
        """Let these instances leave, as the host chose them."""
        return tuple(map(Leaver.from_dict, self.leave_list(list(ids), now)))

    def stoppable(self, *, now: Time | None = None) -> tuple[Stoppable, ...]:
        """Return those that left and may be stopped now, each once: without requests, or with their time over."""
        return tuple(map(Stoppable.from_dict, self.stoppable_list(now)))
