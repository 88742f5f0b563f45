"""Generated scenes: ffmpeg filter graphs that show one thing for any length, without a boundary of their own.

Each is a function of a random source and a frame rate, and the same random source gives the same scene. They differ in
what is hard about them: fine texture, flat colour, slow or fast motion, noise, text, a still picture.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import common

WIDTH, HEIGHT = 640, 360
FULL = f"s={WIDTH}x{HEIGHT}"
FIT = f"scale={WIDTH}:{HEIGHT}:flags=bicubic"
LONG = 100_000
"""More frames than any piece has."""

WORDS = (
    "the", "lamp", "was", "lit", "before", "dusk", "and", "a", "keeper", "watched", "until", "morning", "while",
    "rain", "fell", "on", "grey", "water", "boats", "turned", "home", "under", "low", "cloud", "past", "rocks",
    "that", "no", "chart", "had", "named", "since", "winter",
)  # fmt: skip

Scene = Callable[[random.Random, Fraction], str]


def colour(rng: random.Random) -> str:
    """Any colour."""
    return f"#{rng.randrange(1 << 24):06x}"


def seed(rng: random.Random) -> int:
    """A seed for a filter."""
    return rng.randrange(1, 1 << 16)


def swing(rng: random.Random) -> str:
    """A slow swing, as ffmpeg writes it."""
    return f"sin({rng.uniform(0.3, 1.6):.2f}*t+{rng.uniform(0, 6):.2f})"


def words(rng: random.Random, count: int) -> str:
    """Some words, of letters and spaces only."""
    return " ".join(rng.choice(WORDS) for _ in range(count))


@cache
def has_text() -> bool:
    """Whether this ffmpeg can draw text here; it needs a font besides the filter."""
    try:
        probe = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=s=64x64:d=0.1,drawtext=text=a"]
        common.run([*probe, "-f", "null", "-"])
    except common.BenchError:
        return False
    return True


def testsrc2(rng: random.Random, fps: Fraction) -> str:
    """A test pattern with many colours and a running clock."""
    return f"testsrc2={FULL}:r={fps},hue=h={rng.randrange(360)}:s={rng.uniform(0.3, 1.5):.2f}"


def mandelbrot(rng: random.Random, fps: Fraction) -> str:
    """A zoom into a fractal."""
    x, y = rng.choice([(-0.7436, -0.1318), (-0.1592, -1.0317), (0.2856, 0.0115), (-1.2506, 0.0201)])
    place = f"start_x={x}:start_y={y}:start_scale=0.8:end_scale=0.01:end_pts=250"
    return f"mandelbrot=s=320x180:r={fps}:{place}"


def life(rng: random.Random, _: Fraction) -> str:
    """Conway's game, ten steps a second."""
    colours = f"death_color={colour(rng)}:life_color={colour(rng)}:mold_color={colour(rng)}"
    cells = f"life=s=160x90:r=10:mold=12:ratio=0.25:seed={seed(rng)}:{colours}"
    return f"{cells},trim=start_frame=30,setpts=PTS-STARTPTS"


def gradients(rng: random.Random, fps: Fraction) -> str:
    """Soft colours that turn."""
    # The filter's seed does not make all of it repeatable, so its colours and its line are given.
    colours = ":".join(f"c{index}={colour(rng)}" for index in range(4))
    line = f"x0={rng.randrange(WIDTH // 2)}:y0={rng.randrange(HEIGHT)}"
    line += f":x1={rng.randrange(WIDTH // 2, WIDTH)}:y1={rng.randrange(HEIGHT)}"
    speed = rng.uniform(0.008, 0.03)
    return f"gradients={FULL}:r={fps}:n=4:seed={seed(rng)}:speed={speed:.3f}:{colours}:{line}"


def cellauto(rng: random.Random, fps: Fraction) -> str:
    """A cellular automaton that scrolls up."""
    rule, hue = rng.choice([18, 30, 54, 90, 110, 150]), f"hue=h={rng.randrange(360)}"
    paint = f"colorchannelmixer=rr={rng.random():.2f}:gg={rng.random():.2f}:bb={rng.random():.2f}"
    return f"cellauto=s=160x90:r={fps}:rule={rule}:seed={seed(rng)},format=rgb24,{paint},{hue}"


