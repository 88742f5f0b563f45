"""What the files show and sound like: pictures and tones that can be recognised."""

from __future__ import annotations

import array
import math
import random
from pathlib import Path

from talk.sound import write_wave

RATE = 48_000

CORNERS = {"top_left": "red", "top_right": "lime", "bottom_left": "blue", "bottom_right": "yellow"}
RGB = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}

FLASH_GAPS = (1.7, 1.9, 1.5, 1.8, 1.6, 2.0, 1.7, 1.4, 1.9, 1.7, 1.5, 1.8, 1.6, 1.9)


def picture(size: str = "320x180", fps: str = "30", seconds: float = 5, more: str = "", pixels: str = "yuv420p") -> str:
    """A moving test picture with coloured corners and the word UP."""
    box = "w=iw/4:h=ih/4:t=fill"
    return (
        f"testsrc2=size={size}:rate={fps}:duration={seconds},"
        f"drawbox=x=0:y=0:{box}:color=red,drawbox=x=iw-iw/4:y=0:{box}:color=lime,"
        f"drawbox=x=0:y=ih-ih/4:{box}:color=blue,drawbox=x=iw-iw/4:y=ih-ih/4:{box}:color=yellow,"
        "drawtext=text=UP:font=DejaVu Sans:fontsize=h/4:fontcolor=white:borderw=3:x=(w-tw)/2:y=(h-th)/2,"
        f"format={pixels}{more}"
    )


def tone(seconds: float = 5, frequency: int = 440) -> str:
    """A tone that swells once a second, so that it has a rhythm."""
    return f"aevalsrc=0.25*sin(2*PI*{frequency}*t)*(0.6+0.4*sin(2*PI*t)):s={RATE}:d={seconds}"


def flash_frames(fps: float, seconds: float) -> list[int]:
    """Frames that flash: from 1 s, unevenly spaced, clear of the end."""
    at, frames = 1.0, []
    for gap in (*FLASH_GAPS, *FLASH_GAPS):
        if at > seconds - 0.7:
            break
        frames.append(round(at * fps))
        at += gap
    return frames


def flash_video(frames: list[int], fps: str, seconds: float, size: str = "480x270") -> str:
    """A dark moving picture that is white throughout in the given frames."""
    when = "+".join(f"eq(n\\,{n})" for n in frames)
    return (
        f"testsrc2=size={size}:rate={fps}:duration={seconds},format=yuv420p,"
        f"lutyuv=y=val*0.35+12:u=val*0.5+64:v=val*0.5+64,"
        f"drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='{when}'"
    )


def write_beeps(path: Path, times: list[float], seconds: float) -> None:
    """A wave file with a 60 ms tone of 1 kHz at each time, to the sample, over noise at -60 dB."""
    rng = random.Random(7)
    samples = array.array("h", (rng.randint(-32, 32) for _ in range(round(seconds * RATE))))
    length = RATE * 60 // 1000
    for t in times:
        start = round(t * RATE)
        for i in range(length):
            fade = min(1.0, (length - i) / 240)
            samples[start + i] = round(16_000 * fade * math.cos(2 * math.pi * 1000 * i / RATE))
    write_wave(path, samples, RATE)
