"""DuckDB's answers to the definitions of opusclip's business figures, as vectors for the tests of every language.

    python tests/oracle/business.py        # needs duckdb 1.3 or newer; writes tests/vectors/analytics/*.json

The SQL follows the words at the head of each module of `opusclip-core/src/analytics/business/`. It is written to be
read beside them and knows nothing of how the library counts. Events are drawn from a seed: people with few and many
events, copies, equal times, window borders, missing names, in no order.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import funnel
import money
import periods

OUT = Path(__file__).resolve().parent.parent / "vectors" / "analytics"
NAMES = ("visit", "sign up", "try", "buy", "read")
DAY = 86400
# The night in which Berlin's clocks went forward; ten days later New York's had long done so.
SPRING = 1_711_846_800

Case = dict[str, Any]


def events(rng: random.Random, count: int, people: int, step: float, start: float = 0.0) -> Case:
    """Columns of events on a grid of `step` seconds, so that equal times and window borders are common."""
    rows = []
    for _ in range(count):
        # Some people do much more than others.
        user = min(int(rng.expovariate(1 / people * 3)), people - 1)
        time = start + step * rng.randrange(count // 2)
        name = rng.choices([*NAMES, None], [5, 4, 3, 3, 3, 1])[0]
        rows.append((time, f"u{user}" if user % 3 else user, name, rng.choice(["de", "fr", "ünï", "", None])))
    rows += rng.sample(rows, count // 20)
    rng.shuffle(rows)
    time, user, name, value = (list(column) for column in zip(*rows, strict=True))
    return {"time": time, "user": user, "event": name, "breakdown": value}


def load(db: duckdb.DuckDBPyConnection, table: str, columns: Case, kinds: Case) -> None:
    """A table of these columns; numbers and texts as ids of people are two kinds of ids."""
    columns_sql = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    db.execute(f"create or replace table {table} ({columns_sql})")
    rows = list(zip(*(converted(name, columns[name]) for name in kinds), strict=True))
    db.executemany(f"insert into {table} values ({', '.join('?' * len(kinds))})", rows)


def converted(name: str, column: Sequence[Any]) -> list[Any]:
    """Times as whole microseconds, ids as texts that tell numbers from texts."""
    if name in ("time", "start", "end"):
        return [None if value is None else round(value * 1_000_000) for value in column]
    if name == "user":
        return [json.dumps(value) for value in column]
    return list(column)


def funnel_case(db: duckdb.DuckDBPyConnection, name: str, columns: Case, options: Case) -> Case:
    """A funnel of the events that the database holds."""
    expect = {"value": funnel.expected(db, options)}
    return {"name": name, "call": "funnel", "events": columns, "options": options, "expect": expect}


def funnels(db: duckdb.DuckDBPyConnection) -> Iterable[Case]:
    """Every order and attempt, with and without repeated steps, at several windows."""
    kinds = {"time": "bigint", "user": "varchar", "event": "varchar", "breakdown": "varchar"}
    three, repeated = ["visit", "sign up", "buy"], ["visit", "sign up", "visit"]
    plans: list[tuple[str, Case]] = [
        ("ordered", {"steps": three, "window": 20.0}),
        ("first attempt", {"steps": three, "window": 20.0, "attempt": "first"}),
        ("strict", {"steps": three, "window": 40.0, "order": "strict"}),
        ("strict, first attempt", {"steps": three[:2], "window": 40.0, "order": "strict", "attempt": "first"}),
        ("any order", {"steps": three, "window": 10.0, "order": "any"}),
        ("any order, first attempt", {"steps": three, "window": 10.0, "order": "any", "attempt": "first"}),
        ("a step named twice", {"steps": repeated, "window": 15.0}),
        ("the same step three times", {"steps": ["visit"] * 3, "window": 12.0}),
        ("five steps", {"steps": [*NAMES[:4], "read"], "window": 60.0}),
        ("one step", {"steps": ["buy"], "window": 1.0}),
        ("a step that nobody did", {"steps": ["visit", "fly"], "window": 20.0}),
    ]
    for seed, (name, options) in enumerate(plans):
        rng = random.Random(seed)
        columns = events(rng, 150, 14, 1.0)
        load(db, "events", columns, kinds)
        for kind, more in (("", {}), (", from and until", {"from": 15.0, "until": 60.0})):
            chosen = {**options, **more}
            yield funnel_case(db, name + kind, columns, chosen)
    # Fractions of a second that no binary number holds.
    columns = events(random.Random(99), 160, 30, 0.1, 1e9)
    load(db, "events", columns, kinds)
    options = {"steps": three, "window": 2.3}
    yield funnel_case(db, "tenths of a second", columns, options)


def calendars(db: duckdb.DuckDBPyConnection) -> Iterable[Case]:
    """Retention and active people, in zones whose clocks change and do not."""
    kinds = {"time": "bigint", "user": "varchar", "event": "varchar"}
    zones = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
    for seed, (period, zone) in enumerate([(p, z) for p in ("day", "week", "month") for z in zones]):
        rng = random.Random(1000 + seed)
        step = {"day": DAY / 8, "week": DAY / 2, "month": 2 * DAY}[period]
        columns = events(rng, 90, 30, step, SPRING - 5 * DAY)
        del columns["breakdown"]
        load(db, "events", columns, kinds)
        options: Case = {"period": period, "time_zone": zone, "periods": 6}
        named = {**options, "start_event": "visit", "return_event": "buy", "until": max(columns["time"]) - 3 * step}
        later = {**options, "returning": "on_or_after", "week_start": "sunday"}
        plans = {"any event": options, "named events": named, "that period or later": later}
        kind = list(plans)[seed % 3]
        for name in dict.fromkeys(("any event", kind)):
            expect = periods.retention(db, plans[name])
            yield {
                "name": f"retention by {period} in {zone}, {name}",
                "call": "retention",
                "events": columns,
                "options": plans[name],
                "expect": {"value": expect},
            }
        if seed % 4 in (1, 3) and period == "month":
            continue
        chosen = {"period": period, "time_zone": zone}
        if seed % 2:
            chosen |= {"since": min(columns["time"]) - 40 * DAY, "week_start": "sunday"}
        expect = periods.users(db, chosen)
        yield {
            "name": f"active people by {period} in {zone}",
            "call": "users",
            "events": columns,
            "options": chosen,
            "expect": {"value": expect},
        }


def payments(rng: random.Random, count: int) -> Case:
    """Payments and refunds in two currencies."""
    return {
        "time": [SPRING + rng.randrange(200) * DAY / 2 for _ in range(count)],
        "user": [rng.choice([rng.randrange(15), f"u{rng.randrange(15)}"]) for _ in range(count)],
        "amount": [rng.choice([1, -1, 1, 1, 0]) * rng.randrange(1, 100_000) for _ in range(count)],
        "currency": [rng.choice(["EUR", "EUR", "USD"]) for _ in range(count)],
    }


def subscriptions(rng: random.Random, count: int) -> Case:
    """Subscriptions that begin, change and end on days of a year."""
    start = [SPRING + rng.randrange(360) * DAY for _ in range(count)]
    return {
        "user": [f"u{rng.randrange(25)}" for _ in range(count)],
        "start": start,
        "end": [rng.choice([None, begin + rng.randrange(200) * DAY]) for begin in start],
        "amount": [rng.choice([0, 990, 1990, 9900, 11_990, 100_001]) for _ in range(count)],
        "months": [rng.choice([1, 1, 3, 12]) for _ in range(count)],
        "currency": "EUR",
    }


def accounts(db: duckdb.DuckDBPyConnection) -> Iterable[Case]:
    """Revenue, recurring revenue, the value of cohorts, and drivers of a change."""
    for seed, (period, zone) in enumerate([("day", "UTC"), ("week", "Europe/Berlin"), ("month", "America/New_York")]):
        rng = random.Random(2000 + seed)
        table = payments(rng, 120)
        load(db, "payments", table, {"time": "bigint", "user": "varchar", "amount": "bigint", "currency": "varchar"})
        options: Case = {"period": period, "time_zone": zone, "currency": "EUR"}
        expect = money.revenue(db, options)
        yield {
            "name": f"revenue by {period} in {zone}",
            "call": "revenue",
            "payments": table,
            "options": options,
            "expect": {"value": expect},
        }
        options = {**options, "periods": 5}
        expect = money.cohort_values(db, options)
        yield {
            "name": f"value of cohorts by {period} in {zone}",
            "call": "cohort_values",
            "payments": table,
            "options": options,
            "expect": {"value": expect},
        }
        table = subscriptions(rng, 100)
        kinds = {"user": "varchar", "start": "bigint", "end": "bigint", "amount": "bigint", "months": "integer"}
        load(db, "subscriptions", table, kinds)
        options = {"period": "week" if period == "day" else period, "time_zone": zone}
        expect = money.mrr(db, options)
        yield {
            "name": f"recurring revenue by {options['period']} in {zone}",
            "call": "mrr",
            "subscriptions": table,
            "options": options,
            "expect": {"value": expect},
        }
    for seed, weighted in enumerate([False, True, True]):
        yield money.drivers_case(db, random.Random(3000 + seed), weighted)


def write(name: str, about: str, cases: Callable[[duckdb.DuckDBPyConnection], Iterable[Case]]) -> None:
    """One file of vectors, a case on a line."""
    db = duckdb.connect()
    db.execute("set timezone = 'UTC'")
    lines = (json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases(db))
    text = f'{{"about": {json.dumps(about)}, "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    (OUT / f"{name}.json").write_text(text, encoding="utf-8")
    print(f"{name}: {len(text) / 1e3:.0f} kB")


def main() -> None:
    """Write all of them."""
    OUT.mkdir(parents=True, exist_ok=True)
    made = f"by DuckDB {duckdb.__version__}, tests/oracle/business.py"
    write("funnel", f"conversion funnels, answered {made}", funnels)
    write("activity", f"retention and active people, answered {made}", calendars)
    write("money", f"revenue, subscriptions, cohorts and drivers, answered {made}", accounts)


if __name__ == "__main__":
    main()