def texture(rng: random.Random, fps: Fraction) -> str:
    """A rough surface that a camera glides over."""
    across, down = rng.choice([(48, 27), (96, 54), (160, 90)])
    noise = f"noise=alls={rng.randrange(40, 100)}:all_seed={seed(rng)}"
    x = f"480+470*sin({rng.uniform(0.5, 3):.2f}*n/300)"
    y = f"270+260*sin({rng.uniform(0.2, 1.2):.2f}*n/300)"
    still = f"color={colour(rng)}:s={across}x{down}:r={fps},{noise},scale=1600:900:flags=bicubic"
    return f"{still},crop={WIDTH}:{HEIGHT}:x='{x}':y='{y}'"


def shapes(rng: random.Random, fps: Fraction) -> str:
    """Boxes that swing about."""
    parts = [f"color={colour(rng)}:{FULL}:r={fps}[s0]"]
    for index in range(rng.randrange(4, 9)):
        size = f"{rng.randrange(30, 200)}x{rng.randrange(30, 160)}"
        left = f"{WIDTH // 2}-w/2+{rng.randrange(80, 300)}*{swing(rng)}"
        top = f"{HEIGHT // 2}-h/2+{rng.randrange(50, 170)}*{swing(rng)}"
        parts.append(f"color={colour(rng)}:s={size}:r={fps}[b{index}]")
        parts.append(f"[s{index}][b{index}]overlay=x='{left}':y='{top}'[s{index + 1}]")
    return ";".join(parts) + f";[s{len(parts) // 2}]null"


def sierpinski(rng: random.Random, fps: Fraction) -> str:
    """A walk over a carpet of squares."""
    return f"sierpinski={FULL}:r={fps}:seed={seed(rng)}:jump=60,hue=h={rng.randrange(360)},boxblur=2"


def starfield(rng: random.Random, fps: Fraction) -> str:
    """Points of light at three depths that drift past."""
    sky = f"lutyuv=y='16+val*{rng.uniform(0.3, 1):.2f}':u={rng.randrange(108, 156)}:v={rng.randrange(108, 156)}"
    across, down = rng.uniform(-0.004, 0.004), rng.uniform(-0.004, 0.004)
    layers = []
    for depth in (1, 2, 3):
        # Of the noise only the few brightest points are left.
        level = 230 - 4 * depth
        dark = f"color=gray:s={320 // depth}x{180 // depth}:r={fps},format=yuv420p"
        points = f"{dark},noise=c0s=70:c0_seed={seed(rng)},lutyuv=y='if(gt(val,{level}),235,16)'"
        move = f"scroll=horizontal={across * depth:.5f}:vertical={down * depth:.5f}"
        layers.append(f"{points},{FIT},{move}[l{depth}]")
    merge = "[l1][l2]blend=all_mode=lighten[l12];[l12][l3]blend=c0_mode=lighten"
    return f"{';'.join(layers)};{merge},{sky}"


def page(rng: random.Random, fps: Fraction) -> str:
    """A page of text that scrolls up; rows of bars where no text can be drawn."""
    speed = rng.uniform(0.4, 2.5)
    if not has_text():
        noise = f"noise=c0s=100:c0_seed={seed(rng)},lutyuv=y='if(gt(val,128),220,40)'"
        rows = f"color=gray:s=40x180:r={fps},format=yuv420p,{noise}"
        return f"{rows},scale={WIDTH}:1440:flags=neighbor,scroll=vertical={speed / 1440:.5f},crop={WIDTH}:{HEIGHT}:0:0"
    size = rng.randrange(14, 34)
    text = "\n".join(words(rng, rng.randrange(3, 12)) for _ in range(80))
    paper, ink = rng.choice([("white", "black"), ("#fdf6e3", "#202840"), ("#101418", "#e0e0d0"), ("navy", "yellow")])
    place = f"x={rng.randrange(10, 90)}:y='{rng.randrange(20, 300)}-{speed:.2f}*n'"
    font = f"fontsize={size}:fontcolor={ink}:line_spacing={rng.randrange(2, 20)}"
    return f"color={paper}:{FULL}:r={fps},drawtext=text='{text}':{font}:{place}"


