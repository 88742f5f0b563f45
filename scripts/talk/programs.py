"""The programs that make media, FFmpeg above all: run quietly, with errors that can be read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import NamedTuple


class MediaError(Exception):
    """Something could not be made, or is not what it should be; the message says why."""


class Printed(NamedTuple):
    """What a program printed."""

    out: bytes
    err: bytes


def run(*command: str | Path, stdin: bytes | None = None) -> Printed:
    """Run a program and return what it printed; a failure becomes one readable error."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            check=True,
            env={**os.environ, "SVT_LOG": "1"},
        )
    except FileNotFoundError:
        raise MediaError(f"{command[0]} is not installed (scripts/setup.sh installs it)") from None
    except subprocess.CalledProcessError as e:
        said = e.stderr.decode(errors="replace").strip().splitlines()[-6:]
        raise MediaError(f"{command[0]} failed with status {e.returncode}: " + " | ".join(said)) from None
    return Printed(done.stdout, done.stderr)


def ffmpeg(*arguments: str | Path) -> bytes:
    """Run FFmpeg quietly, overwriting its output; returns what it wrote to its standard output.

    Filters get one thread, because files are made side by side.
    """
    threads = options("-filter_threads 1 -filter_complex_threads 1")
    return run("ffmpeg", *options("-v error -nostdin -y"), *threads, *arguments).out


def options(text: str) -> tuple[str, ...]:
    """A program's options, written as one would type them."""
    return tuple(text.split())


def lavfi(*sources: str) -> tuple[str, ...]:
    """FFmpeg's options for inputs that its filters generate."""
    return tuple(option for source in sources for option in ("-f", "lavfi", "-i", source))
