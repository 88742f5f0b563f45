"""What stands, moves and shines on the stage: the sea, the tower, its light, and the weather."""

from __future__ import annotations

import random

from ..script import Part
from .stage import Layer, disc, mix, stop

TOWER_AT = ("520", "250")


def waves(colour: str, y: float, speed: float, swell: float, opacity: float = 1.0) -> Layer:
    """A band of sea, wider than the stage by one period, running sideways."""
    period, top = 320, swell + 4
    crest, trough = top - swell, top + swell * 0.7
    path = f"M0 {top}"
    for x in range(0, 6 * period, period):
        path += f" C{x + 80} {crest} {x + 110} {crest} {x + 160} {top} S{x + 270} {trough} {x + 320} {top}"
    path += " V300 H0 Z"
    return Layer(
        f'<path d="{path}" fill="{colour}" fill-opacity="{opacity}"/>',
        1920,
        300,
        f"-mod(t*{speed}\\,{period})",
        f"{y - swell + 22}+6*sin(t*1.1+{y})",
    )


def sea(part: Part, y: float, wild: float = 1.0) -> list[Layer]:
    """Three bands of waves, the farthest first."""
    return [
        waves(mix(part.sky[1], "#ffffff", 0.12), y, 34 * wild, 16 * wild, 0.55),
        waves(mix(part.sky[0], part.sky[1], 0.35), y + 44, 60 * wild, 22 * wild, 0.85),
        waves(mix(part.sky[0], "#000000", 0.25), y + 98, 95 * wild, 26 * wild),
    ]


def tower(svg: str, x: str = TOWER_AT[0], y: str = TOWER_AT[1], enable: str = "") -> Layer:
    """A drawn lighthouse in its place."""
    return Layer(svg, 240, 460, x, y, enable)


def lighthouse(part: Part, glow: bool = True, flame: int = 0) -> str:
    """A tower of 240x460 units, shaped like Smeaton's: wide at the foot, narrow at the waist.

    It burns with a flame that leans right (1) or left (-1).
    """
    body = "M70 440 C92 330 96 240 98 140 H142 C144 240 148 330 170 440 Z"
    bands = "".join(f'<rect x="40" y="{y}" width="160" height="46" fill="#c8443a"/>' for y in (190, 282, 374))
    lamp = part.accent if glow else "#3a3f4a"
    return (
        f'<defs><clipPath id="b"><path d="{body}"/></clipPath>'
        f'<linearGradient id="s">{stop(0, "#000", 0.05)}{stop(1, "#000", 0.45)}</linearGradient>'
        f'<radialGradient id="l">{stop(0, lamp, 0.9)}{stop(1, lamp, 0)}</radialGradient></defs>'
        + ('<circle cx="120" cy="108" r="104" fill="url(#l)"/>' if glow else "")
        + '<path d="M0 460 C20 420 60 428 70 432 H170 C186 428 224 420 240 460 Z" fill="#1d2430"/>'
        f'<path d="{body}" fill="#f4efe6"/>'
        f'<g clip-path="url(#b)">{bands}<rect x="60" y="130" width="120" height="320" fill="url(#s)"/></g>'
        '<rect x="112" y="214" width="16" height="26" rx="8" fill="#27303f"/>'
        '<rect x="112" y="306" width="16" height="26" rx="8" fill="#27303f"/>'
        '<rect x="84" y="132" width="72" height="12" rx="3" fill="#27303f"/>'
        f'<rect x="98" y="88" width="44" height="44" fill="{lamp}"/>'
        '<path d="M98 88 V132 M113 88 V132 M127 88 V132 M142 88 V132" stroke="#27303f" stroke-width="4"/>'
        '<path d="M90 90 C96 64 144 64 150 90 Z" fill="#c8443a"/>'
        '<rect x="117" y="54" width="6" height="18" fill="#27303f"/>' + (flames(flame) if flame else "")
    )


def flames(lean: int) -> str:
    """Fire out of the lantern, leaning right (1) or left (-1)."""
    return (
        f'<g transform="translate({120 - 120 * lean} 0) scale({lean} 1)">'
        '<path d="M84 100 C76 60 104 60 102 20 C124 40 122 66 132 52 C150 70 156 84 150 104 Z" fill="#ff8c1a"/>'
        '<path d="M100 102 C98 78 112 76 114 52 C128 72 136 84 132 102 Z" fill="#ffe066"/></g>'
    )


def beam(part: Part, turn: str) -> Layer:
    """Two opposite rays that turn around the lamp."""
    svg = (
        '<defs><radialGradient id="r" cx="0.5" cy="0.5" r="0.5" gradientUnits="objectBoundingBox">'
        f"{stop(0, part.accent, 0.75)}{stop(1, part.accent, 0)}</radialGradient></defs>"
        '<path d="M500 90 L1000 20 V160 Z M500 90 L0 20 V160 Z" fill="url(#r)"/>'
    )
    return Layer(svg, 1000, 180, "140", "222", turn=turn)


def halo(part: Part, enable: str) -> Layer:
    """The light around the lamp while it flashes."""
    return Layer(disc(300, stop(0, part.accent, 0.85), stop(1, part.accent, 0)), 600, 600, "340", "58", enable)


