"""White flashes with beeps: files in which picture and sound must stay together, whatever else they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path

from boxes import boxes
from encoders import AAC, FAST, OPUS, STEREO, VP9, X264
from maker import Job, Maker
from patterns import flash_frames, flash_video, write_beeps
from talk.programs import MediaError, ffmpeg, lavfi, options
from verify import check_sync, length

KIND = "flash_beep"
SECONDS = 24
LOST = range(462, 480)  # frames at the end of a group of pictures, in coding order


@dataclass(frozen=True)
class FlashBeep:
    """One file: how it is encoded, and what else is done to it."""

    name: str
    notes: str
    fps: str
    encode: tuple[str, ...]
    expected: dict[str, object] = field(default_factory=dict)
    size: str = "480x270"
    video: str = ""  # more filters
    audio: str = ""
    after: Callable[[Path], None] | None = None
    tolerance: float = 0.005


def produce(wanted: FlashBeep, maker: Maker) -> None:
    """Make and measure one file; every flash survives what is done to it."""
    rate = float(Fraction(wanted.fps))
    frames = flash_frames(rate, SECONDS)
    sound, path = maker.aside(f"{wanted.name}.wav"), maker.aside(wanted.name)
    write_beeps(sound, [n / rate for n in frames], SECONDS)
    ffmpeg(
        *lavfi(flash_video(frames, wanted.fps, SECONDS, wanted.size) + wanted.video),
        "-i",
        sound,
        "-filter_complex",
        f"[1:a]aformat=channel_layouts=mono{wanted.audio},pan=stereo|c0=c0|c1=c0[a]",
        *options("-map 0:v -map [a]"),
        *wanted.encode,
        path,
    )
    sound.unlink()
    if wanted.after is not None:
        wanted.after(path)
    measured = check_sync(path, len(frames), wanted.tolerance)
    maker.keep(wanted.name, KIND, wanted.notes, length(path), **measured, **wanted.expected)


def leave_out_unevenly() -> str:
    """A filter that drops frames unevenly, and one hole of half a second; each flash and what follows it stay."""
    flashing = "+".join(f"between(n\\,{n}\\,{n + 1})" for n in flash_frames(30, SECONDS))
    return f",select='gt(mod(n*n*7+n*3\\,11)\\,3)*not(between(n\\,400\\,415))+{flashing}+eq(n\\,0)'"


def lose_packets(path: Path) -> None:
    """Leave video packets out of a finished file, none of them with a flash."""
    if any(n in range(LOST.start - 4, LOST.stop + 1) for n in flash_frames(30, SECONDS)):
        raise MediaError(f"{path.name}: a flash lies among the lost packets")
    whole = path.with_name("whole-" + path.name)
    path.replace(whole)
    lost = f"between(n\\,{LOST.start}\\,{LOST.stop - 1})+eq(n\\,602)"
    ffmpeg("-i", whole, "-c", "copy", "-bsf:v", f"noise=amount=0:drop='{lost}'", path)
    whole.unlink()


def editlist(maker: Maker) -> None:
    """A split without encoding from a file with far-apart keyframes."""
    cut, seconds = 5.3, SECONDS + 5.3
    frames = flash_frames(30, seconds)
    name = "flash_beep_editlist.mp4"
    sound, source, path = maker.aside(f"{name}.wav"), maker.aside(f"{name}.source.mp4"), maker.aside(name)
    write_beeps(sound, [n / 30 for n in frames], seconds)
    far_apart = options("-bf 2 -g 600 -sc_threshold 0")
    ffmpeg(*lavfi(flash_video(frames, "30", seconds)), "-i", sound, *X264, *far_apart, *STEREO, source)
    ffmpeg("-ss", str(cut), "-i", source, "-c", "copy", path)
    data = path.read_bytes()
    if not any(kind == b"elst" for kind, _, _, _ in boxes(data)):
        raise MediaError(f"{name}: has no edit list")
    # FFmpeg hides what lies before the edit, so only later flashes count.
    measured = check_sync(path, sum(n / 30 >= cut for n in frames))
    notes = (
        "split by stream copy in the middle of a long group of pictures: an edit list hides the first 5.3 s of video"
    )
    maker.keep(name, KIND, notes, length(path), **measured, edit_list=True)


FILES = (
    FlashBeep(
        "flash_beep_opus.webm",
        "VP9 and Opus",
        "30",
        (*VP9, "-g", "60", *OPUS),
        {"frame_rate": 30},
        size="320x180",
        # The WebM writer of FFmpeg 5.1 moves the video by Opus's 6.5 ms of priming: so move the sound.
        audio=",adelay=312S:all=1",
        tolerance=0.008,
    ),
    FlashBeep(
        "flash_beep_cfr.mp4",
        "30 frames/s",
        "30",
        (*X264, "-g", "60", *AAC, *FAST),
        {"frame_rate": 30},
        size="640x360",
    ),
    FlashBeep(
        "flash_beep_vfr.mp4",
        "variable frame rate: frames of a 30/s source left out unevenly, one hole of 0.5 s",
        "30",
        ("-fps_mode", "vfr", *X264, "-g", "60", *AAC, *FAST),
        {"variable": True},
        video=leave_out_unevenly(),
    ),
    FlashBeep(
        "flash_beep_late_audio.mp4",
        "the audio stream starts 0.7 s after the video and is in sync",
        "30",
        (*X264, "-g", "60", *AAC, *FAST),
        {"audio_start": 0.679},  # 21 ms of priming
        audio=",atrim=start=0.7",
    ),
    FlashBeep(
        "flash_beep_offset.ts",
        "MPEG-TS that starts at 11.4 s, B-frames",
        "25",
        (*X264, *options("-bf 3 -g 50"), *AAC, "-output_ts_offset", "10"),
        {"start": 11.4, "frame_rate": 25},
    ),
    FlashBeep(
        "flash_beep_dropped.mkv",
        "18 video packets are missing at 15.4 s and one near 20 s",
        "30",
        (*X264, *options("-bf 2 -g 30 -keyint_min 30 -sc_threshold 0"), *AAC),
        {"dropped_packets": 19},
        after=lose_packets,
    ),
    FlashBeep(
        "flash_beep_24.mov",
        "23.976 frames/s, PCM sound",
        "24000/1001",
        (*X264, *options("-g 48 -c:a pcm_s16le -ar 48000")),
        {"frame_rate": 23.976},
    ),
)

JOBS: tuple[Job, ...] = (*(partial(produce, wanted) for wanted in FILES), editlist)
