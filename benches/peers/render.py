#!/usr/bin/env python3
"""Rendering one clip: opusclip beside the ffmpeg program with the same filters and encoder settings.

    (A) opusclip render manifest.json     (B) ffmpeg -i source ... clip.mp4

A and B run in turn (A B A B ...) after one warm-up of each, so that a busy machine slows both halves of a pair. B does
one pass over the sound with the gain that A found; A also measures loudness on what it encoded and corrects it, writes
a thumbnail, a contact sheet and a manifest, and puts everything on the disk before it gives it its name.

Three shorter commands of ffmpeg's (decoding alone, decoding and filtering, sound alone) tell what of B's time is the
encoder: B less filtering less sound. That is what nobody who encodes with these settings can go below.

Limit: `render_vs_ffmpeg_wall` at most 1.2. The last line is `render_vs_ffmpeg_wall= render_vs_ffmpeg_cpu=
encoder_share=`: the first two are medians of the ratios pair by pair, the third is the encoder's part of all the
processor time that opusclip takes.

Needs only the standard library, ffmpeg and ffprobe.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import common  # noqa: E402
from common import BenchError, Usage  # noqa: E402

LIMIT = 1.2
GOP_SECONDS = 2
STAGE_RUNS = 3

ASS_HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 0
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Caption,Open Sans ExtraBold,{size:.1f},&H00FFFFFF,&H00FFFFFF,&H00101010,&H80000000,-1,0,0,0,100,100,0,0,1,\
{outline:.1f},{shadow:.1f},2,{left},{right},{bottom},1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Peer:
    """Commands of the ffmpeg program that do what opusclip does to one clip, and parts of it."""

    whole: list[str]
    decoding: list[str]
    filtering: list[str]
    sound: list[str] | None


def on_clip(clip: dict[str, Any]) -> list[dict[str, Any]]:
    """The words of a clip of one range, timed from its start; in a manifest they are timed by the source."""
    start = clip["ranges"][0]["start"]
    return [{**word, "start": max(word["start"] - start, 0.0), "end": word["end"] - start} for word in clip["words"]]


def captions(words: Sequence[dict[str, Any]]) -> list[tuple[float, float, str]]:
    """Words to captions of at most two lines of about 20 letters, much as opusclip groups them."""
    groups: list[list[dict[str, Any]]] = []
    for word in words:
        group = groups[-1] if groups else []
        length = sum(len(w["text"]) + 1 for w in group)
        full = group and (
            length + len(word["text"]) > 40
            or word["end"] - group[0]["start"] > 4.0
            or word["start"] - group[-1]["end"] > 0.6
            or group[-1]["text"].endswith((".", "!", "?"))
            or (group[-1]["text"].endswith((",", ";", ":")) and length > 20)
        )
        if full or not groups:
            groups.append([word])
        else:
            group.append(word)
    shown = []
    for index, group in enumerate(groups):
        end = group[-1]["end"] + 0.4
        if index + 1 < len(groups):
            end = min(end, groups[index + 1][0]["start"])
        texts = [w["text"] for w in group]
        if sum(len(t) + 1 for t in texts) - 1 > 20 and len(texts) > 1:

            def uneven(at: int, texts: list[str] = texts) -> int:
                return abs(len(" ".join(texts[:at])) - len(" ".join(texts[at:])))

            at = min(range(1, len(texts)), key=uneven)
            text = " ".join(texts[:at]) + r"\N" + " ".join(texts[at:])
        else:
            text = " ".join(texts)
        shown.append((group[0]["start"], end, text))
    return shown


def ass_script(words: Sequence[dict[str, Any]], width: int, height: int) -> str:
    """The captions as a script for libass, in opusclip's style."""
    scale = min(width, height) / 1080

    def stamp(seconds: float) -> str:
        centis = round(max(seconds, 0) * 100)
        return f"{centis // 360000}:{centis // 6000 % 60:02}:{centis // 100 % 60:02}.{centis % 100:02}"

    header = ASS_HEADER.format(
        width=width,
        height=height,
        size=82 * scale,
        outline=6 * scale,
        shadow=2 * scale,
        left=round(width * 0.1),
        right=round(width * 0.15),
        bottom=round(height * 0.35),
    )
    lines = (f"Dialogue: 0,{stamp(a)},{stamp(b)},Caption,,0,0,0,,{text}\n" for a, b, text in captions(words))
    return header + "".join(lines)


def prepare(video: Path, transcript: Path | None, seconds: float, folder: Path) -> Path:
    """A manifest of one clip of about this length; returns its path."""
    shortest, longest = max(seconds - 5, 1.0), seconds + 5
    command: list[str | Path] = [common.OPUSCLIP, "extract", video, "--out", folder, "--count", "1", "--quiet"]
    command += ["--min", f"{shortest}", "--max", f"{longest}", "--layout", "fill"]
    if transcript is not None:
        command += ["--transcript", transcript]
    common.run(command)
    return folder / "manifest.json"


