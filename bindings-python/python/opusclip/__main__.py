"""`python -m opusclip`: the same command as `opusclip`."""

import sys

from ._cli import main

if __name__ == "__main__":
    sys.exit(main())
