#!/usr/bin/env python3
"""Generate all the media that the tests read.

usage: make.py [OUT]        (default target/test-media)

Writes the files and ``index.json``, which says for each file what it is and what a
reader should find in it. Does nothing when the folder was made by these very programs
and this FFmpeg. Each file is written aside and renamed, and those with flashes and
beeps, and those with coloured corners, are measured before they count.

The modules beside this file make the files, kind by kind: ``spoken`` and
``transcripts``, ``flashes``, ``formats``, ``containers``, ``cuts``, ``damaged`` and
``disguises``. ``patterns`` and ``encoders`` are what they are made of, ``boxes`` changes
what no muxer can, ``verify`` measures them, ``maker`` collects them and ``folder`` keeps
them up to date. The talk and the way to run programs come from ``scripts/talk``.

Needs only the standard library, ``ffmpeg``, ``ffprobe`` and ``espeak-ng``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))  # where the talk is

from folder import ROOT, make
from talk.programs import MediaError


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate all the media that the tests read.")
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "target" / "test-media")
    try:
        make(parser.parse_args().out)
    except (MediaError, OSError) as e:
        print(f"test media: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
