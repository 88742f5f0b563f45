"""Who is seen: the two speakers, their faces, and mouths that move with their voices."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..script import HOST, Part, Voice
from ..timeline import FPS, Scene
from ..voices import RATE
from .stage import Layer, mix, stop


@dataclass(frozen=True)
class Face:
    """What tells one speaker from the other: colours, and hair behind, before and below the face."""

    skin: str
    hair: str
    coat: str
    shirt: str
    front: tuple[str, ...]
    back: tuple[str, ...] = ()
    beard: tuple[str, ...] = ()

    def drawn(self, paths: tuple[str, ...]) -> str:
        """Hair in its colour."""
        return f'<path d="{" ".join(paths)}" fill="{self.hair}"/>' if paths else ""


HOST_FACE = Face(
    skin="#e8b48c",
    hair="#4b3a2f",
    coat="#22344f",
    shirt="#f2f2ee",
    front=(
        "M128 150 C118 56 172 26 214 28 C268 28 306 62 292 152",
        "C286 118 268 100 240 96 C204 104 160 96 146 112 C136 122 132 136 128 150 Z",
    ),
    beard=(
        "M134 190 C140 268 176 296 210 296 C244 296 280 268 286 190",
        "C276 232 262 236 248 228 C232 214 188 214 172 228 C158 236 144 232 134 190 Z",
    ),
)

GUEST_FACE = Face(
    skin="#c98d63",
    hair="#241a1d",
    coat="#8a3b5c",
    shirt="#ffe8d6",
    front=(
        "M130 172 C126 76 182 48 236 58 C220 84 164 96 150 120 C138 138 134 152 130 172 Z",
        "M236 58 C276 68 296 104 290 172 C282 126 262 92 236 58 Z",
    ),
    back=(
        "M112 180 C96 40 160 14 212 16 C268 14 326 50 310 190 C308 270 316 300 326 330 H94 C106 300 114 260 112 180 Z",
    ),
)

MOUTH_WIDTH, MOUTH_HEIGHT = 76, 48
MOUTHS = (
    '<path d="M10 20 Q38 30 66 20" stroke="#7a2f2f" stroke-width="6" fill="none" stroke-linecap="round"/>',
    '<path d="M12 18 Q38 14 64 18 Q58 34 38 34 Q18 34 12 18 Z" fill="#5e1f24"/>'
    '<path d="M18 19 Q38 16 58 19 L55 23 H21 Z" fill="#fff"/>',
    '<path d="M12 16 Q38 8 64 16 Q62 46 38 46 Q14 46 12 16 Z" fill="#5e1f24"/>'
    '<path d="M18 16 Q38 11 58 16 L55 22 H21 Z" fill="#fff"/>'
    '<path d="M24 38 Q38 28 52 38 Q38 48 24 38 Z" fill="#c9585c"/>',
)


def portrait(part: Part, voice: Voice) -> list[Layer]:
    """Someone who speaks, near the middle and high enough for captions on the chest, never quite still."""
    face = HOST_FACE if voice is HOST else GUEST_FACE
    x, y = "430+12*sin(t*0.9)+6*sin(t*2.3)", "46+5*sin(t*1.7)"
    lid = f'cy="14" rx="18" ry="13" fill="{mix(face.skin, "#000000", 0.08)}"'
    lids = f'<ellipse cx="20" {lid}/><ellipse cx="88" {lid}/>'
    return [
        Layer(person(face, part.accent), 420, 690, x, y),
        Layer(lids, 108, 28, f"{x}+156", f"{y}+158", enable="lt(mod(t+1.3\\,3.4)\\,0.14)"),
        Layer("", MOUTH_WIDTH, MOUTH_HEIGHT, f"{x}+172", f"{y}+226", mouth=True),
    ]


def person(face: Face, button: str) -> str:
    """A speaker of 420x690 units; the mouth is a layer of its own."""
    skull = 'cx="210" cy="176" rx="82" ry="112"'
    return (
        '<defs><radialGradient id="f" cx="0.42" cy="0.4" r="0.7">'
        f"{stop(0.4, '#000', 0)}{stop(1, '#000', 0.28)}</radialGradient></defs>"
        f"{face.drawn(face.back)}{body(face)}"
        f'<ellipse cx="128" cy="184" rx="16" ry="26" fill="{face.skin}"/>'
        f'<ellipse cx="292" cy="184" rx="16" ry="26" fill="{face.skin}"/>'
        f'<ellipse {skull} fill="{face.skin}"/>{face.drawn(face.beard)}'
        f'<ellipse {skull} fill="url(#f)"/>{face.drawn(face.front)}{features(face)}'
        f'<circle cx="366" cy="440" r="11" fill="{button}"/>'
    )


def body(face: Face) -> str:
    """Neck, coat, shirt and collar."""
    neck, collar = mix(face.skin, "#000000", 0.18), mix(face.coat, "#000000", 0.3)
    return (
        f'<path d="M176 250 H244 V350 H176 Z" fill="{neck}"/>'
        f'<path d="M8 690 L14 480 C18 384 96 346 168 330 L210 372 L252 330 C324 346 402 384 406 480 L412 690 Z" fill="{face.coat}"/>'
        f'<path d="M168 330 L210 420 L252 330 L236 316 H184 Z" fill="{face.shirt}"/>'
        f'<path d="M168 330 L210 430 L190 500 L146 450 Z M252 330 L210 430 L230 500 L274 450 Z" fill="{collar}"/>'
    )


def features(face: Face) -> str:
    """Eyes, brows and nose."""
    brow = f'stroke="{face.hair}" stroke-width="8" fill="none" stroke-linecap="round"'
    nose = f'stroke="{mix(face.skin, "#000000", 0.3)}" stroke-width="5" fill="none" stroke-linecap="round"'
    return (
        '<ellipse cx="176" cy="172" rx="15" ry="10" fill="#fff"/>'
        '<ellipse cx="244" cy="172" rx="15" ry="10" fill="#fff"/>'
        '<circle cx="177" cy="172" r="8" fill="#2b2320"/><circle cx="243" cy="172" r="8" fill="#2b2320"/>'
        '<circle cx="180" cy="169" r="2.5" fill="#fff"/><circle cx="246" cy="169" r="2.5" fill="#fff"/>'
        f'<path d="M154 148 Q176 134 198 146" {brow}/><path d="M222 146 Q244 134 266 148" {brow}/>'
        f'<path d="M208 176 Q198 212 214 216" {nose}/>'
    )


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
