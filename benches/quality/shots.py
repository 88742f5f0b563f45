#!/usr/bin/env python3
"""How well shots are found: `opusclip analyze`, PySceneDetect and ffmpeg's scdet on montages with known boundaries.

Montages are made of generated scenes and of single takes from the videos of --data, joined by hard cuts, dissolves,
fades through black and wipes, with flashes, drifts of light, shakes, zooms and fast pans planted inside the pieces. A
folder that holds samples known to be single takes gives only those; of any other folder every video is used, and what
it says about cuts is only as good as those videos are single takes. The same seed, data and ffmpeg make the same
montages. They and their truth (JSON) stay in --out, with `results.json`: everything that was measured.

The last line is `f1_cut0= f1_gradual= distractors=` of level lazy: F1 of hard cuts at 0 frames, F1 of gradual
transitions, and the share of distractors taken for a boundary. How they are counted is said in score.py.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError
from detectors import LEVELS, PYSCENEDETECT, Detector, detectors
from montage import CODINGS, Montage, plan, write
from score import Boundary, Score, score
from sources import Stock, videos

DATA = common.ROOT.parent / "shared" / "samples" / "video"
OUT = common.ROOT / "target" / "quality-shots"


def codings(count: int) -> list[str]:
    """How each is encoded: H.264 with keyframes at cuts or at fixed intervals in turn, at last one HEVC and one VP9."""
    there = common.run(["ffmpeg", "-hide_banner", "-encoders"])
    last = [name for name in ("hevc", "vp9") if CODINGS[name][0] in there]
    if len(last) < 2:
        print("note: this ffmpeg has no encoder for HEVC or VP9; H.264 takes its place")
    last = last[: max(count - 2, 0)]
    return [("h264-scenecut", "h264-fixed")[index % 2] for index in range(count - len(last))] + last


def make(options: argparse.Namespace) -> list[tuple[Montage, Path]]:
    """Plan and write all montages."""
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    for stale in out.glob("montage-*"):
        stale.unlink()
    files = videos(options.data)
    plans = []
    for index, coding in enumerate(codings(options.montages)):
        rng = random.Random(f"{options.seed}/{index}")
        plans.append(plan(f"montage-{index}-{coding}", coding, Stock(files, rng), rng, options.seconds))
    with ThreadPoolExecutor(max_workers=workers()) as pool:
        return list(zip(plans, pool.map(lambda montage: write(montage, out), plans), strict=True))


def workers() -> int:
    """How many programs run at once."""
    return max(2, min(os.cpu_count() or 2, 8))


def look(found: dict[str, Detector], made: list[tuple[Montage, Path]]) -> dict[tuple[str, str], list[Boundary]]:
    """What every detector says about every montage."""
    jobs = [(name, montage.name, detector, video) for montage, video in made for name, detector in found.items()]
    with ThreadPoolExecutor(max_workers=workers()) as pool:
        said = pool.map(lambda job: job[2](job[3]), jobs)
        return {(name, montage): boundaries for (name, montage, _, _), boundaries in zip(jobs, said, strict=True)}


def cell(hits: int, there: int) -> str:
    """`3/4`."""
    return f"{hits}/{there}"


def kinds(total: Score, names: Sequence[str]) -> str:
    """Found or hit by kind."""
    return " ".join(f"{cell(total.kind_hits[name], total.of_kind[name]):>9}" for name in names)


def table(totals: dict[str, Score], per_coding: dict[tuple[str, str], Score]) -> None:
    """Print what was measured."""
    wide = max(len(name) for name in totals) + 1
    print(f"\n{'':{wide}} {'cuts':>9} {'false':>6} {'F1 cut0':>8} {'graduals':>9} {'surplus':>8} {'F1 grad':>8} "
          f"{'distractors':>12}")  # fmt: skip
    for name, total in totals.items():
        print(
            f"{name:{wide}} {cell(total.cut_hits, total.cuts):>9} {total.cut_false:6d} {total.f1_cut:8.3f} "
            f"{cell(total.gradual_hits, total.graduals):>9} {total.gradual_false:8d} {total.f1_gradual:8.3f} "
            f"{cell(total.distractor_hits, total.distractors):>12}"
        )
    gradual, distract = ("dissolve", "fadeblack", "wipe"), ("flash", "drift", "shake", "zoom", "pan")
    print(f"\n{'found, or hit':{wide}} " + " ".join(f"{name:>9}" for name in (*gradual, *distract)))
    for name, total in totals.items():
        print(f"{name:{wide}} {kinds(total, (*gradual, *distract))}")
    names = list(dict.fromkeys(coding for _, coding in per_coding))
    print(f"\n{'F1 cut0':{wide}} " + " ".join(f"{coding:>13}" for coding in names))
    for name in totals:
        print(f"{name:{wide}} " + " ".join(f"{per_coding[name, coding].f1_cut:13.3f}" for coding in names))


def bench(options: argparse.Namespace) -> None:
    """Make montages, look for boundaries, score and print."""
    for program in ("ffmpeg", "ffprobe", common.OPUSCLIP):
        common.need_program(program)
    levels = LEVELS if options.level == "all" else (options.level,)
    found = detectors(levels, PYSCENEDETECT if options.all_peers else PYSCENEDETECT[:2])
    begun = time.perf_counter()
    made = make(options)
    truths = {montage.name: montage.truth() for montage, _ in made}
    made_in = time.perf_counter() - begun
    said = look(found, made)
    print(
        f"quality-shots: seed {options.seed}, {len(made)} montages, "
        f"{sum(truth.frames / truth.fps for truth in truths.values()):.0f} s of video made in {made_in:.0f} s, "
        f"looked at in {time.perf_counter() - begun - made_in:.0f} s"
    )
    totals = {name: Score() for name in found}
    per_coding: dict[tuple[str, str], Score] = {}
    for name in found:
        for montage, _ in made:
            one = score(truths[montage.name], said[name, montage.name], montage.name)
            totals[name].add(one)
            per_coding.setdefault((name, montage.coding), Score()).add(one)
    table(totals, per_coding)
    head = f"opusclip {levels[0]}"
    print(f"\nwhat {head} got wrong")
    failures = totals[head].failures.most_common()
    for what, often in failures[: options.failures]:
        print(f"{often:4d}  {what}")
    if len(failures) > options.failures:
        print(f"      and {len(failures) - options.failures} more kinds, in results.json")
    results = {
        name: {
            "f1_cut0": total.f1_cut,
            "f1_gradual": total.f1_gradual,
            "distractors": total.distractor_share,
            "failures": dict(total.failures.most_common()),
            "boundaries": {
                montage: [[round(one.start, 4), round(one.end, 4)] for one in boundaries]
                for (who, montage), boundaries in said.items()
                if who == name
            },
        }
        for name, total in totals.items()
    }
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    mine = totals[head]
    common.closing(f1_cut0=mine.f1_cut, f1_gradual=mine.f1_gradual, distractors=mine.distractor_share)


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="Measure how well shots are found, on montages with known boundaries.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of videos (default: the samples)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other montages (default 1)")
    parser.add_argument("--montages", type=int, default=10, help="how many montages (default 10)")
    parser.add_argument("--seconds", type=float, default=60, help="about how long each is (default 60)")
    parser.add_argument("--level", choices=[*LEVELS, "all"], default="all", help="levels of opusclip (default all)")
    parser.add_argument("--all-peers", action="store_true", help="PySceneDetect's Histogram and Hash detectors too")
    parser.add_argument("--failures", type=int, default=25, help="how many kinds of failure are printed (default 25)")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for montages and results (default target/...)")
    options = parser.parse_args()
    if options.montages < 1 or options.seconds <= 0 or options.failures < 0:
        parser.error("--montages, --seconds and --failures must be positive")
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
