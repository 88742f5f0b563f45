"""Send requests through one way of spreading them, and print what became of them as JSON.

Seconds of each request since it was due, negative where it failed. The twin of `undici_client.mjs` for Python.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
from time import perf_counter

import httpx
from opusclip.performance import LoadBalancer
from opusclip.performance.httpx import AsyncBalancedTransport

CONFIG = json.loads(sys.argv[1])
POLICIES = {
    "opusclip": ({}, 2),
    "round robin": ({"strategy": "round_robin", "outlier": None}, 0),
    "round robin, retries": ({"strategy": "round_robin", "outlier": None}, 2),
}
MODULUS = 2**32


class Run:
    """Requests of one policy."""

    def __init__(self) -> None:
        options, retries = POLICIES[CONFIG["policy"]]
        balancer = LoadBalancer(seed=CONFIG["seed"], **options)
        for url in CONFIG["urls"]:
            balancer.add_instance(url)
        # A pool without a limit is looked through for each request.
        pool = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=200, max_keepalive_connections=200))
        transport = AsyncBalancedTransport(balancer, pool, retries=retries)
        timeout = CONFIG["timeoutMs"] / 1000
        self.client = httpx.AsyncClient(transport=transport, base_url="http://service", timeout=timeout)
        self.taken: list[float] = []
        self.began = perf_counter()
        # What is due before is not counted, whichever policy it is.
        self.counted = self.began + CONFIG["warmup"]
        self.end = self.counted + CONFIG["seconds"]

    async def send(self, due: float) -> None:
        """Send one request."""
        try:
            well = (await self.client.get("/")).status_code == 200
        except httpx.HTTPError:
            well = False
        # One that was sent a trifle early has taken no time.
        took = max(1e-6, perf_counter() - due)
        if due >= self.counted:
            self.taken.append(took if well else -took)

    async def open(self) -> float:
        """Arrivals that do not wait for answers: exponential gaps, the same for every policy."""
        state, sent, due = CONFIG["seed"], [], self.began
        while due < self.end:
            wait = due - perf_counter()
            if wait > 0.001:
                await asyncio.sleep(wait)
            sent.append(asyncio.create_task(self.send(due)))
            state = (state * 1664525 + 1013904223) % MODULUS
            due += -math.log(1 - state / MODULUS) / CONFIG["rate"]
        await asyncio.gather(*sent)
        return float(CONFIG["seconds"])

    async def closed(self) -> float:
        """Callers that each wait for an answer before they ask again."""

        async def caller() -> None:
            while perf_counter() < self.end:
                await self.send(perf_counter())

        await asyncio.gather(*(caller() for _ in range(CONFIG["clients"])))
        return perf_counter() - self.counted


async def main() -> None:
    """Run the policy that was asked for."""
    run = Run()
    lasted = await (run.closed() if CONFIG["clients"] > 0 else run.open())
    print(json.dumps({"taken": run.taken, "lasted": lasted}))


asyncio.run(main())
