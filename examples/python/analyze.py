"""Analyse a video stretch by stretch on all cores, say what is in it, and write a page about it.

python examples/python/analyze.py VIDEO [PAGE]

The parts could as well be analysed on many machines: they travel as JSON, and give the same as one analysis of it all.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import opusclip


def main() -> None:
    video = Path(sys.argv[1])
    page = Path(sys.argv[2]) if len(sys.argv) > 2 else video.with_suffix(".html")
    cores = os.cpu_count() or 1
    duration = opusclip.probe(video).duration or 0.0
    # The last part goes on to the end of the file, wherever that really is.
    edges = [duration * place / cores for place in range(cores)]
    stretches = list(pairwise([*edges, None]))
    with ThreadPoolExecutor(cores) as pool:
        parts = list(pool.map(lambda stretch: opusclip.analyze_part(video, stretch[0] or 0.0, stretch[1]), stretches))
    analysis = opusclip.merge_parts(parts)

    print(analysis)
    for boundary in analysis.boundaries:
        print(f"{boundary.start:9.3f} s  {boundary.kind}  {boundary.confidence:.0%} sure")
    for finding in analysis.damage.findings:
        print(f"{finding.kind}: {finding.count} times")
    page.write_text(analysis.to_html(video.name), "utf-8")
    print(page)


if __name__ == "__main__":
    main()
