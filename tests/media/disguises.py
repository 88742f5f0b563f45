"""What is not a video but is named like one; most name another file or host that must never be opened."""

from __future__ import annotations

import struct
import zlib

from maker import Job, Maker

PLAYLIST = b"""#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:10
#EXTINF:5.0,
../h264_aac.mp4
#EXTINF:5.0,
http://127.0.0.1:9/x
#EXT-X-ENDLIST
"""

PLAYLIST_NEAR = b"""#EXTM3U
#EXT-X-TARGETDURATION:10
#EXTINF:5.0,
cut_middle.ts
#EXT-X-ENDLIST
"""

CONCAT = b"""ffconcat version 1.0
file cut_middle.ts
"""

CONCAT_FAR = b"""ffconcat version 1.0
file ../h264_aac.mp4
file http://127.0.0.1:9/x
"""

SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=video 9 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
)

SUBRIP = b"""1
00:00:00,000 --> 00:00:05,000
<font face="../x.ttf">Not a video.</font>
"""

ASS = b"""[Script Info]
ScriptType: v4.00+

[Events]
Format: Layer, Start, End, Style, Text
Dialogue: 0,0:00:00.00,0:00:05.00,Default,Not a video.
"""

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="320" height="180">'
    b'<image xlink:href="../cover.jpg" width="320" height="180"/></svg>\n'
)

DASH = (
    b'<?xml version="1.0"?>\n'
    b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT5S" minBufferTime="PT1S" '
    b'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">'
    b'<Representation id="1" bandwidth="1000" width="320" height="180" codecs="avc1.42c01e">'
    b'<BaseURL>../h264_aac.mp4</BaseURL><SegmentBase indexRange="0-100"/></Representation>'
    b"</AdaptationSet></Period></MPD>\n"
)


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x40\x80\xc0" * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


FILES = (
    ("playlist.mp4", PLAYLIST, "an HLS playlist"),
    ("playlist_near.mp4", PLAYLIST_NEAR, "an HLS playlist of a file beside it"),
    ("concat.mp4", CONCAT, "a concat script of a file beside it"),
    ("concat_far.mp4", CONCAT_FAR, "a concat script of files elsewhere"),
    ("sdp.mp4", SDP, "a session description"),
    ("subtitle.mp4", SUBRIP, "SubRip subtitles"),
    ("ass.mp4", ASS, "ASS subtitles"),
    ("svg.mp4", SVG, "an SVG drawing that refers to a file"),
    ("xml.mp4", DASH, "a DASH manifest"),
    ("image.mp4", png(320, 180), "a PNG picture"),
)


def disguise(maker: Maker) -> None:
    """Write them all."""
    for name, content, notes in FILES:
        maker.write(f"bad/{name}", "bad", content, notes, disguise=True)


JOBS: tuple[Job, ...] = (disguise,)
