#!/usr/bin/env python3
"""Generate all the media that the tests read.

usage: make.py [OUT]        (default target/test-media)

Writes the files and ``index.json``, which says for each file what it is and what a
reader should find in it. Does nothing when the folder was made by this very script,
``sample.py`` and FFmpeg. Each file is written aside and renamed, and those with
flashes and beeps, and those with coloured corners, are measured before they count.

Needs only the standard library, ``ffmpeg``, ``ffprobe`` and ``espeak-ng``.
"""

# ruff: noqa: E501, SIM905 (drawings and commands read better whole)

from __future__ import annotations

import argparse
import array
import concurrent.futures
import fcntl
import hashlib
import json
import math
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import wave
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SAMPLE = ROOT / "scripts" / "sample.py"
RATE = 48_000

Entry = dict[str, object]


class MediaError(Exception):
    """A file could not be made, or is not what it should be; the message says why."""


def run(*command: str | Path) -> tuple[str, str]:
    """Run a program; returns its standard output and error, or raises one readable error."""
    try:
        done = subprocess.run(
            [str(c) for c in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            env={**os.environ, "SVT_LOG": "1"},
        )
    except FileNotFoundError:
        raise MediaError(f"{command[0]} is not installed (scripts/setup.sh installs it)") from None
    except subprocess.CalledProcessError as e:
        said = e.stderr.decode(errors="replace").strip().splitlines()[-6:]
        raise MediaError(f"{command[0]} failed with status {e.returncode}: " + " | ".join(said)) from None
    return done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def ffmpeg(*arguments: str | Path) -> None:
    """Run FFmpeg quietly, overwriting its output, with one thread: files are made side by side."""
    run("ffmpeg", "-v", "error", "-nostdin", "-y", "-filter_threads", "1", "-filter_complex_threads", "1", *arguments)


# --------------------------------------------------------------------------------------
# ISO BMFF boxes, for what no muxer option makes

CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta")


def boxes(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield (kind, box start, content start, end) of all boxes, containers before their content."""
    pos, end = start, len(data) if end is None else end
    while pos + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, pos)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, pos + 8)[0], 16
        elif size == 0:
            size = end - pos
        if size < head:
            return
        yield kind, pos, pos + head, min(pos + size, end)
        if kind in CONTAINERS:
            yield from boxes(data, pos + head, min(pos + size, end))
        pos += size


def find(data: bytes | bytearray, kind: bytes) -> tuple[int, int, int]:
    """The first box of a kind: its start, its content's start and its end."""
    for name, start, content, end in boxes(data):
        if name == kind:
            return start, content, end
    raise MediaError(f"no {kind.decode()} box")


def set_rotation(path: Path, clockwise: int) -> None:
    """Write a display matrix into the video track, as phones do: the player turns the picture clockwise."""
    data = bytearray(path.read_bytes())
    one = 0x10000
    for name, _, content, _ in boxes(data):
        if name != b"tkhd":
            continue
        at = content + (40 if data[content] == 0 else 52)
        width, height = struct.unpack_from(">II", data, at + 36)
        if not width:
            continue
        a, b, c, d, x, y = {90: (0, one, -one, 0, height, 0), 180: (-one, 0, 0, -one, width, height)}[clockwise]
        struct.pack_into(">iiiiiiiii", data, at, a, b, 0, c, d, 0, x, y, 1 << 30)
    path.write_bytes(data)


def cover_first(path: Path) -> None:
    """Move the metadata with the cover before the tracks, so that it becomes the first stream."""
    data = path.read_bytes()
    _, content, end = find(data, b"moov")
    children = []
    pos = content
    while pos < end:
        size = struct.unpack_from(">I", data, pos)[0]
        children.append(data[pos : pos + size])
        pos += size
    children.sort(key=lambda box: {b"mvhd": 0, b"udta": 1}.get(box[4:8], 2))
    path.write_bytes(data[:content] + b"".join(children) + data[end:])


def absurd_duration(path: Path) -> None:
    """Make the header promise about 100 years; the samples stay as they are."""
    data = bytearray(path.read_bytes())
    century = 3_155_760_000
    for name, _, content, _ in boxes(data):
        if name == b"mvhd":
            struct.pack_into(">II", data, content + 12, 1, century)  # time scale, duration
        elif name == b"tkhd":
            struct.pack_into(">I", data, content + 20, century)
        elif name == b"mdhd":
            struct.pack_into(">I", data, content + 16, 0xFFFF_FFFE)
        elif name == b"elst":
            struct.pack_into(">I", data, content + 8, century)
    path.write_bytes(data)


# --------------------------------------------------------------------------------------
# Flashes and beeps

FLASH_GAPS = (1.7, 1.9, 1.5, 1.8, 1.6, 2.0, 1.7, 1.4, 1.9, 1.7, 1.5, 1.8, 1.6, 1.9)


def flash_frames(fps: float, seconds: float) -> list[int]:
    """Frames that flash: from 1 s, unevenly spaced, clear of the end."""
    at, frames = 1.0, []
    for gap in (*FLASH_GAPS, *FLASH_GAPS):
        if at > seconds - 0.7:
            break
        frames.append(round(at * fps))
        at += gap
    return frames


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
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(samples.tobytes())


def flash_video(frames: list[int], fps: str, seconds: float, size: str = "480x270") -> str:
    """A dark moving picture that is white throughout in the given frames."""
    when = "+".join(f"eq(n\\,{n})" for n in frames)
    return (
        f"testsrc2=size={size}:rate={fps}:duration={seconds},format=yuv420p,lutyuv=y=val*0.35+12:u=val*0.5+64:v=val*0.5+64,"
        f"drawbox=x=0:y=0:w=iw:h=ih:color=white:t=fill:enable='{when}'"
    )


def measure_sync(path: Path) -> tuple[list[float], list[float]]:
    """When flashes and beeps are seen and heard, on the file's own clock."""
    out, _ = run(
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-copyts",
        "-i",
        path,
        *"-map 0:v:0 -vf scale=64:36:flags=area,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=- -fps_mode passthrough -f null -".split(),
    )
    flashes, lit, at = [], False, 0.0
    for line in out.splitlines():
        if m := re.search(r"pts_time:(-?[\d.]+)", line):
            at = float(m[1])
        elif m := re.search(r"YAVG=([\d.]+)", line):
            bright = float(m[1]) > 200
            if bright and not lit:
                flashes.append(at)
            lit = bright
    _, err = run(
        "ffmpeg",
        "-hide_banner",
        "-nostats",
        "-nostdin",
        "-copyts",
        "-i",
        path,
        *"-map 0:a:0 -af silencedetect=n=-30dB:d=0.2 -f null -".split(),
    )
    beeps = [float(x) for x in re.findall(r"silence_end: (-?[\d.]+)", err)]
    return flashes, beeps


def check_sync(path: Path, wanted: int, tolerance: float = 0.005) -> Entry:
    """Insist that flashes and beeps agree and that none is missing."""
    flashes, beeps = measure_sync(path)
    if len(flashes) != wanted or len(beeps) < wanted:
        raise MediaError(f"{path.name}: {len(flashes)} flashes and {len(beeps)} beeps, wanted {wanted}")
    worst = max(min(abs(f - b) for b in beeps) for f in flashes)
    if worst > tolerance:
        raise MediaError(f"{path.name}: flash and beep {worst * 1000:.1f} ms apart")
    return {"flashes": [round(f, 6) for f in flashes], "worst_sync_ms": round(worst * 1000, 3)}


# --------------------------------------------------------------------------------------
# A picture whose every side is known

CORNERS = {"top_left": "red", "top_right": "lime", "bottom_left": "blue", "bottom_right": "yellow"}
RGB = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}


def picture(size: str = "320x180", fps: str = "30", seconds: float = 5, more: str = "") -> str:
    """A moving test picture with coloured corners and the word UP."""
    box = "w=iw/4:h=ih/4:t=fill"
    return (
        f"testsrc2=size={size}:rate={fps}:duration={seconds},drawbox=x=0:y=0:{box}:color=red,drawbox=x=iw-iw/4:y=0:{box}:color=lime,"
        f"drawbox=x=0:y=ih-ih/4:{box}:color=blue,drawbox=x=iw-iw/4:y=ih-ih/4:{box}:color=yellow,"
        f"drawtext=text=UP:font=DejaVu Sans:fontsize=h/4:fontcolor=white:borderw=3:x=(w-tw)/2:y=(h-th)/2,format=yuv420p{more}"
    )


def check_corners(path: Path) -> None:
    """Insist that FFmpeg shows the file upright: every corner in its colour."""
    with tempfile.NamedTemporaryFile(suffix=".rgb") as shown:
        pick = "trim=start=1,scale=16:16:flags=area"
        ffmpeg(
            "-i", path, *"-map 0:V:0 -frames:v 1 -vf".split(), pick, *"-f rawvideo -pix_fmt rgb24".split(), shown.name
        )
        data = Path(shown.name).read_bytes()
    if len(data) != 16 * 16 * 3:
        raise MediaError(f"{path.name}: shows no picture after 1 s")
    for place, (x, y) in {
        "top_left": (1, 1),
        "top_right": (14, 1),
        "bottom_left": (1, 14),
        "bottom_right": (14, 14),
    }.items():
        seen = tuple(data[(y * 16 + x) * 3 : (y * 16 + x) * 3 + 3])
        if any(abs(a - b) > 70 for a, b in zip(seen, RGB[CORNERS[place]], strict=True)):
            raise MediaError(f"{path.name}: {place} is {seen}, wanted {CORNERS[place]}")


def tone(seconds: float = 5, frequency: int = 440) -> str:
    """A tone that swells once a second, so that it has a rhythm."""
    return f"aevalsrc=0.25*sin(2*PI*{frequency}*t)*(0.6+0.4*sin(2*PI*t)):s={RATE}:d={seconds}"


X264 = tuple("-c:v libx264 -preset veryfast -threads 1 -crf 23".split())
AAC = tuple("-c:a aac -b:a 96k -ar 48000".split())
FAST = ("-movflags", "+faststart")


# --------------------------------------------------------------------------------------
# The files


class Maker:
    """Makes files into one folder and collects their descriptions."""

    def __init__(self, out: Path, scratch: Path) -> None:
        self.out, self.scratch = out, scratch
        self.index: dict[str, Entry] = {}

    def aside(self, name: str) -> Path:
        """Where a file is written before it counts; the ending stays, for muxers."""
        path = self.scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, name: str, kind: str, notes: str, duration: float | None = None, **expected: object) -> None:
        """Move a finished file to its place and describe it."""
        target = self.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.aside(name).replace(target)
        self.index[name] = {"path": name, "kind": kind, "duration": duration, "notes": notes, "expected": expected}

    # -- the talk

    def talk(self) -> None:
        """The spoken sample with its subtitles and truth, and transcripts with faults."""
        video, subtitles, truth = (self.aside(f"talk.{e}") for e in ("mp4", "srt", "json"))
        run(sys.executable, SAMPLE, video, subtitles, *"--seconds 75 --width 640 --height 360 --truth".split(), truth)
        known = json.loads(truth.read_text(encoding="utf-8"))
        text = subtitles.read_text(encoding="utf-8")
        self.transcripts(text, known)
        self.keep("talk.json", "truth", "what is known about talk.mp4: sentences with times and words, scenes, cuts")
        self.keep(
            "talk.srt",
            "transcript",
            "subtitles of talk.mp4; sentences run over cue borders",
            75.0,
            sentences=len(known["sentences"]),
        )
        self.keep(
            "talk.mp4",
            "talk",
            "two voices, changing pictures, hard cuts",
            75.0,
            width=640,
            height=360,
            frame_rate=30,
            cuts=known["cuts"],
            sentences=len(known["sentences"]),
        )

    def transcripts(self, text: str, known: dict[str, list[dict[str, Any]]]) -> None:
        """Variants of talk.srt, good and bad."""
        cues = [c.split("\n", 2) for c in text.strip().split("\n\n")]

        def srt(items: list[tuple[str, str]]) -> str:
            return "\n".join(f"{n}\n{when}\n{said}\n" for n, (when, said) in enumerate(items, 1))

        def clock(seconds: float, mark: str = ",") -> str:
            ms = round(seconds * 1000)
            return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"

        def put(name: str, content: bytes, notes: str, **expected: object) -> None:
            self.aside(f"transcripts/{name}").write_bytes(content)
            self.keep(f"transcripts/{name}", "transcript", notes, None, of="talk.mp4", **expected)

        plain = [(when, said.rstrip("\n")) for _, when, said in cues]
        starts = [seconds_of(when.split(" --> ")[0]) for when, _ in plain]
        turned = [
            (" --> ".join(reversed(when.split(" --> "))), said) if i in (2, 5) else (when, said)
            for i, (when, said) in enumerate(plain)
        ]
        put(
            "reversed.srt",
            srt(turned).encode(),
            "cues 3 and 6 end before they start",
            cues=len(plain),
            bad_cues=[3, 6],
            bad_lines=[line_of(srt(turned), turned[i][0]) for i in (2, 5)],
        )
        over = [
            (f"{clock(starts[i])} --> {clock(starts[i + 1] + 1.0)}" if i in (1, 4, 7) else when, said)
            for i, (when, said) in enumerate(plain)
        ]
        put(
            "overlapping.srt",
            srt(over).encode(),
            "cues 2, 5 and 8 reach 1 s into the next",
            cues=len(plain),
            bad_cues=[2, 5, 8],
            bad_lines=[line_of(srt(over), over[i][0]) for i in (1, 4, 7)],
        )
        beyond = [
            *plain[:-1],
            (f"{clock(starts[-1])} --> {clock(500.0)}", plain[-1][1]),
            (f"{clock(510.0)} --> {clock(515.0)}", "Nobody says this."),
            ("99:59:58,000 --> 99:59:59,000", "Nor this."),
        ]
        put(
            "out_of_range.srt",
            srt(beyond).encode(),
            "the last cue of the talk ends at 500 s, two more lie after the end of the video",
            cues=len(beyond),
            bad_cues=[len(plain), len(plain) + 1, len(plain) + 2],
            bad_lines=[line_of(srt(beyond), when) for when, _ in beyond[-3:]],
        )
        accented = [*plain]
        accented[0] = (plain[0][0], "Müller asked in the café: what would\nyou build on such a rock, naïve as you are?")
        accented[1] = (plain[1][0], "Très élégant, said Zoë.")
        put(
            "latin1.srt",
            srt(accented).encode("latin-1"),
            "ISO 8859-1 with é and ü",
            cues=len(plain),
            contains=["Müller", "café", "Zoë"],
        )
        put(
            "utf16.srt",
            srt(accented).encode("utf-16"),
            "UTF-16 with a byte order mark",
            cues=len(plain),
            contains=["Müller", "café", "Zoë"],
        )
        put(
            "crlf_bom.srt",
            b"\xef\xbb\xbf" + srt(accented).replace("\n", "\r\n").encode(),
            "UTF-8 with a byte order mark and CRLF",
            cues=len(plain),
            contains=["Müller"],
        )
        put("garbage.srt", random.Random(3).randbytes(4096), "random bytes")
        put(
            "no_times.srt",
            "\n\n".join(said for _, said in plain).encode() + b"\n",
            "the text of the talk without any times",
            cues=0,
        )
        put("empty.srt", b"", "no bytes", cues=0)
        vtt = ["WEBVTT", ""]
        words = 0
        for sentence in known["sentences"]:
            at, marks = sentence["start"], list[str]()
            for word, end in zip(sentence["words"], sentence["word_ends"], strict=True):
                marks.append(f"<{clock(at, '.')}><c>{' ' if marks else ''}{word}</c>")
                at = end
                words += 1
            vtt += [
                f"{clock(sentence['start'], '.')} --> {clock(at, '.')}",
                f"<v {sentence['voice']}>" + "".join(marks),
                "",
            ]
        put(
            "words.vtt",
            "\n".join(vtt).encode(),
            "one sentence a cue, a time at each word, voices named",
            cues=len(known["sentences"]),
            words=words,
        )

    # -- flashes and beeps

    def flash(
        self,
        name: str,
        notes: str,
        fps: str,
        encode: tuple[str, ...],
        *,
        seconds: float = 24,
        size: str = "480x270",
        video: str = "",
        audio: str = "",
        kept: Callable[[int], bool] = lambda n: True,
        after: Callable[[Path], None] | None = None,
        tolerance: float = 0.005,
        **expected: object,
    ) -> None:
        """One file of flashes and beeps; ``kept`` says which flashes survive what is done to the video."""
        rate = eval_fraction(fps)
        frames = flash_frames(rate, seconds)
        sound = self.aside(f"{name}.wav")
        write_beeps(sound, [n / rate for n in frames], seconds)
        path = self.aside(name)
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            flash_video(frames, fps, seconds, size) + video,
            "-i",
            sound,
            "-filter_complex",
            f"[1:a]aformat=channel_layouts=mono{audio},pan=stereo|c0=c0|c1=c0[a]",
            *"-map 0:v -map [a]".split(),
            *encode,
            path,
        )
        sound.unlink()
        if after is not None:
            after(path)
        measured = check_sync(path, sum(kept(n) for n in frames), tolerance)
        self.keep(name, "flash_beep", notes, length(path), **measured, **expected)

    def flash_cfr(self) -> None:
        self.flash(
            "flash_beep_cfr.mp4", "30 frames/s", "30", (*X264, "-g", "60", *AAC, *FAST), size="640x360", frame_rate=30
        )

    def flash_vfr(self) -> None:
        frames = flash_frames(30, 24)
        keep = "+".join(f"between(n\\,{n}\\,{n + 1})" for n in frames)
        # Uneven dropping, and one hole of half a second; each flash and what follows it stay.
        pick = f",select='gt(mod(n*n*7+n*3\\,11)\\,3)*not(between(n\\,400\\,415))+{keep}+eq(n\\,0)'"
        self.flash(
            "flash_beep_vfr.mp4",
            "variable frame rate: frames of a 30/s source left out unevenly, one hole of 0.5 s",
            "30",
            ("-fps_mode", "vfr", *X264, "-g", "60", *AAC, *FAST),
            video=pick,
            variable=True,
        )

    def flash_late(self) -> None:
        self.flash(
            "flash_beep_late_audio.mp4",
            "the audio stream starts 0.7 s after the video and is in sync",
            "30",
            (*X264, "-g", "60", *AAC, *FAST),
            audio=",atrim=start=0.7",
            audio_start=0.679,
        )  # 21 ms of priming

    def flash_ts(self) -> None:
        self.flash(
            "flash_beep_offset.ts",
            "MPEG-TS that starts at 11.4 s, B-frames",
            "25",
            (*X264, *"-bf 3 -g 50".split(), *AAC, "-output_ts_offset", "10"),
            start=11.4,
            frame_rate=25,
        )

    def flash_editlist(self) -> None:
        """A split without encoding from a file with far-apart keyframes."""
        cut, seconds = 5.3, 24 + 5.3
        frames = flash_frames(30, seconds)
        name = "flash_beep_editlist.mp4"
        sound, source, path = self.aside(f"{name}.wav"), self.aside(f"{name}.source.mp4"), self.aside(name)
        write_beeps(sound, [n / 30 for n in frames], seconds)
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            flash_video(frames, "30", seconds),
            "-i",
            sound,
            *X264,
            *"-bf 2 -g 600 -sc_threshold 0 -ac 2".split(),
            *AAC,
            source,
        )
        ffmpeg("-ss", str(cut), "-i", source, "-c", "copy", path)
        edits = [
            struct.unpack_from(">I", path.read_bytes(), content + 4)[0]
            for kind, _, content, _ in boxes(path.read_bytes())
            if kind == b"elst"
        ]
        if not edits:
            raise MediaError(f"{name}: has no edit list")
        # FFmpeg hides what lies before the edit, so only later flashes count.
        measured = check_sync(path, sum(n / 30 >= cut for n in frames))
        self.keep(
            name,
            "flash_beep",
            "split by stream copy in the middle of a long group of pictures: an edit list hides the first 5.3 s of video",
            length(path),
            **measured,
            edit_list=True,
        )

    def flash_dropped(self) -> None:
        lost = range(462, 480)  # the end of a group of pictures, in coding order
        frames = flash_frames(30, 24)
        if any(n in range(lost.start - 4, lost.stop + 1) for n in frames):
            raise MediaError("flash_beep_dropped.mkv: a flash lies among the lost packets")

        def drop(path: Path) -> None:
            whole = path.with_name("whole-" + path.name)
            path.replace(whole)
            ffmpeg(
                "-i",
                whole,
                "-c",
                "copy",
                "-bsf:v",
                f"noise=amount=0:drop='between(n\\,{lost.start}\\,{lost.stop - 1})+eq(n\\,602)'",
                path,
            )
            whole.unlink()

        self.flash(
            "flash_beep_dropped.mkv",
            "18 video packets are missing at 15.4 s and one near 20 s",
            "30",
            (*X264, *"-bf 2 -g 30 -keyint_min 30 -sc_threshold 0".split(), *AAC),
            after=drop,
            dropped_packets=19,
        )

    def flash_24(self) -> None:
        self.flash(
            "flash_beep_24.mov",
            "23.976 frames/s, PCM sound",
            "24000/1001",
            (*X264, *"-g 48 -c:a pcm_s16le -ar 48000".split()),
            frame_rate=23.976,
        )

    def flash_webm(self) -> None:
        self.flash(
            "flash_beep_opus.webm",
            "VP9 and Opus",
            "30",
            (
                *"-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -threads 1 -crf 34 -b:v 0 -g 60 -c:a libopus -b:a 64k".split(),
            ),
            size="320x180",
            frame_rate=30,
            # The WebM writer of FFmpeg 5.1 moves the video by Opus's 6.5 ms of priming: so move the sound.
            audio=",adelay=312S:all=1",
            tolerance=0.008,
        )

    # -- containers, codecs, formats

    def plain(
        self,
        name: str,
        notes: str,
        encode: tuple[str, ...],
        *,
        size: str = "320x180",
        fps: str = "30",
        seconds: float = 5,
        more: str = "",
        sound: str | None = "",
        upright: bool = True,
        after: Callable[[Path], None] | None = None,
        **expected: object,
    ) -> None:
        """One file of the picture with coloured corners."""
        path = self.aside(name)
        inputs: list[str] = ["-f", "lavfi", "-i", picture(size, fps, seconds, more)]
        if sound is not None:
            inputs += ["-f", "lavfi", "-i", sound or tone(seconds)]
        ffmpeg(*inputs, *encode, path)
        if after is not None:
            after(path)
        if upright:
            check_corners(path)
            expected["corners"] = CORNERS
        self.keep(name, "format", notes, length(path), **expected)

    def formats(self) -> list[Callable[[], None]]:
        """All ordinary files, each made on its own."""
        p = self.plain
        stereo = ("-ac", "2", *AAC)
        vp9 = tuple("-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -threads 1 -crf 34 -b:v 0".split())
        opus = tuple("-ac 2 -c:a libopus -b:a 64k".split())
        size: dict[str, Any] = {"width": 320, "height": 180}
        # The channels of 5.1, each with a tone of its own.
        six = (
            "aevalsrc="
            + "|".join(f"0.1*sin(2*PI*{f}*t)" for f in (300, 400, 500, 60, 600, 700))
            + f":s={RATE}:d=5:c=5.1"
        )
        av1 = tuple("-c:v libsvtav1 -preset 12 -crf 40 -svtav1-params lp=1".split())
        return [
            lambda: p(
                "h264_aac.mp4",
                "the most ordinary file",
                (*X264, *stereo, *FAST),
                **size,
                video="h264",
                audio="aac",
                frame_rate=30,
            ),
            lambda: p("h264_ts.ts", "MPEG-TS", (*X264, "-bf", "2", *stereo), **size, video="h264", audio="aac"),
            lambda: p(
                "hevc.mp4",
                "HEVC",
                (
                    *"-c:v libx265 -preset ultrafast -x265-params log-level=error:pools=1:frame-threads=1 -tag:v hvc1".split(),
                    *stereo,
                ),
                **size,
                video="hevc",
            ),
            lambda: p(
                "vp8.webm",
                "VP8 and Vorbis",
                (*"-c:v libvpx -deadline realtime -cpu-used 8 -threads 1 -b:v 400k -ac 2 -c:a libvorbis".split(),),
                **size,
                video="vp8",
                audio="vorbis",
            ),
            lambda: p("vp9.webm", "VP9 and Opus", (*vp9, *opus), **size, video="vp9", audio="opus"),
            lambda: p("av1.mkv", "AV1 and Opus", (*av1, *opus), **size, video="av1", audio="opus"),
            lambda: p(
                "h264_10bit.mp4",
                "10 bits a sample",
                (*X264, "-pix_fmt", "yuv420p10le", *stereo),
                **size,
                pixel_format="yuv420p10le",
                bit_depth=10,
            ),
            lambda: p(
                "h264_422.mov", "4:2:2 in MOV", (*X264, "-pix_fmt", "yuv422p", *stereo), **size, pixel_format="yuv422p"
            ),
            lambda: p(
                "h264_444.mkv",
                "4:4:4 in Matroska",
                (*X264, "-pix_fmt", "yuv444p", *stereo),
                **size,
                pixel_format="yuv444p",
            ),
            lambda: p(
                "full_range.mp4",
                "full range BT.709",
                (
                    *X264,
                    *"-pix_fmt yuvj420p -color_range pc -colorspace bt709 -color_primaries bt709 -color_trc bt709".split(),
                    *stereo,
                ),
                more=",scale=in_range=tv:out_range=pc:out_color_matrix=bt709,format=yuvj420p",
                **size,
                color_range="full",
            ),
            lambda: p(
                "mono.mp4",
                "one audio channel at 44.1 kHz",
                (*X264, *"-ac 1 -c:a aac -b:a 64k -ar 44100".split()),
                **size,
                channels=1,
                rate=44100,
            ),
            lambda: p(
                "surround51.mkv",
                "5.1 sound in AC-3",
                (*X264, *"-c:a ac3 -b:a 256k".split()),
                sound=six,
                **size,
                channels=6,
                audio="ac3",
            ),
            lambda: p(
                "rotated_90.mov",
                "stored lying, a display matrix turns it upright by 90 degrees",
                (*X264, *stereo),
                size="180x320",
                more=",transpose=cclock",
                after=lambda path: set_rotation(path, 90),
                coded_width=320,
                coded_height=180,
                width=180,
                height=320,
                rotation=90,
            ),
            lambda: p(
                "rotated_180.mp4",
                "stored upside down, a display matrix turns it by 180 degrees",
                (*X264, *stereo),
                more=",hflip,vflip",
                after=lambda path: set_rotation(path, 180),
                **size,
                rotation=180,
            ),
            lambda: p(
                "anamorphic.mp4",
                "pixels of 4:3: 360x288 stored, 480x288 shown",
                (*X264, *stereo),
                size="480x288",
                more=",scale=360:288,setsar=4/3",
                coded_width=360,
                coded_height=288,
                width=480,
                height=288,
                pixel_aspect="4:3",
            ),
            lambda: p("no_audio.mp4", "no audio stream", (*X264,), sound=None, **size, audio_streams=0),
            lambda: p(
                "late_video.mp4",
                "the video starts 0.5 s after the audio",
                (*"-vf setpts=PTS+0.5/TB -fps_mode passthrough".split(), *X264, *stereo),
                **size,
                video_start=0.5,
            ),
            lambda: p("fps10.mp4", "10 frames/s", (*X264, *stereo), fps="10", **size, frame_rate=10),
            lambda: p("fps120.mp4", "120 frames/s", (*X264, *stereo), fps="120", seconds=4, **size, frame_rate=120),
            lambda: p(
                "interlaced.mp4",
                "interlaced, upper field first",
                (*X264, *"-flags +ildct+ilme -x264-params tff=1".split(), *stereo),
                size="320x192",
                fps="50",
                more=",tinterlace=interleave_top,setfield=tff",
                width=320,
                height=192,
                interlaced=True,
            ),
            lambda: p("portrait.mp4", "upright", (*X264, *stereo), size="180x320", width=180, height=320),
            lambda: p(
                "odd_size.mkv",
                "odd width and height, 4:4:4",
                (*X264, "-pix_fmt", "yuv444p", *stereo),
                size="321x181",
                more=",format=yuv444p",
                width=321,
                height=181,
            ),
            lambda: p(
                "silent_audio.mp4",
                "digital silence",
                (*X264, *stereo),
                sound=f"anullsrc=r={RATE}:cl=stereo:d=5",
                **size,
                silent=True,
            ),
            lambda: p(
                "quiet_audio.mp4",
                "noise at -65 dB",
                (*X264, *stereo),
                sound=f"anoisesrc=r={RATE}:d=5:color=white:amplitude=0.00172:seed=5",
                **size,
                level_db=-65,
            ),
            self.audio_only,
            self.covers,
            self.chapters,
            self.scenes,
        ]

    def audio_only(self) -> None:
        ffmpeg("-f", "lavfi", "-i", tone(6), "-ac", "2", *AAC, self.aside("audio_only.m4a"))
        self.keep("audio_only.m4a", "format", "no video stream", 6.0, error="media.no_video", video_streams=0)

    def covers(self) -> None:
        art, base = self.aside("cover.jpg"), self.aside("cover-base.mp4")
        ffmpeg(
            *"-f lavfi -i color=purple:s=600x600,drawbox=x=100:y=100:w=400:h=400:color=orange:t=fill -frames:v 1".split(),
            art,
        )
        ffmpeg("-f", "lavfi", "-i", picture(), "-f", "lavfi", "-i", tone(), *X264, "-ac", "2", *AAC, base)
        for name, first in (("cover.mp4", True), ("cover_last.mp4", False)):
            path = self.aside(name)
            ffmpeg("-i", base, "-i", art, *"-map 0 -map 1:v -c copy -disposition:v:1 attached_pic".split(), *FAST, path)
            if first:
                cover_first(path)
            out, _ = run("ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", path)
            if (out.split()[0] == "mjpeg") is not first:
                raise MediaError(f"{name}: streams are {out.split()}")
            check_corners(path)
            self.keep(
                name,
                "format",
                f"cover art as the {'first' if first else 'last'} stream",
                length(path),
                width=320,
                height=180,
                video="h264",
                attached_pictures=1,
                corners=CORNERS,
            )

    def chapters(self) -> None:
        meta, subs, path = self.aside("chapters.txt"), self.aside("chapters.srt"), self.aside("chapters_subs.mkv")
        meta.write_text(
            ";FFMETADATA1\n"
            + "".join(
                f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={a}\nEND={b}\ntitle={t}\n"
                for a, b, t in ((0, 2000, "Opening"), (2000, 4000, "Middle"), (4000, 6000, "End"))
            ),
            encoding="utf-8",
        )
        subs.write_text(
            "1\n00:00:00,500 --> 00:00:02,000\nHello there.\n\n2\n00:00:02,500 --> 00:00:05,000\nThis is inside the file.\n",
            encoding="utf-8",
        )
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            picture(seconds=6),
            "-f",
            "lavfi",
            "-i",
            tone(6),
            "-f",
            "lavfi",
            "-i",
            tone(6, 660),
            "-i",
            subs,
            "-i",
            meta,
            *"-map 0:v -map 1:a -map 2:a -map 3:s -map_metadata 4 -map_chapters 4".split(),
            *X264,
            "-ac",
            "2",
            *AAC,
            *"-c:s srt -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -metadata:s:s:0 language=eng -disposition:a:0 default -disposition:a:1 0".split(),
            path,
        )
        check_corners(path)
        self.keep(
            "chapters_subs.mkv",
            "format",
            "three chapters, a subtitle stream, sound in English and German",
            length(path),
            width=320,
            height=180,
            chapters=[["Opening", 0, 2], ["Middle", 2, 4], ["End", 4, 6]],
            audio_languages=["eng", "deu"],
            subtitle_languages=["eng"],
            corners=CORNERS,
        )

    def scenes(self) -> None:
        """Hard cuts with and without keyframes."""
        look = (
            "testsrc2=s=320x180:r=30:d={d},hue=h=40",
            "color=0x205080:s=320x180:r=30:d={d},drawgrid=w=40:h=30:t=3:c=white@0.7,scroll=h=0.01",
            "mandelbrot=s=320x180:r=30:maxiter=200:start_scale=1.2:end_scale=0.2:end_pts=300,trim=duration={d}",
            "smptebars=s=320x180:r=30:d={d},hue=h=2*PI*t*20",
        )
        for name, lengths, gop, notes in (
            (
                "long_gop.mp4",
                (5.0, 4.5, 5.5),
                tuple("-g 600 -keyint_min 600 -sc_threshold 0".split()),
                "three scenes, the only keyframe is the first frame",
            ),
            ("cuts.mp4", (3.0, 4.2, 2.8, 4.0), ("-g", "250"), "four scenes, a keyframe at each cut"),
        ):
            total, path = sum(lengths), self.aside(name)
            inputs: list[str] = []
            for source, seconds in zip(look, lengths, strict=False):
                inputs += ["-f", "lavfi", "-i", source.format(d=seconds)]
            joined = "".join(f"[{i}:v]format=yuv420p,setsar=1[v{i}];" for i in range(len(lengths))) + "".join(
                f"[v{i}]" for i in range(len(lengths))
            )
            ffmpeg(
                *inputs,
                "-f",
                "lavfi",
                "-i",
                tone(total),
                "-filter_complex",
                f"{joined}concat=n={len(lengths)}[v]",
                "-map",
                "[v]",
                "-map",
                f"{len(lengths)}:a",
                *X264,
                *gop,
                "-ac",
                "2",
                *AAC,
                *FAST,
                path,
            )
            keys, _ = run(
                "ffprobe",
                "-v",
                "error",
                "-select_streams",
                "v:0",
                "-skip_frame",
                "nokey",
                "-show_entries",
                "frame=pts_time",
                "-of",
                "csv=p=0",
                path,
            )
            key_times = [float(k.strip(",")) for k in keys.split()]
            cuts = [round(sum(lengths[:i]), 6) for i in range(1, len(lengths))]
            wanted = [0.0] if name == "long_gop.mp4" else [0.0, *cuts]
            if any(min(abs(k - w) for k in key_times) > 0.001 for w in wanted) or (
                wanted == [0.0] and len(key_times) != 1
            ):
                raise MediaError(f"{name}: keyframes at {key_times}")
            self.keep(name, "format", notes, total, cuts=cuts, keyframes=key_times, width=320, height=180)

    # -- what is broken or pretends

    def bad(self) -> None:
        """Files that must be refused, or read as far as they go."""
        source, plain_ts = self.aside("bad-source.mp4"), self.aside("bad-source.ts")
        noise = "testsrc2=s=640x360:r=30:d=12,noise=alls=12:allf=t,format=yuv420p"
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            noise,
            "-f",
            "lavfi",
            "-i",
            tone(12),
            *X264,
            *"-crf 26 -g 30 -ac 2".split(),
            *AAC,
            *FAST,
            source,
        )
        ffmpeg("-i", source, "-c", "copy", plain_ts)
        whole = source.read_bytes()
        transport = plain_ts.read_bytes()

        def put(name: str, content: bytes, notes: str, duration: float | None = None, **expected: object) -> None:
            self.aside(f"bad/{name}").write_bytes(content)
            self.keep(f"bad/{name}", "bad", notes, duration, **expected)

        put("empty.mp4", b"", "no bytes")
        put("text.mp4", b"This is a plain text file, not a video.\n" * 40, "plain text")
        slow = self.aside("bad-slow.mp4")  # without faststart the index comes last
        ffmpeg("-i", source, "-c", "copy", slow)
        moov, _, _ = find(slow.read_bytes(), b"moov")
        put("no_moov.mp4", slow.read_bytes()[:moov], "the index at the end is cut off")
        put(
            "cut_middle.mp4",
            whole[: len(whole) * 60 // 100],
            "index in front, cut at 60 % of its bytes",
            12.0,
            readable=True,
        )
        put(
            "cut_middle.ts",
            transport[: len(transport) * 60 // 100 + 77],
            "MPEG-TS cut within a packet at 60 % of its bytes",
            None,
            readable=True,
        )
        _, content, end = find(whole, b"mdat")
        for name, every, seed in (("flipped.mp4", 20_000, 11), ("flipped_heavily.mp4", 60, 12)):
            rng, data = random.Random(seed), bytearray(whole)
            places = rng.sample(range(content, end), (end - content) // every)
            for place in places:
                data[place] ^= rng.randint(1, 255)
            put(
                name,
                bytes(data),
                f"one byte in {every} of the stream replaced",
                12.0,
                flipped=len(places),
                readable=every > 1000,
            )
        one, wide = self.aside("bad/one_pixel.mkv"), self.aside("bad/wide_16384.mkv")
        ffmpeg(
            *"-f lavfi -i color=red:s=16x16:r=10:d=3,scale=1:1,format=yuv444p -f lavfi -i".split(),
            tone(3),
            "-c:v",
            "ffv1",
            *AAC,
            one,
        )
        self.keep("bad/one_pixel.mkv", "bad", "a picture of 1x1", 3.0, width=1, height=1)
        ffmpeg(
            *"-f lavfi -i testsrc2=s=16384x16:r=5:d=2,format=yuv420p -f lavfi -i".split(),
            tone(2),
            "-c:v",
            "ffv1",
            *AAC,
            wide,
        )
        self.keep("bad/wide_16384.mkv", "bad", "a picture of 16384x16", 2.0, width=16384, height=16)
        absurd = self.aside("bad/absurd_duration.mp4")
        ffmpeg("-i", source, *"-t 5 -c copy".split(), *FAST, absurd)
        absurd_duration(absurd)
        self.keep(
            "bad/absurd_duration.mp4",
            "bad",
            "the header promises 100 years, there are 5 s",
            5.0,
            header_duration=3_155_760_000,
        )
        init = self.aside("bad-init.mp4")
        ffmpeg("-i", source, *"-t 2 -c copy -movflags +frag_keyframe+empty_moov+default_base_moof".split(), init)
        _, _, moov_end = find(init.read_bytes(), b"moov")
        put("zero_length.mp4", init.read_bytes()[:moov_end], "a valid index without a single sample", 0.0)

        # Disguises: each names another file or host that must never be opened.
        put(
            "playlist.mp4",
            b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:5.0,\n../h264_aac.mp4\n#EXTINF:5.0,\nhttp://127.0.0.1:9/x\n#EXT-X-ENDLIST\n",
            "an HLS playlist",
            None,
            disguise=True,
        )
        put(
            "playlist_near.mp4",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:5.0,\ncut_middle.ts\n#EXT-X-ENDLIST\n",
            "an HLS playlist of a file beside it",
            None,
            disguise=True,
        )
        put(
            "concat.mp4",
            b"ffconcat version 1.0\nfile cut_middle.ts\n",
            "a concat script of a file beside it",
            None,
            disguise=True,
        )
        put(
            "concat_far.mp4",
            b"ffconcat version 1.0\nfile ../h264_aac.mp4\nfile http://127.0.0.1:9/x\n",
            "a concat script of files elsewhere",
            None,
            disguise=True,
        )
        put(
            "sdp.mp4",
            b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
            "a session description",
            None,
            disguise=True,
        )
        put(
            "subtitle.mp4",
            b'1\n00:00:00,000 --> 00:00:05,000\n<font face="../x.ttf">Not a video.</font>\n',
            "SubRip subtitles",
            None,
            disguise=True,
        )
        put(
            "ass.mp4",
            b"[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Text\nDialogue: 0,0:00:00.00,0:00:05.00,Default,Not a video.\n",
            "ASS subtitles",
            None,
            disguise=True,
        )
        put(
            "svg.mp4",
            b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="320" height="180"><image xlink:href="../cover.jpg" width="320" height="180"/></svg>\n',
            "an SVG drawing that refers to a file",
            None,
            disguise=True,
        )
        put(
            "xml.mp4",
            b'<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT5S" minBufferTime="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
            b'<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" width="320" height="180" codecs="avc1.42c01e"><BaseURL>../h264_aac.mp4</BaseURL>'
            b'<SegmentBase indexRange="0-100"/></Representation></AdaptationSet></Period></MPD>\n',
            "a DASH manifest",
            None,
            disguise=True,
        )
        put("image.mp4", png(320, 180), "a PNG picture", None, disguise=True)
        for leftover in (source, plain_ts, slow, init):
            leftover.unlink()


def eval_fraction(text: str) -> float:
    """`30` or `24000/1001` as a number."""
    top, _, bottom = text.partition("/")
    return int(top) / int(bottom or 1)


def seconds_of(stamp: str) -> float:
    """A SubRip time in seconds."""
    hours, minutes, rest = stamp.strip().split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))


def line_of(text: str, wanted: str) -> int:
    """The number of the first line that equals a text."""
    return text.split("\n").index(wanted) + 1


def length(path: Path) -> float:
    """The duration that the container reports."""
    out, _ = run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path)
    return round(float(out.strip()), 3)


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


