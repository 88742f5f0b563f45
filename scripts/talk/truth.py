"""What is known: times, words and cuts of a talk, for tests to compare with."""

from __future__ import annotations

from .script import told
from .timeline import FPS, Scene
from .voices import Sentence


def truth(sentences: list[Sentence], shown: list[Scene], seconds: float, size: tuple[int, int]) -> dict[str, object]:
    """What is known about the file: times in seconds; word ends within about 0.1 s."""
    return {
        "duration": seconds,
        "fps": FPS,
        "width": size[0],
        "height": size[1],
        "cuts": [round(scene.first / FPS, 6) for scene in shown[1:]],
        "scenes": [about_scene(scene) for scene in shown],
        "sentences": [about_sentence(sentence) for sentence in sentences],
    }


def about_scene(scene: Scene) -> dict[str, object]:
    """When a scene is shown, and what it looks like."""
    return {
        "start": round(scene.first / FPS, 6),
        "end": round(scene.last / FPS, 6),
        "look": scene.look,
        "title": " ".join(told(scene.part).title),
    }


def about_sentence(sentence: Sentence) -> dict[str, object]:
    """When a sentence is said, by whom, and in which words."""
    return {
        "start": round(sentence.start, 6),
        "end": round(sentence.end, 6),
        "voice": sentence.voice.name,
        "topic": sentence.part,
        "text": sentence.text,
        "words": sentence.words,
        "word_ends": [round(sentence.start + end, 3) for end in sentence.word_ends],
    }
