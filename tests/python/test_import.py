"""Importing costs next to nothing; names come when they are used."""

import subprocess
import sys
from collections.abc import Callable

import pytest

import opusclip


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def import_ms(module: str) -> float:
    """Milliseconds that importing a module took, all it imports included."""
    for line in python("-X", "importtime", "-c", f"import {module}").stderr.splitlines():
        _, cumulative, name = line.removeprefix("import time:").split("|")
        if name.strip() == module:
            return int(cumulative) / 1000
    raise AssertionError(f"{module} was not imported")


def test_importing_is_quick(record_property: Callable[[str, object], None]) -> None:
    best = min(import_ms("opusclip") for _ in range(3))
    record_property("import_ms", best)
    assert best < 50


def test_importing_loads_nothing_heavy() -> None:
    listing = python("-c", "import sys, opusclip; print(*sys.modules)").stdout.split()
    plain = python("-c", "import sys; print(*sys.modules)").stdout.split()
    added = set(listing) - set(plain)
    assert "opusclip" in added
    assert not added & {"asyncio", "dataclasses", "inspect", "json", "pathlib", "typing", "opusclip._opusclip"}
    assert len(added) < 10


def test_plain_calls_do_not_load_asyncio() -> None:
    python("-c", "import sys, opusclip; opusclip.extract_clips; assert 'asyncio' not in sys.modules")


def test_every_public_name_is_there() -> None:
    assert sorted(opusclip.__all__) == sorted(opusclip._HOME_OF)
    for name in opusclip.__all__:
        assert getattr(opusclip, name) is not None
        assert name in dir(opusclip)
    with pytest.raises(AttributeError, match="no attribute 'extrakt'"):
        opusclip.extrakt  # noqa: B018
    names: dict[str, object] = {}
    exec("from opusclip import *", names)
    assert set(opusclip.__all__) <= set(names)


def test_the_module_of_metrics_needs_no_import_of_its_own() -> None:
    code = "import opusclip; print(opusclip.analytics.AnalyticsCollector(now=0).metrics)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "()\n"


def test_the_module_of_load_balancing_needs_no_import_of_its_own() -> None:
    code = "import opusclip; print(opusclip.performance.load_balancer.instance_ids)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_everything_public_is_documented() -> None:
    for name in opusclip.__all__:
        value = getattr(opusclip, name)
        if callable(value):
            assert value.__doc__, name


def test_versions() -> None:
    from importlib.metadata import version

    assert opusclip.__version__ == version("opusclip")
    assert opusclip.ffmpeg_version().startswith("libavutil ")
