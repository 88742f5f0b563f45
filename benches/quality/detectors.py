"""What says where boundaries are: opusclip at each level, PySceneDetect's detectors and ffmpeg's scdet."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peers"))
import common
from common import BenchError
from installed import PYAV, peer_python
from score import Boundary

LEVELS = ("lazy", "exact", "index")
SCDET = "scdet"
PEERS: dict[str, tuple[str, ...]] = {
    "none": (),
    "some": ("Content", "Adaptive", SCDET),
    "all": ("Content", "Adaptive", "Histogram", "Hash", SCDET),
}
"""PySceneDetect's detectors and ffmpeg's, by how many are wanted."""
SCDET_THRESHOLD = 10
SCDET_TIME = re.compile(r"lavfi\.scd\.time:\s*([0-9.]+)")

# OpenCV's build may lack a decoder (of AV1, mostly), and then finds no frame at all; PyAV has its own.
PEER = """
import json, sys, scenedetect
frames, cuts = 0, []
for backend in ("opencv", "pyav"):
    if backend in scenedetect.AVAILABLE_BACKENDS and not frames:
        manager = scenedetect.SceneManager()
        manager.add_detector(getattr(scenedetect, sys.argv[2] + "Detector")())
        frames = manager.detect_scenes(scenedetect.open_video(sys.argv[1], backend=backend))
        cuts = [start.seconds for start, _ in manager.get_scene_list()[1:]]
print(json.dumps(cuts if frames else None))
"""

Detector = Callable[[Path], list[Boundary] | None]
"""Finds boundaries in a video; `None` where it cannot read it."""


def moments(times: Sequence[float]) -> list[Boundary]:
    """Boundaries without length."""
    return [Boundary(time, time) for time in times]


def opusclip(level: str) -> Detector:
    """opusclip at a level."""

    def find(video: Path) -> list[Boundary]:
        said = json.loads(common.run(common.analysis(video, level, "--no-audio")))
        return [Boundary(float(one["start"]), float(one["end"]), one["kind"]) for one in said["boundaries"]]

    return find


def pyscenedetect(python: Path, detector: str) -> Detector:
    """One of PySceneDetect's detectors, as it is by default."""

    def find(video: Path) -> list[Boundary] | None:
        cuts = json.loads(common.run([python, "-c", PEER, video, detector]))
        return None if cuts is None else moments([float(cut) for cut in cuts])

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
    others = [peer for peer in peers if peer != SCDET]
    python = peer_python() if others else None
    if python is not None:
        peer_python(PYAV)
        found.update({f"PySceneDetect {peer}": pyscenedetect(python, peer) for peer in others})
    if SCDET in peers:
        found[f"ffmpeg scdet {SCDET_THRESHOLD}"] = scdet
    return found