def peer(manifest: dict[str, Any], folder: Path) -> Peer:
    """What to type to have ffmpeg make the manifest's only clip."""
    if not manifest["clips"]:
        raise BenchError("no clip of this length was found: choose another --clip-seconds")
    clip, look = manifest["clips"][0], manifest["render"]
    if len(clip["ranges"]) != 1 or clip["framing"]["layout"] != "fill":
        raise BenchError("only a clip of one range with the layout `fill` has a plain counterpart in ffmpeg")
    if clip["encoder"] != "libx264":
        raise BenchError(f"the clip was encoded with {clip['encoder']}; this bench compares libx264 with itself")
    width, height, rate = clip["width"], clip["height"], clip["frame_rate"]
    frames_per_second = rate["num"] / rate["den"]
    crop = clip["framing"]["crop"]
    lines, named = picture_of(manifest["source"]["path"])
    matrix = "auto" if named != "unknown" else ("bt709" if lines >= 720 else "smpte170m")
    chain = [
        f"crop=iw*{crop['width']:.6f}:ih*{crop['height']:.6f}:iw*{crop['x']:.6f}:ih*{crop['y']:.6f}",
        f"scale={width}:{height}:flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv",
        "setsar=1",
        "format=yuv420p",
        "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
    ]
    if look["captions"] and clip["words"]:
        script = folder / "captions.ass"
        script.write_text(ass_script(on_clip(clip), width, height), encoding="utf-8")
        chain.append(f"ass=filename={script}")
    part = ["-ss", f"{clip['ranges'][0]['start']:.6f}", "-t", f"{clip['duration']:.6f}"]
    head = ["ffmpeg", "-v", "error", "-nostdin", "-y", *part, "-i", manifest["source"]["path"]]
    picture = ["-map", "0:v:0", "-vf", ",".join(chain), "-fps_mode", "cfr", "-r", f"{rate['num']}/{rate['den']}"]
    encoder = f"-c:v libx264 -preset {look['speed']} -crf {look['crf']} -profile:v high -forced-idr 1 -bf 2".split()
    encoder += f"-g {int(frames_per_second * GOP_SECONDS)} -flags +cgop".split()
    encoder += f"-threads {look['threads']} -colorspace bt709 -color_range tv -color_primaries bt709".split()
    encoder += ["-color_trc", "bt709"]
    sound: list[str] = []
    if clip["loudness"] is not None:
        # The limiter's margins are those that opusclip begins with: 0.1 dB, and 0.5 dB for what AAC adds.
        limit = 10 ** ((look["true_peak"] - 0.6) / 20)
        filters = (
            f"volume={clip['loudness']['gain']:.4f}dB:precision=float,aresample=192000,"
            f"alimiter=limit={limit:.6f}:attack=5:release=60:level=false:latency=true,aresample=48000"
        )
        sound = ["-map", "0:a:0", "-af", filters, "-c:a", "aac", "-aac_coder", "fast", "-ac", "2"]
        sound += ["-b:a", str(look["audio_bit_rate"])]
    target = ["-movflags", "faststart+negative_cts_offsets", "-use_editlist", "0"]
    null = ["-f", "null", "-"]
    return Peer(
        whole=[*head, *picture, *encoder, *sound, *target, str(folder / "ffmpeg.mp4")],
        decoding=[*head, "-map", "0:v:0", "-fps_mode", "passthrough", *null],
        filtering=[*head, *picture, *null],
        sound=[*head, *sound, *null] if sound else None,
    )


def picture_of(path: str) -> tuple[int, str]:
    """Lines of the picture, and the matrix that its stream names."""
    entries = "stream=height,color_space"
    probe = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "json", path]
    stream = json.loads(common.run(probe))["streams"][0]
    return int(stream["height"]), stream.get("color_space", "unknown")


def frames(path: Path) -> int:
    """Pictures in a file, counted."""
    entries = ["-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"]
    return int(common.run(["ffprobe", "-v", "error", "-select_streams", "v:0", *entries, path]).strip().strip(","))


def same_length(ours: Path, theirs: Path) -> tuple[int, int]:
    """Both files must hold the same number of pictures; returns their bytes."""
    counts, sizes = (frames(ours), frames(theirs)), (ours.stat().st_size, theirs.stat().st_size)
    print(f"both made {counts[0]} and {counts[1]} frames, {sizes[0] / 1e6:.2f} and {sizes[1] / 1e6:.2f} MB")
    if abs(counts[0] - counts[1]) > 1:
        raise BenchError("opusclip and its peer made clips of different lengths")
    return sizes


def same_work(ours: Path, theirs: Path) -> None:
    """They must also have about as many bytes, or the comparison means nothing."""
    sizes = same_length(ours, theirs)
    if not 0.9 < sizes[0] / sizes[1] < 1.1:
        raise BenchError("opusclip and ffmpeg did not do the same work, so their times cannot be compared")


