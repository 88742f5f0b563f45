"""Servers that work on many requests at once, requests that come whether or not they are answered, and faults.

Virtual time, standard library, and nothing of opusclip's: a judge that shares no code with what it judges. Its figures
are those of processor sharing: a server of `cores` gives each of its requests a whole core while there are enough, an
equal part of all of them otherwise.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

#: Seconds that a refusal or an error that is no work takes.
FAST = 0.001
#: Work of a request, of mean 1.
WORK: dict[str, Callable[[random.Random], float]] = {
    "exponential": lambda chance: chance.expovariate(1.0),
    "bimodal": lambda chance: 0.5 if chance.random() < 0.9 else 5.5,
    "fixed": lambda chance: 1.0,
    "normal": lambda chance: max(0.0, chance.gauss(1.0, 0.05)),
}


@dataclass(frozen=True)
class Plan:
    """A server, and what is wrong with it."""

    speed: float = 1.0
    #: Answers with an error: this share of requests, at once or after the work.
    failing: float = 0.0
    fails_late: bool = False
    #: Refuses everything, and breaks what it works on, in the second half of each period.
    flapping: float = 0.0
    #: Has `slowed` of its speed in the second half of each period.
    wave: float = 0.0
    slowed: float = 1.0
    #: Joins then; its speed rises from `cold` of the whole within `warming` seconds.
    joins: float = 0.0
    cold: float = 1.0
    warming: float = 0.0
    #: Does nothing from then on.
    dies: float = float("inf")

    def down(self, now: float) -> bool:
        """Whether it refuses."""
        return self.flapping > 0 and now % self.flapping >= self.flapping / 2

    def pace(self, now: float) -> float:
        """Work done in a second on each core."""
        if now >= self.dies:
            return 0.0
        pace = self.speed
        if self.wave > 0 and now % self.wave >= self.wave / 2:
            pace *= self.slowed
        if self.warming > 0:
            pace *= self.cold + (1 - self.cold) * min(1.0, max(0.0, now - self.joins) / self.warming)
        return pace

    def changes(self, until: float) -> list[float]:
        """When its pace, or whether it refuses, changes."""
        times = [self.joins] if self.joins > 0 else []
        for period in (self.flapping, self.wave):
            if period > 0:
                times += [half * period / 2 for half in range(1, int(2 * until / period) + 1)]
        if self.warming > 0:
            times += [self.joins + self.warming * step / 50 for step in range(1, 51)]
        return [*times, self.dies] if self.dies < until else times


@dataclass(frozen=True)
class Setup:
    """Servers, requests and callers."""

    name: str
    servers: Sequence[Plan]
    #: Requests a second as a share of what healthy servers could do; of what `capacity` says, where that is given.
    load: float = 0.8
    capacity: float | None = None
    cores: int = 4
    #: Seconds of work of a request, in the mean.
    work: float = 0.02
    shape: str = "exponential"
    #: Balancers that know nothing of each other.
    callers: int = 1
    requests: int = 40_000
    #: Seconds at the beginning that are not counted.
    warm_up: float = 5.0
    timeout: float = 3.0
    #: Other servers that a request goes to at most, after a failure before the time limit.
    retries: int = 2

    @property
    def rate(self) -> float:
        """Requests a second."""
        able = self.capacity or sum(plan.speed for plan in self.servers if plan.failing < 1 and plan.joins == 0)
        return self.load * able * self.cores / self.work

    def with_(self, **changes: object) -> Setup:
        """Return the same with some things changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


class Policy(Protocol):
    """One caller's way of choosing."""

    def add(self, server: int, now: float) -> None:
        """A server joins."""

    def pick(self, tried: list[int], work: float, now: float) -> tuple[int, object] | None:
        """Choose one that was not tried, and give what `end` wants back."""

    def end(self, token: object, server: int, outcome: str, seconds: float, now: float) -> None:
        """A request ended: `ok`, `error`, `refused` or `timeout`."""


