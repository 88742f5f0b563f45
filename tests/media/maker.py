"""Where files are made, moved to their place when they are finished, and described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Entry = dict[str, object]


class Maker:
    """Makes files into one folder and collects their descriptions."""

    def __init__(self, out: Path, scratch: Path) -> None:
        self.out, self.scratch = out, scratch
        self.index: dict[str, Entry] = {}

    def aside(self, name: str) -> Path:
        """Where a file is written before it counts; the ending stays, for muxers."""
        path = self.scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, name: str, kind: str, notes: str, duration: float | None = None, **expected: object) -> None:
        """Move a finished file to its place and describe it."""
        target = self.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.aside(name).replace(target)
        self.index[name] = {"path": name, "kind": kind, "duration": duration, "notes": notes, "expected": expected}

    def write(
        self, name: str, kind: str, content: bytes, notes: str, duration: float | None = None, **expected: object
    ) -> None:
        """Make a file of known bytes."""
        self.aside(name).write_bytes(content)
        self.keep(name, kind, notes, duration, **expected)


Job = Callable[[Maker], None]
"""Makes one file, or a few that need each other."""
