"""What every shot has: layers on a stage, a backdrop, a title, and colours that mix."""

from __future__ import annotations

from dataclasses import dataclass

from ..script import Part

WIDTH, HEIGHT = 1280, 720
FONT = "Open Sans, Noto Sans, DejaVu Sans, sans-serif"


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


def mix(a: str, b: str, share: float) -> str:
    """A colour between two, `share` of the way to the second."""
    pairs = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(p + (q - p) * share):02x}" for p, q in pairs)


def stop(offset: float, colour: str, opacity: float = 1) -> str:
    """One colour of a gradient."""
    seen = "" if opacity == 1 else f' stop-opacity="{opacity}"'
    return f'<stop offset="{offset}" stop-color="{colour}"{seen}/>'


def disc(radius: int, *stops: str) -> str:
    """A round patch of colours that run from its middle to its edge."""
    return (
        f'<defs><radialGradient id="d">{"".join(stops)}</radialGradient></defs>'
        f'<circle cx="{radius}" cy="{radius}" r="{radius}" fill="url(#d)"/>'
    )


def backdrop(part: Part, extra: str = "") -> Layer:
    """A sky from one colour of the part to the other, darker at its edges, with something on it."""
    top, bottom = part.sky
    area = f'width="{WIDTH}" height="{HEIGHT}"'
    svg = (
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="0.35" y2="1">{stop(0, top)}{stop(1, bottom)}</linearGradient>'
        '<radialGradient id="v" cx="0.5" cy="0.45" r="0.75">'
        f"{stop(0.35, '#000', 0)}{stop(1, '#000', 0.45)}</radialGradient></defs>"
        f'<rect {area} fill="url(#g)"/>{extra}<rect {area} fill="url(#v)"/>'
    )
    return Layer(svg, WIDTH, HEIGHT)


def title(part: Part, y: int = 70) -> Layer:
    """The topic's title, narrow enough to survive a crop to an upright picture."""
    size = min(74, *(int(372 / (0.78 * len(line))) for line in part.title))
    lines = "".join(
        f'<text x="220" y="{78 + size + i * size * 1.02:.0f}" font-size="{size}" font-weight="800" fill="#fff">'
        f"{line}</text>"
        for i, line in enumerate(part.title)
    )
    svg = (
        f'<g text-anchor="middle" font-family="{FONT}">'
        f'<rect x="190" y="8" width="60" height="6" rx="3" fill="{part.accent}"/>'
        f'<text x="220" y="56" font-size="30" font-weight="700" letter-spacing="6" fill="{part.accent}">'
        f"{part.kicker}</text>{lines}</g>"
    )
    return Layer(svg, 440, 290, "420", f"{y}-60*exp(-5*t)")
