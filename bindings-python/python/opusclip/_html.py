"""Results as HTML for notebooks: self-contained, escaped, and readable on light and dark pages."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from .clip.manifest import Clip, Report
from .clip.media import MediaInfo, StreamInfo
from .clip.selection import ClipPlan, Feature, Selection

# Colours come from the page; lines and bars are half transparent, so that they show on both grounds.
_STYLE = """<style>
.opusclip{font:13px/1.45 system-ui,sans-serif;color:inherit;text-align:left}
.opusclip *{box-sizing:border-box}
.opusclip .cards{display:flex;flex-wrap:wrap;gap:12px;margin:8px 0}
.opusclip .card{width:250px;border:1px solid rgba(128,128,128,.4);border-radius:8px;padding:10px}
.opusclip .still{display:block;width:auto;max-width:100%;height:220px;margin:0 auto 8px;border-radius:4px;
background:rgba(128,128,128,.15)}
.opusclip .head{display:flex;justify-content:space-between;font-weight:600}
.opusclip .dim{opacity:.75;font-size:12px}
.opusclip .text{margin:6px 0;max-height:5.8em;overflow:auto;scrollbar-width:thin;
scrollbar-color:rgba(128,128,128,.6) transparent}
.opusclip .bar{display:grid;grid-template-columns:7.5em 1fr 3.2em;gap:6px;align-items:center;font-size:11px}
.opusclip .track{height:7px;border-radius:4px;background:rgba(128,128,128,.25);overflow:hidden}
.opusclip .track i{display:block;height:100%;background:#4c8dff}
.opusclip .num{text-align:right;font-variant-numeric:tabular-nums}
.opusclip .grid{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px}
.opusclip .grid dt{opacity:.75;margin:0;font-weight:400}
.opusclip .grid dd{margin:0}
.opusclip ul{margin:4px 0;padding-left:18px}
</style>"""


def report(value: Report) -> str:
    """HTML of a report: a card for each clip, then the notes."""
    title = f"{_count(len(value.clips), 'clip')} in {escape(str(value.out_dir))}"
    return _page(f"<b>{title}</b>{_cards(_clip_card(clip) for clip in value.clips)}{_notes(value.notes)}")


def clip(value: Clip) -> str:
    """HTML of one clip: its card."""
    return _page(_cards([_clip_card(value)]))


def selection(value: Selection) -> str:
    """HTML of a selection: a card for each plan, then the notes."""
    title = f"{_count(len(value.clips), 'clip')} of {_count(value.candidates, 'candidate')}"
    cards = _cards(_plan_card(number, plan) for number, plan in enumerate(value.clips, 1))
    return _page(f"<b>{title}</b>{cards}{_notes(value.notes)}")


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
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return _page(f'<b>{escape(str(value.path))}</b><dl class="grid">{cells}</dl>')


def _page(body: str) -> str:
    return f'{_STYLE}<div class="opusclip">{body}</div>'


def _cards(cards: Iterable[str]) -> str:
    return f'<div class="cards">{"".join(cards)}</div>'


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _clock(seconds: float) -> str:
    """Write 75.25 as 1:15.2."""
    tenths = round(seconds * 10)
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths / 10:04.1f}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"
