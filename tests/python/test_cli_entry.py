"""`python -m opusclip` and the `opusclip` script run the core's command."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import opusclip

SCRIPT = shutil.which("opusclip", path=sysconfig.get_path("scripts"))
COMMANDS = [pytest.param([sys.executable, "-m", "opusclip"], id="module"), pytest.param([SCRIPT], id="script")]


def run(command: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_version_and_help(command: list[str]) -> None:
    done = run(command, "--version")
    assert (done.returncode, done.stdout) == (0, f"opusclip {opusclip.__version__}\n")
    assert "Usage: opusclip " in run(command, "--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_results_and_exit_statuses(command: list[str], talk: Path, tmp_path: Path) -> None:
    done = run(command, "probe", str(talk), "--json")
    assert done.returncode == 0, done.stderr
    assert opusclip.MediaInfo.from_dict(json.loads(done.stdout)) == opusclip.probe(talk)
    missing = run(command, "probe", str(tmp_path / "missing.mp4"))
    assert (missing.returncode, missing.stdout) == (3, "")
    assert "[media.not_found]" in missing.stderr
    assert run(command, "extract").returncode == 2
