#!/usr/bin/env python3
"""What a pick and its result cost in Python and in Node, with the load balancer of each package.

Each strategy has 3 and 100 instances. In Python it is ``with lb.pick(): pass`` and ``lb.pick().report(status=200)``,
in Node ``lb.pick().report()``. The fastest of several rounds counts: whatever else the machine does only makes a
round slower. Beside it stands what costs nothing of ours: a `with` block of a lock in Python, `performance.now()` in
Node.

Limits: 400 ns in Python, 300 ns in Node, with the default strategy at 100 instances. The last line is
`python_pick_ns= node_pick_ns=`, `none` for what was not built.

Needs only the standard library.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys

import common
from common import VENV_PYTHON, BenchError

LIMITS = {"python_pick_ns": 400.0, "node_pick_ns": 300.0}
STRATEGIES = ("round_robin", "weighted_round_robin", "power_of_two_choices", "least_response_time")
COUNTS = (3, 100)

PYTHON = """
import json, sys, threading, time
from opusclip.performance import LoadBalancer
strategies, counts, rounds, times = json.loads(sys.argv[1])
def best(loop):
    took = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        loop()
        took.append((time.perf_counter_ns() - begun) / times)
    return min(took)
def lock(guard=threading.Lock()):
    for _ in range(times):
        with guard: pass
figures = {"a lock": best(lock)}
for strategy in strategies:
    for count in counts:
        lb = LoadBalancer(strategy)
        for number in range(count):
            lb.add_instance(f"10.0.0.{number}:80")
        def guarded(pick=lb.pick):
            for _ in range(times):
                with pick(): pass
        def told(pick=lb.pick):
            for _ in range(times):
                pick().report(status=200)
        figures[f"{strategy}, {count}, with"] = best(guarded)
        figures[f"{strategy}, {count}, report"] = best(told)
print(json.dumps(figures))
"""

NODE = """
const { LoadBalancer } = require({root})
const [strategies, counts, rounds, times] = {arguments}
const best = (loop) => Math.min(...Array.from({ length: rounds }, () => {
  const begun = process.hrtime.bigint()
  loop()
  return Number(process.hrtime.bigint() - begun) / times
}))
const figures = { 'performance.now()': best(() => { for (let at = 0; at < times; at++) performance.now() }) }
for (const strategy of strategies) {
  for (const count of counts) {
    const lb = new LoadBalancer({ strategy })
    for (let at = 0; at < count; at++) lb.addInstance(`10.0.0.${at}:80`)
    figures[`${strategy}, ${count}, report`] = best(() => { for (let at = 0; at < times; at++) lb.pick().report() })
  }
}
console.log(JSON.stringify(figures))
"""


def shown(language: str, figures: dict[str, float]) -> float:
    """Print the figures of a language; returns that of its limit."""
    for name, nanoseconds in figures.items():
        print(f"{language:8} {name:44} {nanoseconds:8.0f} ns", flush=True)
    return max(value for name, value in figures.items() if name.startswith("least_response_time, 100"))


def bench(rounds: int, times: int) -> None:
    """Measure and print."""
    print(f"picks: {common.environment()}")
    figures: dict[str, float | str] = {"python_pick_ns": "none", "node_pick_ns": "none"}
    wanted = json.dumps([STRATEGIES, COUNTS, rounds, times])
    if VENV_PYTHON.exists():
        said = common.run([VENV_PYTHON, "-I", "-c", PYTHON, wanted])
        figures["python_pick_ns"] = shown("Python", json.loads(said))
    else:
        print("Python: left out, there is no package in .venv (`make python` builds it)")
    if shutil.which("node") and any((common.ROOT / "bindings-node" / "dist").glob("*.node")):
        script = NODE.replace("{root}", json.dumps(str(common.ROOT))).replace("{arguments}", wanted)
        figures["node_pick_ns"] = shown("Node", json.loads(common.run(["node", "-e", script])))
    else:
        print("Node: left out, there is no node or no addon (`make node` builds it)")
    for name, limit in LIMITS.items():
        value = figures[name]
        if isinstance(value, float) and value > limit:
            print(f"over the limit: {name} is {value:.0f}, at most {limit:g} is wanted")
    common.closing(**figures)


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="What a pick and its result cost in Python and in Node.")
    parser.add_argument("--rounds", type=int, default=15, help="rounds of each, of which the fastest counts")
    parser.add_argument("--times", type=int, default=100_000, help="picks in a round")
    options = parser.parse_args()
    if options.rounds < 1 or options.times < 1:
        parser.error("--rounds and --times must be at least 1")
    try:
        bench(options.rounds, options.times)
    except BenchError as error:
        print(f"picks: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
