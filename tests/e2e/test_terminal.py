"""What only a terminal shows: the progress bar, and completions in a real shell."""

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from doors import ROOT, media

OPUSCLIP = os.environ.get("OPUSCLIP", str(ROOT / "target" / "release" / "opusclip"))
SMALL = ("--size", "216x384", "--speed", "ultrafast", "--min", "3", "--max", "6", "-n", "1")


def on_terminal(*arguments: str | Path) -> tuple[int, str, str]:
    """Run the command with standard error on a terminal: its status, standard output, and what the terminal got."""
    ours, theirs = pty.openpty()
    command = [OPUSCLIP, *map(str, arguments)]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"}) as child:
        os.close(theirs)
        shown, deadline = b"", time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.2)[0]:
                try:
                    shown += os.read(ours, 4096)
                except OSError:  # the other end is closed
                    break
            elif child.poll() is not None:
                break
        else:
            child.kill()
        assert child.stdout is not None
        printed = child.stdout.read().decode()
    os.close(ours)
    return child.returncode, printed, shown.decode(errors="replace")


def test_a_terminal_gets_a_bar_that_goes_away_again(tmp_path: Path) -> None:
    status, printed, shown = on_terminal("extract", media("talk.mp4"), "--out", tmp_path / "out", *SMALL)
    assert status == 0
    assert "clip-01.mp4" in printed
    assert "%" in shown
    assert "render" in shown
    # The last thing that happens to the line of the bar is that it is cleared.
    assert shown.rstrip("\r\n").endswith("\x1b[2K")


@pytest.mark.parametrize("silent", ["--quiet", "--json"])
def test_no_bar_where_none_is_wanted(silent: str) -> None:
    status, printed, shown = on_terminal("analyze", media("talk.mp4"), "--no-cache", silent)
    assert (status, shown) == (0, "")
    assert printed


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes() -> None:
    script = f"""
        eval "$('{OPUSCLIP}' completions bash)"
        complete -p opusclip > /dev/null
        COMP_WORDS=(opusclip ext); COMP_CWORD=1; COMP_LINE='opusclip ext'; COMP_POINT=12
        _opusclip opusclip ext opusclip
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["extract"]
