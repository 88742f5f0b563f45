"""The command, the packages and the documents, as a user finds them; and what the tests of them share."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "opusclip-core"
MEDIA = ROOT / "target" / "test-media"
COMMAND = Path(os.environ.get("OPUSCLIP") or ROOT / "target" / "release" / "opusclip")
# Tests neither read nor fill the user's own cache of analyses.
os.environ.setdefault("OPUSCLIP_CACHE_DIR", str(ROOT / "target" / "test-cache"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), ROOT / "tests" / "vectors" / "README.md"]


def media(name: str) -> Path:
    """The path of a generated file."""
    path = MEDIA / name
    if not path.exists():
        pytest.fail(f"{path} is missing: run `make media`", pytrace=False)
    return path


def run(*command: str | Path, cwd: Path | None = None, timeout: float = 300, **environment: str) -> str:
    """Run a program that must succeed; returns its standard output."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stderr[-3000:]}", pytrace=False)
    return done.stdout


def opusclip(*arguments: str | Path, cwd: Path | None = None) -> Any:
    """What the command prints as JSON."""
    return json.loads(run(COMMAND, "--json", *arguments, cwd=cwd))


def python(code: str, cwd: Path, *arguments: str) -> str:
    """Run a Python program in the environment that has the package."""
    return run(sys.executable, "-W", "error", "-c", code, *arguments, cwd=cwd)


def node(code: str, cwd: Path, suffix: str = ".mjs") -> str:
    """Run a JavaScript program in a folder in which the package is installed."""
    if shutil.which("node") is None:
        pytest.fail("node is missing", pytrace=False)
    package = cwd / "node_modules" / "opusclip"
    if not package.exists():
        package.parent.mkdir(exist_ok=True)
        package.symlink_to(ROOT, target_is_directory=True)
    program = cwd / f"program{suffix}"
    program.write_text(code, "utf-8")
    return run("node", program, cwd=cwd)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    extra: str
    text: str
    line: int


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a Markdown file, in order."""
    found: list[Block] = []
    opening: tuple[str, str, int] | None = None
    held: list[str] = []
    for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
        fence = re.fullmatch(r"```(\S*) ?(.*)", line)
        if fence is None:
            held.append(line)
        elif opening is None:
            opening = fence[1], fence[2], number
            held = []
        else:
            found.append(Block(opening[0], opening[1], "\n".join(held) + "\n", opening[2]))
            opening = None
    assert opening is None, f"{document.name}: the block of line {opening} does not end"
    return found


def prose(document: Path) -> str:
    """A Markdown file without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", document.read_text("utf-8"), flags=re.M | re.S)


def table(document: Path, first: str) -> list[dict[str, str]]:
    """The rows of the table whose first column has this title, by the titles of the columns; without backticks."""
    lines = document.read_text("utf-8").splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith(f"| {first} |")), None)
    assert start is not None, f"{document.name} has no table that begins with the column `{first}`"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in rows_of(lines[start:])]
    titles = cells[0]
    return [dict(zip(titles, (cell.replace("`", "") for cell in row), strict=True)) for row in cells[2:]]


def rows_of(lines: list[str]) -> list[str]:
    """The lines up to the first that is no row."""
    end = next((at for at, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return lines[:end]


def frames(clip: Path) -> str:
    """The checksums of every decoded picture and stretch of sound of a file."""
    listed = run("ffmpeg", "-v", "error", "-i", clip, "-map", "0", "-f", "framemd5", "-")
    return "\n".join(line for line in listed.splitlines() if not line.startswith("#"))