def head(rng: random.Random, fps: Fraction) -> str:
    """Somebody who talks: a head that nods and a mouth that moves, before a wall."""
    x = f"({rng.randrange(55, 106)}+{rng.uniform(1, 6):.1f}*sin({rng.uniform(0.5, 1.5):.2f}*T+{rng.uniform(0, 6):.1f}))"
    y = f"({rng.randrange(32, 42)}+{rng.uniform(0.5, 2.5):.1f}*sin({rng.uniform(1, 3):.2f}*T))"

    def inside(left: str, top: str, across: float, down: str) -> str:
        return f"lt(hypot((X-{left})/{across:.1f},(Y-{top})/({down})),1)"

    size = rng.uniform(13, 22)
    face = inside(x, y, size, f"{size * 1.3:.1f}")
    body = inside(x, "98", size * 2.4, f"{size * 1.9:.1f}")
    mouth = inside(x, f"({y}+{size * 0.6:.1f})", size * 0.35, f"0.8+2.5*abs(sin({rng.uniform(5, 9):.1f}*T))")
    wall = f"{rng.randrange(60, 200)}+{rng.uniform(-0.4, 0.4):.2f}*X+{rng.uniform(-0.4, 0.4):.2f}*Y"
    skin, cloth = rng.randrange(90, 200), rng.randrange(30, 220)
    luma = f"if({mouth},45,if({face},{skin}+10*sin(X/3),if({body},{cloth}+6*sin(Y/2),{wall})))"
    # Chroma planes have half the size, so their positions count double.
    double = f"st(0,X*2);st(1,Y*2);if({face.replace('X', 'ld(0)').replace('Y', 'ld(1)')}"
    blue, red = f"{double},112,{rng.randrange(100, 156)})", f"{double},148,{rng.randrange(100, 156)})"
    graph = f"color=gray:s=160x90:r={fps},format=yuv420p,geq=lum='{luma}':cb='{blue}':cr='{red}'"
    return f"{graph},{FIT},noise=c0s=6:c0_seed={seed(rng)}:c0f=t"


def still(rng: random.Random, width: int, height: int) -> str:
    """One frame that looks like a photograph: light, a horizon and textures of several sizes."""
    layers = []
    for index, (across, down, strength) in enumerate([(8, 5, 100), (40, 23, 80), (240, 135, 50)]):
        noise = f"format=yuv444p,noise=alls={strength}:all_seed={seed(rng)}"
        grain = f"color={colour(rng)}:s={across}x{down}:r=1,{noise}"
        layers.append(f"{grain},scale={width}:{height}:flags=bicubic[o{index}]")
    mixed = "[o0][o1]blend=all_expr=A*0.6+B*0.4[o01];[o01][o2]blend=all_expr=A*0.7+B*0.3"
    hills = f"{height}*(0.5+{rng.uniform(0.05, 0.2):.2f}*sin(X/{rng.randrange(60, 300)}+{rng.uniform(0, 6):.1f}))"
    hills += f"+{rng.randrange(4, 30)}*sin(X/{rng.randrange(9, 40)})"
    shade = rng.uniform(0.3, 0.8)
    land = f"geq=lum='if(gt(Y,{hills}),lum(X,Y)*{shade:.2f},min(lum(X,Y)+40,235))':cb='cb(X,Y)':cr='cr(X,Y)'"
    return f"{';'.join(layers)};{mixed},{land},trim=end_frame=1"


def photo(rng: random.Random, fps: Fraction) -> str:
    """A photograph with a slow zoom, as in slide shows."""
    rate = rng.uniform(0.0004, 0.0018)
    zoom = f"1+{rate:.5f}*on" if rng.random() < 0.5 else f"max(1.6-{rate:.5f}*on,1)"
    x = f"x='(iw-iw/zoom)*{rng.random():.2f}':y='(ih-ih/zoom)*{rng.random():.2f}'"
    return f"{still(rng, 3 * WIDTH // 2, 3 * HEIGHT // 2)},zoompan=z='{zoom}':{x}:d={LONG}:{FULL}:fps={fps}"


