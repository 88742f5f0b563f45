"""Snapshots as HTML for notebooks: the tiers, then a table of instances."""

from html import escape
from typing import Any

from .._page import count, grid, moment, page

_COLUMNS = ("instance", "state", "weight", "in flight", "picks", "rate", "success", "p50", "p95", "p99", "ejections")
# Instances that a table shows.
_ROWS = 100


def snapshot(value: Any) -> str:
    """HTML of a snapshot."""
    title = f"{count(len(value.instances), 'instance')} by {escape(value.strategy)}, {count(value.picks, 'pick')}"
    tiers = [(f"tier {tier.tier}", _tier(tier)) for tier in value.tiers]
    head = "".join(f"<th>{escape(name)}</th>" for name in _COLUMNS)
    rows = "".join(map(_row, value.instances[:_ROWS]))
    left = len(value.instances) - _ROWS
    more = f'<div class="dim">and {left} more</div>' if left > 0 else ""
    # Hosts with a clock of their own may begin at 0.
    when = moment(value.time) if 1e8 <= value.time < 1e11 else f"{value.time:g} s"
    top = f'<b>{title}</b><div class="dim">{when}</div>'
    return page(f"{top}{grid(tiers)}<table><tr>{head}</tr>{rows}</table>{more}")


def _tier(tier: Any) -> str:
    panic = ", so few that all get requests" if tier.panic else ""
    return f"{tier.share:g} % of requests, {tier.healthy} of {tier.instances} well{panic}"


def _row(instance: Any) -> str:
    cells = [
        instance.id,
        instance.state.value,
        f"{instance.weight:g}",
        f"{instance.in_flight}",
        f"{instance.picks}",
        f"{instance.rate:.1f}/s",
        "" if instance.success_rate is None else f"{100 * instance.success_rate:.2f} %",
        *map(_milliseconds, (instance.p50, instance.p95, instance.p99)),
        f"{instance.ejections}",
    ]
    return f'<tr title="{escape(instance.reason)}">' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1000 * seconds:.1f} ms"
