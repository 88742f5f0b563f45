"""Results as HTML for notebooks: the sentence, the figures, how they were found."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from .._data import Data
from .._page import cards, count, grid, moment, page
from ._types import AnalyticsResult, Dashboard, Explanation, Funnel, MetricCard, Retention, WindowStats
from .collector import AnalyticsCollector

_WIDTH, _HEIGHT = 226, 40
# Tables show so many rows.
_ROWS = 24
# Unix seconds, where they are no counts of seconds.
_TIMES = ("start", "end", "time", "until")


def card(result: Any) -> str:
    """HTML of a result."""
    if isinstance(result, Dashboard):
        return _dashboard(result)
    if isinstance(result, AnalyticsResult):
        # One of them is there.
        result = result.time_to_limit or result.trend or result.anomalies or result.correlation or result.forecast
    if isinstance(result, WindowStats):
        return page(f"<b>{escape(result.metric)} within {escape(result.window)}</b>{grid(_window(result))}")
    if isinstance(result, Funnel):
        return _explained(result.explanation, _funnel(result))
    if isinstance(result, Retention):
        return _explained(result.explanation, _retention(result))
    return _explained(result.explanation, grid(_figures(result)) + _tables(result))


def collector(value: AnalyticsCollector) -> str:
    """HTML of a collector: its metrics by its windows."""
    windows: Sequence[str] = ()
    rows = []
    for metric in value.metrics:
        stats = value.windows(metric.name)
        windows = [one.window for one in stats]
        cells = [metric.name, metric.metric_type.value, str(metric.series), *map(_short, stats)]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{escape(name)}</th>" for name in ("metric", "type", "series", *windows))
    lost = [(f"{drop.metric}: {drop.reason.value.replace('_', ' ')}", f"{drop.count}") for drop in value.drops]
    dropped = f'<div class="dim">not recorded as meant</div>{grid(lost)}' if lost else ""
    title = f"<b>{count(len(rows), 'metric')}</b>"
    key = '<div class="dim">count, mean and 95 % quantile; of counters the rise</div>'
    return page(f"{title}{key}<table><tr>{head}</tr>{''.join(rows)}</table>{dropped}")


def _explained(explanation: Explanation, body: str) -> str:
    notes = "".join(f"<li>{escape(text)}</li>" for text in explanation.assumptions)
    how = f'<div class="dim">{escape(explanation.method)}<ul>{notes}</ul></div>'
    return page(f"<b>{escape(explanation.sentence)}</b>{body}{how}")


def _figures(result: Any) -> Iterable[tuple[str, str]]:
    """What a result says in single numbers and words."""
    for name in result.to_dict():
        value = getattr(result, name)
        if name == "start" and hasattr(result, "label"):
            continue
        if isinstance(value, bool | str) or value is None:
            text = "none" if value is None else str(value)
        elif name in _TIMES and 1e8 <= abs(value) < 1e11:
            text = moment(value)
        elif isinstance(value, int | float):
            text = _number(value)
        elif hasattr(value, "value") and hasattr(value, "low"):
            text = f"{_number(value.value)} ({_number(value.low)} to {_number(value.high)})"
        else:
            continue
        yield name.replace("_", " "), text


def _tables(result: Any) -> str:
    """What a result says of each period, pair or part: the latest, or the first where they come by size."""
    found = ""
    for name in result.to_dict():
        rows = getattr(result, name)
        if not (isinstance(rows, tuple) and rows and isinstance(rows[0], Data)):
            continue
        shown = rows[-_ROWS:] if hasattr(rows[0], "start") else rows[:_ROWS]
        lines = [dict(_figures(row)) for row in shown]
        head = "".join(f"<th>{escape(column)}</th>" for column in lines[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in line.values()) + "</tr>" for line in lines
        )
        found += f'<div class="dim">{escape(name.replace("_", " "))}</div><table><tr>{head}</tr>{body}</table>'
    return found


def _window(stats: WindowStats) -> Iterable[tuple[str, str]]:
    names = ("count", "sum", "rate", "mean", "min", "max", "last", "p50", "p90", "p95", "p99")
    known = ((name, getattr(stats, name)) for name in names)
    return [(name, _number(value)) for name, value in known if value is not None]


def _short(stats: WindowStats) -> str:
    if stats.mean is None:
        return _number(stats.sum)
    return f"{_number(stats.count)}, {_number(stats.mean)}, {_number(stats.p95 or math.nan)}"


def _funnel(found: Funnel) -> str:
    most = max(found.entered, 1)
    bars = []
    for step in found.steps:
        share = "" if step.conversion_from_previous is None else f"{step.conversion_from_previous:.1%}"
        track = f'<span class="track"><i style="width:{step.users / most:.1%}"></i></span>'
        name = f"<span>{escape(step.name)}</span>"
        number = f'<span class="num">{step.users:,}</span>'
        bars.append(f'<div class="bar" title="{share} of the step before">{name}{track}{number}</div>')
    rest = [("converted", found.converted), ("pending", found.pending), ("lost", found.lost)]
    return "".join(bars) + grid((name, f"{people:,}") for name, people in rest)


def _retention(found: Retention) -> str:
    latest = found.cohorts[-_ROWS:]
    head = "".join(f"<th>{period}</th>" for period in range(len(found.overall)))
    rows = [("all", "", found.overall), *((own.label, f"{own.size:,}", own.rates) for own in latest)]
    body = "".join(
        f"<tr><td>{escape(name)}</td><td>{size}</td>{''.join(map(_share, rates))}</tr>" for name, size, rates in rows
    )
    return f"<table><tr><th>first seen</th><th>people</th>{head}</tr>{body}</table>"


def _share(rate: float | None) -> str:
    if rate is None:
        return "<td></td>"
    return f'<td style="background:rgba(76,141,255,{0.75 * rate:.2f})">{rate:.0%}</td>'


def _dashboard(found: Dashboard) -> str:
    unusual = [
        (own.metric, f"{own.point.reason.value.replace('_', ' ')}: {_number(own.point.value)}")
        for own in found.anomalies
    ]
    ahead = [(own.metric, own.sentence) for own in found.forecasts]
    parts = [cards(map(_metric, (*found.performance, *found.business)))]
    lists = (("unusual", unusual), ("what comes next", ahead))
    parts += [f'<div class="dim">{name}</div>{grid(rows)}' for name, rows in lists if rows]
    more = f'<div class="dim">{found.more} more metrics</div>' if found.more else ""
    return page("".join(parts) + more)


def _metric(own: MetricCard) -> str:
    change = "" if own.change is None else f"{own.change:+.0%}"
    head = f'<div class="head"><span>{escape(own.stats.metric)}</span><span>{_number(own.value)}</span></div>'
    about = f'<div class="dim">{escape(own.stats.window)} {change}</div>'
    return f'<div class="card">{head}{_curve(own.sparkline)}{about}</div>'


def _curve(values: Sequence[float | None]) -> str:
    """A small curve with gaps where nothing was recorded."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = _WIDTH / max(len(values) - 1, 1)
    path, pen = "", "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path += f"{pen}{place * step:.1f} {_HEIGHT - 2 - (_HEIGHT - 4) * (value - low) / span:.1f}"
        # A single value would be no line.
        path += "h0.1" if pen == "M" else ""
        pen = "L"
    style = 'fill="none" stroke="#4c8dff" stroke-width="1.5" stroke-linecap="round"'
    return f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img"><path d="{path}" {style}/></svg>'


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    # Money and people are whole, and exact.
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
