#!/usr/bin/env python3
"""Finding shots: `opusclip analyze` at each level beside PySceneDetect, on generated 1080p files.

On a talk, PySceneDetect's ContentDetector, `index` without sound, `index`, `lazy` and `exact` run in turn after one
warm-up of each. opusclip is timed as a whole process that writes JSON and reads no cache; PySceneDetect is timed inside
its process around `detect()` alone, so starting Python and loading OpenCV do not count against it. With --more-peers
its AdaptiveDetector and ffmpeg's `scdet` run as well.

Then `lazy` against `exact` where laziness is of no use: on a dense montage, on a file with one keyframe, and on files
of keyframes alone, H.264 and Motion JPEG.

Wanted: 80, 35, 20 and 1.8 times PySceneDetect's speed; `lazy` at most 1.1 times as long as `exact` on the montage, and
not longer than that on the rest. The last line is `index_silent_x= index_x= lazy_x= exact_x= lazy_vs_exact_dense=
lazy_vs_exact_intra= lazy_vs_exact_one_keyframe=`, each the median of ratios pair by pair; `intra` is the worse of two.

PySceneDetect is installed into a virtual environment of its own, target/peers-venv; where that fails, the bench says so
and its figures are `none`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
import footage
from common import BenchError
from installed import peer_python

LEVELS: dict[str, tuple[str, ...]] = {
    "index_silent": ("index", "--no-audio"),
    "index": ("index",),
    "lazy": ("lazy",),
    "exact": ("exact",),
}
"""How opusclip is called, by the name of its figure."""
WANTED = {"index_silent": 80.0, "index": 35.0, "lazy": 20.0, "exact": 1.8}
"""How many times as fast as ContentDetector each is to be."""
QUICK = 2.0
"""Seconds: what takes less is timed three times a round, and the median counts."""
CONTENT = "PySceneDetect ContentDetector"

PEER = """
import json, sys, time, scenedetect
detector = getattr(scenedetect, sys.argv[2])()
begun = time.perf_counter()
scenes = scenedetect.detect(sys.argv[1], detector)
took = time.perf_counter() - begun
print(json.dumps({"seconds": took, "cuts": [start.seconds for start, _ in scenes[1:]]}))
"""

Way = Callable[[], float]
"""Something that takes time, and says how many seconds."""


def ours(video: Path, level: str, *flags: str) -> Way:
    """An analysis by opusclip, as a whole process."""
    return lambda: common.measure(common.analysis(video, level, *flags)).wall


def theirs(python: Path, video: Path, detector: str) -> tuple[float, list[float]]:
    """An analysis by PySceneDetect: seconds it took, and its cuts."""
    said = json.loads(common.run([python, "-c", PEER, video, detector]))
    return float(said["seconds"]), [float(cut) for cut in said["cuts"]]


def peer(python: Path, video: Path, detector: str) -> Way:
    """One of PySceneDetect's detectors."""
    return lambda: theirs(python, video, detector)[0]


def scdet(video: Path) -> Way:
    """ffmpeg's scene change detector, as a whole process."""
    command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin", "-i", video, "-an", "-vf", "scdet=threshold=10"]
    return lambda: common.measure([*command, "-f", "null", "-"]).wall


def our_cuts(video: Path, level: str) -> list[float]:
    """Where opusclip finds boundaries."""
    said = json.loads(common.run(common.analysis(video, level, "--no-audio")))
    return [float(one["start"]) for one in said["boundaries"]]


def found(cuts: Sequence[float], truth: Sequence[float] | None) -> str:
    """How many true cuts were found, and how many were made up."""
    if truth is None:
        return f"{len(cuts)} cuts"
    near = 1.5 / 30
    hits = sum(any(abs(cut - true) <= near for cut in cuts) for true in truth)
    false = sum(all(abs(cut - true) > near for true in truth) for cut in cuts)
    return f"{hits} of {len(truth)} cuts, {false} that are none"


