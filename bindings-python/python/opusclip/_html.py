"""Results as HTML for notebooks: self-contained, escaped, and readable on light and dark pages."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from ._page import cards, count, grid, page
from .clip.manifest import Clip, Report
from .clip.media import MediaInfo, StreamInfo
from .clip.selection import ClipPlan, Feature, Selection


def report(value: Report) -> str:
    """HTML of a report: a card for each clip, then the notes."""
    title = f"{count(len(value.clips), 'clip')} in {escape(str(value.out_dir))}"
    return page(f"<b>{title}</b>{cards(_clip_card(clip) for clip in value.clips)}{_notes(value.notes)}")


def clip(value: Clip) -> str:
    """HTML of one clip: its card."""
    return page(cards([_clip_card(value)]))


def selection(value: Selection) -> str:
    """HTML of a selection: a card for each plan, then the notes."""
    title = f"{count(len(value.clips), 'clip')} of {count(value.candidates, 'candidate')}"
    plans = cards(_plan_card(number, plan) for number, plan in enumerate(value.clips, 1))
    return page(f"<b>{title}</b>{plans}{_notes(value.notes)}")


def media(value: MediaInfo) -> str:
    """HTML of a media file: a table of its properties and streams."""
    rows = [
        ("container", value.container.value),
        ("duration", "unknown" if value.duration is None else _clock(value.duration)),
        ("size", f"{value.size / 1e6:.1f} MB"),
    ]
    if value.bit_rate is not None:
        rows.append(("bit rate", f"{value.bit_rate / 1e3:.0f} kbit/s"))
    if value.start_offset:
        rows.append(("start offset", f"{value.start_offset:.3f} s"))
    rows += [(f"stream {stream.index}", _stream(stream)) for stream in value.streams]
    rows += [(f"chapter {_clock(chapter.start)}", chapter.title) for chapter in value.chapters]
    return page(f"<b>{escape(str(value.path))}</b>{grid(rows)}")


def _clip_card(value: Clip) -> str:
    details = f"{value.width}x{value.height}, {float(value.frame_rate):.5g} fps, {value.framing.layout.value}"
    if value.loudness is not None and value.loudness.integrated is not None:
        details += f", {value.loudness.integrated:.1f} LUFS"
    file = f'<div class="dim">{escape(value.video.name)}<br>{escape(details)}</div>'
    times = f"{_clock(value.start)} – {_clock(value.end)} ({value.duration:.1f} s)"
    head = _head(value.index, value.score, times)
    return f'<div class="card">{_still(value.thumbnail)}{head}{_why(value)}{file}</div>'


def _plan_card(number: int, value: ClipPlan) -> str:
    times = ", ".join(f"{_clock(span.start)} – {_clock(span.end)}" for span in value.ranges)
    length = sum(span.duration for span in value.ranges)
    return f'<div class="card">{_head(number, value.score, f"{times} ({length:.1f} s)")}{_why(value)}</div>'


def _head(number: int, score: float, times: str) -> str:
    head = f'<div class="head"><span>Clip {number}</span><span title="score">{score:.2f}</span></div>'
    return f'{head}<div class="dim">{escape(times)}</div>'


def _why(value: Clip | ClipPlan) -> str:
    text = f'<div class="text">{escape(value.text)}</div>' if value.text else ""
    reason = f'<div class="dim text">{escape(value.reason)}</div>' if value.reason else ""
    return text + reason + "".join(_bar(feature) for feature in value.features)


def _bar(feature: Feature) -> str:
    name = escape(feature.name.replace("_", " "))
    share = max(0.0, min(1.0, feature.value))
    track = f'<span class="track"><i style="width:{share:.0%}"></i></span>'
    value = f'<span class="num">{feature.value:.2f}</span>'
    return f'<div class="bar" title="weight {feature.weight:.2f}"><span>{name}</span>{track}{value}</div>'


def _still(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        # The clips of a manifest, or ones that were moved: the card does without.
        return ""
    return f'<img class="still" alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode("ascii")}">'


def _stream(stream: StreamInfo) -> str:
    parts = [stream.kind.value.replace("_", " "), stream.codec]
    if stream.video is not None:
        picture = stream.video
        parts.append(f"{picture.display_width}x{picture.display_height}")
        if picture.rotation:
            parts.append(f"turned by {picture.rotation}°")
        if picture.frame_rate is not None:
            parts.append(f"{float(picture.frame_rate):.5g} fps" + (" variable" if picture.variable_frame_rate else ""))
        parts.append(picture.pixel_format)
    if stream.audio is not None:
        parts += [stream.audio.layout, f"{stream.audio.sample_rate} Hz"]
    parts += [extra for extra in (stream.language, stream.title) if extra]
    return ", ".join(part for part in parts if part)


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return f'<ul class="dim">{"".join(f"<li>{escape(note)}</li>" for note in notes)}</ul>'


def _clock(seconds: float) -> str:
    """Write 75.25 as 1:15.2."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths / 10:04.1f}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"
