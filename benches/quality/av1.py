#!/usr/bin/env python3
"""AV1 encoders side by side: frames a second and bytes at equal quality, through `opusclip render`.

The same frames of 1080x1920 are rendered by rav1e in-process, by SVT-AV1 and by libaom, each with the same number of
threads, and by libx264 at CRF 20, whose SSIM is what the others are brought to: their CRF is searched until they differ
by 0.0005 at most, or by the smallest step that there is. What is compared is what `opusclip render` writes with what it
read, by ffmpeg's `ssim`.

Without --data there are two contents: `drawn` (a generated talk, flat and sharp) and `texture` (a zoom into a fractal, fine
and moving everywhere; --seed decides where). With it, the beginning of each of its videos. Seconds are of the whole command, so
decoding and composing are in them: the row `libx264 ultrafast` tells how little that is. CPU is processor time a frame,
which does not depend on what else the machine does.

`SSIM at 20` is what an encoder makes of CRF 20: the nearer to libx264's, the better a CRF is carried over.

The last line, `fps_rav1e= fps_svtav1= fps_aom= worst_carry=`, is the means over contents at the default speed, and the
largest distance from libx264's SSIM at CRF 20.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common
from common import BenchError

OUT = common.ROOT / "target" / "quality-av1"
ENCODERS = ("rav1e", "libsvtav1", "libaom-av1")
DEFAULT_SPEED = "veryfast"
SIZE = (1080, 1920)
RATE = 25
CRF = 20.0
"""The default of `opusclip`."""
NEAR = 0.0005
TRIES = 7
LEAST_STEP = 0.3
"""CRF is rounded to whole numbers of other scales; smaller steps change nothing."""
BORDER = [(-0.743643887, 0.131825904), (-0.1592, 1.0317), (-1.25066, 0.02012), (0.2925755, 0.0149977)]
VIDEOS = {".mp4", ".mov", ".mkv", ".webm", ".ts"}


@dataclass(frozen=True)
class Run:
    """One rendering of one content."""

    crf: float
    ssim: float
    size: int
    wall: float
    cpu: float


class Content:
    """A lossless video, and what encoders make of it."""

    def __init__(self, name: str, video: Path, frames: int, threads: int) -> None:
        self.name, self.video, self.frames, self.threads = name, video, frames, threads

    def render(self, codec: str, encoder: str, speed: str, crf: float) -> Run:
        """Render all of it."""
        with tempfile.TemporaryDirectory(dir=self.video.parent) as folder:
            manifest, out = Path(folder, "manifest.json"), Path(folder, "out")
            manifest.write_text(json.dumps(self.manifest(codec, encoder, speed, crf)), encoding="utf-8")
            used = common.measure([common.OPUSCLIP, "render", manifest, "--out", out, "--quiet"])
            clip = out / "clip-01.mp4"
            return Run(crf, self.ssim(clip), clip.stat().st_size, used.wall, used.cpu)

    def manifest(self, codec: str, encoder: str, speed: str, crf: float) -> dict[str, object]:
        """What is to be rendered: everything, as it is."""
        length = self.frames / RATE
        whole = {"x": 0, "y": 0, "width": 1, "height": 1}
        clip = {
            "index": 1, "start": 0, "end": length, "duration": length, "ranges": [{"start": 0, "end": length}],
            "score": 0, "features": [], "reason": "", "text": "", "words": [],
            "framing": {"layout": "fill", "crop": whole, "reason": ""},
            "video": "clip-01.mp4", "thumbnail": "clip-01.jpg", "width": 0, "height": 0,
            "frame_rate": {"num": RATE, "den": 1}, "encoder": "", "loudness": None,
        }  # fmt: skip
        render = {
            "width": SIZE[0], "height": SIZE[1], "layout": "fill", "follow": False, "codec": codec, "encoder": encoder,
            "speed": speed, "crf": crf, "threads": self.threads,
        }  # fmt: skip
        source = {"path": str(self.video), "size": self.video.stat().st_size, "duration": 0}
        return {"version": 1, "generator": "", "source": source, "render": render, "clips": [clip], "notes": []}

    def ssim(self, clip: Path) -> float:
        """How alike the clip and the frames are; an error where it has not all of them."""
        counted = common.run(
            ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", "stream=nb_read_frames",
             "-of", "csv=p=0", clip]
        )  # fmt: skip
        if int(counted.strip().rstrip(",")) != self.frames:
            raise BenchError(f"{clip.name} of {self.name} has {counted.strip()} frames, not {self.frames}")
        with tempfile.NamedTemporaryFile("r", dir=self.video.parent) as stats:
            graph = f"[0:v][1:v]ssim=stats_file={stats.name}"
            common.run(["ffmpeg", "-v", "error", "-i", clip, "-i", self.video, "-lavfi", graph, "-f", "null", "-"])
            return mean(float(found) for found in re.findall(r"All:([\d.]+)", stats.read()))

    def equal(self, encoder: str, speed: str, wanted: float) -> tuple[Run, Run]:
        """The run at the default CRF, and the one whose SSIM is nearest to what is wanted."""
        first = self.render("av1", encoder, speed, CRF)
        runs, low, high = [first], 1.0, 51.0
        while len(runs) < TRIES and abs(runs[-1].ssim - wanted) > NEAR:
            # Less SSIM than wanted: a better, lower CRF.
            if runs[-1].ssim < wanted:
                high = runs[-1].crf
            else:
                low = runs[-1].crf
            crf = between(runs, wanted, low, high)
            if min(abs(crf - run.crf) for run in runs) < LEAST_STEP:
                break
            runs.append(self.render("av1", encoder, speed, crf))
        return first, min(runs, key=lambda run: abs(run.ssim - wanted))


def between(runs: list[Run], wanted: float, low: float, high: float) -> float:
    """Where the line through the two runs next to what is wanted meets it, inside what is still open."""
    if len(runs) == 1:
        return min(max(runs[0].crf + (runs[0].ssim - wanted) * 700, low), high)
    one, other = sorted(runs, key=lambda run: abs(run.ssim - wanted))[:2]
    if one.ssim == other.ssim:
        return (low + high) / 2
    crf = one.crf + (wanted - one.ssim) * (other.crf - one.crf) / (other.ssim - one.ssim)
    return crf if low < crf < high else (low + high) / 2


def contents(options: argparse.Namespace) -> Iterator[Content]:
    """Lossless videos of the wanted size, made anew."""
    OUT.mkdir(parents=True, exist_ok=True)
    fill = f"scale={SIZE[0]}:{SIZE[1]}:force_original_aspect_ratio=increase,crop={SIZE[0]}:{SIZE[1]},fps={RATE}"
    if options.data is None:
        talk, _, _ = common.talk()
        # Points at the border of the set, where there is something to see at every scale.
        x, y = random.Random(options.seed).choice(BORDER)
        scene = f"mandelbrot=s=1080x1920:rate={RATE}:start_x={x}:start_y={y}:start_scale=0.3:end_scale=0.01:end_pts=200"
        sources = {"drawn": ["-ss", "20", "-i", talk], "texture": ["-f", "lavfi", "-i", scene]}
    else:
        files = [options.data] if options.data.is_file() else sorted(options.data.iterdir())
        sources = {file.stem: ["-i", file] for file in files if file.suffix.lower() in VIDEOS}
        if not sources:
            raise BenchError(f"{options.data} holds no videos")
    tags = "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv".split()
    for name, source in sources.items():
        video = OUT / f"{name}.mkv"
        lossless = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-g", "25", "-pix_fmt", "yuv420p"]
        common.run(
            ["ffmpeg", "-v", "error", "-y", *source, "-vf", f"{fill},scale=out_color_matrix=bt709:out_range=tv",
             "-frames:v", str(options.frames), *lossless, *tags, video]
        )  # fmt: skip
        yield Content(name, video, options.frames, options.threads)


def row(name: str, speed: str, run: Run, at_default: float, frames: int) -> None:
    """One line of the table."""
    print(
        f"  {name:11} {speed:10} {run.crf:5.1f} {run.ssim:8.4f} {run.size / 1000:9.1f} {frames / run.wall:7.2f} "
        f"{run.cpu / frames * 1000:8.0f} {at_default:11.4f}",
        flush=True,
    )


def bench(options: argparse.Namespace) -> None:
    """Render, search and print."""
    for program in ("ffmpeg", "ffprobe", common.OPUSCLIP):
        common.need_program(program)
    os.environ["SVT_LOG"] = "1"
    rates: dict[str, list[float]] = {encoder: [] for encoder in ENCODERS}
    worst = 0.0
    print(f"quality-av1: {options.frames} frames of {SIZE[0]}x{SIZE[1]}, {options.threads} threads, seed {options.seed}")
    for content in contents(options):
        frames = content.frames
        print(f"{content.name}\n  {'encoder':11} {'speed':10} {'crf':>5} {'SSIM':>8} {'kB':>9} {'fps':>7} {'CPU ms':>8} {'SSIM at 20':>11}")
        row("libx264", "ultrafast", run := content.render("h264", "libx264", "ultrafast", CRF), run.ssim, frames)
        target = content.render("h264", "libx264", DEFAULT_SPEED, CRF)
        row("libx264", DEFAULT_SPEED, target, target.ssim, frames)
        for speed in options.speeds:
            for encoder in options.encoders:
                try:
                    first, equal = content.equal(encoder, speed, target.ssim)
                except BenchError as error:
                    if "media.no_encoder" not in str(error):
                        raise
                    print(f"  {encoder:11} is not here")
                    continue
                row(encoder, speed, equal, first.ssim, frames)
                if speed == options.speeds[0]:
                    rates[encoder].append(frames / equal.wall)
                    worst = max(worst, abs(first.ssim - target.ssim))
    fps = {encoder: mean(found) if found else 0.0 for encoder, found in rates.items()}
    common.closing(
        fps_rav1e=fps["rav1e"], fps_svtav1=fps["libsvtav1"], fps_aom=fps["libaom-av1"], worst_carry=worst
    )


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description="AV1 encoders side by side at equal SSIM.")
    parser.add_argument("--data", type=Path, help="a video or a folder of videos (default: two generated contents)")
    parser.add_argument("--seed", type=int, default=1, help="where the fractal is looked at (default 1)")
    parser.add_argument("--frames", type=int, default=75, help="of each content (default 75)")
    parser.add_argument("--threads", type=int, default=min(os.cpu_count() or 1, 4), help="of each encoder (default: cores, at most 4)")
    parser.add_argument("--speeds", default=f"{DEFAULT_SPEED},medium", help="by x264's names, the first in the last line (default veryfast,medium)")
    parser.add_argument("--encoders", default=",".join(ENCODERS), help="which (default all)")
    options = parser.parse_args()
    options.speeds = options.speeds.split(",")
    options.encoders = options.encoders.split(",")
    if options.frames < 1 or options.threads < 1:
        parser.error("--frames and --threads must be positive")
    return options


def main() -> int:
    """Read the options and run the bench."""
    options = parsed()
    try:
        bench(options)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
