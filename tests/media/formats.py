"""Ordinary files: one picture with coloured corners in many codecs, pixel formats, shapes and rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from boxes import set_rotation
from encoders import AV1, FAST, OPUS, STEREO, VP8, VP9, X264, X265
from maker import Job, Maker
from patterns import CORNERS, RATE, picture, tone
from talk.programs import ffmpeg, lavfi, options
from verify import check_corners, length


@dataclass(frozen=True)
class Format:
    """One file: how it is encoded, what a reader should find, and how its picture and sound differ from the rest."""

    name: str
    notes: str
    encode: tuple[str, ...]
    expected: dict[str, object]
    size: str = "320x180"
    fps: str = "30"
    seconds: float = 5
    more: str = ""  # filters for the picture
    pixels: str = "yuv420p"
    sound: str | None = ""  # a source; a tone if empty
    after: Callable[[Path], None] | None = None


def produce(wanted: Format, maker: Maker) -> None:
    """Make one file and see that it is upright."""
    path = maker.aside(wanted.name)
    sources = [picture(wanted.size, wanted.fps, wanted.seconds, wanted.more, wanted.pixels)]
    if wanted.sound is not None:
        sources.append(wanted.sound or tone(wanted.seconds))
    ffmpeg(*lavfi(*sources), *wanted.encode, path)
    if wanted.after is not None:
        wanted.after(path)
    check_corners(path)
    maker.keep(wanted.name, "format", wanted.notes, length(path), **wanted.expected, corners=CORNERS)


SIZE: dict[str, object] = {"width": 320, "height": 180}
UPRIGHT: dict[str, object] = {"width": 180, "height": 320}

# The channels of 5.1, each with a tone of its own.
SIX = "|".join(f"0.1*sin(2*PI*{f}*t)" for f in (300, 400, 500, 60, 600, 700))

CODECS = (
    Format(
        "h264_aac.mp4",
        "the most ordinary file",
        (*X264, *STEREO, *FAST),
        {**SIZE, "video": "h264", "audio": "aac", "frame_rate": 30},
    ),
    Format("h264_ts.ts", "MPEG-TS", (*X264, "-bf", "2", *STEREO), {**SIZE, "video": "h264", "audio": "aac"}),
    Format("hevc.mp4", "HEVC", (*X265, *STEREO), {**SIZE, "video": "hevc"}),
    Format(
        "vp8.webm",
        "VP8 and Vorbis",
        (*VP8, *options("-ac 2 -c:a libvorbis")),
        {**SIZE, "video": "vp8", "audio": "vorbis"},
    ),
    Format("vp9.webm", "VP9 and Opus", (*VP9, "-ac", "2", *OPUS), {**SIZE, "video": "vp9", "audio": "opus"}),
    Format("av1.mkv", "AV1 and Opus", (*AV1, "-ac", "2", *OPUS), {**SIZE, "video": "av1", "audio": "opus"}),
)

PIXELS = (
    Format(
        "h264_10bit.mp4",
        "10 bits a sample",
        (*X264, "-pix_fmt", "yuv420p10le", *STEREO),
        {**SIZE, "pixel_format": "yuv420p10le", "bit_depth": 10},
    ),
    Format(
        "h264_422.mov",
        "4:2:2 in MOV",
        (*X264, "-pix_fmt", "yuv422p", *STEREO),
        {**SIZE, "pixel_format": "yuv422p"},
    ),
    Format(
        "h264_444.mkv",
        "4:4:4 in Matroska",
        (*X264, "-pix_fmt", "yuv444p", *STEREO),
        {**SIZE, "pixel_format": "yuv444p"},
    ),
    Format(
        "full_range.mp4",
        "full range BT.709",
        (
            *X264,
            *options("-pix_fmt yuvj420p -color_range pc -colorspace bt709 -color_primaries bt709 -color_trc bt709"),
            *STEREO,
        ),
        {**SIZE, "color_range": "full"},
        more=",scale=in_range=tv:out_range=pc:out_color_matrix=bt709,format=yuvj420p",
    ),
)

SHAPES = (
    Format(
        "rotated_90.mov",
        "stored lying, a display matrix turns it upright by 90 degrees",
        (*X264, *STEREO),
        {"coded_width": 320, "coded_height": 180, **UPRIGHT, "rotation": 90},
        size="180x320",
        more=",transpose=cclock",
        after=partial(set_rotation, clockwise=90),
    ),
    Format(
        "rotated_180.mp4",
        "stored upside down, a display matrix turns it by 180 degrees",
        (*X264, *STEREO),
        {**SIZE, "rotation": 180},
        more=",hflip,vflip",
        after=partial(set_rotation, clockwise=180),
    ),
    Format(
        "anamorphic.mp4",
        "pixels of 4:3: 360x288 stored, 480x288 shown",
        (*X264, *STEREO),
        {"coded_width": 360, "coded_height": 288, "width": 480, "height": 288, "pixel_aspect": "4:3"},
        size="480x288",
        more=",scale=360:288,setsar=4/3",
    ),
    Format("portrait.mp4", "upright", (*X264, *STEREO), UPRIGHT, size="180x320"),
    Format(
        "odd_size.mkv",
        "odd width and height, 4:4:4",
        (*X264, "-pix_fmt", "yuv444p", *STEREO),
        {"width": 321, "height": 181},
        size="321x181",
        # Sources with subsampled colours round their size.
        pixels="yuv444p",
    ),
)

RATES = (
    Format(
        "late_video.mp4",
        "the video starts 0.5 s after the audio",
        (*options("-vf setpts=PTS+0.5/TB -fps_mode passthrough"), *X264, *STEREO),
        {**SIZE, "video_start": 0.5},
    ),
    Format("fps10.mp4", "10 frames/s", (*X264, *STEREO), {**SIZE, "frame_rate": 10}, fps="10"),
    Format("fps120.mp4", "120 frames/s", (*X264, *STEREO), {**SIZE, "frame_rate": 120}, fps="120", seconds=4),
    Format(
        "interlaced.mp4",
        "interlaced, upper field first",
        (*X264, *options("-flags +ildct+ilme -x264-params tff=1"), *STEREO),
        {"width": 320, "height": 192, "interlaced": True},
        size="320x192",
        fps="50",
        more=",tinterlace=interleave_top,setfield=tff",
    ),
)

SOUND = (
    Format(
        "mono.mp4",
        "one audio channel at 44.1 kHz",
        (*X264, *options("-ac 1 -c:a aac -b:a 64k -ar 44100")),
        {**SIZE, "channels": 1, "rate": 44100},
    ),
    Format(
        "surround51.mkv",
        "5.1 sound in AC-3",
        (*X264, *options("-c:a ac3 -b:a 256k")),
        {**SIZE, "channels": 6, "audio": "ac3"},
        sound=f"aevalsrc={SIX}:s={RATE}:d=5:c=5.1",
    ),
    Format("no_audio.mp4", "no audio stream", X264, {**SIZE, "audio_streams": 0}, sound=None),
    Format(
        "silent_audio.mp4",
        "digital silence",
        (*X264, *STEREO),
        {**SIZE, "silent": True},
        sound=f"anullsrc=r={RATE}:cl=stereo:d=5",
    ),
    Format(
        "quiet_audio.mp4",
        "noise at -65 dB",
        (*X264, *STEREO),
        {**SIZE, "level_db": -65},
        sound=f"anoisesrc=r={RATE}:d=5:color=white:amplitude=0.00172:seed=5",
    ),
)

JOBS: tuple[Job, ...] = tuple(partial(produce, wanted) for wanted in (*CODECS, *PIXELS, *SHAPES, *RATES, *SOUND))
