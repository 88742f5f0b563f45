"""The `opusclip` command, which is written in the core."""

import sys

from ._opusclip import run_cli


def main() -> int:
    """Run the command with the arguments of this process.

    Returns
    -------
    int
        The exit status.
    """
    return run_cli(["opusclip", *sys.argv[1:]])
