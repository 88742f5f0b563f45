#!/usr/bin/env python3
"""Pk and WindowDiff by segeval; runs in the environment of the peers, JSON in, JSON out.

In: {"truth": [lengths of topics of each document], "answers": {name: the same}}. Out: {name: [mean Pk, mean WindowDiff]}.
"""

from __future__ import annotations

import json
import sys
from statistics import mean

from segeval import pk, window_diff


def main() -> None:
    """Compare every answer with the truth."""
    question = json.load(sys.stdin)
    out = {}
    for name, answers in question["answers"].items():
        pairs = list(zip(answers, question["truth"], strict=True))
        out[name] = [mean(float(count(tuple(a), tuple(t))) for a, t in pairs) for count in (pk, window_diff)]
    json.dump(out, sys.stdout)


if __name__ == "__main__":
    main()
