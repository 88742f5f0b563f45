#!/usr/bin/env python3
"""Generate a spoken sample talk with changing pictures and subtitles.

usage: sample.py OUT.mp4 OUT.srt [--seconds 120] [--seed N] [--width 1280] [--height 720] [--truth OUT.json]

Two espeak-ng voices tell the story of the Eddystone lighthouses; FFmpeg draws the
pictures. Everything is known exactly: where each sentence starts and ends, where the
picture is cut, which words are said. ``--truth`` writes that down for tests.

Needs only the standard library, ``espeak-ng`` and ``ffmpeg``. When the FFmpeg at hand
cannot read SVG, the pictures are plainer; sound and times stay the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from talk.film import generate
from talk.programs import MediaError


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate a spoken sample talk with changing pictures and subtitles.")
    parser.add_argument("video", type=Path, metavar="OUT.mp4")
    parser.add_argument("subtitles", type=Path, metavar="OUT.srt")
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the talk (default 120)")
    parser.add_argument("--seed", type=int, default=1, help="other pauses and other rain (default 1)")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--truth", type=Path, metavar="OUT.json", help="also write what is known about the sample")
    a = parser.parse_args()
    if not 10 <= a.seconds <= 7200:
        parser.error("--seconds must be between 10 and 7200")
    if a.width < 64 or a.height < 64 or a.width % 2 or a.height % 2:
        parser.error("--width and --height must be even and at least 64")
    try:
        generate(a.video, a.subtitles, a.truth, seconds=a.seconds, seed=a.seed, width=a.width, height=a.height)
    except (MediaError, OSError) as e:
        print(f"sample: {e}", file=sys.stderr)
        return 1
    print(f"sample: {a.video} ({a.seconds:g} s) and {a.subtitles}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
