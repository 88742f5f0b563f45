"""Ways of choosing a server that `balance.py` compares: known ones, one that knows everything, and opusclip's."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from queues import Policy, World


class Counting:
    """Knows which servers there are, and its own requests in flight."""

    def __init__(self, world: World, caller: int) -> None:
        self.world = world
        self.chance = random.Random(world.chance.random() + caller)
        self.there: list[int] = []
        self.open = [0] * len(world.servers)

    def add(self, server: int, now: float) -> None:
        """A server joins."""
        self.there.append(server)

    def left(self, tried: list[int]) -> list[int]:
        """Those that were not tried."""
        return [server for server in self.there if server not in tried] if tried else self.there

    def pick(self, tried: list[int], work: float, now: float) -> tuple[int, object] | None:
        """Choose, and count."""
        left = self.left(tried)
        if not left:
            return None
        chosen = self.choose(left, work, now)
        self.open[chosen] += 1
        return chosen, None

    def choose(self, left: list[int], work: float, now: float) -> int:
        """Choose."""
        raise NotImplementedError

    def end(self, token: object, server: int, outcome: str, seconds: float, now: float) -> None:
        """A request ended."""
        self.open[server] -= 1


class RoundRobin(Counting):
    """Each in turn."""

    turn = 0

    def choose(self, left: list[int], work: float, now: float) -> int:
        """The next one."""
        self.turn += 1
        return left[self.turn % len(left)]


class LeastConnections(Counting):
    """The fewest requests in flight, any of several."""

    def choose(self, left: list[int], work: float, now: float) -> int:
        """The least loaded."""
        least = min(self.open[server] for server in left)
        return self.chance.choice([server for server in left if self.open[server] == least])


class TwoChoices(Counting):
    """The better of two different ones at random."""

    def cost(self, server: int, now: float) -> float:
        """What a request costs there."""
        return self.open[server]

    def choose(self, left: list[int], work: float, now: float) -> int:
        """The cheaper one, the first where they cost the same."""
        if len(left) == 1:
            return left[0]
        first, second = self.chance.sample(left, 2)
        return first if self.cost(first, now) <= self.cost(second, now) else second


class PeakEwma(TwoChoices):
    """tower's: a response time that rises at once and decays by time, by the requests in flight."""

    assumed, decay, penalty = 1.0, 10.0, 0.0

    def __init__(self, world: World, caller: int) -> None:
        super().__init__(world, caller)
        self.estimate = [self.assumed] * len(world.servers)
        self.stamp = [0.0] * len(world.servers)

    def add(self, server: int, now: float) -> None:
        """A server joins."""
        super().add(server, now)
        self.stamp[server] = now

    def cost(self, server: int, now: float) -> float:
        """Estimate by requests."""
        return self.estimate[server] * math.exp((self.stamp[server] - now) / self.decay) * (self.open[server] + 1)

    def end(self, token: object, server: int, outcome: str, seconds: float, now: float) -> None:
        """Observe."""
        super().end(token, server, outcome, seconds, now)
        old = math.exp((self.stamp[server] - now) / self.decay)
        if outcome != "ok" and self.penalty:
            seconds = max(self.penalty, seconds, self.estimate[server] * old)
        known = self.estimate[server]
        self.estimate[server] = seconds if seconds > known else known * old + seconds * (1 - old)
        self.stamp[server] = now


class PenaltyEwma(PeakEwma):
    """linkerd's: a failure counts as five seconds at least."""

    assumed, penalty = 0.03, 5.0


class Omniscient(Counting):
    """Knows speeds, faults and the work of each request, and takes the server that answers first."""

    def choose(self, left: list[int], work: float, now: float) -> int:
        """The first to answer."""
        best, found = math.inf, left[0]
        start = self.chance.randrange(len(left))
        for server in left[start:] + left[:start]:
            state = self.world.servers[server]
            if state.plan.failing >= 1 or state.plan.down(now):
                continue
            state.update(now)
            cost = state.forecast(work)
            if cost < best:
                best, found = cost, server
        return found


class Opusclip:
    """A balancer of opusclip by its public calls."""

    strategy: str | None = None
    outcomes: ClassVar[dict[str, str | None]] = {
        "ok": None,
        "error": "server_error",
        "refused": "local_error",
        "timeout": "local_error",
    }

    def __init__(self, world: World, caller: int) -> None:
        from opusclip.performance import LoadBalancer

        self.balancer = LoadBalancer(self.strategy, seed=world.chance.getrandbits(32))

    def add(self, server: int, now: float) -> None:
        """A server joins."""
        self.balancer.add_instance(str(server), now=now)

    def pick(self, tried: list[int], work: float, now: float) -> tuple[int, object] | None:
        """Ask."""
        from opusclip.errors import BalanceError

        try:
            pick = self.balancer.pick(exclude=[str(server) for server in tried], now=now)
        except BalanceError:
            return None
        return int(pick.id), pick

    def end(self, token: object, server: int, outcome: str, seconds: float, now: float) -> None:
        """Tell."""
        token.report(self.outcomes[outcome], now=now)  # type: ignore[attr-defined]


RIVALS: dict[str, Callable[[World, int], Policy]] = {
    "round_robin": RoundRobin,
    "least_connections": LeastConnections,
    "two_choices": TwoChoices,
    "peak_ewma": PeakEwma,
    "penalty_ewma": PenaltyEwma,
    "omniscient": Omniscient,
}
