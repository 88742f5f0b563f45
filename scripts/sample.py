#!/usr/bin/env python3
"""Generate a spoken sample talk with changing pictures and subtitles.

usage: sample.py OUT.mp4 OUT.srt [--seconds 120] [--seed N] [--width 1280] [--height 720] [--truth OUT.json]

Two espeak-ng voices tell the story of the Eddystone lighthouses; FFmpeg draws the
pictures. Everything is known exactly: where each sentence starts and ends, where the
picture is cut, which words are said. ``--truth`` writes that down for tests.

Needs only the standard library, ``espeak-ng`` and ``ffmpeg``. When the FFmpeg at hand
cannot read SVG, the pictures are plainer; sound and times stay the same.
"""

# ruff: noqa: E501, SIM905 (drawings and commands read better whole)

from __future__ import annotations

import argparse
import array
import concurrent.futures
import itertools
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import wave
from dataclasses import dataclass, field, replace
from pathlib import Path

FPS = 30
RATE = 22_050  # what espeak-ng speaks in
LEAD_IN = 0.6  # seconds before the first word


class SampleError(Exception):
    """The sample could not be made; the message says why."""


# --------------------------------------------------------------------------------------
# The talk


@dataclass(frozen=True)
class Voice:
    """One espeak-ng voice: a name for the truth file and what espeak-ng calls it."""

    name: str
    variant: str
    speed: int
    pitch: int


HOST = Voice("host", "en-gb", 184, 42)
GUEST = Voice("guest", "en-us+f3", 192, 58)


@dataclass(frozen=True)
class Shot:
    """One picture and what is said over it."""

    look: str
    lines: tuple[tuple[Voice, str], ...]


@dataclass(frozen=True)
class Part:
    """One topic: its title on the screen, its colours and its shots."""

    kicker: str
    title: tuple[str, ...]
    sky: tuple[str, str]
    accent: str
    shots: tuple[Shot, ...]


