"""The whole job as people write it with PySceneDetect and moviepy 2; run by the interpreter that has both.

    python by_moviepy.py job.json

`job.json` names the source, the clips (start, duration, captions), the crop and the encoder's settings. The captions
are those that stand on opusclip's clips, phrase by phrase, without its word by word highlight.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from moviepy import CompositeVideoClip, TextClip, VideoFileClip, afx, vfx
from scenedetect import ContentDetector, detect


def caption(text: str, start: float, end: float, job: dict[str, Any]) -> TextClip:
    """A phrase over the lower third."""
    clip = TextClip(
        font=job["font"],
        text=text,
        font_size=82,
        color="white",
        stroke_color="#101010",
        stroke_width=6,
        text_align="center",
        method="label",
        margin=(12, 12),
    )
    return clip.with_start(start).with_duration(end - start).with_position(("center", 0.58), relative=True)


def main() -> None:
    """Do the job."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    scenes = detect(job["source"], ContentDetector())
    width, height = job["size"]
    for number, clip in enumerate(job["clips"], 1):
        with VideoFileClip(job["source"]) as source:
            part = source.subclipped(clip["start"], clip["start"] + clip["duration"])
            shape = part.h * width / height
            part = part.with_effects(
                [vfx.Crop(x_center=part.w / 2, width=round(shape / 2) * 2, height=part.h, y1=0), vfx.Resize((width, height))]
            )
            part = part.with_audio(part.audio.with_effects([afx.AudioNormalize()]))
            texts = [caption(text, start, end, job) for start, end, text in clip["captions"]]
            whole = CompositeVideoClip([part, *texts], size=(width, height)).with_duration(clip["duration"])
            whole.write_videofile(str(Path(job["out"]) / f"clip-{number:02}.mp4"), logger=None, **job["encoder"])
    print(f"{len(scenes)} scenes")


if __name__ == "__main__":
    main()
