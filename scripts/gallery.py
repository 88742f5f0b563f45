#!/usr/bin/env python3
"""Render some seconds of the generated talk in every look, one picture each, and a page that shows them.

usage: scripts/gallery.py OPUSCLIP MEDIA OUT
"""

import html
import json
import subprocess
import sys
from pathlib import Path

CAPTIONS = ("highlight", "bold", "pop", "karaoke", "boxed", "plain")

# Name of the look and what makes it.
LOOKS: dict[str, dict[str, object]] = {
    **{f"captions-{name}": {"captions": name} for name in CAPTIONS},
    "captions-hook": {"captions": "highlight", "hook": True},
    "captions-style": {
        "captions": "boxed",
        "caption_style": {"box_color": "#5b2be0e0", "highlight_color": "#ffe066", "uppercase": True, "position": "middle"},
    },
}

WHOLE = {"x": 0, "y": 0, "width": 1, "height": 1}
LAYOUTS = {
    "layout-fill": ("fill", [{"x": 0.342, "y": 0, "width": 0.3164, "height": 1}], []),
    "layout-fit": ("fit", [WHOLE], []),
    "layout-fit-plain": ("fit", [WHOLE], []),
    "layout-split": (
        "split",
        [{"x": 0.225, "y": 0.02, "width": 0.55, "height": 0.87}, {"x": 0.34, "y": 0.06, "width": 0.32, "height": 0.506}],
        [{"x": 0.25, "y": 0.55, "width": 0.5, "height": 0.4}],
    ),
    "layout-screen": (
        "screen",
        [WHOLE, {"x": 0.33, "y": 0.05, "width": 0.34, "height": 0.73}],
        [{"x": 0.25, "y": 0.37, "width": 0.5, "height": 0.33}],
    ),
}
"""What each shows of the picture: its layout, a crop for each panel as shares of the picture, and where faces are in the
frame. Set by hand, because the talk is drawn and has no faces that a detector would find."""

# Seconds of the clip at which a picture is taken, and how long the clip is.
MOMENT, LENGTH = 1.6, 4.0


def main(opusclip: str, media: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    base = out / "base"
    run(opusclip, "extract", media / "talk.mp4", "-t", media / "talk.srt", "--out", base, "--count", 1, "--min", 15,
        "--no-captions", "--overwrite", "--quiet", "--no-cache", "--crf", 30)
    manifest = json.loads((base / "manifest.json").read_text())
    shorten(manifest)
    framed = manifest["clips"][0]["framing"]
    for name in [*LOOKS, *LAYOUTS]:
        options = LOOKS.get(name) or {"captions": "highlight"}
        background = "plain" if name.endswith("plain") else "blurred"
        manifest["render"] |= {"captions": False, "crf": 20, "background": background, **options}
        manifest["clips"][0]["framing"] = framing(*LAYOUTS[name]) if name in LAYOUTS else framed
        folder = out / name
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(manifest))
        run(opusclip, "render", folder / "manifest.json", "--force", "--quiet")
        run("ffmpeg", "-y", "-v", "error", "-ss", MOMENT, "-i", folder / "clip-01.mp4", "-frames:v", 1,
            out / f"{name}.png")
        print(f"gallery: {name}")
        manifest["render"] |= {"hook": False, "caption_style": {}}
    (out / "index.html").write_text(page())


def shorten(manifest: dict) -> None:
    """Keep the first seconds of the only clip."""
    clip = manifest["clips"][0]
    first = clip["ranges"][0]
    end = min(first["end"], first["start"] + LENGTH)
    clip["ranges"] = [{"start": first["start"], "end": end}]


def framing(layout: str, crops: list[dict[str, float]], faces: list[dict[str, float]]) -> dict:
    """A framing by hand for the whole source."""
    views = [{"crop": crop, "path": []} for crop in crops]
    shot = {"start": 0, "end": 1e6, "layout": layout, "views": views, "reason": "by hand", "faces": faces}
    return {"layout": layout, "crop": crops[0], "reason": "by hand", "shots": [shot]}


def page() -> str:
    figures = "".join(
        f'<figure><video src="{name}/clip-01.mp4" poster="{name}.png" controls loop muted></video>'
        f"<figcaption>{html.escape(name)}</figcaption></figure>\n"
        for name in [*LOOKS, *LAYOUTS]
    )
    style = "body{background:#16161a;color:#eee;font:16px sans-serif;display:flex;flex-wrap:wrap;gap:16px}" \
        "figure{margin:0}video{width:240px;border-radius:8px}"
    return f"<!doctype html><meta charset=utf-8><title>Looks</title><style>{style}</style>\n{figures}"


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
