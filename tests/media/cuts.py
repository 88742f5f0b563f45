"""Scenes with hard cuts between them, with keyframes at the cuts and without."""

from __future__ import annotations

from encoders import FAST, STEREO, X264
from maker import Job, Maker
from patterns import tone
from talk.programs import ffmpeg, lavfi, options
from verify import check_keyframes

LOOKS = (
    "testsrc2=s=320x180:r=30:d={d},hue=h=40",
    "color=0x205080:s=320x180:r=30:d={d},drawgrid=w=40:h=30:t=3:c=white@0.7,scroll=h=0.01",
    "mandelbrot=s=320x180:r=30:maxiter=200:start_scale=1.2:end_scale=0.2:end_pts=300,trim=duration={d}",
    "smptebars=s=320x180:r=30:d={d},hue=h=2*PI*t*20",
)


def long_gop(maker: Maker) -> None:
    """A single keyframe for all scenes."""
    scenes = (5.0, 4.5, 5.5)
    notes = "three scenes, the only keyframe is the first frame"
    join(maker, "long_gop.mp4", notes, scenes, options("-g 600 -keyint_min 600 -sc_threshold 0"), at_cuts=False)


def keyed_cuts(maker: Maker) -> None:
    """A keyframe for each scene."""
    scenes = (3.0, 4.2, 2.8, 4.0)
    join(maker, "cuts.mp4", "four scenes, a keyframe at each cut", scenes, ("-g", "250"), at_cuts=True)


def join(
    maker: Maker, name: str, notes: str, lengths: tuple[float, ...], gop: tuple[str, ...], *, at_cuts: bool
) -> None:
    """Put scenes of the given lengths one after the other."""
    total, path, count = sum(lengths), maker.aside(name), len(lengths)
    sources = [look.format(d=seconds) for look, seconds in zip(LOOKS, lengths, strict=False)]
    alike = "".join(f"[{i}:v]format=yuv420p,setsar=1[v{i}];" for i in range(count))
    joined = "".join(f"[v{i}]" for i in range(count)) + f"concat=n={count}[v]"
    ffmpeg(
        *lavfi(*sources, tone(total)),
        *("-filter_complex", alike + joined),
        *("-map", "[v]", "-map", f"{count}:a"),
        *(*X264, *gop, *STEREO, *FAST),
        path,
    )
    cuts = [round(sum(lengths[:i]), 6) for i in range(1, count)]
    keyframes = check_keyframes(path, [0.0, *cuts] if at_cuts else [0.0])
    maker.keep(name, "format", notes, total, cuts=cuts, keyframes=keyframes, width=320, height=180)


JOBS: tuple[Job, ...] = (long_gop, keyed_cuts)
