"""Talks and dialogues on a time line: what is said when, the file of it, and its transcripts in several forms."""

from __future__ import annotations

import array
import functools
import json
import random
import subprocess
import wave
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import phrases
from common import BenchError
from speaker import RATE, Speaker, Word

SHORTEST, LONGEST = 60.0, 120.0
"""Seconds of a talk."""
PAUSES = ((0.05, 0.15), (0.15, 0.4), (0.4, 0.9), (0.9, 2.0))
"""Seconds between sentences; one range is drawn, then a time in it."""
HESITATIONS = (0.3, 1.2)
"""Seconds that a speaker stops after some commas."""


@dataclass
class Talk:
    """What is known of one talk."""

    name: str
    language: str
    speakers: int
    duration: float
    words: list[Word]
    video: Path

    def cues(self) -> list[list[Word]]:
        """Subtitles as people write them: they end with sentences, long sentences have several."""
        return grouped(self.words, lambda cue, word: cue[-1].last or length(cue) + len(word.text) > 70)

    def loose(self) -> list[list[Word]]:
        """Cues that end anywhere, as live captions do; but at a change of the speaker."""
        return grouped(self.words, lambda cue, word: len(cue) == 7 or cue[-1].speaker != word.speaker)

    def segments(self) -> list[list[Word]]:
        """Segments of a speech engine: up to 12 words, a pause of half a second may end one."""
        return grouped(
            self.words,
            lambda cue, word: len(cue) == 12 or word.start - cue[-1].end > 0.5 or cue[-1].speaker != word.speaker,
        )


def length(cue: list[Word]) -> int:
    return sum(len(word.text) + 1 for word in cue)


def grouped(words: list[Word], full: Callable[[list[Word], Word], bool]) -> list[list[Word]]:
    """Words in runs; a new one begins where `full` says that the word does not belong to the run."""
    cues: list[list[Word]] = []
    for word in words:
        if cues and not full(cues[-1], word):
            cues[-1].append(word)
        else:
            cues.append([word])
    return cues


@functools.cache
def speaker() -> Speaker:
    """The voice of this process."""
    return Speaker()


def make(seed: int, number: int, folder: Path, keep: bool) -> Talk:
    """Say one talk and write all its files; an equal one that is there already is kept where that is wanted."""
    name = f"talk-{number:03}"
    truth = folder / f"{name}.truth.json"
    if keep and truth.exists():
        known = json.loads(truth.read_text(encoding="utf-8"))
        known["words"] = [Word(**word) for word in known["words"]]
        return Talk(**{**known, "video": Path(known["video"])})
    rng = random.Random(f"{seed}/{number}")
    spoken = phrases.language(rng)
    speakers = rng.choice((1, 2))
    voices = rng.sample(spoken.voices, speakers)
    samples, words = say(spoken, voices, rng)
    duration = len(samples) / RATE
    video = folder / f"{name}.{'mp4' if number % 2 else 'mkv'}"
    film(samples, video, rng)
    talk = Talk(name, spoken.code, speakers, duration, words, video)
    write(talk, folder)
    truth.write_text(json.dumps({**asdict(talk), "video": str(video)}), encoding="utf-8")
    return talk


def say(spoken: phrases.Language, voices: list[str], rng: random.Random) -> tuple[array.array[int], list[Word]]:
    """Sentences with pauses between them until the talk is long enough."""
    until = rng.uniform(SHORTEST, LONGEST)
    line, words = silence(rng.uniform(0.0, 1.5)), list[Word]()
    who, number = 0, 0
    while len(line) / RATE < until:
        if number and rng.random() < 0.4:
            who = rng.randrange(len(voices))
        sound, said = speaker().say(voices[who], rng.randint(150, 190), phrases.sentence(spoken, rng))
        sound, said = hesitant(sound, said, rng)
        start = len(line) / RATE
        for at, word in enumerate(said):
            edges = {"first": at == 0, "last": at + 1 == len(said)}
            words.append(Word(word.text, start + word.start, start + word.end, number, speaker=who, **edges))
        line += sound
        line += silence(rng.uniform(*rng.choice(PAUSES)))
        number += 1
    line += silence(rng.uniform(0.0, 1.5))
    return line, words


