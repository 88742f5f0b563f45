"""Tables of what was measured, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from score import Boundary, Score

GRADUALS = ("dissolve", "fadeblack", "wipe")
DISTRACTORS = ("flash", "strobe", "drift", "shake", "zoom", "pan")


def tables(totals: dict[str, Score], per_coding: dict[tuple[str, str], Score]) -> None:
    """Print everything, one detector a row."""
    wide = max(len(name) for name in totals) + 1
    overall(totals, wide)
    by_kind(totals, wide)
    about_graduals(totals, wide)
    by_coding("F1 cut0", {key: score.f1_cut for key, score in per_coding.items()}, wide)
    by_coding("F1 graduals", {key: score.f1_gradual for key, score in per_coding.items()}, wide)


def overall(totals: dict[str, Score], wide: int) -> None:
    """Cuts, graduals and distractors, all together."""
    print(f"\n{'':{wide}} {'cuts':>9} {'angles':>7} {'false':>6} {'F1 cut0':>8} {'graduals':>9} {'surplus':>8} "
          f"{'F1 grad':>8} {'distractors':>12} {'share':>6}")  # fmt: skip
    for name, total in totals.items():
        print(
            f"{name:{wide}} {cell(total.cut_hits, total.cuts):>9} {cell(total.angle_hits, total.angles):>7} "
            f"{total.cut_false:6d} {total.f1_cut:8.3f} "
            f"{cell(total.gradual_hits, total.graduals):>9} {total.gradual_false:8d} {total.f1_gradual:8.3f} "
            f"{cell(total.distractor_hits, total.distractors):>12} {total.distractor_share:6.3f}"
        )


def by_kind(totals: dict[str, Score], wide: int) -> None:
    """How many of each kind are found, or hit."""
    print(f"\n{'found, or hit':{wide}} " + " ".join(f"{name:>9}" for name in (*GRADUALS, *DISTRACTORS)))
    for name, total in totals.items():
        cells = (cell(total.kind_hits[kind], total.of_kind[kind]) for kind in (*GRADUALS, *DISTRACTORS))
        print(f"{name:{wide}} " + " ".join(f"{text:>9}" for text in cells))


def about_graduals(totals: dict[str, Score], wide: int) -> None:
    """Kind, start and end of found graduals, of those detectors that say them."""
    rows = {name: total for name, total in totals.items() if total.kind_share is not None or total.offsets is not None}
    if not rows:
        return
    print(f"\n{'found graduals':{wide}} {'kind right':>11} {'start off':>10} {'end off':>9}  said as something else")
    for name, total in rows.items():
        share = figure(total.kind_share)
        off = [f"{value:.3f} s" for value in total.offsets] if total.offsets is not None else ["-", "-"]
        wrong = [f"{true} as {said} {often}" for (true, said), often in total.said_as.most_common() if said not in true]
        print(f"{name:{wide}} {share:>11} {off[0]:>10} {off[1]:>9}  {', '.join(wrong[:5])}")


def by_coding(title: str, figures: dict[tuple[str, str], float], wide: int) -> None:
    """One figure by detector and coding."""
    names = list(dict.fromkeys(name for name, _ in figures))
    codings = list(dict.fromkeys(coding for _, coding in figures))
    heads = [coding.replace("h264-", "264-").replace("hevc", "265").replace("keyframe", "key") for coding in codings]
    print(f"\n{title:{wide}} " + " ".join(f"{head[:13]:>13}" for head in heads))
    for name in names:
        print(f"{name:{wide}} " + " ".join(f"{figure(figures.get((name, coding))):>13}" for coding in codings))


def figure(value: float | None) -> str:
    """Three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"


def cell(hits: int, there: int) -> str:
    """`3/4`."""
    return f"{hits}/{there}"


def failures(head: str, total: Score, most: int) -> None:
    """What one detector got wrong, the most frequent first."""
    print(f"\nwhat {head} got wrong")
    some = total.failures.most_common()
    for what, often in some[:most]:
        print(f"{often:4d}  {what}")
    if len(some) > most:
        print(f"      and {len(some) - most} more kinds, in results.json")


def results(totals: dict[str, Score], said: Mapping[tuple[str, str], Sequence[Boundary]]) -> dict[str, object]:
    """All figures, and all boundaries that were said."""
    return {
        name: {
            "f1_cut0": total.f1_cut,
            "f1_gradual": total.f1_gradual,
            "distractors": total.distractor_share,
            "kind_right": total.kind_share,
            "start_and_end_off": total.offsets,
            "failures": dict(total.failures.most_common()),
            "boundaries": {
                montage: [[round(one.start, 4), round(one.end, 4), one.kind] for one in boundaries]
                for (who, montage), boundaries in said.items()
                if who == name
            },
        }
        for name, total in totals.items()
    }
