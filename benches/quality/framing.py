#!/usr/bin/env python3
"""How well the camera keeps people in the frame, and how calm it is, on seeded scenes whose truth is known.

Each scene is a head, cut out of a sample video, that moves over a moving background: it sways, walks, stops and goes on,
comes in and leaves; or there are two, near to each other or far apart. The clip is vertical. What is judged is the
framing in the manifest, frame by frame, against where the heads really are:

- `in_frame`: share of the frames in which a head that is whole in the picture is whole in the frame (with two panels, in
  one of them);
- `still`: share of the frames without movement, in scenes where one still frame holds the head all the time;
- `step`, `velocity`, `acceleration`: the largest movement in a frame in shares of the picture's width, in widths a second,
  and in widths a second and second.

Beside it, for the same scenes, the middle of the picture (`middle`): what a crop without looking shows.

The last line is `in_frame= still= step= velocity= acceleration= middle=`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common

DATA = common.ROOT.parent / "shared" / "samples" / "video"
# File, second, and the head in it: left, top, width, height in pixels.
HEADS = [("pf-single_face.mp4", 0.5, (200, 22, 186, 290)), ("gcp-googlework_short.mp4", 30.2, (80, 12, 62, 88))]
WIDTH, HEIGHT, RATE, SECONDS = 1280, 720, 30, 12
CROP = 9 / 16 * HEIGHT / WIDTH
KINDS = ["sways", "walks", "stops", "comes_and_goes", "two_near", "two_far"]


@dataclass(frozen=True)
class Head:
    """Where the middle of a head is in each frame, and its size, in pixels."""

    x: np.ndarray
    y: np.ndarray
    width: int
    height: int
    picture: int


def waypoints(points: list[tuple[float, float]]) -> np.ndarray:
    times, places = zip(*points)
    t = np.arange(SECONDS * RATE) / RATE
    share = np.interp(t, times, np.arange(len(times)))
    low = np.minimum(share.astype(int), len(times) - 2)
    part = share - low
    # Legs begin and end gently, as people do.
    eased = part * part * (3 - 2 * part)
    places = np.array(places)
    return places[low] + (places[low + 1] - places[low]) * eased


def scene(kind: str, chance: random.Random) -> list[Head]:
    usual = int(HEIGHT * chance.uniform(0.22, 0.36))

    def head(place: np.ndarray, picture: int | None = None, height: int = usual) -> Head:
        sway = chance.uniform(0.5, 2.0)
        t = np.arange(SECONDS * RATE) / RATE
        y = HEIGHT * (chance.uniform(0.35, 0.5) + 0.01 * np.sin(t * sway * 2))
        picture = chance.randrange(len(HEADS)) if picture is None else picture
        left, top, w, h = HEADS[picture][2]
        return Head(place * WIDTH, y, int(height * w / h), height, picture)

    t = np.arange(SECONDS * RATE) / RATE
    start = chance.uniform(0.2, 0.8)
    match kind:
        case "sways":
            return [head(start + chance.uniform(0.01, 0.05) * np.sin(t * chance.uniform(0.4, 2.5)))]
        case "walks":
            a, b = (0.15, 0.85) if chance.random() < 0.5 else (0.85, 0.15)
            return [head(waypoints([(0, a), (chance.uniform(0.5, 3), a), (chance.uniform(8, 11), b), (SECONDS, b)]))]
        case "stops":
            points, time, place = [(0.0, start)], 0.0, start
            while time < SECONDS:
                time += chance.uniform(1.0, 3.0)
                points.append((time, place))
                goal = chance.uniform(0.15, 0.85)
                time += max(abs(goal - place) / 0.14, 1.0)
                place = goal
                points.append((time, place))
            return [head(waypoints(points))]
        case "comes_and_goes":
            points = [(0, -0.15), (1, -0.15), (4, start), (8, start), (11, 1.15), (SECONDS, 1.15)]
            return [head(waypoints(points))]
        case "two_near":
            place = chance.uniform(0.3, 0.7)
            small = int(HEIGHT * 0.2)
            apart = small * 0.7 / WIDTH * 1.3
            return [head(place - apart / 2 + 0 * t, 0, small), head(place + apart / 2 + 0 * t, 1, small)]
        case _:
            return [head(0.18 + 0.02 * np.sin(t), 0), head(0.82 + 0.02 * np.sin(t * 1.3), 1)]


def cut_out(data: Path, name: str, second: float, box: tuple[int, int, int, int]) -> np.ndarray:
    left, top, width, height = box
    command = ["ffmpeg", "-v", "error", "-ss", str(second), "-i", str(data / name), "-frames:v", "1", "-vf",
               f"crop={width}:{height}:{left}:{top}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{picture.shape[1]}x{picture.shape[0]}",
               "-i", "-", "-vf", f"scale={width}:{height}:flags=lanczos", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, input=picture.tobytes()).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def texture(chance: random.Random) -> np.ndarray:
    """A soft, wide landscape of blobs that the background is a window of."""
    noise = np.random.default_rng(chance.randrange(1 << 30))
    small = noise.integers(40, 200, (12, 40, 3), dtype=np.uint8)
    return resized(small, WIDTH * 3 // 2, HEIGHT)


def write(path: Path, heads: list[Head], pictures: list[np.ndarray], chance: random.Random) -> None:
    background, drift = texture(chance), chance.uniform(-40, 40)
    faces = [resized(pictures[head.picture], head.width, head.height) for head in heads]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE),
               "-i", "-", "-f", "lavfi", "-i", f"sine=300:d={SECONDS}", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18",
               "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        for n in range(SECONDS * RATE):
            at = int(WIDTH / 4 + drift * n / RATE) % (WIDTH // 2)
            frame = background[:, at:at + WIDTH].copy()
            for head, face in zip(heads, faces):
                left, top = int(head.x[n] - head.width / 2), int(head.y[n] - head.height / 2)
                low, high = max(left, 0), min(left + head.width, WIDTH)
                if low < high:
                    frame[top:top + head.height, low:high] = face[:, low - left:high - left]
            encoder.stdin.write(frame.tobytes())
        encoder.stdin.close()
    if encoder.returncode:
        raise SystemExit(f"cannot write {path}")


def framing(video: Path, out: Path) -> dict:
    common.run([common.OPUSCLIP, "extract", video, "--out", out, "--count", 1, "--min", 10, "--max", SECONDS, "--size", "180x320",
                "--speed", "ultrafast", "--overwrite", "--quiet", "--no-cache"])
    return json.loads((out / "manifest.json").read_text())["clips"][0]


def view_at(view: dict, time: float) -> tuple[float, float]:
    path = view.get("path") or [{"time": 0.0, "x": view["crop"]["x"], "y": view["crop"]["y"]}]
    times = [point["time"] for point in path]
    return float(np.interp(time, times, [p["x"] for p in path])), float(np.interp(time, times, [p["y"] for p in path]))


def judge(clip: dict, heads: list[Head]) -> dict:
    shots = clip["framing"]["shots"]
    seen = whole = middle = 0
    places = []
    for n in range(int(clip["start"] * RATE), int(clip["end"] * RATE)):
        time = n / RATE
        shot = next((s for s in shots if s["start"] <= time + 1e-3 < s["end"]), shots[-1])
        crops = [(*view_at(view, time), view["crop"]["width"], view["crop"]["height"]) for view in shot["views"]]
        places.append((id(shot), crops[0][0]))
        for head in heads:
            left, right = (head.x[n] - head.width / 2) / WIDTH, (head.x[n] + head.width / 2) / WIDTH
            top, bottom = (head.y[n] - head.height / 2) / HEIGHT, (head.y[n] + head.height / 2) / HEIGHT
            if left < 0 or right > 1:
                continue
            seen += 1
            inside = lambda x, y, w, h: x <= left + 1e-3 and right <= x + w + 1e-3 and y <= top + 1e-3 and bottom <= y + h + 1e-3
            whole += any(inside(*crop) for crop in crops)
            middle += inside(0.5 - CROP / 2, 0.0, CROP, 1.0)
    # A camera that cuts with its source neither steps nor bends there.
    runs = [np.diff([place for _, place in run]) for _, run in itertools.groupby(places, lambda place: place[0])]
    steps = [step for run in runs for step in run]
    extent = [max((h.x + h.width / 2).max() for h in heads) / WIDTH, min((h.x - h.width / 2).min() for h in heads) / WIDTH]
    bends = np.concatenate([np.zeros(1), *(np.abs(np.diff(run)) * RATE * RATE for run in runs)])
    return {"seen": seen, "whole": whole, "middle": middle, "calm": extent[0] - extent[1] <= CROP,
            "frames": len(steps), "still": sum(abs(step) < 1e-5 for step in steps),
            "step": max(map(abs, steps), default=0.0), "acceleration": float(bends.max()), "layout": clip["framing"]["layout"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the sample videos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenes", type=int, default=24)
    parser.add_argument("--keep", type=Path, help="keep the scenes in this folder")
    options = parser.parse_args()
    missing = [name for name, *_ in HEADS if not (options.data / name).exists()]
    if missing:
        print(f"framing: {options.data / missing[0]} is not there", file=sys.stderr)
        return 2
    pictures = [cut_out(options.data, *head) for head in HEADS]
    results: dict[str, list[dict]] = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = options.keep or Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(options.scenes):
            chance = random.Random(options.seed * 1000 + number)
            kind = KINDS[number % len(KINDS)]
            heads = scene(kind, chance)
            video = folder / f"{number:03}-{kind}.mp4"
            write(video, heads, pictures, chance)
            results.setdefault(kind, []).append(judge(framing(video, folder / f"{number:03}-out"), heads))
    print(f"{'scenes':<16}{'in frame':>9}{'middle':>8}{'still':>7}{'step':>8}{'acceleration':>14}  layouts")
    every = [result for found in results.values() for result in found]
    for name, found in [*results.items(), ("all", every)]:
        total = lambda key: sum(result[key] for result in found)
        calm = [result for result in found if result["calm"]]
        still = sum(r["still"] for r in calm) / max(sum(r["frames"] for r in calm), 1) if calm else math.nan
        step, bend = max(r["step"] for r in found), max(r["acceleration"] for r in found)
        layouts = ",".join(sorted({r["layout"] for r in found}))
        in_frame, middle = total("whole") / max(total("seen"), 1), total("middle") / max(total("seen"), 1)
        print(f"{name:<16}{in_frame:>9.3f}{middle:>8.3f}{still:>7.3f}{step:>8.4f}{bend:>14.2f}  {layouts}")
    print(f"in_frame={in_frame:.4f} still={still:.4f} step={step:.5f} velocity={step * RATE:.3f} acceleration={bend:.3f} "
          f"middle={middle:.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
