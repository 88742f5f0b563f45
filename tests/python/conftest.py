"""What the tests share: generated media, real samples, options that make rendering quick."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "target" / "test-media"
SAMPLES = Path(os.environ.get("OPUSCLIP_SAMPLES") or ROOT.parent / "shared" / "samples" / "video")

# Tests neither read nor fill the user's own cache of analyses.
os.environ.setdefault("OPUSCLIP_CACHE_DIR", str(ROOT / "target" / "test-cache"))

QUICK: dict[str, Any] = {
    "count": 2,
    "min_duration": 3,
    "max_duration": 6,
    "width": 270,
    "height": 480,
    "speed": "ultrafast",
}
# Takes several seconds, so that there is something to stop.
SLOW: dict[str, Any] = {"count": 3, "min_duration": 15, "max_duration": 30, "speed": "slow"}


# Numbers that JSON cannot say, as test vectors write them.
TEXTS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def numbers(given: Any) -> Any:
    """The same with the numbers that JSON cannot say."""
    if isinstance(given, dict):
        return {name: numbers(value) for name, value in given.items()}
    if isinstance(given, list):
        return [numbers(value) for value in given]
    return TEXTS.get(given, given) if isinstance(given, str) else given


def media_path(name: str) -> Path:
    path = MEDIA / name
    if not path.exists():
        pytest.fail(f"{path} is missing: run `make media`", pytrace=False)
    return path


def leftovers(folder: Path) -> list[str]:
    """Everything under a folder that may be gone."""
    return sorted(str(path) for path in folder.rglob("*")) if folder.exists() else []


@pytest.fixture(scope="session")
def media() -> Callable[[str], Path]:
    """The path of a generated file."""
    return media_path


@pytest.fixture(scope="session")
def talk() -> Path:
    return media_path("talk.mp4")


@pytest.fixture(scope="session")
def talk_srt() -> Path:
    return media_path("talk.srt")
