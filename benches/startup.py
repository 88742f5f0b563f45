#!/usr/bin/env python3
"""How long it takes before anything begins: `opusclip --help`, `import opusclip`, `require('opusclip')`.

The command is timed from its start to its end. Python and Node are timed inside a fresh interpreter around the import
alone, because starting the interpreter is not ours. What was not built is left out and said to be.

Limits: `opusclip --help` 30 ms, `import opusclip` 50 ms; `require` has none (it loads FFmpeg's libraries at once, and
is here to be watched). The last line is `help_ms= import_ms= require_ms=`, `none` for what was left out.

Needs only the standard library.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import common
from common import VENV_PYTHON, BenchError

LIMITS = {"help_ms": 30.0, "import_ms": 50.0}
PACKAGE = Path("bindings-node")

IMPORT = "import time; t = time.perf_counter(); import opusclip; print((time.perf_counter() - t) * 1000)"
FIRST_CALL = (
    "import time; t = time.perf_counter(); import opusclip; opusclip.ffmpeg_version; "
    "print((time.perf_counter() - t) * 1000)"
)
REQUIRE = "const t = process.hrtime.bigint(); require({root}); console.log(Number(process.hrtime.bigint() - t) / 1e6)"


def inside(command: common.Command, times: int) -> list[float]:
    """Milliseconds that a fresh interpreter prints, after one run that warms the disk's cache."""
    return [float(common.run(command)) for _ in range(times + 1)][1:]


def outside(command: common.Command, times: int) -> list[float]:
    """Milliseconds from start to end of a program."""
    return [common.measure(command).wall * 1000 for _ in range(times + 1)][1:]


def line(name: str, values: Sequence[float]) -> float:
    """Print least, median and most; returns the median."""
    print(f"{name:34} {common.shown(values, 1)} ms", flush=True)
    return common.spread(values)[1]


def bench(times: int) -> None:
    """Measure and print."""
    common.need_program(common.OPUSCLIP)
    print(f"startup: {common.environment()}")
    print(f"{'':34} {'min':>9}  {'median':>9}  {'max':>9}")
    figures: dict[str, float | str] = {"import_ms": "none", "require_ms": "none"}
    line("true (starting any program)", outside(["true"], 3 * times))
    figures["help_ms"] = line("opusclip --help", outside([common.OPUSCLIP, "--help"], 3 * times))
    if VENV_PYTHON.exists() and importable():
        figures["import_ms"] = line("import opusclip", inside([VENV_PYTHON, "-I", "-c", IMPORT], times))
        line("import opusclip, FFmpeg loaded", inside([VENV_PYTHON, "-I", "-c", FIRST_CALL], times))
    else:
        print("import opusclip: left out, there is no package in .venv (`make python` builds it)")
    if shutil.which("node") and any((common.ROOT / PACKAGE / "dist").glob("*.node")):
        script = REQUIRE.format(root=json.dumps(str(common.ROOT)))
        figures["require_ms"] = line("require('opusclip')", inside(["node", "-e", script], times))
    else:
        print("require('opusclip'): left out, there is no node or no addon (`make node` builds it)")
    for name, limit in LIMITS.items():
        value = figures[name]
        if isinstance(value, float) and value > limit:
            print(f"over the limit: {name} is {value:.1f}, at most {limit:g} is wanted")
    common.closing(**{name: figures[name] for name in ("help_ms", "import_ms", "require_ms")})


def importable() -> bool:
    """Is the package in the virtual environment?"""
    find = "import importlib.util; print(importlib.util.find_spec('opusclip') is not None)"
    return common.run([VENV_PYTHON, "-I", "-c", find]).strip() == "True"


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(
        description="Time of `opusclip --help`, of the Python import and of Node's require."
    )
    parser.add_argument(
        "--times", type=int, default=10, help="runs of each import; the command runs three times as often"
    )
    options = parser.parse_args()
    if options.times < 1:
        parser.error("--times must be at least 1")
    try:
        bench(options.times)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
