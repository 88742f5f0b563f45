"""What every card and table in a notebook has in common: readable on light and dark pages, nothing from outside."""

from collections.abc import Iterable
from datetime import datetime, timezone
from html import escape

# Colours come from the page; lines and bars are half transparent, so that they show on both grounds.
STYLE = """<style>
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
.opusclip table{border-collapse:collapse;margin:8px 0;font-size:12px}
.opusclip th,.opusclip td{padding:2px 8px;text-align:right;border-bottom:1px solid rgba(128,128,128,.25)}
.opusclip th:first-child,.opusclip td:first-child{text-align:left}
</style>"""


def page(body: str) -> str:
    """HTML for a cell of a notebook."""
    return f'{STYLE}<div class="opusclip">{body}</div>'


def cards(some: Iterable[str]) -> str:
    """Cards side by side."""
    return f'<div class="cards">{"".join(some)}</div>'


def grid(rows: Iterable[tuple[str, str]]) -> str:
    """Names and what they are, in two columns."""
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)
    return f'<dl class="grid">{cells}</dl>'


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def moment(seconds: float) -> str:
    """Unix seconds as date and time."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
