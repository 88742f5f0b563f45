"""What balancers and scaling engines say as HTML for notebooks."""

from collections.abc import Iterable, Sequence
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
    rows = "".join(map(_instance, value.instances[:_ROWS]))
    left = len(value.instances) - _ROWS
    more = f'<div class="dim">and {left} more</div>' if left > 0 else ""
    top = f'<b>{title}</b><div class="dim">{_when(value.time)}</div>'
    return page(f"{top}{grid(tiers)}<table><tr>{head}</tr>{rows}</table>{more}")


def _tier(tier: Any) -> str:
    panic = ", so few that all get requests" if tier.panic else ""
    return f"{tier.share:g} % of requests, {tier.healthy} of {tier.instances} well{panic}"


def _instance(instance: Any) -> str:
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


def _when(time: float) -> str:
    # Hosts with a clock of their own may begin at 0.
    return moment(time) if 1e8 <= time < 1e11 else f"{time:g} s"


def decision(value: Any) -> str:
    """HTML of a decision: the sentence, what each metric asks for, the limits."""
    rows = [
        (proposal.name or proposal.source.value, _number(proposal.value), _number(proposal.target), _asks(proposal))
        for proposal in value.proposals
    ]
    limits = [(limit.reason.value, f"{limit.wanted} becomes {limit.allowed}") for limit in value.limits]
    notes = [(note.kind.value.replace("_", " "), _note(note)) for note in value.notes]
    more = [("confidence", f"{value.confidence:.2f}")]
    if value.cost_per_hour_micros is not None:
        more.append(("cost for an hour", f"{value.cost_per_hour_micros / 1e6:+.4f}"))
    if value.next_change is not None:
        more.append(("may next change", _when(value.next_change)))
    table = _table(("metric", "value", "target", "asks for"), rows) if rows else ""
    top = f'<b>{escape(value.sentence)}</b><div class="dim">{_when(value.time)}</div>'
    return page(f"{top}{table}{grid([*limits, *notes, *more])}")


def _asks(proposal: Any) -> str:
    return "" if proposal.instances is None else f"{proposal.instances}"


def _note(note: Any) -> str:
    told = {name: value for name, value in note.to_dict().items() if name != "kind" and value is not None}
    return ", ".join(f"{name.replace('_', ' ')} {_number(value)}" for name, value in told.items())


def status(value: Any) -> str:
    """HTML of a status."""
    return page(_status(value))


def engine(value: Any, history: Sequence[Any]) -> str:
    """HTML of an engine: its status, then its latest decisions that changed something."""
    changes = [record for record in history if record.current_instances != record.target_instances][-20:]
    rows = [
        (_when(record.time), f"{record.current_instances} to {record.target_instances}", record.reason.value)
        for record in reversed(changes)
    ]
    return page(_status(value) + (_table(("time", "change", "reason"), rows) if rows else ""))


def _status(value: Any) -> str:
    now = "no instances known" if value.current_instances is None else count(value.current_instances, "instance")
    title = f"{now}, {value.min_instances} to {value.max_instances} by {value.strategy.value}"
    actions = value.actions
    rows = [
        ("decisions", f"{value.decisions}"),
        ("actions", f"{actions.succeeded} done, {actions.failed} failed, {actions.reversals} turned back"),
        ("a start takes", f"{value.start_up:g} s"),
    ]
    if value.cooldown_until is not None:
        rows.append(("cooldown until", _when(value.cooldown_until)))
    if value.forecast is not None:
        span = f"{_number(value.forecast.lower)} to {_number(value.forecast.upper)}"
        rows.append((f"forecast in {value.forecast.horizon:g} s", f"{_number(value.forecast.value)} ({span})"))
    if (cost := value.cost) is not None:
        rows.append(("cost so far", f"{cost.cost_micros / 1e6:.2f} {cost.currency}"))
        if cost.next_day_micros is not None:
            rows.append(("the next day", f"{cost.next_day_micros / 1e6:.2f} {cost.currency}"))
        rows.append(("saved against a fixed count", f"{cost.saved_against_fixed_micros / 1e6:.2f} {cost.currency}"))
        if cost.saved_against_hpa_micros is not None:
            rows.append(("saved against an HPA", f"{cost.saved_against_hpa_micros / 1e6:.2f} {cost.currency}"))
    head = ("model", "error by last value", "bias", "within bounds")
    models = [
        (
            f"{one.model.value}{' (chosen)' if one.chosen else ''}",
            f"{one.mase:.2f}",
            f"{one.bias:+.3f}",
            f"{one.interval_coverage:.1%}",
        )
        for one in value.accuracy
    ]
    forecasts = _table(head, models) if models else ""
    return f'<b>{escape(title)}</b><div class="dim">{_when(value.time)}</div>{grid(rows)}{forecasts}'


def recommendation(value: Any) -> str:
    """HTML of a recommendation: what is recommended, what to know, and a row for each way of scaling."""
    expected, config, plant = value.expected, value.config, value.plant
    verdict = "holds" if value.reached else "does not hold"
    title = (
        f"{expected.policy} at {expected.target:.0%}, {config.min_instances} to {config.max_instances} instances, {verdict} "
        f"{value.violations:.3%} over {plant['objective']:g} ms"
    )
    days = f"{value.searched / 86_400:.1f} days searched, {value.judged / 86_400:.1f} judged"
    notes = "".join(f'<div class="dim">{escape(warning.sentence)}</div>' for warning in value.warnings)
    currency = plant["price"]["currency"]
    head = ("way", "target", "holds", "violations", f"{currency} a day", "saved", "usage", "turns a day", "p95 when busy")
    named = [("recommended", expected), *((other.policy, other) for other in value.alternatives)]
    rows = [_alternative(name, other) for name, other in [*named, ("knows the future", value.limit)]]
    return page(f'<b>{escape(title)}</b><div class="dim">{escape(days)}</div>{notes}{_table(head, rows)}')


def _alternative(name: str, other: Any) -> tuple[str, ...]:
    cost = other.cost_per_day_micros.median
    return (
        name,
        f"{other.target:.0%}",
        "yes" if other.holds else "no",
        f"{other.violations.median:.3%}",
        f"{cost / 1e6:.2f}",
        f"{other.saved_per_day_micros / cost:.1%}" if cost else "",
        f"{other.usage:.1%}",
        f"{other.reversals_per_day:.1f}",
        f"{other.busy_p95:.0f} ms",
    )


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def cells(tag: str, texts: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts) + "</tr>"

    return f"<table>{cells('th', head)}{''.join(cells('td', row) for row in rows)}</table>"
