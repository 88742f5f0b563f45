"""What is shown: each shot is a stack of SVG layers, drawn on a stage of 1280x720 units.

Layers move by FFmpeg's overlay expressions (`t` is the shot's own time), so nothing is
drawn twice. ``stage`` is what every shot has, ``scenery`` and ``people`` are the things
on it, ``looks`` puts them together and ``painter`` makes video of them.
"""