def table(rows: Sequence[tuple[str, Sequence[Usage]]]) -> None:
    """Wall, processor time and memory of each command."""
    heads = [f"{unit}: min {'median':>10} {'max':>10}" for unit in ("wall s", "cpu s")]
    print(f"{'':22}{heads[0]:>34}  {heads[1]:>34}   peak MB")
    for name, usages in rows:
        wall, cpu = common.shown([u.wall for u in usages]), common.shown([u.cpu for u in usages])
        print(f"{name:22}{wall:>34}  {cpu:>34}   {max(u.peak_mb for u in usages):7.0f}")


def bench(video: Path, transcript: Path | None, pairs: int, seconds: float) -> None:
    """Measure and print."""
    for program in ("ffmpeg", "ffprobe", common.OPUSCLIP):
        common.need_program(program)
    common.MEDIA.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="render-", dir=common.MEDIA))
    try:
        path = prepare(video, transcript, seconds, folder / "prepared")
        manifest = json.loads(path.read_text(encoding="utf-8"))
        theirs = peer(manifest, folder)
        ours: common.Command = [common.OPUSCLIP, "render", path, "--out", folder / "ours", "--overwrite", "--quiet"]
        length = manifest["clips"][0]["duration"]
        print(
            f"render: {pairs} pairs of a clip of {length:.1f} s out of {video.name}, {common.environment()}", flush=True
        )
        common.measure(ours)
        common.measure(theirs.whole)
        same_work(folder / "ours" / manifest["clips"][0]["video"], folder / "ffmpeg.mp4")
        mine: list[Usage] = []
        other: list[Usage] = []
        for _ in range(pairs):
            mine.append(common.measure(ours))
            other.append(common.measure(theirs.whole))
        stages: dict[str, list[Usage]] = {"decoding": [], "decoding + filters": [], "sound": []}
        for _ in range(min(pairs, STAGE_RUNS)):
            stages["decoding"].append(common.measure(theirs.decoding))
            stages["decoding + filters"].append(common.measure(theirs.filtering))
            if theirs.sound is not None:
                stages["sound"].append(common.measure(theirs.sound))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table([("opusclip render", mine), ("ffmpeg, all of it", other)])
    table([(f"ffmpeg, {name}", usages) for name, usages in stages.items() if usages])
    report(mine, other, stages)


def report(mine: Sequence[Usage], other: Sequence[Usage], stages: dict[str, list[Usage]]) -> None:
    """Ratios, and where the time goes."""
    wall, walls = common.ratio([u.wall for u in mine], [u.wall for u in other])
    cpu, cpus = common.ratio([u.cpu for u in mine], [u.cpu for u in other])
    print("pair by pair, wall: " + " ".join(f"{r:.3f}" for r in walls))
    print("pair by pair, cpu:  " + " ".join(f"{r:.3f}" for r in cpus))

    def spent(usages: Sequence[Usage]) -> float:
        return statistics.median(u.cpu for u in usages) if usages else 0.0

    decoding, filtering, sound = (spent(stages[name]) for name in ("decoding", "decoding + filters", "sound"))
    encoder = max(spent(other) - filtering - sound, 0.0)
    total = spent(mine)
    parts = {
        "encoder": encoder,
        "decoding": decoding,
        "filters": max(filtering - decoding, 0.0),
        "sound, one pass": sound,
        "the rest": total - encoder - filtering - sound,
    }
    print("of opusclip's processor time: " + ", ".join(f"{name} {part / total:.0%}" for name, part in parts.items()))
    print(f"opusclip takes {total / encoder:.2f} times the processor time of the encoder alone" if encoder > 0 else "")
    if wall > LIMIT:
        print(f"over the limit: {wall:.2f} times ffmpeg's time, at most {LIMIT} is wanted")
    common.closing(render_vs_ffmpeg_wall=wall, render_vs_ffmpeg_cpu=cpu, encoder_share=encoder / total)


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(
        description="Time `opusclip render` beside ffmpeg with the same filters and encoder settings."
    )
    parser.add_argument("--video", type=Path, help="a video file (default: a generated 1080p talk of 60 s)")
    parser.add_argument("--transcript", type=Path, help="its SRT or WebVTT file; without it there are no captions")
    parser.add_argument("--pairs", type=int, default=5, help="how often both are timed after one warm-up (default 5)")
    parser.add_argument("--clip-seconds", type=float, default=30.0, help="about how long the clip is (default 30)")
    options = parser.parse_args()
    if options.pairs < 1:
        parser.error("--pairs must be at least 1")
    if not 5 <= options.clip_seconds <= 600:
        parser.error("--clip-seconds must be between 5 and 600")
    if options.transcript is not None and options.video is None:
        parser.error("--transcript needs --video")
    try:
        video, transcript = (options.video, options.transcript) if options.video else common.talk()[:2]
        bench(video, transcript, options.pairs, options.clip_seconds)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
