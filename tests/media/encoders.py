"""How pictures and sound are encoded: FFmpeg's options, each encoder with one thread."""

from __future__ import annotations

from talk.programs import options

X264 = options("-c:v libx264 -preset veryfast -threads 1 -crf 23")
X265 = (
    *options("-c:v libx265 -preset ultrafast -x265-params log-level=error:pools=1:frame-threads=1"),
    *options("-tag:v hvc1"),
)
VP8 = options("-c:v libvpx -deadline realtime -cpu-used 8 -threads 1 -b:v 400k")
VP9 = options("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -threads 1 -crf 34 -b:v 0")
AV1 = options("-c:v libsvtav1 -preset 12 -crf 40 -svtav1-params lp=1")

AAC = options("-c:a aac -b:a 96k -ar 48000")
STEREO = ("-ac", "2", *AAC)
OPUS = options("-c:a libopus -b:a 64k")

FAST = options("-movflags +faststart")
"""The index of an MP4 file comes first."""
