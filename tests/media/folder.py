"""The folder of all media: made once, by one process at a time, and again when what makes it changes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import containers
import cuts
import damaged
import disguises
import flashes
import formats
import spoken
from maker import Entry, Job, Maker
from talk.programs import MediaError, run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAMS = (HERE, ROOT / "scripts" / "talk")

# The longest first.
JOBS: tuple[Job, ...] = (
    *spoken.JOBS,
    *flashes.JOBS,
    *damaged.JOBS,
    *formats.JOBS,
    *containers.JOBS,
    *cuts.JOBS,
    *disguises.JOBS,
)


def make(out: Path) -> None:
    """Make everything, unless the folder is up to date."""
    mark = fingerprint()
    out.mkdir(parents=True, exist_ok=True)
    with open(out / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test runners may start together
        if up_to_date(out, mark):
            print(f"test media: {out} is up to date")
            return
        started = time.monotonic()
        (out / ".stamp").unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix=".making-", dir=out) as scratch:
            maker = Maker(out, Path(scratch))
            work_off(JOBS, maker)
            index = dict(sorted(maker.index.items()))
            publish(index, out, Path(scratch))
        (out / ".stamp").write_text(mark, encoding="utf-8")
        size = sum((out / str(entry["path"])).stat().st_size for entry in index.values())
        print(f"test media: {len(index)} files, {size / 1e6:.0f} MB in {out}, {time.monotonic() - started:.0f} s")


def fingerprint() -> str:
    """What the folder was made by: all modules and FFmpeg."""
    h = hashlib.sha256(run("ffmpeg", "-version").out.splitlines()[0])
    for folder in PROGRAMS:
        for path in sorted(folder.rglob("*.py")):
            h.update(f"\n{path.relative_to(ROOT).as_posix()}\n".encode() + path.read_bytes())
    return h.hexdigest()


def up_to_date(out: Path, mark: str) -> bool:
    """Whether the folder holds all files, made by these very programs."""
    try:
        if (out / ".stamp").read_text(encoding="utf-8") != mark:
            return False
        index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all((out / entry["path"]).is_file() for entry in index.values())


def work_off(jobs: tuple[Job, ...], maker: Maker) -> None:
    """Make all files side by side; what fails is told at the end, all together."""
    failures = []
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        futures = [pool.submit(job, maker) for job in jobs]
        try:
            for future in futures:
                try:
                    future.result()
                except MediaError as e:
                    failures.append(str(e))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    if failures:
        raise MediaError("; ".join(failures))


def publish(index: dict[str, Entry], out: Path, scratch: Path) -> None:
    """Write the index, and remove what only an older one describes."""
    for name in known_files(out) - set(index):
        (out / name).unlink(missing_ok=True)
    part = scratch / "index.json"
    part.write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / "index.json")


def known_files(out: Path) -> set[str]:
    """The files that the folder's present index describes."""
    try:
        return set(json.loads((out / "index.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return set()