@dataclass
class Result:
    """What came of a run. Milliseconds; a request that failed counts as the time limit."""

    requests: int
    available: float
    p50: float
    p99: float
    p999: float
    shares: list[float]


class Server:
    """A server in virtual time."""

    __slots__ = ("active", "cores", "given", "heap", "pace", "plan", "updated", "version")

    def __init__(self, plan: Plan, cores: int) -> None:
        self.plan = plan
        self.cores = cores
        self.pace = plan.pace(0.0)
        self.given = 0.0
        self.updated = 0.0
        self.active = 0
        self.heap: list[tuple[float, int, Job]] = []
        self.version = 0

    def update(self, now: float) -> None:
        """Work until now."""
        if self.active:
            self.given += (now - self.updated) * self.pace * min(1.0, self.cores / self.active)
        self.updated = now

    def next_done(self) -> float | None:
        """When the next request is done, if nothing happens."""
        heap = self.heap
        while heap and heap[0][2].where is not self:
            heapq.heappop(heap)
        if not heap or self.pace <= 0:
            return None
        left = max(0.0, heap[0][0] - self.given)
        return self.updated + left / (self.pace * min(1.0, self.cores / self.active))

    def forecast(self, work: float) -> float:
        """How long so much work would take if nothing else came."""
        if self.pace <= 0:
            return float("inf")
        ahead = sorted(at - self.given for at, _, job in self.heap if job.where is self and at - self.given < work)
        count, seconds, given = self.active + 1, 0.0, 0.0
        for left in ahead:
            seconds += (left - given) * max(1.0, count / self.cores)
            given, count = left, count - 1
        return (seconds + (work - given) * max(1.0, count / self.cores)) / self.pace


class Job:
    """A request."""

    __slots__ = ("began", "caller", "fails", "over", "sent", "token", "tried", "where", "work")

    def __init__(self, began: float, work: float, caller: int) -> None:
        self.began = began
        self.work = work
        self.caller = caller
        self.tried: list[int] = []
        self.token: object = None
        self.sent = began
        #: The server that works on it, if one does, and whether that will be in vain.
        self.where: Server | None = None
        self.fails = False
        self.over = False


ARRIVES, DONE, FAILS, CHANGES = range(4)


