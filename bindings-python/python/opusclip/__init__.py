from ._opusclip import __version__
