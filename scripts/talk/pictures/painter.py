"""Video of the shots: FFmpeg lays the layers over each other and encodes them, scene by scene."""

from __future__ import annotations

import math
import random
from pathlib import Path

from ..programs import ffmpeg, lavfi, options
from ..script import Part, told
from ..timeline import FPS, Scene
from . import stage
from .looks import layers, seen
from .people import MOUTH_HEIGHT, MOUTH_WIDTH, MOUTHS, mouth_levels
from .stage import Layer

ENCODE = (
    *options("-an -c:v libx264 -preset veryfast -crf 22 -threads 1 -pix_fmt yuv420p"),
    *("-g", str(FPS * 5)),
    *options("-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv -video_track_timescale 15360"),
)
STRAIGHT = "format=gbrap,unpremultiply=inplace=1"  # librsvg's pixels are premultiplied
HOLD = f"loop=-1:1:0,setpts=N/({FPS}*TB)"  # one picture, again and again


class Painter:
    """Draws scenes to H.264 with FFmpeg, in a directory of its own."""

    def __init__(self, directory: Path, width: int, height: int, seed: int) -> None:
        self.directory, self.width, self.height, self.seed = directory, width, height, seed
        self.scale = max(width / stage.WIDTH, height / stage.HEIGHT)
        self.left = (width - stage.WIDTH * self.scale) / 2
        self.top = (height - stage.HEIGHT * self.scale) / 2
        self.svg = b" librsvg " in ffmpeg("-decoders")
        self.mouths = [self.draw_mouth(i) for i in range(len(MOUTHS))] if self.svg else []

    def paint(self, number: int, scene: Scene) -> Path:
        """Encode one scene; returns its file."""
        out = self.directory / f"scene{number:03}.mp4"
        part = told(scene.part)
        encode = (*ENCODE, "-frames:v", str(scene.last - scene.first), str(out))
        if not self.svg:
            self.paint_plainly(part, encode)
            return out
        inputs: list[str] = []
        graph: list[str] = []
        stack = layers(scene.look, part, random.Random(self.seed * 1000 + number))
        for i, layer in enumerate(stack):
            name = f"{number:03}-{i:02}"
            inputs += self.mouth_input(name, scene) if layer.mouth else self.svg_input(name, layer)
            graph += [self.ground()] if i == 0 else self.laid_over(i, layer)
        ffmpeg(*inputs, "-filter_complex", ";".join(graph), "-map", f"[base{len(stack) - 1}]", *encode)
        return out

    def paint_plainly(self, part: Part, encode: tuple[str, ...]) -> None:
        """A gradient, a title and a moving block, for an FFmpeg without SVG."""
        text = " ".join(part.title)
        sky = f"s={self.width}x{self.height}:c0={part.sky[0]}:c1={part.sky[1]}:r={FPS}"
        block = f"s={self.pixels(240)}x{self.pixels(320)}:r={FPS}"
        ffmpeg(
            *lavfi(f"gradients={sky}:speed=0.01:duration=3600", f"color={part.accent}:{block}"),
            "-filter_complex",
            f"[0:v]drawtext=text='{text}':fontcolor=white:fontsize={self.pixels(56)}:x=(w-tw)/2:y=h/8[a];"
            f"[a][1:v]overlay=x='(W-w)/2+{self.pixels(30)}*sin(t)':y='H-h+{self.pixels(16)}*sin(t*1.7)',setsar=1",
            *encode,
        )

    def pixels(self, units: float) -> int:
        """A length on the stage in pixels, even and not nothing."""
        return max(2, round(units * self.scale / 2) * 2)

    def covers(self) -> bool:
        """Whether the stage has the picture's shape, so that nothing is cropped."""
        return self.pixels(stage.WIDTH) == self.width and self.pixels(stage.HEIGHT) == self.height

    def write_svg(self, name: str, layer: Layer) -> Path:
        """Write a drawing in the size that it has in the picture."""
        path = self.directory / f"{name}.svg"
        path.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'width="{self.pixels(layer.width)}" height="{self.pixels(layer.height)}" '
            f'viewBox="0 0 {layer.width} {layer.height}" preserveAspectRatio="none">{layer.svg}</svg>',
            encoding="utf-8",
        )
        return path

    def draw_mouth(self, level: int) -> bytes:
        """A mouth as a raw picture, drawn once for all frames."""
        svg = self.write_svg(f"mouth{level}", Layer(MOUTHS[level], MOUTH_WIDTH, MOUTH_HEIGHT))
        return ffmpeg("-i", svg, "-vf", STRAIGHT, *options("-f rawvideo -pix_fmt rgba -"))

    def mouth_input(self, name: str, scene: Scene) -> tuple[str, ...]:
        """The mouth of a whole scene as FFmpeg's input."""
        raw = self.directory / f"mouth{name}.raw"
        raw.write_bytes(b"".join(self.mouths[level] for level in mouth_levels(scene, seen(scene.look))))
        size = f"{self.pixels(MOUTH_WIDTH)}x{self.pixels(MOUTH_HEIGHT)}"
        return (*options(f"-f rawvideo -pix_fmt rgba -video_size {size} -framerate {FPS} -i"), str(raw))

    def svg_input(self, name: str, layer: Layer) -> tuple[str, ...]:
        """A drawing as FFmpeg's input."""
        return "-i", str(self.write_svg(f"layer{name}", layer))

    def ground(self) -> str:
        """The filters that make the lowest layer the picture."""
        crop = "" if self.covers() else f"crop={self.width}:{self.height},"
        scale = f"scale={self.width}:{self.height}:out_color_matrix=bt709,format=yuv420p"
        return f"[0:v]{crop}{scale},{HOLD},fps={FPS},setsar=1[base0]"

    def laid_over(self, i: int, layer: Layer) -> tuple[str, str]:
        """The filters that prepare a layer and lay it over those below."""
        x = f"{self.left:.1f}+({layer.x})*{self.scale:.5f}"
        y = f"{self.top:.1f}+({layer.y})*{self.scale:.5f}"
        prepare = "" if layer.mouth else f"{STRAIGHT},"
        if layer.turn:
            width, height = self.pixels(layer.width), self.pixels(layer.height)
            side = 2 * math.ceil(math.hypot(width, height) / 2)
            prepare += f"format=rgba,{HOLD},rotate=a='{layer.turn}':ow={side}:oh={side}:c=black@0:bilinear=1,"
            x += f"-{(side - width) / 2:.0f}"
            y += f"-{(side - height) / 2:.0f}"
        enable = f":enable='{layer.enable}'" if layer.enable else ""
        return (
            f"[{i}:v]{prepare}scale=out_color_matrix=bt709,format=yuva420p[layer{i}]",
            f"[base{i - 1}][layer{i}]overlay=x='{x}':y='{y}':eval=frame:format=yuv420{enable}[base{i}]",
        )
