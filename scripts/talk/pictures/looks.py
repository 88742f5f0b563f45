"""What a shot looks like: the layers of each look, the lowest first."""

from __future__ import annotations

import random
from collections.abc import Callable

from ..programs import MediaError
from ..script import GUEST, HOST, Part, Voice
from .people import portrait
from .scenery import (
    beam,
    blaze,
    boat,
    bubbles,
    cloud,
    halo,
    lens,
    lighthouse,
    rain,
    rays,
    sea,
    smoke,
    stars,
    streams,
    tower,
)
from .stage import Layer, backdrop, title

Look = Callable[[Part, random.Random], list[Layer]]


def the_host(part: Part, _: random.Random) -> list[Layer]:
    """The host, with a boat passing behind."""
    passing = boat("-180+mod(240+t*34\\,1640)", "520+8*sin(t*1.4)")
    return [backdrop(part), *bubbles(), passing, *sea(part, 596)[:2], *portrait(part, HOST), title(part, 462)]


def the_guest(part: Part, _: random.Random) -> list[Layer]:
    """The guest, with a lighthouse to the left."""
    beside = tower(lighthouse(part), "60", "230+4*sin(t)")
    return [backdrop(part), *bubbles(), beside, *portrait(part, GUEST), title(part, 462)]


def the_tower(part: Part, _: random.Random) -> list[Layer]:
    """A lighthouse by day."""
    sun = f'<circle cx="1000" cy="170" r="80" fill="{part.accent}" fill-opacity="0.85"/>'
    return [
        backdrop(part, sun),
        cloud(),
        tower(lighthouse(part, glow=False)),
        boat("1280-mod(200+t*48\\,1500)", "520+7*sin(t*1.6)"),
        *sea(part, 610),
        title(part, 16),
    ]


def the_storm(part: Part, rng: random.Random) -> list[Layer]:
    """Rain, and a lighthouse that gives way a little."""
    lean = "2.2*sin(t*2.6)"
    return [
        backdrop(part),
        tower(lighthouse(part), f"520+{lean}", "270"),
        *sea(part, 560, 2.4),
        rain(rng),
        title(part, 16),
    ]


def the_fire(part: Part, _: random.Random) -> list[Layer]:
    """A lighthouse whose lantern burns."""
    return [
        backdrop(part),
        blaze(),
        *smoke(),
        tower(lighthouse(part, flame=1), enable="gte(mod(t*3.1\\,1)\\,0.5)"),
        tower(lighthouse(part, flame=-1), enable="lt(mod(t*3.1\\,1)\\,0.5)"),
        *sea(part, 610, 1.3),
        title(part, 16),
    ]


def the_lens(part: Part, _: random.Random) -> list[Layer]:
    """Rings of glass around a lamp."""
    return [backdrop(part, rays(part)), *streams(), *lens(part), title(part, 16)]


def the_rhythm(part: Part, rng: random.Random) -> list[Layer]:
    """A lighthouse by night, with two flashes every five seconds."""
    flash = "lt(mod(t\\,5)\\,0.45)+between(mod(t\\,5)\\,1.1\\,1.55)"
    moon = '<path d="M258 95 A56 56 0 1 0 305 142 A44 44 0 1 1 258 95 Z" fill="#f5f0dc"/>'
    return [
        backdrop(part, stars(rng) + moon),
        beam(part, "t*0.55"),
        tower(lighthouse(part, glow=False)),
        halo(part, flash),
        tower(lighthouse(part), enable=flash),
        boat("-180+mod(900+t*30\\,1640)", "524+6*sin(t*1.2)"),
        *sea(part, 610, 0.8),
        title(part, 20),
    ]


LOOKS: dict[str, Look] = {
    "host": the_host,
    "guest": the_guest,
    "tower": the_tower,
    "storm": the_storm,
    "fire": the_fire,
    "lens": the_lens,
    "rhythm": the_rhythm,
}


def layers(look: str, part: Part, rng: random.Random) -> list[Layer]:
    """The drawings of one shot, the lowest first."""
    if look not in LOOKS:
        raise MediaError(f"unknown look {look!r}")
    return LOOKS[look](part, rng)


def seen(look: str) -> Voice:
    """Whose mouth moves when someone is seen."""
    return GUEST if look == "guest" else HOST