def rounds(ways: dict[str, Way], pairs: int) -> dict[str, list[float]]:
    """Run all ways in turn, after one warm-up of each; the seconds of each round."""
    quick = {name: way() < QUICK for name, way in ways.items()}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(pairs):
        for name, way in ways.items():
            took[name].append(statistics.median(way() for _ in range(3 if quick[name] else 1)))
    return took


def on_talk(video: Path, truth: list[float] | None, pairs: int, more: bool) -> dict[str, float | str]:
    """All levels beside PySceneDetect; how many times as fast each is."""
    python = peer_python()
    ways: dict[str, Way] = {}
    if python is not None:
        detectors = ("ContentDetector", "AdaptiveDetector") if more else ("ContentDetector",)
        for detector in detectors:
            ways[f"PySceneDetect {detector}"] = peer(python, video, detector)
    if more:
        ways["ffmpeg scdet"] = scdet(video)
    ways.update({name: ours(video, *arguments) for name, arguments in LEVELS.items()})
    took = rounds(ways, pairs)
    print(f"\n{video.name}\n{'':34} {'min':>9}  {'median':>9}  {'max':>9}")
    for name, seconds in took.items():
        print(f"{name:34} {common.shown(seconds)} s")
    for level in ("index", "lazy", "exact"):
        print(f"opusclip {level} found {found(our_cuts(video, level), truth)}")
    if python is None:
        return {f"{name}_x": "none" for name in LEVELS}
    print(f"{CONTENT} found {found(theirs(python, video, 'ContentDetector')[1], truth)}")
    figures: dict[str, float | str] = {}
    for name in LEVELS:
        figures[f"{name}_x"], each = common.ratio(took[CONTENT], took[name])
        print(f"{name}: {' '.join(f'{one:.1f}' for one in each)} times as fast, wanted {WANTED[name]:g}")
    return figures


def lazy_vs_exact(video: Path, pairs: int) -> float:
    """How long `lazy` takes, as a multiple of `exact`; sound is left out, as it is the same for both."""
    took = rounds({level: ours(video, level, "--no-audio") for level in ("lazy", "exact")}, pairs)
    middle, each = common.ratio(took["lazy"], took["exact"])
    least = [min(seconds) for seconds in took.values()]
    print(f"{video.name}: lazy {least[0]:.2f} s, exact {least[1]:.2f} s, " + " ".join(f"{one:.2f}" for one in each))
    return middle


def bench(options: argparse.Namespace) -> None:
    """Measure and print."""
    for program in ("ffmpeg", common.OPUSCLIP):
        common.need_program(program)
    pairs: int = options.pairs
    if options.video is not None:
        print(f"analyze: {pairs} pairs, {common.environment()}", flush=True)
        figures = on_talk(options.video, None, pairs, options.more_peers)
        common.closing(**figures, lazy_vs_exact=lazy_vs_exact(options.video, pairs))
        return
    video = footage.talk(options.minutes)
    dense, one, intra = footage.dense(), footage.one_keyframe(), footage.intra()
    print(f"analyze: {pairs} pairs, {common.environment()}", flush=True)
    figures = on_talk(video, footage.talk_cuts(options.minutes), pairs, options.more_peers)
    print("\nlazy against exact, wanted at most 1.1 on the montage")
    common.closing(
        **figures,
        lazy_vs_exact_dense=lazy_vs_exact(dense, pairs),
        lazy_vs_exact_intra=max(lazy_vs_exact(file, pairs) for file in intra),
        lazy_vs_exact_one_keyframe=lazy_vs_exact(one, pairs),
    )


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="Time `opusclip analyze` at each level beside PySceneDetect.")
    parser.add_argument("--video", type=Path, help="a video file instead of the generated ones")
    parser.add_argument("--minutes", type=int, default=3, help="how long the talk is (default 3)")
    parser.add_argument("--pairs", type=int, default=3, help="how often all are timed after one warm-up (default 3)")
    parser.add_argument("--more-peers", action="store_true", help="time AdaptiveDetector and ffmpeg's scdet as well")
    options = parser.parse_args()
    if options.pairs < 1 or options.minutes < 1:
        parser.error("--pairs and --minutes must be at least 1")
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