class World:
    """One run."""

    def __init__(self, setup: Setup, policies: Callable[[World, int], Policy], seed: int) -> None:
        self.setup = setup
        self.chance = random.Random(seed)
        self.servers = [Server(plan, setup.cores) for plan in setup.servers]
        self.events: list[tuple[float, int, int, Any, Any]] = []
        self.planned = 0
        self.waiting: deque[Job] = deque()
        self.times: list[float] = []
        self.failed = 0
        self.attempts = [0] * len(self.servers)
        self.callers = [policies(self, caller) for caller in range(setup.callers)]

    def plan(self, time: float, kind: int, what: object, more: object = None) -> None:
        """Something will happen."""
        self.planned += 1
        heapq.heappush(self.events, (time, self.planned, kind, what, more))

    def run(self) -> Result:
        """Put all requests through."""
        setup, chance, draw = self.setup, self.chance, WORK[self.setup.shape]
        rate, left = setup.rate, setup.requests
        for number, server in enumerate(self.servers):
            if server.plan.joins <= 0:
                for caller in self.callers:
                    caller.add(number, 0.0)
            for time in server.plan.changes(setup.requests / rate + setup.timeout):
                self.plan(time, CHANGES, number)
        self.plan(0.0, ARRIVES, None)
        while self.events and (left or self.waiting):
            now, _, kind, what, more = heapq.heappop(self.events)
            self.time_out(now)
            if kind == DONE:
                self.done(what, more, now)
            elif kind == ARRIVES:
                left -= 1
                job = Job(now, draw(chance) * setup.work, chance.randrange(setup.callers))
                self.waiting.append(job)
                self.attempt(job, now)
                if left:
                    self.plan(now + chance.expovariate(rate), ARRIVES, None)
            elif kind == FAILS:
                outcome, attempt = more
                if not what.over and len(what.tried) == attempt:
                    self.failed_attempt(what, outcome, now)
            else:
                self.change(what, now)
        self.time_out(float("inf"))
        return self.result()

    def attempt(self, job: Job, now: float) -> None:
        """Send a request to a server."""
        choice = self.callers[job.caller].pick(job.tried, job.work, now)
        if choice is None:
            self.over(job, False, now)
            return
        number, job.token = choice
        job.tried.append(number)
        job.sent = now
        if now >= self.setup.warm_up:
            self.attempts[number] += 1
        server = self.servers[number]
        plan = server.plan
        job.fails = plan.failing >= 1 or (plan.failing > 0 and self.chance.random() < plan.failing)
        if plan.down(now) or (job.fails and not plan.fails_late):
            self.plan(now + FAST, FAILS, job, ("refused" if plan.down(now) else "error", len(job.tried)))
            return
        server.update(now)
        server.active += 1
        job.where = server
        self.planned += 1
        heapq.heappush(server.heap, (server.given + job.work, self.planned, job))
        self.replan(number)

    def replan(self, number: int) -> None:
        """Tell when a server's next request is done."""
        server = self.servers[number]
        server.version += 1
        at = server.next_done()
        if at is not None:
            self.plan(at, DONE, number, server.version)

    def done(self, number: int, version: int, now: float) -> None:
        """A server has done a request."""
        server = self.servers[number]
        if version != server.version:
            return
        server.update(now)
        job = heapq.heappop(server.heap)[2]
        server.active -= 1
        job.where = None
        self.replan(number)
        if job.fails:
            self.failed_attempt(job, "error", now)
            return
        self.callers[job.caller].end(job.token, number, "ok", now - job.sent, now)
        self.over(job, True, now)

    def failed_attempt(self, job: Job, outcome: str, now: float) -> None:
        """An attempt failed before the time limit."""
        self.callers[job.caller].end(job.token, job.tried[-1], outcome, now - job.sent, now)
        job.where = None
        if len(job.tried) <= self.setup.retries:
            self.attempt(job, now)
        else:
            self.over(job, False, now)

    def time_out(self, now: float) -> None:
        """End what has waited too long."""
        waiting, timeout = self.waiting, self.setup.timeout
        while waiting and (waiting[0].over or waiting[0].began + timeout <= now):
            job = waiting.popleft()
            if job.over:
                continue
            at = job.began + timeout
            if job.where is not None:
                server, job.where = job.where, None
                server.update(max(server.updated, at))
                server.active -= 1
                self.replan(job.tried[-1])
            self.callers[job.caller].end(job.token, job.tried[-1], "timeout", at - job.sent, at)
            self.over(job, False, at)

    def change(self, number: int, now: float) -> None:
        """A server's pace changes, or whether it is there."""
        server = self.servers[number]
        if server.plan.joins == now and now > 0:
            for caller in self.callers:
                caller.add(number, now)
        server.update(now)
        server.pace = server.plan.pace(now)
        broken: list[Job] = []
        if server.plan.down(now):
            broken = [job for _, _, job in server.heap if job.where is server]
            server.heap.clear()
            server.active = 0
        self.replan(number)
        for job in broken:
            self.failed_attempt(job, "refused", now)

    def over(self, job: Job, answered: bool, now: float) -> None:
        """A request is over for good."""
        job.over = True
        if job.began >= self.setup.warm_up:
            self.times.append(now - job.began if answered else self.setup.timeout)
            self.failed += not answered

    def result(self) -> Result:
        """What came of it."""
        times = sorted(self.times)
        count = len(times)

        def quantile(share: float) -> float:
            return 1000 * times[min(count - 1, int(share * count))]

        attempts = max(1, sum(self.attempts))
        shares = [part / attempts for part in self.attempts]
        return Result(count, 1 - self.failed / count, quantile(0.5), quantile(0.99), quantile(0.999), shares)
