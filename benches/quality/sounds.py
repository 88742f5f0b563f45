"""Sounds for the speech bench: speech whose truth is known, and backgrounds of which none is speech.

Everything is mono with 16,000 samples a second, as lists of numbers around -1 to 1, and depends on nothing but the
random source that is handed in (and on the version of espeak-ng).
"""

from __future__ import annotations

import array
import math
import random
import subprocess
import sys
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError

RATE = 16_000
STEP = RATE // 100
"""Samples of one frame of 10 ms."""
SPEECH_LEVEL = 0.1
"""RMS of speech while somebody speaks."""
FLOOR = 0.0002
"""RMS of the noise that a silent recording still has: -74 dB."""

Samples = list[float]

VOICES = ("en-gb", "en-us", "en-gb-scotland", "de", "fr-fr", "es", "it", "pt-br", "pl", "sv")
VARIANTS = ("", "+m1", "+m3", "+m7", "+f1", "+f2", "+f4", "+f5")
SENTENCES = (
    "The lamp was lit before dusk, and a keeper watched until morning.",
    "Rain fell on grey water while the boats turned home.",
    "Nobody had named these rocks, so no chart could warn of them.",
    "She asked how long it would take. Two winters, he said, if the sea allows it.",
    "First we measure. Then we think about what the numbers say.",
    "A storm in November took the tower, the stair and the light.",
    "What remains is a picture of it, and a bell that nobody rings.",
    "Yes. I would do it again tomorrow, and with the same people.",
)


def spoken(rng: random.Random, folder: Path) -> Samples:
    """A sentence by one of the voices of espeak-ng."""
    voice = rng.choice(VOICES) + rng.choice(VARIANTS)
    manner = ["-v", voice, "-s", str(rng.randrange(120, 220)), "-p", str(rng.randrange(25, 80))]
    target = folder / "sentence.wav"
    common.run(["espeak-ng", *manner, "-w", target, rng.choice(SENTENCES)])
    return decoded(target)


def decoded(file: Path) -> Samples:
    """The sound of a file."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(file), "-vn", "-ac", "1", "-ar", str(RATE)]
    done = subprocess.run([*command, "-f", "s16le", "-"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{file.name} cannot be decoded: " + done.stderr.decode(errors="replace").strip()[-200:])
    return [sample / 32768 for sample in swapped(array.array("h", done.stdout))]


def written(samples: Samples, file: Path) -> None:
    """Write a WAV file; what is too loud is clipped."""
    whole = array.array("h", [max(-32768, min(32767, round(sample * 32768))) for sample in samples])
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(swapped(whole).tobytes())


def swapped(samples: array.array[int]) -> array.array[int]:
    """Little-endian samples on any machine."""
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def energies(samples: Sequence[float]) -> list[float]:
    """The level of each frame of 10 ms, in decibels."""
    frames = (samples[at : at + STEP] for at in range(0, len(samples) - STEP + 1, STEP))
    return [10 * math.log10(sum(x * x for x in frame) / STEP + 1e-12) for frame in frames]


def level(samples: Sequence[float]) -> float:
    """RMS."""
    return math.sqrt(sum(x * x for x in samples) / max(len(samples), 1))


def scaled(samples: Samples, rms: float) -> Samples:
    """The same at another level; silence stays what it is."""
    now = level(samples)
    return [x * rms / now for x in samples] if now > 0 else samples


def white(rng: random.Random, count: int) -> Samples:
    """Noise of equal power at all frequencies."""
    return [rng.uniform(-1, 1) for _ in range(count)]


def pink(rng: random.Random, count: int) -> Samples:
    """Noise that loses 3 dB an octave (Paul Kellet's economy filter)."""
    a = b = c = 0.0
    out = []
    for _ in range(count):
        x = rng.uniform(-1, 1)
        a = 0.99765 * a + x * 0.0990460
        b = 0.96300 * b + x * 0.2965164
        c = 0.57000 * c + x * 1.0526913
        out.append(a + b + c + x * 0.1848)
    return out


def brown(rng: random.Random, count: int) -> Samples:
    """Noise that loses 6 dB an octave, without what cannot be heard."""
    value = 0.0
    out = []
    for _ in range(count):
        value = 0.99 * value + rng.uniform(-1, 1)
        out.append(value)
    return out


def silence(rng: random.Random, count: int) -> Samples:
    """A quiet room."""
    return white(rng, count)


def tones(rng: random.Random, count: int) -> Samples:
    """Pure tones, beeps and sweeps, one after the other with gaps."""
    out: Samples = []
    while len(out) < count:
        length = rng.randrange(RATE // 10, 2 * RATE)
        begin, end = (rng.uniform(80, 3000) for _ in range(2))
        if rng.random() < 0.6:
            end = begin
        phase, turn = 0.0, 2 * math.pi / RATE
        for at in range(length):
            phase += turn * (begin + (end - begin) * at / length)
            out.append(math.sin(phase) * min(1.0, at / 160, (length - at) / 160))
        out += [0.0] * rng.randrange(0, RATE // 4)
    return out[:count]


def music(rng: random.Random, count: int) -> Samples:
    """Chords, a bass, a tune and drums, in time."""
    out = [0.0] * count
    beat = round(RATE * 60 / rng.uniform(75, 145))
    root = rng.uniform(110, 180)
    for bar in range(count // (4 * beat) + 1):
        base = root * 2 ** (rng.choice([0, 5, 7, 9, -3]) / 12)
        third = rng.choice([3, 4])
        for note in (0, third, 7):
            pluck(out, 4 * bar * beat, base * 2 ** (note / 12), 4 * beat, 0.25, 5)
        for quarter in range(4):
            at = (4 * bar + quarter) * beat
            pluck(out, at, base / 2, beat, 0.4, 3)
            step = rng.choice([0, 2, third, 5, 7, 9, 12])
            pluck(out, at + rng.choice([0, beat // 2]), 2 * base * 2 ** (step / 12), beat // rng.choice([1, 2]), 0.3, 4)
            knock(out, at + (0 if quarter % 2 else beat // 2), rng)
    return out


def pluck(out: Samples, begin: int, pitch: float, length: int, loud: float, partials: int) -> None:
    """Add a note that fades."""
    end = min(begin + length, len(out))
    for partial in range(1, partials + 1):
        turn = 2 * math.pi * pitch * partial / RATE
        if turn > math.pi:
            break
        fade = math.exp(-2.5 * partial / RATE)
        loudness = loud / partial
        for at in range(begin, end):
            out[at] += loudness * math.sin(turn * (at - begin)) * min(1.0, (at - begin) / 80)
            loudness *= fade


def knock(out: Samples, begin: int, rng: random.Random) -> None:
    """Add a short burst of noise."""
    for at in range(begin, min(begin + RATE // 20, len(out))):
        out[at] += 0.3 * rng.uniform(-1, 1) * math.exp(-(at - begin) / 200)


BACKGROUNDS: dict[str, Callable[[random.Random, int], Samples]] = {
    "silence": silence, "white": white, "pink": pink, "brown": brown, "tones": tones, "music": music,
}  # fmt: skip
