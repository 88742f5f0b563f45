#!/usr/bin/env python3
"""How well speech is told from silence, noise, tones and music: opusclip, plain energy and WebRTC's detector.

Sentences by several voices of espeak-ng and recordings of the folder --data (of the samples only jfk.wav) are put on a
time line with pauses, some of them long, and mixed with a background at 20, 10, 5 and 0 dB below the speech. What is
true is known from the clean speech: frames of 10 ms above -45 dB of its loudest (in a recording also above its own
noise), with gaps of less than 0.2 s closed.

The figure is the area under the ROC curve over all frames: the chance that a frame with speech gets a higher score than
one without. opusclip's score is its curve of speech; that of energy is the level of the frame; that of WebRTC's
detector the share of its four modes that say speech. All sounds and `results.json` stay in --out.

The last line is `auc= auc_energy= auc_webrtc=`, over the frames of all conditions together.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peers"))
import common
from common import BenchError
from installed import WEBRTC, peer_python
from sounds import (
    BACKGROUNDS,
    FLOOR,
    RATE,
    SPEECH_LEVEL,
    STEP,
    Samples,
    decoded,
    energies,
    level,
    scaled,
    spoken,
    written,
)

DATA = common.ROOT.parent / "shared" / "samples" / "video"
OUT = common.ROOT / "target" / "quality-speech"
CLEAN = ("jfk.wav",)
"""Samples known to be speech alone. Of a folder that has some of them, only these are used."""
SUFFIXES = {".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus"}

RATIOS = (20, 10, 5, 0)
"""Decibels by which speech is above the background."""
QUIET = -45.0
"""Decibels below the loudest frame from which on a frame is no speech."""
ABOVE_NOISE = 6.0
"""Decibels by which a frame of a recording must be above its own noise."""
ALL = "all together"
GAP = 20
"""Frames: a shorter gap within speech is speech."""

PEER = """
import json, sys, wave, webrtcvad
out = {}
for name in sys.argv[1:]:
    with wave.open(name, "rb") as file:
        data = file.readframes(file.getnframes())
    votes = [0.0] * (len(data) // 320)
    for mode in range(4):
        detector = webrtcvad.Vad(mode)
        for index in range(len(votes)):
            votes[index] += detector.is_speech(data[320 * index : 320 * index + 320], 16000) / 4
    out[name] = votes
print(json.dumps(out))
"""


@dataclass(frozen=True)
class Sound:
    """One condition: a file, and which of its frames have speech."""

    name: str
    ratio: int | None
    """Decibels by which speech is above the background; `None` in silence."""
    file: Path
    truth: list[bool]


def speaking(samples: Samples, recording: bool) -> list[bool]:
    """Which frames of clean speech have speech."""
    levels = energies(samples)
    floor = max(levels, default=0.0) + QUIET
    if recording:
        floor = max(floor, sorted(levels)[len(levels) // 10] + ABOVE_NOISE)
    truth = [one > floor for one in levels]
    last = None
    for index, speech in enumerate(truth):
        if speech:
            if last is not None and 1 < index - last <= GAP:
                truth[last:index] = [True] * (index - last)
            last = index
    return truth


def recordings(data: Path) -> list[Path]:
    """Recordings of speech in a folder."""
    known = [data / name for name in CLEAN if (data / name).is_file()]
    if known or not data.is_dir():
        return known
    return sorted(file for file in data.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def time_line(rng: random.Random, files: Sequence[Path], seconds: float) -> tuple[Samples, list[bool]]:
    """Clean speech with pauses, and where it is."""
    samples: Samples = []
    truth: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="quality-speech-") as folder:
        while len(samples) < seconds * RATE:
            pause = rng.uniform(0.4, 1.5) if rng.random() < 0.6 else rng.uniform(2, 5)
            recording = bool(files) and rng.random() < 0.25
            words = decoded(rng.choice(files)) if recording else spoken(rng, Path(folder))
            # At most twelve seconds of one recording, and all in whole frames.
            begin = rng.randrange(0, max(len(words) - 12 * RATE, 0) + 1) if recording else 0
            words = words[begin : begin + 12 * RATE]
            words = words[: len(words) // STEP * STEP]
            said = speaking(words, recording)
            loud = level([x for index, on in enumerate(said) if on for x in words[index * STEP : index * STEP + STEP]])
            gain = SPEECH_LEVEL * rng.uniform(0.7, 1.4) / max(loud, 1e-9)
            gap = round(pause * 100)
            samples += [0.0] * (gap * STEP) + [x * gain for x in words]
            truth += [False] * gap + said
    return samples, truth


def condition(name: str, ratio: int, seed: int, files: Sequence[Path], seconds: float, out: Path) -> Sound:
    """Make the sound of one condition."""
    rng = random.Random(f"{seed}/{name}/{ratio}")
    samples, truth = time_line(rng, files, seconds)
    loud = FLOOR if name == "silence" else SPEECH_LEVEL * 10 ** (-ratio / 20)
    noise = scaled(BACKGROUNDS[name](rng, len(samples)), loud)
    title = name if name == "silence" else f"{name} {ratio} dB"
    file = out / f"{title.replace(' ', '-')}.wav"
    written([a + b for a, b in zip(samples, noise, strict=True)], file)
    return Sound(title, None if name == "silence" else ratio, file, truth)


def made(options: argparse.Namespace) -> list[Sound]:
    """The sounds of all conditions."""
    options.out.mkdir(parents=True, exist_ok=True)
    files = recordings(options.data)
    if not files:
        print(f"note: {options.data} holds no recordings; all speech is generated")
    jobs = [(name, ratio) for name in BACKGROUNDS for ratio in (RATIOS if name != "silence" else RATIOS[:1])]
    with ProcessPoolExecutor() as pool:
        waiting = [
            pool.submit(condition, name, ratio, options.seed, files, options.seconds, options.out)
            for name, ratio in jobs
        ]
        return [one.result() for one in waiting]


def ours(sound: Sound) -> list[float]:
    """The score of each frame by opusclip: the value of its curve there, which has steps of its own."""
    curve = json.loads(common.run(common.analysis(sound.file, "index")))["voice"]
    values, start, step = curve["values"], float(curve["start"]), float(curve["step"])
    middles = ((index + 0.5) / 100 for index in range(len(sound.truth)))
    return [float(values[min(max(int((time - start) / step), 0), len(values) - 1)]) for time in middles]


def energy(sound: Sound) -> list[float]:
    """The level of each frame."""
    return energies(decoded(sound.file))


def webrtc(python: Path, sounds: Sequence[Sound]) -> dict[str, list[float]]:
    """What WebRTC's detector says of all sounds."""
    said = json.loads(common.run([python, "-c", PEER, *(sound.file for sound in sounds)]))
    return {sound.name: said[str(sound.file)] for sound in sounds}


def auc(scores: Sequence[float], truth: Sequence[bool]) -> float:
    """Area under the ROC curve by ranks (Mann-Whitney); equal scores share their ranks."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    positives = sum(truth)
    negatives = len(truth) - positives
    if not positives or not negatives:
        raise BenchError("a condition has only frames with speech, or none")
    total, at = 0.0, 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        # Ranks count from 1; these have at + 1 to end.
        total += (at + 1 + end) / 2 * sum(truth[index] for index in order[at:end])
        at = end
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def fitted(scores: Sequence[float], frames: int) -> list[float]:
    """As many scores as frames: what is missing at the end is as the last."""
    return [*scores[:frames], *[scores[-1] if scores else 0.0] * (frames - len(scores))]


def groups(sounds: Sequence[Sound]) -> dict[str, list[int]]:
    """Which sounds are looked at together: those of one ratio, and all."""
    found = {f"all {ratio} dB": [i for i, one in enumerate(sounds) if one.ratio == ratio] for ratio in RATIOS}
    return {**found, ALL: list(range(len(sounds)))}


def bench(options: argparse.Namespace) -> None:
    """Make the sounds, score and print."""
    for program in ("ffmpeg", "espeak-ng", common.OPUSCLIP):
        common.need_program(program)
    python = peer_python(WEBRTC)
    sounds = made(options)
    frames = sum(len(sound.truth) for sound in sounds)
    share = sum(sum(sound.truth) for sound in sounds) / frames
    print(f"quality-speech: seed {options.seed}, {len(sounds)} sounds, {frames / 100:.0f} s, {share:.2f} of it speech")
    detectors: dict[str, Callable[[Sound], list[float]]] = {"opusclip": ours, "energy": energy}
    if python is not None:
        votes = webrtc(python, sounds)
        detectors["WebRTC"] = lambda sound: votes[sound.name]
    scores = {
        name: [fitted(detector(sound), len(sound.truth)) for sound in sounds] for name, detector in detectors.items()
    }
    print(f"\n{'AUC':16} " + " ".join(f"{name:>9}" for name in scores))
    rows: dict[str, dict[str, float]] = {}
    for index, sound in enumerate(sounds):
        rows[sound.name] = {name: auc(said[index], sound.truth) for name, said in scores.items()}
    for title, some in groups(sounds).items():
        truth = [one for index in some for one in sounds[index].truth]
        rows[title] = {name: auc([x for index in some for x in said[index]], truth) for name, said in scores.items()}
    for title, row in rows.items():
        print(f"{title:16} " + " ".join(f"{value:9.3f}" for value in row.values()))
    (options.out / "results.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    total = rows[ALL]
    none: float | str = "none"
    common.closing(auc=total["opusclip"], auc_energy=total["energy"], auc_webrtc=total.get("WebRTC", none))


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="Measure how well speech is told from silence, noise and music.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of recordings of speech (default: the samples)")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other sounds (default 1)")
    parser.add_argument("--seconds", type=float, default=40, help="about how long each sound is (default 40)")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for sounds and results (default target/...)")
    options = parser.parse_args()
    if options.seconds <= 0:
        parser.error("--seconds must be positive")
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
