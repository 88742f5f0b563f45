"""Retention and active people in SQL, by the calendar of a time zone."""

from __future__ import annotations

from typing import Any

import duckdb
from funnel import micros, quoted

Case = dict[str, Any]


def trunc(options: Case, local: str) -> str:
    """The first local date of the period that holds a local time."""
    period = options.get("period", "week")
    if period == "week" and options.get("week_start") == "sunday":
        return f"(date_trunc('week', {local} + interval 1 day) - interval 1 day)::date"
    return f"date_trunc('{period}', {local})::date"


def local(options: Case, column: str) -> str:
    """A column of microseconds as the local time of the zone."""
    zone = quoted(options.get("time_zone", "UTC"))
    return f"timezone({zone}, make_timestamp({column})::timestamp at time zone 'UTC')"


def instant(options: Case, date: str) -> str:
    """The microseconds at which a local date begins."""
    return f"epoch_us(timezone({quoted(options.get('time_zone', 'UTC'))}, ({date})::timestamp))"


def calendar(db: duckdb.DuckDBPyConnection, options: Case, start: int, until: int, table: str = "periods") -> None:
    """A table of the periods from one time to another: number, date, start and end in microseconds."""
    step = f"interval 1 {options.get('period', 'week')}"
    first, last = (trunc(options, local(options, str(time))) for time in (start, until))
    db.execute(f"""create or replace temp table {table} as
        with d as (select unnest(generate_series({first}::timestamp, {last}::timestamp, {step}))::date as day)
        select row_number() over (order by day) - 1 as n, day, {instant(options, "day")} as t0,
            {instant(options, f"day + {step}")} as t1 from d order by day""")


def observed(db: duckdb.DuckDBPyConnection, options: Case, sql: str = "select max(time) from events") -> int:
    """The end of what was observed, in microseconds."""
    return micros(options["until"]) if "until" in options else db.execute(sql).fetchone()[0]


def retention(db: duckdb.DuckDBPyConnection, options: Case) -> Case:
    """What the definition gives for the table `events`."""
    until = observed(db, options)
    keys = ("start_event", "return_event")
    named = {key: f"event = {quoted(options[key])}" if key in options else "true" for key in keys}
    db.execute(f"""create or replace temp table starts as select user, min(time) as first from events
        where time <= {until} and {named["start_event"]} group by user""")
    earliest = db.execute("select min(first) from starts").fetchone()[0]
    calendar(db, options, earliest, until)
    # Every return with the number of its period after the cohort's.
    db.execute(f"""create or replace temp table back as
        select s.user, c.n as cohort, p.n - c.n as after from starts s
        join periods c on s.first >= c.t0 and s.first < c.t1
        join events e on e.user = s.user and e.time >= s.first and e.time <= {until} and {named["return_event"]}
        join periods p on e.time >= p.t0 and e.time < p.t1""")
    compare = ">=" if options.get("returning") == "on_or_after" else "="
    rows = db.execute(f"""
        with sizes as (select c.n, count(*) as size from starts s
            join periods c on s.first >= c.t0 and s.first < c.t1 group by all)
        select c.day::varchar, c.t0 / 1e6, coalesce(z.size, 0) as size, k.k,
            case when p.t1 <= {until} then
                (select count(distinct user) from back b where b.cohort = c.n and b.after {compare} k.k) end
        from periods c left join sizes z on z.n = c.n, range({options["periods"] + 1}) k(k)
        left join periods p on p.n = c.n + k.k
        where c.n <= (select max(n) from sizes) order by c.n, k.k""").fetchall()
    cohorts: dict[str, Case] = {}
    for label, start, size, _, count in rows:
        cohort = cohorts.setdefault(label, {"label": label, "start": start, "size": size, "retained": [], "rates": []})
        cohort["retained"].append(count)
        cohort["rates"].append(None if count is None or size == 0 else count / size)
    overall = []
    for k in range(options["periods"] + 1):
        known = [(c["retained"][k], c["size"]) for c in cohorts.values() if c["retained"][k] is not None]
        size = sum(size for _, size in known)
        overall.append(sum(count for count, _ in known) / size if size else None)
    return {"cohorts": list(cohorts.values()), "overall": overall}


def users(db: duckdb.DuckDBPyConnection, options: Case) -> Case:
    """What the definition gives for the table `events`."""
    until = observed(db, options)
    since = micros(options["since"]) if "since" in options else db.execute("select min(time) from events").fetchone()[0]
    calendar(db, {**options, "period": "day"}, since, until, "days")
    calendar(db, options, since, until)
    for table, kind in (("active_days", "days"), ("active_periods", "periods")):
        db.execute(f"""create or replace temp table {table} as select distinct e.user, p.n from events e
            join {kind} p on e.time >= p.t0 and e.time < p.t1 where e.time between {since} and {until}""")
    window = "(select count(distinct user) from active_days a where a.n between d.n - {} and d.n)"
    days = db.execute(f"""select day::varchar, t0 / 1e6, {window.format(0)},
        case when n >= 6 then {window.format(6)} end,
        case when n >= 29 then {window.format(29)} end, t1 <= {until} from days d order by n""").fetchall()
    keys = ("label", "start", "daily", "weekly", "monthly", "complete")
    shown = [dict(zip(keys, row, strict=True)) for row in days]
    for day in shown:
        day["stickiness"] = day["daily"] / day["monthly"] if day["monthly"] else None
    was = "(select count(*) from active_periods a where a.n = p.n and {})"
    before = "exists (select 1 from active_periods b where b.user = a.user and b.n {})"
    gone = """(select count(*) from active_periods a where a.n = p.n - 1
        and not exists (select 1 from active_periods b where b.user = a.user and b.n = p.n))"""
    rows = db.execute(f"""select day::varchar, t0 / 1e6, {was.format("true")},
        {was.format("not " + before.format("< p.n"))},
        {was.format(before.format("= p.n - 1"))},
        {was.format(before.format("< p.n") + " and not " + before.format("= p.n - 1"))},
        {gone}, t1 <= {until} from periods p order by n""").fetchall()
    keys = ("label", "start", "active", "new", "returning", "resurrected", "dormant", "complete")
    people = db.execute("select count(distinct user) from active_days").fetchone()[0]
    whole = [(day["daily"], day["monthly"]) for day in shown if day["complete"] and day["monthly"] is not None]
    monthly = sum(month for _, month in whole)
    return {
        "people": people,
        "days": shown,
        "periods": [dict(zip(keys, row, strict=True)) for row in rows],
        "stickiness": sum(day for day, _ in whole) / monthly if monthly else None,
    }
