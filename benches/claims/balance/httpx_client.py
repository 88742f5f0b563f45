"""Send requests through one way of spreading them, and print what became of them as JSON.

Seconds of each request since it was due, negative where it failed. The twin of `undici_client.mjs` for Python, with
`httpx.AsyncClient` or, in threads, `httpx.Client`.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import httpx

from opusclip.performance import LoadBalancer
from opusclip.performance.httpx import AsyncBalancedTransport, BalancedTransport

CONFIG = json.loads(sys.argv[1])
POLICIES = {
    "opusclip": ({}, 2),
    "round robin": ({"strategy": "round_robin", "outlier": False}, 0),
    "round robin, retries": ({"strategy": "round_robin", "outlier": False}, 2),
}
MODULUS = 2**32
# A pool without a limit is looked through for each request.
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=200)
# More requests than that wait for a thread; round robin has them where it waits for the slow server.
THREADS = 400


class Run:
    """Requests of one policy."""

    def __init__(self) -> None:
        options, self.retries = POLICIES[CONFIG["policy"]]
        self.balancer = LoadBalancer(seed=CONFIG["seed"], **options)
        for url in CONFIG["urls"]:
            self.balancer.add_instance(url)
        self.client = {"base_url": "http://service", "timeout": CONFIG["timeoutMs"] / 1000}
        self.taken: list[float] = []
        self.began = perf_counter()
        # What is due before is not counted, whichever policy it is.
        self.counted = self.began + CONFIG["warmup"]
        self.end = self.counted + CONFIG["seconds"]

    def note(self, due: float, well: bool) -> None:
        """Keep what a request took."""
        # One that was sent a trifle early has taken no time.
        took = max(1e-6, perf_counter() - due)
        if due >= self.counted:
            self.taken.append(took if well else -took)

    def arrivals(self) -> Iterator[float]:
        """When requests are due that do not wait for answers: exponential gaps, the same for every policy."""
        state, due = CONFIG["seed"], self.began
        while due < self.end:
            yield due
            state = (state * 1664525 + 1013904223) % MODULUS
            due += -math.log(1 - state / MODULUS) / CONFIG["rate"]


class Tasks(Run):
    """By `httpx.AsyncClient`."""

    async def send(self, client: httpx.AsyncClient, due: float) -> None:
        """Send one request."""
        try:
            well = (await client.get("/")).status_code == 200
        except httpx.HTTPError:
            well = False
        self.note(due, well)

    async def caller(self, client: httpx.AsyncClient) -> None:
        """Wait for an answer before the next request."""
        while perf_counter() < self.end:
            await self.send(client, perf_counter())

    async def go(self) -> None:
        """Send all."""
        pool = httpx.AsyncHTTPTransport(limits=LIMITS)
        transport = AsyncBalancedTransport(self.balancer, pool, retries=self.retries)
        async with httpx.AsyncClient(transport=transport, **self.client) as client:
            sent = [asyncio.create_task(self.caller(client)) for _ in range(CONFIG["clients"])]
            for due in self.arrivals() if not sent else ():
                wait = due - perf_counter()
                if wait > 0.001:
                    await asyncio.sleep(wait)
                sent.append(asyncio.create_task(self.send(client, due)))
            await asyncio.gather(*sent)

    def run(self) -> None:
        """Send all and wait."""
        asyncio.run(self.go())


class Threads(Run):
    """By `httpx.Client`."""

    def send(self, client: httpx.Client, due: float) -> None:
        """Send one request."""
        try:
            well = client.get("/").status_code == 200
        except httpx.HTTPError:
            well = False
        self.note(due, well)

    def caller(self, client: httpx.Client) -> None:
        """Wait for an answer before the next request."""
        while perf_counter() < self.end:
            self.send(client, perf_counter())

    def run(self) -> None:
        """Send all and wait."""
        pool = httpx.HTTPTransport(limits=LIMITS)
        transport = BalancedTransport(self.balancer, pool, retries=self.retries)
        with httpx.Client(transport=transport, **self.client) as client:
            if CONFIG["clients"] > 0:
                callers = [threading.Thread(target=self.caller, args=(client,)) for _ in range(CONFIG["clients"])]
                for caller in callers:
                    caller.start()
                for caller in callers:
                    caller.join()
                return
            with ThreadPoolExecutor(THREADS) as threads:
                for due in self.arrivals():
                    wait = due - perf_counter()
                    if wait > 0.001:
                        time.sleep(wait)
                    threads.submit(self.send, client, due)


def main() -> None:
    """Run the policy that was asked for."""
    run = (Threads if CONFIG["client"] == "httpx-sync" else Tasks)()
    run.run()
    lasted = perf_counter() - run.counted if CONFIG["clients"] > 0 else float(CONFIG["seconds"])
    print(json.dumps({"taken": run.taken, "lasted": lasted}))


main()
