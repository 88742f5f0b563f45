#!/usr/bin/env python3
"""Run all benches and print the closing line of each again as a summary.

`make bench` builds what they need and calls this. A limit that is not kept is said and, with `--strict`, makes the exit
status 1; without it only a bench that could not be run does, because a busy machine is no defect.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import common
from common import BenchError

HERE = Path(__file__).resolve().parent
CRITERION = common.ROOT / "target" / "criterion"
LIMIT = re.compile(r"// limit (\S+): (\d+) ms")
PAIR = re.compile(r"(\w+)=(\S+)")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Bench:
    """A bench, and the most or the least that its figures may be."""

    name: str
    run: Callable[[], str]
    limits: dict[str, float]
    wanted: dict[str, float] = field(default_factory=dict)


def echoed(command: Sequence[str | Path]) -> str:
    """Run a command, show its output as it comes, and return the last line."""
    last = ""
    try:
        with subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            cwd=common.ROOT,
        ) as process:
            for line in process.stdout or ():
                print(line, end="", flush=True)
                last = line.strip() or last
    except OSError as error:
        raise BenchError(f"cannot start {command[0]}: {error.strerror}") from None
    if process.returncode != 0:
        raise BenchError(f"{command[0]} ended with status {process.returncode}")
    return last


def script(name: str, *arguments: str) -> Callable[[], str]:
    """A bench that is a Python script beside this one."""
    return lambda: echoed([sys.executable, HERE / name, *arguments])


def criterion() -> str:
    """The Rust benches; their medians, in milliseconds, as one line."""
    echoed(["cargo", "bench", "-q", "--manifest-path", HERE / "Cargo.toml", "--bench", "clip"])
    figures: dict[str, float | str] = {}
    for name in limits_of_criterion():
        group, function = name.split("/")
        file = CRITERION / group / function / "new" / "estimates.json"
        try:
            estimates = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BenchError(f"criterion left no figures of {name}") from None
        figures[key(name)] = estimates["median"]["point_estimate"] / 1e6
    common.closing(**figures)
    return " ".join(f"{name}={common.plain(value)}" for name, value in figures.items())


def analytics() -> str:
    """Recording and asking, beside what people record with today."""
    return echoed(["cargo", "bench", "-q", "--manifest-path", HERE / "Cargo.toml", "--bench", "analytics"])


def balance() -> str:
    """Picks by each strategy of the load balancer, beside other balancers."""
    manifest, built = HERE / "balance" / "Cargo.toml", common.ROOT / "target" / "bench-balance"
    return echoed(["cargo", "run", "-q", "--release", "--manifest-path", manifest, "--target-dir", built])


def scaling() -> str:
    """Evaluations by each strategy of the scaling engine."""
    return echoed(["cargo", "bench", "-q", "--manifest-path", HERE / "Cargo.toml", "--bench", "scaling"])


def limits_of_criterion() -> dict[str, float]:
    """The limits that the comments in clip.rs name, in milliseconds."""
    found = LIMIT.findall((HERE / "clip.rs").read_text(encoding="utf-8"))
    return {name: float(limit) for name, limit in found}


def key(name: str) -> str:
    """A figure's name out of a bench's."""
    return name.replace("/", "_") + "_ms"


def missed(line: str, bench: Bench) -> list[str]:
    """Which figures of a closing line are over their limits, or below what is wanted."""
    figures = {name: float(value) for name, value in PAIR.findall(line) if NUMBER.fullmatch(value)}
    over = [
        f"{name} is {figures[name]:g}, at most {limit:g} is wanted"
        for name, limit in bench.limits.items()
        if name in figures and figures[name] > limit
    ]
    below = [
        f"{name} is {figures[name]:g}, at least {least:g} is wanted"
        for name, least in bench.wanted.items()
        if name in figures and figures[name] < least
    ]
    return over + below


def benches(pairs: int) -> list[Bench]:
    """All of them, the short ones first."""
    return [
        Bench("clip", criterion, {key(name): limit for name, limit in limits_of_criterion().items()}),
        Bench(
            "analytics",
            analytics,
            {"counter_ns": 5, "histogram_ns": 20, "labelled_ns": 60, "windows_us": 50, "exposition_us": 15_000},
            {"counter_two_threads": 1.7, "histogram_two_threads": 1.7, "labelled_two_threads": 1.7},
        ),
        Bench(
            "balance",
            balance,
            {"round_robin_ns": 30, "weighted_round_robin_ns": 60, "power_of_two_choices_ns": 60, "peak_ewma_ns": 60},
            {
                f"{strategy}_{figure}": 2
                for strategy in ("round_robin", "weighted_round_robin", "power_of_two_choices", "peak_ewma")
                for figure in ("times_peer", "two_threads_times_peer")
            },
        ),
        Bench("picks", script("picks.py"), {"python_pick_ns": 400, "node_pick_ns": 300}),
        Bench(
            "scaling",
            scaling,
            {"cpu_ns": 1000, "memory_ns": 1000, "request_ns": 1000, "predictive_ns": 1_000_000, "state_growth": 1.1},
        ),
        Bench("startup", script("startup.py"), {"help_ms": 30, "import_ms": 50}),
        Bench(
            "analyze",
            script("peers/analyze.py"),
            {"lazy_vs_exact_dense": 1.1, "lazy_vs_exact_intra": 1.1, "lazy_vs_exact_one_keyframe": 1.1},
            {"index_silent_x": 80, "index_x": 35, "lazy_x": 20, "exact_x": 1.8},
        ),
        Bench("render", script("peers/render.py", "--pairs", str(pairs)), {"render_vs_ffmpeg_wall": 1.2}),
        Bench(
            "job",
            script("peers/job.py"),
            {"job_vs_ffmpeg": 1.35, "job_peak_mb": 500},
            {"job_vs_moviepy": 4},
        ),
        Bench(
            "memory",
            script("memory.py"),
            {"peak_mb": 400, "peak_mb_10x": 400, "analyze_peak_mb": 200, "analyze_peak_mb_2h": 200},
        ),
    ]


def main() -> int:
    """Run the benches that were asked for."""
    known = [bench.name for bench in benches(1)]
    parser = argparse.ArgumentParser(description="Run all benches and print their closing lines again as a summary.")
    parser.add_argument("only", nargs="*", metavar="BENCH", help=f"run only these: {', '.join(known)}")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of the render bench (default 5)")
    parser.add_argument("--strict", action="store_true", help="exit status 1 where a limit is not kept")
    options = parser.parse_args()
    for name in options.only:
        if name not in known:
            parser.error(f"there is no bench {name!r}; there are {', '.join(known)}")
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    summary: list[str] = []
    failed, exceeded = False, False
    for bench in benches(options.pairs):
        if options.only and bench.name not in options.only:
            continue
        print(f"==> bench {bench.name}", flush=True)
        try:
            line = bench.run()
        except BenchError as error:
            failed = True
            line = f"failed: {error}"
        summary.append(f"{bench.name:8} {line}")
        for complaint in missed(line, bench):
            exceeded = True
            summary.append(f"{'':8} LIMIT MISSED: {complaint}")
        print(flush=True)
    print("==> summary")
    print("\n".join(summary), flush=True)
    return 1 if failed or (options.strict and exceeded) else 0


if __name__ == "__main__":
    sys.exit(main())
