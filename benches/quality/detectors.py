"""What says where boundaries are: opusclip at each level, PySceneDetect's detectors and ffmpeg's scdet."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peers"))
import common
from analyze import peer_python
from common import BenchError
from score import Boundary

LEVELS = ("lazy", "exact", "index")
PYSCENEDETECT = ("Content", "Adaptive", "Histogram", "Hash")
SCDET_THRESHOLD = 10
SCDET_TIME = re.compile(r"lavfi\.scd\.time:\s*([0-9.]+)")

PEER = """
import json, sys, scenedetect
detector = getattr(scenedetect, sys.argv[2] + "Detector")()
scenes = scenedetect.detect(sys.argv[1], detector)
print(json.dumps([start.seconds for start, _ in scenes[1:]]))
"""

Detector = Callable[[Path], list[Boundary]]


def moments(times: Sequence[float]) -> list[Boundary]:
    """Boundaries without length."""
    return [Boundary(time, time) for time in times]


def opusclip(level: str) -> Detector:
    """opusclip; a gap between one shot's end and the next one's start is a transition of that length."""

    def find(video: Path) -> list[Boundary]:
        command: list[str | Path] = [common.OPUSCLIP, "analyze", video, "--level", level, "--no-audio", "--json"]
        shots = json.loads(common.run(command))["shots"]
        return [Boundary(min(float(a["end"]), float(b["start"])), float(b["start"])) for a, b in pairwise(shots)]

    return find


def pyscenedetect(python: Path, detector: str) -> Detector:
    """One of PySceneDetect's detectors, as it is by default."""

    def find(video: Path) -> list[Boundary]:
        return moments([float(cut) for cut in json.loads(common.run([python, "-c", PEER, video, detector]))])

    return find


def scdet(video: Path) -> list[Boundary]:
    """ffmpeg's scene change detector."""
    chain = f"scdet=threshold={SCDET_THRESHOLD}"
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-i", str(video), "-an", "-vf", chain]
    command += ["-f", "null", "-"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"ffmpeg scdet failed on {video.name}: " + " | ".join(done.stderr.splitlines()[-3:]))
    return moments([float(time) for time in SCDET_TIME.findall(done.stderr)])


def detectors(levels: Sequence[str], peers: Sequence[str]) -> dict[str, Detector]:
    """All detectors that can run here, by the name they are printed with."""
    found: dict[str, Detector] = {f"opusclip {level}": opusclip(level) for level in levels}
    python = peer_python() if peers else None
    if python is not None:
        found.update({f"PySceneDetect {peer}": pyscenedetect(python, peer) for peer in peers})
    found[f"ffmpeg scdet {SCDET_THRESHOLD}"] = scdet
    return found