# --------------------------------------------------------------------------------------


def fingerprint() -> str:
    """What the folder was made by: both scripts and FFmpeg."""
    version, _ = run("ffmpeg", "-version")
    h = hashlib.sha256()
    for part in (Path(__file__).read_bytes(), SAMPLE.read_bytes(), version.splitlines()[0].encode()):
        h.update(part)
    return h.hexdigest()


def known_files(out: Path) -> set[str]:
    """The files that the folder's present index describes."""
    try:
        return set(json.loads((out / "index.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return set()


def up_to_date(out: Path, mark: str) -> bool:
    """Whether the folder holds all files, made by these very scripts."""
    try:
        if (out / ".stamp").read_text(encoding="utf-8") != mark:
            return False
        index = json.loads((out / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all((out / entry["path"]).is_file() for entry in index.values())


def make(out: Path) -> None:
    """Make everything that is missing or old."""
    mark = fingerprint()
    out.mkdir(parents=True, exist_ok=True)
    with open(out / ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test runners may start together
        if up_to_date(out, mark):
            print(f"test media: {out} is up to date")
            return
        started = time.monotonic()
        (out / ".stamp").unlink(missing_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".making-", dir=out) as scratch,
            concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool,
        ):
            maker = Maker(out, Path(scratch))
            jobs = [
                maker.talk,
                maker.flash_webm,
                maker.bad,
                maker.flash_cfr,
                maker.flash_vfr,
                maker.flash_late,
                maker.flash_ts,
                maker.flash_editlist,
                maker.flash_dropped,
                maker.flash_24,
                *maker.formats(),
            ]
            futures = [pool.submit(job) for job in jobs]
            failures = []
            try:
                for future in futures:
                    try:
                        future.result()
                    except MediaError as e:
                        failures.append(str(e))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
            if failures:
                raise MediaError("; ".join(failures))
            index = dict(sorted(maker.index.items()))
            for name in known_files(out) - set(index):  # of an older script
                (out / name).unlink(missing_ok=True)
            part = Path(scratch) / "index.json"
            part.write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            part.replace(out / "index.json")
        (out / ".stamp").write_text(mark, encoding="utf-8")
        size = sum((out / str(entry["path"])).stat().st_size for entry in index.values())
        print(f"test media: {len(index)} files, {size / 1e6:.0f} MB in {out}, {time.monotonic() - started:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate all the media that the tests read.")
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "target" / "test-media")
    try:
        make(parser.parse_args().out)
    except (MediaError, OSError, subprocess.CalledProcessError) as e:
        print(f"test media: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
