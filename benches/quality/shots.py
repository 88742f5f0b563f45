#!/usr/bin/env python3
"""How well shots are found: `opusclip analyze`, PySceneDetect and ffmpeg's scdet on montages with known boundaries.

Montages are made of generated scenes and of single takes from the videos of --data, joined by hard cuts (some of them
between two angles on one scene), dissolves, fades through black and wipes, with flashes, strobes, drifts of light,
shakes, zooms and fast pans planted inside the pieces. They are encoded as H.264, HEVC, VP9 and AV1, with keyframes at
cuts and without, at constant and at variable frame rate. Of a folder that holds samples known to be single takes, or
shots of them, only those are used; of any other folder every video is, and what it says about cuts is only as good as
those videos are single takes. The same seed, data and ffmpeg make the same montages. They and their truth (JSON) stay
in --out, with `results.json`: everything that was measured.

The last lines are one of each level: F1 of hard cuts at 0 frames, F1 of gradual transitions, and the share of
distractors taken for a boundary; the very last, `f1_cut0= f1_gradual= distractors=`, is level lazy. How they are
counted is said in score.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
import report
from common import BenchError
from detectors import LEVELS, PEERS, Detector, detectors
from montage import CODINGS, available, make, planned, workers
from plan import Montage
from score import Boundary, Score, score
from sources import reels

DATA = common.ROOT.parent / "shared" / "samples" / "video"
OUT = common.ROOT / "target" / "quality-shots"

Made = list[tuple[Montage, Path]]


def made_of(options: argparse.Namespace) -> Made:
    """Plan and write all montages."""
    begun = time.perf_counter()
    ways = [options.coding] if options.coding else available()
    plans = planned(reels(options.data), options.seed, options.montages, options.seconds, ways)
    made = list(zip(plans, make(plans, options.out, options.keep), strict=True))
    length = sum(montage.truth().times[-1] for montage in plans)
    print(
        f"quality-shots: seed {options.seed}, {len(made)} montages, {length:.0f} s of video in {options.out}, "
        f"made in {time.perf_counter() - begun:.0f} s",
        flush=True,
    )
    return made


def look(found: dict[str, Detector], made: Made) -> dict[tuple[str, str], list[Boundary]]:
    """What every detector says about every montage that it can read."""
    begun = time.perf_counter()
    jobs = [(name, montage.name, detector, video) for montage, video in made for name, detector in found.items()]
    with ThreadPoolExecutor(max_workers=workers()) as pool:
        said = pool.map(lambda job: job[2](job[3]), jobs)
        answers = {(name, montage): boundaries for (name, montage, _, _), boundaries in zip(jobs, said, strict=True)}
    for (name, montage), boundaries in answers.items():
        if boundaries is None:
            print(f"note: {name} cannot read {montage}; it is not counted there")
    out = {key: boundaries for key, boundaries in answers.items() if boundaries is not None}
    print(f"looked at by {len(found)} detectors in {time.perf_counter() - begun:.0f} s")
    return out


def bench(options: argparse.Namespace) -> None:
    """Make montages, look for boundaries, score and print."""
    for program in ("ffmpeg", "ffprobe"):
        common.need_program(program)
    if options.only_make:
        made_of(options)
        return
    common.need_program(common.OPUSCLIP)
    levels = LEVELS if options.level == "all" else (options.level,)
    found = detectors(levels, PEERS[options.peers])
    made = made_of(options)
    said = look(found, made)
    totals = {name: Score() for name in found}
    per_coding: dict[tuple[str, str], Score] = {}
    for montage, _ in made:
        truth = montage.truth()
        for name in found:
            if (name, montage.name) not in said:
                continue
            one = score(truth, said[name, montage.name], montage.name)
            totals[name].add(one)
            per_coding.setdefault((name, montage.coding), Score()).add(one)
    report.tables(totals, per_coding)
    head = f"opusclip {levels[0]}"
    report.failures(head, totals[head], options.failures)
    text = json.dumps(report.results(totals, said), indent=1)
    (options.out / "results.json").write_text(text + "\n", encoding="utf-8")
    print()
    for level in levels[1:]:
        print(f"{level}: ", end="")
        close(totals[f"opusclip {level}"])
    close(totals[head])


def close(total: Score) -> None:
    """The figures that count, on one line."""
    common.closing(f1_cut0=total.f1_cut, f1_gradual=total.f1_gradual, distractors=total.distractor_share)


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description="Measure how well shots are found, on montages with known boundaries.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of videos (default: the samples)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other montages (default 1)")
    parser.add_argument("--montages", type=int, default=len(CODINGS), help="how many (default: one of each coding)")
    parser.add_argument("--seconds", type=float, default=60, help="about how long each is (default 60)")
    parser.add_argument("--coding", choices=CODINGS, help="encode all of them in this way (default: in turn)")
    parser.add_argument("--level", choices=[*LEVELS, "all"], default="all", help="levels of opusclip (default all)")
    parser.add_argument("--peers", choices=PEERS, default="all", help="who else is asked (default all)")
    parser.add_argument("--all-peers", dest="peers", action="store_const", const="all", help="the same as --peers all")
    parser.add_argument("--failures", type=int, default=25, help="how many kinds of failure are printed (default 25)")
    parser.add_argument("--only-make", action="store_true", help="write montages and their truth, and stop")
    parser.add_argument("--keep", action="store_true", help="do not make again what was made from an equal plan")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for montages and results (default target/...)")
    options = parser.parse_args()
    if options.montages < 1 or options.seconds <= 0 or options.failures < 0:
        parser.error("--montages, --seconds and --failures must be positive")
    return options


def main() -> int:
    """Read the options and run the bench."""
    options = parsed()
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