def sway(rng: random.Random, fps: Fraction) -> str:
    """A view from a hand-held camera."""
    held = f"{still(rng, WIDTH + 80, HEIGHT + 44)},loop=loop=-1:size=1,setpts=N/({fps})/TB,fps={fps}"
    x = f"40+{rng.randrange(8, 24)}*sin(n/{rng.randrange(9, 30)})+{rng.randrange(3, 10)}*sin(n/{rng.randrange(3, 8)})"
    y = f"22+{rng.randrange(5, 14)}*cos(n/{rng.randrange(8, 25)})"
    return f"{held},crop={WIDTH}:{HEIGHT}:x='{x}':y='{y}'"


def lowlight(rng: random.Random, fps: Fraction) -> str:
    """A dark, still view with the noise of a sensor."""
    dark = f"lutyuv=y='16+(val-16)*{rng.uniform(0.15, 0.45):.2f}'"
    noise = f"noise=alls={rng.randrange(8, 26)}:all_seed={seed(rng)}:allf=t"
    return f"{still(rng, WIDTH, HEIGHT)},{dark},loop=loop=-1:size=1,setpts=N/({fps})/TB,fps={fps},{noise}"


def plasma(rng: random.Random, fps: Fraction) -> str:
    """Clouds of colour that flow."""

    def waves(size: float) -> str:
        parts = []
        for _ in range(3):
            x, y = rng.uniform(-0.16, 0.16) * size, rng.uniform(-0.16, 0.16) * size
            parts.append(f"sin({x:.3f}*X+{y:.3f}*Y+{rng.uniform(-2.5, 2.5):.2f}*T+{rng.uniform(0, 6):.1f})")
        return "+".join(parts)

    luma = f"126+{rng.randrange(15, 36)}*({waves(1)})"
    blue, red = f"128+{rng.randrange(5, 25)}*({waves(2)})", f"128+{rng.randrange(5, 25)}*({waves(2)})"
    return f"color=gray:s=80x45:r={fps},format=yuv420p,geq=lum='{luma}':cb='{blue}':cr='{red}',{FIT}"


def screen(rng: random.Random, fps: Fraction) -> str:
    """A screen recording: windows, lines of text that appear, a pointer that moves."""
    steps = [f"color={colour(rng)}:{FULL}:r={fps}"]
    for _ in range(rng.randrange(2, 5)):
        left, top = rng.randrange(0, 400), rng.randrange(0, 240)
        width, height = rng.randrange(120, 420), rng.randrange(80, 240)
        steps.append(f"drawbox={left}:{top}:{width}:{height}:{colour(rng)}:fill")
        steps.append(f"drawbox={left}:{top}:{width}:14:{rng.choice(['gray', 'navy', 'black'])}:fill")
    left, top, ink, every = rng.randrange(20, 200), rng.randrange(30, 90), colour(rng), rng.randrange(4, 20)
    for line in range(14):
        shown = f"enable='gte(n,{line * every})'"
        if has_text():
            text = words(rng, rng.randrange(2, 8))
            steps.append(f"drawtext=text='{text}':fontsize=15:fontcolor={ink}:x={left}:y={top + 18 * line}:{shown}")
        else:
            steps.append(f"drawbox={left}:{top + 18 * line}:{rng.randrange(80, 400)}:9:{ink}:fill:{shown}")
    pointer = f"color=white:s=8x12:r={fps}[p]"
    move = f"overlay=x='320+{rng.randrange(80, 290)}*{swing(rng)}':y='180+{rng.randrange(40, 160)}*{swing(rng)}'"
    return f"{','.join(steps)}[w];{pointer};[w][p]{move}"


def rotor(rng: random.Random, fps: Fraction) -> str:
    """A rough disc that turns."""
    across, down = rng.choice([(32, 32), (72, 72), (140, 140)])
    plate = f"color={colour(rng)}:s={across}x{down}:r={fps},noise=alls={rng.randrange(50, 100)}:all_seed={seed(rng)}"
    turn = rng.choice([-1, 1]) * rng.uniform(0.15, 1.2)
    return f"{plate},scale=760:760:flags=bicubic,rotate=a='{turn:.2f}*t':c={colour(rng)},crop={WIDTH}:{HEIGHT}"


SCENES: dict[str, Scene] = {
    make.__name__: make
    for make in (
        testsrc2, mandelbrot, life, gradients, cellauto, texture, shapes, sierpinski,
        starfield, page, head, photo, sway, lowlight, plasma, screen, rotor,
    )
}  # fmt: skip
