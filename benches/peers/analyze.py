#!/usr/bin/env python3
"""Finding shots: `opusclip analyze` beside PySceneDetect's ContentDetector, on a generated 1080p talk.

A first look: one kind of source, and only hard cuts. Both run in turn after one warm-up of each. opusclip is timed as a
whole process, and it also measures loudness and finds speech and pauses; PySceneDetect is timed inside its process
around `detect()` alone, so starting Python and loading OpenCV do not count against it.

No limit yet: a later, deeper comparison sets one. The last line is `analyze_vs_pyscenedetect=`, the median of
opusclip's time over PySceneDetect's, pair by pair (0.1 is ten times as fast).

PySceneDetect is installed into a virtual environment of its own, target/peers-venv; where that fails, the bench says so
and ends with `analyze_vs_pyscenedetect=none`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common  # noqa: E402
from common import BenchError  # noqa: E402

# The headless build: it needs no libraries of a desktop.
PACKAGE = "scenedetect-headless==0.7.2"
VENV = common.ROOT / "target" / "peers-venv"
KEY = "analyze_vs_pyscenedetect"

PEER = """
import json, sys, time
from scenedetect import ContentDetector, detect
begun = time.perf_counter()
scenes = detect(sys.argv[1], ContentDetector())
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, "cuts": [start.seconds for start, _ in scenes[1:]]}))
"""


@dataclass(frozen=True)
class Look:
    """One analysis: how long it took, and where it found cuts, in seconds."""

    seconds: float
    cuts: list[float]


def peer_python() -> Path | None:
    """An interpreter that has PySceneDetect; `None`, with a message, where it cannot be installed."""
    python, mark = VENV / "bin" / "python", VENV / "installed.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == PACKAGE:
        return python
    print(f"installing {PACKAGE} into {VENV.relative_to(common.ROOT)}", flush=True)
    try:
        common.run([sys.executable, "-m", "venv", VENV])
        common.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PACKAGE])
        common.run([python, "-c", "import scenedetect"])
    except BenchError as error:
        print(f"skipped: PySceneDetect cannot be installed here ({error})")
        return None
    mark.write_text(PACKAGE, encoding="utf-8")
    return python


def our_cuts(video: Path) -> list[float]:
    """Where opusclip finds cuts."""
    shots = json.loads(common.run([common.OPUSCLIP, "analyze", video, "--json"]))["shots"]
    return [float(shot["start"]) for shot in shots[1:]]


def theirs(python: Path, video: Path) -> Look:
    """Analyse with PySceneDetect."""
    said = json.loads(common.run([python, "-c", PEER, video]))
    return Look(float(said["seconds"]), [float(cut) for cut in said["cuts"]])


def found(cuts: Sequence[float], truth: Sequence[float], near: float) -> str:
    """How many true cuts were found, and how many were made up."""
    hits = sum(any(abs(cut - true) <= near for cut in cuts) for true in truth)
    false = sum(all(abs(cut - true) > near for true in truth) for cut in cuts)
    return f"{hits} of {len(truth)} cuts, {false} that are none"


def bench(video: Path, truth: Path | None, pairs: int) -> None:
    """Measure and print."""
    common.need_program(common.OPUSCLIP)
    python = peer_python()
    if python is None:
        common.closing(**{KEY: "none"})
        return
    print(f"analyze: {pairs} pairs on {video.name}, {common.environment()}", flush=True)
    cuts = our_cuts(video)
    other_cuts = theirs(python, video).cuts
    mine: list[float] = []
    other: list[float] = []
    for _ in range(pairs):
        mine.append(common.measure([common.OPUSCLIP, "analyze", video]).wall)
        other.append(theirs(python, video).seconds)
    print(f"{'':34} {'min':>9}  {'median':>9}  {'max':>9}")
    print(f"{'opusclip analyze, sound included':34} {common.shown(mine)} s")
    print(f"{'PySceneDetect, detect() alone':34} {common.shown(other)} s")
    if truth is not None:
        facts = json.loads(truth.read_text(encoding="utf-8"))
        near = 1.5 / float(facts["fps"])
        print(f"opusclip found {found(cuts, facts['cuts'], near)}")
        print(f"PySceneDetect found {found(other_cuts, facts['cuts'], near)}")
    else:
        print(f"opusclip found {len(cuts)} cuts, PySceneDetect {len(other_cuts)}")
    middle, ratios = common.ratio(mine, other)
    print("pair by pair: " + " ".join(f"{r:.3f}" for r in ratios) + f"; opusclip is {1 / middle:.1f} times as fast")
    common.closing(**{KEY: middle})


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="Time `opusclip analyze` beside PySceneDetect's ContentDetector.")
    parser.add_argument("--video", type=Path, help="a video file (default: a generated 1080p talk of 60 s)")
    parser.add_argument("--pairs", type=int, default=3, help="how often both are timed after one warm-up (default 3)")
    options = parser.parse_args()
    if options.pairs < 1:
        parser.error("--pairs must be at least 1")
    try:
        if options.video is None:
            video, _, truth = common.talk()
            bench(video, truth, options.pairs)
        else:
            bench(options.video, None, options.pairs)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