def boat(x: str, y: str) -> Layer:
    """A boat with two sails."""
    svg = (
        '<path d="M10 90 H150 L128 122 H34 Z" fill="#5b3326"/><path d="M78 4 V90 H22 Z" fill="#f6efe2"/>'
        '<path d="M86 18 V84 H134 Z" fill="#e4d6bd"/><rect x="79" y="0" width="5" height="92" fill="#3b241c"/>'
    )
    return Layer(svg, 160, 124, x, y)


def cloud() -> Layer:
    """A cloud that crosses the sky."""
    svg = (
        '<path d="M20 70 a46 46 0 0 1 84 -24 a56 56 0 0 1 104 10 a40 40 0 0 1 40 74 H50 a36 36 0 0 1 -30 -60 Z" '
        'fill="#fff" fill-opacity="0.35"/>'
    )
    return Layer(svg, 270, 140, "-270+mod(300+t*26\\,1600)", "150")


def bubbles() -> list[Layer]:
    """Soft discs that drift behind whoever speaks."""
    soft = '<circle cx="180" cy="180" r="180" fill="#fff" fill-opacity="0.09"/>'
    ring = '<circle cx="130" cy="130" r="118" fill="none" stroke="#fff" stroke-opacity="0.22" stroke-width="14"/>'
    return [
        Layer(soft, 360, 360, "60+50*sin(t*0.5)", "250+40*cos(t*0.6)"),
        Layer(soft, 360, 360, "880+40*cos(t*0.4)", "60+60*sin(t*0.45)"),
        Layer(ring, 260, 260, "960+60*sin(t*0.7)", "400+30*sin(t*0.8)"),
    ]


def stars(rng: random.Random, count: int = 90, below: int = 430) -> str:
    """Stars for a backdrop, none near the sea."""
    return "".join(
        f'<circle cx="{rng.uniform(0, 1280):.0f}" cy="{rng.uniform(0, below):.0f}" r="{rng.uniform(0.8, 2.4):.1f}" '
        f'fill="#fff" fill-opacity="{rng.uniform(0.3, 0.95):.2f}"/>'
        for _ in range(count)
    )


def rain(rng: random.Random) -> Layer:
    """Rain that is driven to the left."""
    drops = "".join(
        f'<path d="M{rng.uniform(0, 1500):.0f} {y} l-16 46" stroke="#cfe6ff" '
        f'stroke-opacity="{rng.uniform(0.2, 0.55):.2f}" stroke-width="2.5"/>'
        for y in range(0, 1440, 6)
    )
    return Layer(drops, 1500, 1440, "-110-mod(t*240\\,100)", "-720+mod(t*900\\,720)")


def smoke() -> list[Layer]:
    """Puffs that rise from the lantern, each faster than the one before."""
    puff = disc(90, stop(0.3, "#1a1012", 0.7), stop(1, "#1a1012", 0))
    return [
        Layer(
            puff,
            180,
            180,
            f"540+{40 + 25 * i}*sin(t*0.8+{i})+mod(t*{30 + 8 * i}+{i * 60}\\,260)",
            f"330-mod(t*{60 + 9 * i}+{i * 90}\\,400)",
        )
        for i in range(4)
    ]


def blaze() -> Layer:
    """The light of the fire on the sky."""
    svg = disc(320, stop(0, "#ffb627", 0.75), stop(1, "#ff5a1f", 0))
    return Layer(svg, 640, 640, "320+8*sin(t*11)", "50+10*sin(t*7)")


def lens(part: Part) -> list[Layer]:
    """Fresnel's rings and prisms, which turn around the lamp."""
    rings = "".join(
        f'<circle cx="260" cy="260" r="{r}" fill="none" stroke="{mix(part.accent, "#ffffff", i / 8)}" '
        f'stroke-opacity="{0.25 + 0.07 * i}" stroke-width="{15 - i}"/>'
        for i, r in enumerate(range(245, 40, -26))
    )
    prisms = "".join(
        f'<path d="M260 20 l26 44 h-52 Z" fill="#fff" fill-opacity="0.5" transform="rotate({a} 260 260)"/>'
        for a in range(0, 360, 30)
    )
    core = disc(150, stop(0, "#fff"), stop(0.3, part.accent, 0.8), stop(1, part.accent, 0))
    return [
        Layer(f'<g transform="scale(0.86)">{rings}{prisms}</g>', 448, 448, "416", "248", turn="t*0.25"),
        Layer(core, 300, 300, "490", "322"),
    ]


def rays(part: Part) -> str:
    """What the lens sends out, level to both sides."""
    bar = f'width="640" height="7" fill="{part.accent}" fill-opacity="0.35"'
    levels = (y for y in range(190, 190 + 13 * 44, 44) if 250 < y < 700)
    return "".join(f'<rect x="640" y="{y}" {bar}/><rect x="0" y="{y}" {bar}/>' for y in levels)


def streams() -> list[Layer]:
    """Dashes of light that run along the rays, outwards."""
    dash = "".join(
        f'<rect x="{x}" y="0" width="70" height="7" rx="3" fill="#fff" fill-opacity="0.8"/>' for x in range(0, 800, 160)
    )
    return [
        Layer(dash, 800, 8, x, f"{278 + i * 88}")
        for i in range(5)
        for x in ("640+mod(t*260\\,160)", "-160-mod(t*260\\,160)")
    ]
