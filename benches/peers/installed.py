"""Peers that are Python packages, installed into a virtual environment of their own, target/peers-venv."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError

VENV = common.ROOT / "target" / "peers-venv"
# The headless build: it needs no libraries of a desktop.
PYSCENEDETECT = "scenedetect-headless==0.7.2"
WEBRTC = "webrtcvad-wheels==2.0.14.post1"
# What PySceneDetect reads videos with where its own OpenCV cannot.
PYAV = "av==18.1.0"
# The whole job, as people write it.
MOVIEPY = "moviepy==2.2.1"
# Pk and WindowDiff; TextTiling, which needs numpy.
SEGEVAL = "segeval==2.0.11"
NLTK = "nltk==3.10.4"
NUMPY = "numpy==2.2.6"
# Forecasts.
STATSFORECAST = "statsforecast==2.1.1"
AUGURS = "augurs==0.8.0"
MODULES = {
    PYSCENEDETECT: "scenedetect",
    PYAV: "av",
    WEBRTC: "webrtcvad",
    MOVIEPY: "moviepy",
    SEGEVAL: "segeval",
    NLTK: "nltk",
    NUMPY: "numpy",
    STATSFORECAST: "statsforecast",
    AUGURS: "augurs",
}


def peer_python(package: str = PYSCENEDETECT) -> Path | None:
    """An interpreter that has the package; `None`, with a message, where it cannot be installed."""
    python, mark = VENV / "bin" / "python", VENV / f"{MODULES[package]}.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == package:
        return python
    print(f"installing {package} into {VENV.relative_to(common.ROOT)}", flush=True)
    try:
        if not python.exists():
            common.run([sys.executable, "-m", "venv", VENV])
        pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:"]
        pip += ["--no-binary", "segeval"]  # It is pure Python and has no wheel.
        common.run([python, *pip, package])
        common.run([python, "-c", f"import {MODULES[package]}"])
    except BenchError as error:
        print(f"skipped: {package} cannot be installed here ({error})")
        return None
    mark.write_text(package, encoding="utf-8")
    return python