TALK = (
    Part(
        "EDDYSTONE",
        ("FOUR", "TOWERS"),
        ("#12294f", "#3d7ea6"),
        "#ffd166",
        (
            Shot(
                "host",
                (
                    (HOST, "What would you build on a rock that disappears under the sea twice a day?"),
                    (
                        HOST,
                        "Fourteen miles off Plymouth lies the Eddystone reef, which was said to take fifty ships a year.",
                    ),
                ),
            ),
            Shot(
                "tower",
                ((HOST, "Four lighthouses have stood there, and each one learned from the mistake of the last."),),
            ),
        ),
    ),
    Part(
        "1698",
        ("THE", "SHOWMAN"),
        ("#4a1942", "#c8553d"),
        "#ffe8a3",
        (
            Shot("guest", ((GUEST, "Who was mad enough to build the first one?"),)),
            Shot(
                "host",
                (
                    (HOST, "A painter and inventor called Henry Winstanley, who had lost two ships on that reef."),
                    (HOST, "His tower was made of wood, covered in ornaments, and held down by twelve iron bars."),
                    (
                        HOST,
                        "People said it would fall, so he wished to be inside it during the greatest storm there ever was.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "1703",
        ("THE", "STORM"),
        ("#10151f", "#45556b"),
        "#9fd8ff",
        (
            Shot(
                "storm",
                (
                    (HOST, "In November seventeen oh three, he got his wish."),
                    (
                        HOST,
                        "The worst storm in English history came up the Channel, and he was out on the rock, making repairs.",
                    ),
                    (HOST, "In the morning there was nothing left but a few bent pieces of iron."),
                ),
            ),
            Shot("guest", ((GUEST, "Nothing at all?"), (HOST, "Not one plank."))),
        ),
    ),
    Part(
        "1755",
        ("THE", "FIRE"),
        ("#2b0f12", "#b23a1e"),
        "#ffb627",
        (
            Shot(
                "fire",
                (
                    (HOST, "The second tower was smooth oak, and it lasted forty-six years."),
                    (
                        HOST,
                        "Then its lantern caught fire, and the keeper, who was ninety-four, threw water at it until the roof came down.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "1759",
        ("THE OAK", "TREE"),
        ("#0f3d3e", "#7fb069"),
        "#fff3b0",
        (
            Shot(
                "host",
                (
                    (HOST, "The third builder, John Smeaton, asked a better question: what already survives a storm?"),
                    (
                        HOST,
                        "His answer was an oak tree, wide at the foot, narrow at the waist, and heavy where it matters.",
                    ),
                ),
            ),
            Shot(
                "tower",
                (
                    (
                        HOST,
                        "He cut granite into dovetails, so that every stone held its neighbours like a jigsaw puzzle.",
                    ),
                    (HOST, "It held for 123 years."),
                ),
            ),
        ),
    ),
    Part(
        "1823",
        ("THE", "LENS"),
        ("#0b1437", "#2a4d9b"),
        "#b8f2ff",
        (
            Shot(
                "guest",
                (
                    (GUEST, "But how far can anyone see a candle?"),
                    (HOST, "With twenty-four candles, perhaps five miles, on a good night."),
                ),
            ),
            Shot(
                "lens",
                (
                    (
                        HOST,
                        "Then Augustin Fresnel stacked rings of glass around one lamp, and it was seen from more than twenty miles away.",
                    ),
                ),
            ),
        ),
    ),
    Part(
        "TODAY",
        ("COUNT", "THE LIGHT"),
        ("#050a1c", "#203864"),
        "#fff7cc",
        (
            Shot(
                "rhythm",
                (
                    (GUEST, "And how do you know which light you are looking at?"),
                    (HOST, "You count: two flashes every ten seconds is Eddystone, and nothing else on that coast."),
                    (HOST, "A lighthouse is a clock that tells you where you are."),
                ),
            ),
        ),
    ),
    Part(
        "THE LESSON",
        ("BUILD LIKE", "THE STORM"),
        ("#3a1c71", "#e27d60"),
        "#ffe5b4",
        (
            Shot(
                "host",
                (
                    (HOST, "Smeaton's tower never failed; the rock beneath it did, so a fourth one took over."),
                    (HOST, "But his stump is still out there, and no wave has ever moved it."),
                    (HOST, "Build the way the storm would build, and the storm will leave you alone."),
                ),
            ),
        ),
    ),
)


# --------------------------------------------------------------------------------------
# Small helpers


def run(*command: str, stdin: bytes | None = None) -> bytes:
    """Run a program and return what it printed; a failure becomes one readable error."""
    try:
        done = subprocess.run(
            command,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
    except FileNotFoundError:
        raise SampleError(f"{command[0]} is not installed (scripts/setup.sh installs it)") from None
    except subprocess.CalledProcessError as e:
        said = e.stderr.decode(errors="replace").strip().splitlines()[-6:]
        raise SampleError(f"{command[0]} failed with status {e.returncode}: " + " | ".join(said)) from None
    return done.stdout


def ffmpeg(*arguments: str) -> None:
    """Run FFmpeg quietly, overwriting its output, reproducibly."""
    run("ffmpeg", "-v", "error", "-nostdin", "-y", *arguments)


# --------------------------------------------------------------------------------------
# Sound


@dataclass
class Sentence:
    """One spoken sentence on the time line."""

    text: str
    voice: Voice
    part: int
    shot: int
    samples: array.array[int]
    word_ends: list[float]  # seconds from the sentence's start
    start: float = 0.0

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / RATE

    @property
    def words(self) -> list[str]:
        return self.text.split()


def speak(voice: Voice, text: str) -> array.array[int]:
    """Speak a text; the silence around it is cut off."""
    data = run(
        "espeak-ng",
        "-v",
        voice.variant,
        "-s",
        str(voice.speed),
        "-p",
        str(voice.pitch),
        "--stdout",
        "--stdin",
        stdin=text.encode(),
    )
    samples = array.array("h")
    samples.frombytes(data[data.index(b"data") + 8 :])  # the header's sizes are open-ended on a pipe
    if sys.byteorder == "big":
        samples.byteswap()
    loud = 250  # about -42 dBFS
    first = next((i for i, s in enumerate(samples) if abs(s) > loud), 0)
    last = next((i for i in range(len(samples) - 1, -1, -1) if abs(samples[i]) > loud), len(samples) - 1)
    keep = RATE // 100  # 10 ms around it, faded so that nothing clicks
    samples = samples[max(0, first - keep) : last + 1 + keep]
    for i in range(min(keep // 2, len(samples))):
        gain = i / (keep // 2)
        samples[i] = int(samples[i] * gain)
        samples[-1 - i] = int(samples[-1 - i] * gain)
    return samples


def say_all(parts: tuple[Part, ...], pool: concurrent.futures.Executor) -> list[Sentence]:
    """Speak every sentence of the talk and find its words' ends by speaking its beginnings."""
    todo: list[tuple[int, int, Voice, str]] = []
    for p, part in enumerate(parts):
        for s, shot in enumerate(part.shots):
            todo.extend((p, s, voice, text) for voice, text in shot.lines)

    whole = [pool.submit(speak, voice, text) for _, _, voice, text in todo]
    heads = [
        [pool.submit(speak, voice, " ".join(text.split()[:n])) for n in range(1, len(text.split()))]
        for _, _, voice, text in todo
    ]
    sentences = []
    for (p, s, voice, text), sound, beginnings in zip(todo, whole, heads, strict=True):
        samples = sound.result()
        length = len(samples) / RATE
        ends: list[float] = []
        for head in beginnings:
            # A beginning is spoken as if it were a sentence: its last word is drawn out a little.
            at = max(len(head.result()) / RATE - 0.06, (ends[-1] if ends else 0.0) + 0.04)
            ends.append(min(at, length - 0.04 * (len(beginnings) - len(ends))))
        ends.append(length)
        sentences.append(Sentence(text, voice, p, s, samples, ends))
    return sentences


def arrange(spoken: list[Sentence], seconds: float, rng: random.Random) -> list[Sentence]:
    """Put sentences on the time line until the length is used up, with pauses of 0.4 to 1.5 s.

    The talk starts again when the length allows more than one telling; what is left
    over goes into the pauses.
    """
    placed: list[Sentence] = []
    at = LEAD_IN
    last: Sentence | None = None
    for telling in range(1000):
        for sentence in spoken:
            pause = 0.0
            if last is not None:
                new_part = (last.part, telling) != (sentence.part, telling) or sentence is spoken[0]
                new_shot = new_part or last.shot != sentence.shot
                pause = (
                    rng.uniform(1.0, 1.4) if new_part else rng.uniform(0.6, 1.0) if new_shot else rng.uniform(0.4, 0.7)
                )
            at = round((at + pause) * RATE) / RATE
            end = at + len(sentence.samples) / RATE
            if end + 0.5 > seconds:
                break
            placed.append(replace(sentence, part=sentence.part + telling * len(TALK), start=at))
            at, last = end, sentence
        else:
            if seconds - at > 15:
                continue
        break
    if not placed:
        raise SampleError(f"{seconds:g} s are too short for a sentence")
    return widen(placed, seconds - 1.0 - placed[-1].end)


def widen(placed: list[Sentence], spare: float) -> list[Sentence]:
    """Use up spare time in the pauses, none of which gets longer than 1.5 s."""
    share = spare / max(1, len(placed) - 1)
    moved, shift = [placed[0]], 0.0
    for before, sentence in itertools.pairwise(placed):
        shift += max(0.0, min(share, 1.5 - (sentence.start - before.end)))
        moved.append(replace(sentence, start=round((sentence.start + shift) * RATE) / RATE))
    return moved


def write_sound(path: Path, sentences: list[Sentence], seconds: float) -> None:
    """Write the time line as one mono wave file."""
    line = array.array("h", bytes(2 * round(seconds * RATE)))
    for sentence in sentences:
        at = round(sentence.start * RATE)
        line[at : at + len(sentence.samples)] = sentence.samples
    if sys.byteorder == "big":
        line.byteswap()
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(line.tobytes())


# --------------------------------------------------------------------------------------
# Subtitles


@dataclass
class Cue:
    """One subtitle: words that may belong to two sentences."""

    start: float
    end: float
    words: list[str] = field(default_factory=list)

    def text(self, width: int = 42) -> str:
        """The words on one or two lines, the longer line below."""
        whole = " ".join(self.words)
        if len(whole) <= width:
            return whole
        breaks = [i for i, c in enumerate(whole) if c == " "]
        best = min(breaks, key=lambda i: abs(i - len(whole) / 2) + (3 if i > len(whole) / 2 else 0))
        return whole[:best] + "\n" + whole[best + 1 :]


def cues(sentences: list[Sentence]) -> list[Cue]:
    """Subtitles as people make them: at most 70 characters, so that many sentences run over a border.

    A short sentence shares its cue with the start of the next one when the pause
    between them is short.
    """
    out: list[Cue] = []
    for sentence in sentences:
        at = 0.0
        for word, end in zip(sentence.words, sentence.word_ends, strict=True):
            start_time, end_time = sentence.start + at, sentence.start + end
            last = out[-1] if out else None
            fits = (
                last is not None
                and len(" ".join([*last.words, word])) <= 70
                and end_time - last.start <= 5.5
                and start_time - last.end <= 0.6
                and not (last.words[-1].endswith((",", ":", ";")) and len(" ".join(last.words)) > 34)
            )
            if last is not None and fits:
                last.words.append(word)
                last.end = end_time
            else:
                out.append(Cue(start_time, end_time, [word]))
            at = end
    return out


def srt_time(seconds: float) -> str:
    """Seconds as SubRip writes them."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def srt(items: list[Cue]) -> str:
    """The subtitles as a SubRip file."""
    return "\n".join(f"{n}\n{srt_time(c.start)} --> {srt_time(c.end)}\n{c.text()}\n" for n, c in enumerate(items, 1))


# --------------------------------------------------------------------------------------
# Pictures
#
# Each shot is a stack of SVG layers, drawn on a stage of 1280x720 units. Layers move by
# FFmpeg's overlay expressions (`t` is the shot's own time), so nothing is drawn twice.


@dataclass(frozen=True)
class Layer:
    """One moving drawing: its size on the stage, its place by expressions of `t`, when it shows."""

    svg: str
    width: int
    height: int
    x: str = "0"
    y: str = "0"
    enable: str = ""
    turn: str = ""  # rotation around its middle, in radians, by an expression of `t`
    mouth: bool = False  # not an SVG: the mouth that moves with the voice


STAGE_W, STAGE_H = 1280, 720
FONT = "Open Sans, Noto Sans, DejaVu Sans, sans-serif"


def backdrop(part: Part, extra: str = "") -> Layer:
    top, bottom = part.sky
    return Layer(
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="0.35" y2="1"><stop offset="0" stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient>'
        f'<radialGradient id="v" cx="0.5" cy="0.45" r="0.75"><stop offset="0.35" stop-color="#000" stop-opacity="0"/>'
        f'<stop offset="1" stop-color="#000" stop-opacity="0.45"/></radialGradient></defs>'
        f'<rect width="1280" height="720" fill="url(#g)"/>{extra}<rect width="1280" height="720" fill="url(#v)"/>',
        STAGE_W,
        STAGE_H,
    )


def title(part: Part, y: int = 70) -> Layer:
    """The topic's title, narrow enough to survive a crop to an upright picture."""
    size = min(74, *(int(400 / (0.78 * len(line))) for line in part.title))
    lines = "".join(
        f'<text x="220" y="{78 + size + i * size * 1.02:.0f}" font-size="{size}" font-weight="800" fill="#fff">{line}</text>'
        for i, line in enumerate(part.title)
    )
    return Layer(
        f'<g text-anchor="middle" font-family="{FONT}">'
        f'<rect x="190" y="8" width="60" height="6" rx="3" fill="{part.accent}"/>'
        f'<text x="220" y="56" font-size="30" font-weight="700" letter-spacing="6" fill="{part.accent}">{part.kicker}</text>'
        f"{lines}</g>",
        440,
        290,
        "420",
        f"{y}-60*exp(-5*t)",
    )


def waves(colour: str, y: float, speed: float, swell: float, opacity: float = 1.0) -> Layer:
    """A band of sea, wider than the stage by one period, running sideways."""
    period, top = 320, swell + 4
    path = f"M0 {top}"
    for i in range(6):
        x = i * period
        path += f" C{x + 80} {top - swell} {x + 110} {top - swell} {x + 160} {top} S{x + 270} {top + swell * 0.7} {x + 320} {top}"
    path += " V300 H0 Z"
    return Layer(
        f'<path d="{path}" fill="{colour}" fill-opacity="{opacity}"/>',
        1920,
        300,
        f"-mod(t*{speed}\\,{period})",
        f"{y - swell + 22}+6*sin(t*1.1+{y})",
    )


def sea(part: Part, y: float, wild: float = 1.0) -> list[Layer]:
    return [
        waves(mix(part.sky[1], "#ffffff", 0.12), y, 34 * wild, 16 * wild, 0.55),
        waves(mix(part.sky[0], part.sky[1], 0.35), y + 44, 60 * wild, 22 * wild, 0.85),
        waves(mix(part.sky[0], "#000000", 0.25), y + 98, 95 * wild, 26 * wild),
    ]


def mix(a: str, b: str, share: float) -> str:
    """A colour between two, `share` of the way to the second."""
    pairs = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(p + (q - p) * share):02x}" for p, q in pairs)


def lighthouse(part: Part, glow: bool = True, flame: int = 0) -> str:
    """A tower of 240x460 units, shaped like Smeaton's: wide at the foot, narrow at the waist.

    It burns with a flame that leans right (1) or left (-1).
    """
    body = "M70 440 C92 330 96 240 98 140 H142 C144 240 148 330 170 440 Z"
    bands = "".join(f'<rect x="40" y="{y}" width="160" height="46" fill="#c8443a"/>' for y in (190, 282, 374))
    lamp = part.accent if glow else "#3a3f4a"
    flames = (
        (
            f'<g transform="translate({120 - 120 * flame} 0) scale({flame} 1)"><path d="M84 100 C76 60 104 60 102 20 C124 40 122 66 132 52 C150 70 156 84 150 104 Z" fill="#ff8c1a"/>'
            '<path d="M100 102 C98 78 112 76 114 52 C128 72 136 84 132 102 Z" fill="#ffe066"/></g>'
        )
        if flame
        else ""
    )
    return (
        '<defs><clipPath id="b"><path d="' + body + '"/></clipPath>'
        '<linearGradient id="s"><stop offset="0" stop-color="#000" stop-opacity="0.05"/>'
        '<stop offset="1" stop-color="#000" stop-opacity="0.45"/></linearGradient>'
        f'<radialGradient id="l"><stop offset="0" stop-color="{lamp}" stop-opacity="0.9"/>'
        f'<stop offset="1" stop-color="{lamp}" stop-opacity="0"/></radialGradient></defs>'
        + ('<circle cx="120" cy="108" r="104" fill="url(#l)"/>' if glow else "")
        + '<path d="M0 460 C20 420 60 428 70 432 H170 C186 428 224 420 240 460 Z" fill="#1d2430"/>'
        f'<path d="{body}" fill="#f4efe6"/><g clip-path="url(#b)">{bands}<rect x="60" y="130" width="120" height="320" fill="url(#s)"/></g>'
        '<rect x="112" y="214" width="16" height="26" rx="8" fill="#27303f"/><rect x="112" y="306" width="16" height="26" rx="8" fill="#27303f"/>'
        '<rect x="84" y="132" width="72" height="12" rx="3" fill="#27303f"/>'
        f'<rect x="98" y="88" width="44" height="44" fill="{lamp}"/><path d="M98 88 V132 M113 88 V132 M127 88 V132 M142 88 V132" stroke="#27303f" stroke-width="4"/>'
        '<path d="M90 90 C96 64 144 64 150 90 Z" fill="#c8443a"/><rect x="117" y="54" width="6" height="18" fill="#27303f"/>'
        + flames
    )


def person(voice: Voice, part: Part) -> str:
    """A speaker of 420x480 units; the mouth is a layer of its own."""
    if voice is HOST:
        skin, hair, coat, shirt = "#e8b48c", "#4b3a2f", "#22344f", "#f2f2ee"
        hair_back = ""
        hair_front = f'<path d="M128 150 C118 56 172 26 214 28 C268 28 306 62 292 152 C286 118 268 100 240 96 C204 104 160 96 146 112 C136 122 132 136 128 150 Z" fill="{hair}"/>'
        beard = f'<path d="M134 190 C140 268 176 296 210 296 C244 296 280 268 286 190 C276 232 262 236 248 228 C232 214 188 214 172 228 C158 236 144 232 134 190 Z" fill="{hair}"/>'
    else:
        skin, hair, coat, shirt = "#c98d63", "#241a1d", "#8a3b5c", "#ffe8d6"
        hair_back = f'<path d="M112 180 C96 40 160 14 212 16 C268 14 326 50 310 190 C308 270 316 300 326 330 H94 C106 300 114 260 112 180 Z" fill="{hair}"/>'
        hair_front = f'<path d="M130 172 C126 76 182 48 236 58 C220 84 164 96 150 120 C138 138 134 152 130 172 Z M236 58 C276 68 296 104 290 172 C282 126 262 92 236 58 Z" fill="{hair}"/>'
        beard = ""
    return (
        '<defs><radialGradient id="f" cx="0.42" cy="0.4" r="0.7"><stop offset="0.4" stop-color="#000" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#000" stop-opacity="0.28"/></radialGradient></defs>'
        f'{hair_back}<path d="M176 250 H244 V350 H176 Z" fill="{mix(skin, "#000000", 0.18)}"/>'
        f'<path d="M14 480 C18 384 96 346 168 330 L210 372 L252 330 C324 346 402 384 406 480 Z" fill="{coat}"/>'
        f'<path d="M168 330 L210 420 L252 330 L236 316 H184 Z" fill="{shirt}"/><path d="M168 330 L210 430 L190 480 H150 Z M252 330 L210 430 L230 480 H270 Z" fill="{mix(coat, "#000000", 0.3)}"/>'
        f'<ellipse cx="128" cy="184" rx="16" ry="26" fill="{skin}"/><ellipse cx="292" cy="184" rx="16" ry="26" fill="{skin}"/>'
        f'<ellipse cx="210" cy="176" rx="82" ry="112" fill="{skin}"/>{beard}<ellipse cx="210" cy="176" rx="82" ry="112" fill="url(#f)"/>{hair_front}'
        '<ellipse cx="176" cy="172" rx="15" ry="10" fill="#fff"/><ellipse cx="244" cy="172" rx="15" ry="10" fill="#fff"/>'
        '<circle cx="177" cy="172" r="8" fill="#2b2320"/><circle cx="243" cy="172" r="8" fill="#2b2320"/><circle cx="180" cy="169" r="2.5" fill="#fff"/><circle cx="246" cy="169" r="2.5" fill="#fff"/>'
        f'<path d="M154 148 Q176 134 198 146" stroke="{hair}" stroke-width="8" fill="none" stroke-linecap="round"/><path d="M222 146 Q244 134 266 148" stroke="{hair}" stroke-width="8" fill="none" stroke-linecap="round"/>'
        f'<path d="M208 176 Q198 212 214 216" stroke="{mix(skin, "#000000", 0.3)}" stroke-width="5" fill="none" stroke-linecap="round"/>'
        f'<circle cx="366" cy="440" r="11" fill="{part.accent}"/>'
    )


MOUTH_W, MOUTH_H = 76, 48
MOUTHS = (
    '<path d="M10 20 Q38 30 66 20" stroke="#7a2f2f" stroke-width="6" fill="none" stroke-linecap="round"/>',
    '<path d="M12 18 Q38 14 64 18 Q58 34 38 34 Q18 34 12 18 Z" fill="#5e1f24"/><path d="M18 19 Q38 16 58 19 L55 23 H21 Z" fill="#fff"/>',
    '<path d="M12 16 Q38 8 64 16 Q62 46 38 46 Q14 46 12 16 Z" fill="#5e1f24"/><path d="M18 16 Q38 11 58 16 L55 22 H21 Z" fill="#fff"/><path d="M24 38 Q38 28 52 38 Q38 48 24 38 Z" fill="#c9585c"/>',
)


def portrait(part: Part, voice: Voice) -> list[Layer]:
    """Someone who speaks, near the middle, never quite still."""
    skin = "#e8b48c" if voice is HOST else "#c98d63"
    x, y = "430+12*sin(t*0.9)+6*sin(t*2.3)", "256+5*sin(t*1.7)"
    lids = f'<ellipse cx="20" cy="14" rx="18" ry="13" fill="{mix(skin, "#000000", 0.08)}"/><ellipse cx="88" cy="14" rx="18" ry="13" fill="{mix(skin, "#000000", 0.08)}"/>'
    return [
        Layer(person(voice, part), 420, 480, x, y),
        Layer(lids, 108, 28, f"{x}+156", f"{y}+158", enable="lt(mod(t+1.3\\,3.4)\\,0.14)"),
        Layer("", MOUTH_W, MOUTH_H, f"{x}+172", f"{y}+226", mouth=True),
    ]


def bubbles(part: Part) -> list[Layer]:
    """Soft discs that drift behind whoever speaks."""
    disc = '<circle cx="180" cy="180" r="180" fill="#fff" fill-opacity="0.09"/>'
    ring = '<circle cx="130" cy="130" r="118" fill="none" stroke="#fff" stroke-opacity="0.22" stroke-width="14"/>'
    return [
        Layer(disc, 360, 360, "60+50*sin(t*0.5)", "250+40*cos(t*0.6)"),
        Layer(disc, 360, 360, "880+40*cos(t*0.4)", "60+60*sin(t*0.45)"),
        Layer(ring, 260, 260, "960+60*sin(t*0.7)", "400+30*sin(t*0.8)"),
    ]


def stars(rng: random.Random, count: int = 90, below: int = 430) -> str:
    return "".join(
        f'<circle cx="{rng.uniform(0, 1280):.0f}" cy="{rng.uniform(0, below):.0f}" r="{rng.uniform(0.8, 2.4):.1f}" '
        f'fill="#fff" fill-opacity="{rng.uniform(0.3, 0.95):.2f}"/>'
        for _ in range(count)
    )


def beam(part: Part, turn: str) -> Layer:
    """Two opposite rays that turn around the lamp."""
    svg = (
        f'<defs><radialGradient id="r" cx="0.5" cy="0.5" r="0.5" gradientUnits="objectBoundingBox"><stop offset="0" stop-color="{part.accent}" stop-opacity="0.75"/>'
        f'<stop offset="1" stop-color="{part.accent}" stop-opacity="0"/></radialGradient></defs>'
        '<path d="M500 90 L1000 20 V160 Z M500 90 L0 20 V160 Z" fill="url(#r)"/>'
    )
    return Layer(svg, 1000, 180, "140", "222", turn=turn)


def boat() -> str:
    return (
        '<path d="M10 90 H150 L128 122 H34 Z" fill="#5b3326"/><path d="M78 4 V90 H22 Z" fill="#f6efe2"/><path d="M86 18 V84 H134 Z" fill="#e4d6bd"/>'
        '<rect x="79" y="0" width="5" height="92" fill="#3b241c"/>'
    )


def layers(look: str, part: Part, voice: Voice, rng: random.Random) -> list[Layer]:
    """The drawings of one shot, the lowest first."""
    tower_at = ("520", "250")
    if look in ("host", "guest"):
        back = [backdrop(part), *bubbles(part)]
        if look == "guest":
            back.append(Layer(lighthouse(part), 240, 460, "60", "230+4*sin(t)"))
        else:
            back += [Layer(boat(), 160, 124, "-180+mod(240+t*34\\,1640)", "520+8*sin(t*1.4)"), *sea(part, 596)[:2]]
        return [*back, *portrait(part, voice), title(part, 14)]
    if look == "tower":
        return [
            backdrop(part, f'<circle cx="1000" cy="170" r="80" fill="{part.accent}" fill-opacity="0.85"/>'),
            Layer(
                '<path d="M20 70 a46 46 0 0 1 84 -24 a56 56 0 0 1 104 10 a40 40 0 0 1 40 74 H50 a36 36 0 0 1 -30 -60 Z" fill="#fff" fill-opacity="0.35"/>',
                270,
                140,
                "-270+mod(300+t*26\\,1600)",
                "150",
            ),
            Layer(lighthouse(part, glow=False), 240, 460, *tower_at),
            Layer(boat(), 160, 124, "1280-mod(200+t*48\\,1500)", "520+7*sin(t*1.6)"),
            *sea(part, 610),
            title(part, 16),
        ]
    if look == "storm":
        drops = "".join(
            f'<path d="M{rng.uniform(0, 1500):.0f} {y} l-16 46" stroke="#cfe6ff" stroke-opacity="{rng.uniform(0.2, 0.55):.2f}" stroke-width="2.5"/>'
            for y in range(0, 1440, 6)
        )
        lean = "2.2*sin(t*2.6)"
        return [
            backdrop(part),
            Layer(lighthouse(part), 240, 460, f"520+{lean}", "270"),
            *sea(part, 560, 2.4),
            Layer(drops, 1500, 1440, "-110-mod(t*240\\,100)", "-720+mod(t*900\\,720)"),
            title(part, 16),
        ]
    if look == "fire":
        smoke = (
            '<defs><radialGradient id="q"><stop offset="0.3" stop-color="#1a1012" stop-opacity="0.7"/><stop offset="1" stop-color="#1a1012" stop-opacity="0"/></radialGradient></defs>'
            '<circle cx="90" cy="90" r="90" fill="url(#q)"/>'
        )
        glow = (
            '<defs><radialGradient id="w"><stop offset="0" stop-color="#ffb627" stop-opacity="0.75"/><stop offset="1" stop-color="#ff5a1f" stop-opacity="0"/></radialGradient></defs>'
            '<circle cx="320" cy="320" r="320" fill="url(#w)"/>'
        )
        puffs = [
            Layer(
                smoke,
                180,
                180,
                f"540+{40 + 25 * i}*sin(t*0.8+{i})+mod(t*{30 + 8 * i}+{i * 60}\\,260)",
                f"330-mod(t*{60 + 9 * i}+{i * 90}\\,400)",
            )
            for i in range(4)
        ]
        return [
            backdrop(part),
            Layer(glow, 640, 640, "320+8*sin(t*11)", "50+10*sin(t*7)"),
            *puffs,
            Layer(lighthouse(part, flame=1), 240, 460, *tower_at, enable="gte(mod(t*3.1\\,1)\\,0.5)"),
            Layer(lighthouse(part, flame=-1), 240, 460, *tower_at, enable="lt(mod(t*3.1\\,1)\\,0.5)"),
            *sea(part, 610, 1.3),
            title(part, 16),
        ]
    if look == "lens":
        rings = "".join(
            f'<circle cx="260" cy="260" r="{r}" fill="none" stroke="{mix(part.accent, "#ffffff", i / 8)}" stroke-opacity="{0.25 + 0.07 * i}" stroke-width="{15 - i}"/>'
            for i, r in enumerate(range(245, 40, -26))
        )
        prisms = "".join(
            f'<path d="M260 20 l26 44 h-52 Z" fill="#fff" fill-opacity="0.5" transform="rotate({a} 260 260)"/>'
            for a in range(0, 360, 30)
        )
        core = f'<defs><radialGradient id="k"><stop offset="0" stop-color="#fff"/><stop offset="0.3" stop-color="{part.accent}" stop-opacity="0.8"/><stop offset="1" stop-color="{part.accent}" stop-opacity="0"/></radialGradient></defs><circle cx="150" cy="150" r="150" fill="url(#k)"/>'
        rays = "".join(
            f'<rect x="640" y="{190 + i * 44}" width="640" height="7" fill="{part.accent}" fill-opacity="0.35"/><rect x="0" y="{190 + i * 44}" width="640" height="7" fill="{part.accent}" fill-opacity="0.35"/>'
            for i in range(13)
            if 250 < 190 + i * 44 < 700
        )
        dash = "".join(
            f'<rect x="{x}" y="0" width="70" height="7" rx="3" fill="#fff" fill-opacity="0.8"/>'
            for x in range(0, 800, 160)
        )
        streams = [
            Layer(dash, 800, 8, x, f"{278 + i * 88}")
            for i in range(5)
            for x in ("640+mod(t*260\\,160)", "-160-mod(t*260\\,160)")
        ]
        return [
            backdrop(part, rays),
            *streams,
            Layer(f'<g transform="scale(0.86)">{rings}{prisms}</g>', 448, 448, "416", "248", turn="t*0.25"),
            Layer(core, 300, 300, "490", "322"),
            title(part, 16),
        ]
    if look == "rhythm":
        flash = "lt(mod(t\\,5)\\,0.45)+between(mod(t\\,5)\\,1.1\\,1.55)"
        halo = (
            f'<defs><radialGradient id="h"><stop offset="0" stop-color="{part.accent}" stop-opacity="0.85"/><stop offset="1" stop-color="{part.accent}" stop-opacity="0"/></radialGradient></defs>'
            '<circle cx="300" cy="300" r="300" fill="url(#h)"/>'
        )
        return [
            backdrop(
                part, stars(rng) + '<path d="M258 95 A56 56 0 1 0 305 142 A44 44 0 1 1 258 95 Z" fill="#f5f0dc"/>'
            ),
            beam(part, "t*0.55"),
            Layer(lighthouse(part, glow=False), 240, 460, *tower_at),
            Layer(halo, 600, 600, "340", "58", enable=flash),
            Layer(lighthouse(part), 240, 460, *tower_at, enable=flash),
            Layer(boat(), 160, 124, "-180+mod(900+t*30\\,1640)", "524+6*sin(t*1.2)"),
            *sea(part, 610, 0.8),
            title(part, 20),
        ]
    raise SampleError(f"unknown look {look!r}")


@dataclass
class Scene:
    """One shot on the time line, in whole frames."""

    first: int
    last: int  # exclusive
    look: str
    part: int
    sentences: list[Sentence]


def scenes(sentences: list[Sentence], frames: int) -> list[Scene]:
    """Hard cuts in the middle of the pauses between shots."""
    out: list[Scene] = []
    for sentence in sentences:
        if out and (out[-1].part, out[-1].sentences[-1].shot) == (sentence.part, sentence.shot):
            out[-1].sentences.append(sentence)
            continue
        cut = 0
        if out:
            cut = round((out[-1].sentences[-1].end + sentence.start) / 2 * FPS)
            out[-1].last = cut
        out.append(
            Scene(cut, frames, TALK[sentence.part % len(TALK)].shots[sentence.shot].look, sentence.part, [sentence])
        )
    return out


def mouth_levels(scene: Scene, speaker: Voice) -> list[int]:
    """How far the speaker's mouth is open in each frame of a scene: 0, 1 or 2."""
    levels = []
    for frame in range(scene.first, scene.last):
        at = frame / FPS
        level = 0
        for sentence in scene.sentences:
            if sentence.voice is speaker and sentence.start <= at < sentence.end:
                i = round((at - sentence.start) * RATE)
                chunk = sentence.samples[i : i + RATE // FPS]
                loud = math.sqrt(sum(s * s for s in chunk) / len(chunk)) if chunk else 0
                level = 0 if loud < 900 else 1 if loud < 3800 else 2
        levels.append(level)
    return levels


class Painter:
    """Draws scenes to H.264 with FFmpeg, in a directory of its own."""

    def __init__(self, directory: Path, width: int, height: int, seed: int) -> None:
        self.directory, self.width, self.height, self.seed = directory, width, height, seed
        self.scale = max(width / STAGE_W, height / STAGE_H)
        self.left = (width - STAGE_W * self.scale) / 2
        self.top = (height - STAGE_H * self.scale) / 2
        self.svg = b" librsvg " in run("ffmpeg", "-v", "error", "-decoders")
        self.mouths: list[bytes] = []

    def pixels(self, units: float) -> int:
        """A length on the stage in pixels, even and not nothing."""
        return max(2, round(units * self.scale / 2) * 2)

    def write_svg(self, path: Path, layer: Layer) -> None:
        path.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.pixels(layer.width)}" height="{self.pixels(layer.height)}" '
            f'viewBox="0 0 {layer.width} {layer.height}" preserveAspectRatio="none">{layer.svg}</svg>',
            encoding="utf-8",
        )

    def prepare(self) -> None:
        """Draw the mouths once, as raw pictures."""
        if not self.svg:
            return
        for i, drawing in enumerate(MOUTHS):
            svg = self.directory / f"mouth{i}.svg"
            self.write_svg(svg, Layer(drawing, MOUTH_W, MOUTH_H))
            self.mouths.append(
                run(
                    "ffmpeg",
                    "-v",
                    "error",
                    "-nostdin",
                    "-i",
                    str(svg),
                    *"-vf format=gbrap,unpremultiply=inplace=1 -f rawvideo -pix_fmt rgba -".split(),
                )
            )

    def paint(self, number: int, scene: Scene) -> Path:
        """Encode one scene; returns its file."""
        out = self.directory / f"scene{number:03}.mp4"
        part = TALK[scene.part % len(TALK)]
        encode = (
            "-an",
            "-frames:v",
            str(scene.last - scene.first),
            *"-c:v libx264 -preset veryfast -crf 22 -g".split(),
            str(FPS * 5),
            *"-threads 1 -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv -video_track_timescale 15360".split(),
            str(out),
        )
        if not self.svg:
            self.paint_plainly(part, encode)
            return out
        speaker = GUEST if scene.look == "guest" else HOST
        stack = layers(scene.look, part, speaker, random.Random(self.seed * 1000 + number))
        inputs: list[str] = []
        graph: list[str] = []
        for i, layer in enumerate(stack):
            if layer.mouth:
                raw = self.directory / f"mouth{number:03}.raw"
                raw.write_bytes(b"".join(self.mouths[level] for level in mouth_levels(scene, speaker)))
                inputs += [
                    *"-f rawvideo -pix_fmt rgba -video_size".split(),
                    f"{self.pixels(MOUTH_W)}x{self.pixels(MOUTH_H)}",
                    "-framerate",
                    str(FPS),
                    "-i",
                    str(raw),
                ]
            else:
                svg = self.directory / f"layer{number:03}-{i:02}.svg"
                self.write_svg(svg, layer)
                inputs += ["-i", str(svg)]
            if i == 0:
                crop = "" if self.covers() else f"crop={self.width}:{self.height},"
                graph.append(
                    f"[0:v]{crop}scale={self.width}:{self.height}:out_color_matrix=bt709,format=yuv420p,"
                    f"loop=-1:1:0,setpts=N/({FPS}*TB),fps={FPS},setsar=1[base0]"
                )
                continue
            width, height = self.pixels(layer.width), self.pixels(layer.height)
            place_x, place_y = (
                f"{self.left:.1f}+({layer.x})*{self.scale:.5f}",
                f"{self.top:.1f}+({layer.y})*{self.scale:.5f}",
            )
            prepare = "" if layer.mouth else "format=gbrap,unpremultiply=inplace=1,"
            if layer.turn:
                side = 2 * math.ceil(math.hypot(width, height) / 2)
                prepare += f"format=rgba,loop=-1:1:0,setpts=N/({FPS}*TB),rotate=a='{layer.turn}':ow={side}:oh={side}:c=black@0:bilinear=1,"
                place_x += f"-{(side - width) / 2:.0f}"
                place_y += f"-{(side - height) / 2:.0f}"
            graph.append(f"[{i}:v]{prepare}scale=out_color_matrix=bt709,format=yuva420p[layer{i}]")
            enable = f":enable='{layer.enable}'" if layer.enable else ""
            graph.append(
                f"[base{i - 1}][layer{i}]overlay=x='{place_x}':y='{place_y}':eval=frame:format=yuv420{enable}[base{i}]"
            )
        ffmpeg(
            *inputs,
            "-filter_complex_threads",
            "1",
            "-filter_complex",
            ";".join(graph),
            "-map",
            f"[base{len(stack) - 1}]",
            *encode,
        )
        return out

    def covers(self) -> bool:
        """Whether the stage has the picture's shape, so that nothing is cropped."""
        return self.pixels(STAGE_W) == self.width and self.pixels(STAGE_H) == self.height

    def paint_plainly(self, part: Part, encode: tuple[str, ...]) -> None:
        """A gradient, a title and a moving block, for an FFmpeg without SVG."""
        text = " ".join(part.title)
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            f"gradients=s={self.width}x{self.height}:c0={part.sky[0]}:c1={part.sky[1]}:r={FPS}:speed=0.01:duration=3600",
            "-f",
            "lavfi",
            "-i",
            f"color={part.accent}:s={self.pixels(240)}x{self.pixels(320)}:r={FPS}",
            "-filter_complex",
            f"[0:v]drawtext=text='{text}':fontcolor=white:fontsize={self.pixels(56)}:x=(w-tw)/2:y=h/8[a];"
            f"[a][1:v]overlay=x='(W-w)/2+{self.pixels(30)}*sin(t)':y='H-h+{self.pixels(16)}*sin(t*1.7)',setsar=1",
            *encode,
        )


# --------------------------------------------------------------------------------------
# The whole


def truth(sentences: list[Sentence], shown: list[Scene], seconds: float, size: tuple[int, int]) -> dict[str, object]:
    """What is known about the file: times in seconds; word ends within about 0.1 s."""
    return {
        "duration": seconds,
        "fps": FPS,
        "width": size[0],
        "height": size[1],
        "cuts": [round(s.first / FPS, 6) for s in shown[1:]],
        "scenes": [
            {
                "start": round(s.first / FPS, 6),
                "end": round(s.last / FPS, 6),
                "look": s.look,
                "title": " ".join(TALK[s.part % len(TALK)].title),
            }
            for s in shown
        ],
        "sentences": [
            {
                "start": round(s.start, 6),
                "end": round(s.end, 6),
                "voice": s.voice.name,
                "topic": s.part,
                "text": s.text,
                "words": s.words,
                "word_ends": [round(s.start + e, 3) for e in s.word_ends],
            }
            for s in sentences
        ],
    }


def generate(
    video: Path, subtitles: Path, seconds: float, seed: int, width: int, height: int, truth_file: Path | None = None
) -> None:
    """Write the sample; every file appears whole or not at all, the video last."""
    frames = round(seconds * FPS)
    seconds = frames / FPS
    rng = random.Random(seed)
    for directory in {p.parent for p in (video, subtitles, truth_file) if p is not None}:
        directory.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="sample-") as name,
        concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool,
    ):
        work = Path(name)
        sentences = arrange(say_all(TALK, pool), seconds, rng)
        shown = scenes(sentences, frames)
        painter = Painter(work, width, height, seed)
        painter.prepare()
        longest_first = sorted(range(len(shown)), key=lambda i: shown[i].first - shown[i].last)
        painted = {i: pool.submit(painter.paint, i, shown[i]) for i in longest_first}
        write_sound(work / "talk.wav", sentences, seconds)
        files = [painted[i].result() for i in range(len(shown))]
        (work / "scenes.txt").write_text("".join(f"file '{f.name}'\n" for f in files), encoding="utf-8")
        ffmpeg(
            "-f",
            "concat",
            "-i",
            str(work / "scenes.txt"),
            "-i",
            str(work / "talk.wav"),
            "-f",
            "lavfi",
            "-i",
            f"anoisesrc=color=brown:amplitude=0.012:seed={seed}:r=48000:d={seconds}",
            "-f",
            "lavfi",
            "-i",
            f"anoisesrc=color=brown:amplitude=0.012:seed={seed + 1}:r=48000:d={seconds}",
            "-filter_complex",
            "[2:a][3:a]join=inputs=2:channel_layout=stereo[room];"
            "[1:a]aresample=48000,volume=0.8,pan=stereo|c0=c0|c1=c0[voice];"
            "[voice][room]amix=inputs=2:duration=first:normalize=0,alimiter=limit=0.9:level=disabled[sound]",
            *"-map 0:v -map [sound] -c:v copy".split(),
            # The joints of the scenes are off by rounding: put each frame back on the grid.
            "-bsf:v",
            f"setts=pts=round(PTS*TB*{FPS})/({FPS}*TB):dts=round(DTS*TB*{FPS})/({FPS}*TB)",
            *"-c:a aac -b:a 128k -movflags +faststart -metadata".split(),
            "title=The four towers of Eddystone",
            str(work / "talk.mp4"),
        )
        results = [(subtitles, srt(cues(sentences)).encode())]
        if truth_file is not None:
            results.append(
                (truth_file, (json.dumps(truth(sentences, shown, seconds, (width, height)), indent=1) + "\n").encode())
            )
        results.append((video, b""))
        for target, content in results:
            part = target.with_name(f".{target.name}.part")
            if content:
                part.write_bytes(content)
            else:
                shutil.copyfile(work / "talk.mp4", part)
            part.replace(target)


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate a spoken sample talk with changing pictures and subtitles.")
    parser.add_argument("video", type=Path, metavar="OUT.mp4")
    parser.add_argument("subtitles", type=Path, metavar="OUT.srt")
    parser.add_argument("--seconds", type=float, default=120.0, help="length of the talk (default 120)")
    parser.add_argument("--seed", type=int, default=1, help="other pauses and other rain (default 1)")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--truth", type=Path, metavar="OUT.json", help="also write what is known about the sample")
    a = parser.parse_args()
    if not 10 <= a.seconds <= 7200:
        parser.error("--seconds must be between 10 and 7200")
    if a.width < 64 or a.height < 64 or a.width % 2 or a.height % 2:
        parser.error("--width and --height must be even and at least 64")
    try:
        generate(a.video, a.subtitles, a.seconds, a.seed, a.width, a.height, a.truth)
    except (SampleError, OSError) as e:
        print(f"sample: {e}", file=sys.stderr)
        return 1
    print(f"sample: {a.video} ({a.seconds:g} s) and {a.subtitles}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