def silence(seconds: float) -> array.array[int]:
    return array.array("h", bytes(2 * round(seconds * RATE)))


def hesitant(sound: array.array[int], words: list[Word], rng: random.Random) -> tuple[array.array[int], list[Word]]:
    """The sentence with a longer stop after some of its commas."""
    made, moved, taken, shift = array.array("h"), list[Word](), 0, 0.0
    for word in words:
        moved.append(Word(word.text, word.start + shift, word.end + shift))
        if word is not words[-1] and word.text.endswith((",", ":", "...")) and rng.random() < 0.3:
            at = round(word.end * RATE)
            stop = silence(rng.uniform(*HESITATIONS))
            made += sound[taken:at] + stop
            taken, shift = at, shift + len(stop) / RATE
    return made + sound[taken:], moved


def film(samples: array.array[int], video: Path, rng: random.Random) -> None:
    """The sound in a room that is never quite silent, under a picture that costs next to nothing."""
    sound = video.with_suffix(".wav")
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    noise = f"anoisesrc=color=pink:amplitude={rng.choice((0.0005, 0.002, 0.004))}:r={RATE}:seed={rng.randrange(10**6)}"
    codec = ["-c:a", "aac", "-b:a", "64k"] if video.suffix == ".mp4" else ["-c:a", "pcm_s16le"]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=gray:size=64x36:rate=5", "-i", str(sound)]
    command += ["-f", "lavfi", "-i", noise, "-filter_complex", "[1:a][2:a]amix=inputs=2:duration=first:normalize=0[a]"]
    command += ["-map", "0:v", "-map", "[a]", "-c:v", "libx264", "-preset", "ultrafast", "-threads", "1", *codec]
    done = subprocess.run([*command, "-shortest", str(video)], capture_output=True, text=True, check=False)
    sound.unlink()
    if done.returncode != 0:
        raise BenchError(f"ffmpeg cannot make {video.name}: {done.stderr.strip()}")


def write(talk: Talk, folder: Path) -> None:
    """All transcripts of a talk."""
    for form, text in (("words.json", whisper(talk)), ("cues.vtt", webvtt(talk)), ("loose.srt", subrip(talk))):
        (folder / f"{talk.name}.{form}").write_text(text, encoding="utf-8")


def whisper(talk: Talk) -> str:
    """As Whisper writes it with word times; of a dialogue with speakers, as WhisperX does."""

    def segment(number: int, words: list[Word]) -> dict[str, object]:
        timed = [{"word": f" {w.text}", "start": w.start, "end": w.end, "probability": 0.9} for w in words]
        who = {"speaker": f"SPEAKER_0{words[0].speaker}"} if talk.speakers > 1 else {}
        text = "".join(f" {word.text}" for word in words)
        return {"id": number, "start": words[0].start, "end": words[-1].end, "text": text, "words": timed, **who}

    segments = [segment(number, words) for number, words in enumerate(talk.segments())]
    text = "".join(f" {word.text}" for word in talk.words)
    return json.dumps({"text": text, "language": talk.language, "segments": segments}, ensure_ascii=False)


def webvtt(talk: Talk) -> str:
    """Cues with times and speakers, words without times."""
    names = ("Ann", "Bob")

    def lines() -> Iterable[str]:
        yield "WEBVTT\n"
        for cue in talk.cues():
            who = f"<v {names[cue[0].speaker]}>" if talk.speakers > 1 else ""
            yield f"{clock(cue[0].start)} --> {clock(cue[-1].end)}\n{who}{said(cue)}\n"

    return "\n".join(lines())


def subrip(talk: Talk) -> str:
    """Cues that do not end with sentences."""
    cues = enumerate(talk.loose(), 1)
    return "\n".join(f"{n}\n{clock(c[0].start, ',')} --> {clock(c[-1].end, ',')}\n{said(c)}\n" for n, c in cues)


def said(cue: list[Word]) -> str:
    return " ".join(word.text for word in cue)


def clock(seconds: float, mark: str = ".") -> str:
    """A time as subtitles have it."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"
