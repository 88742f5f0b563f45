"""Funnels in SQL: every attempt of every person, then the one that counts."""

from __future__ import annotations

from typing import Any

import duckdb

Case = dict[str, Any]


def micros(seconds: float) -> int:
    """Seconds as whole microseconds."""
    return round(seconds * 1_000_000)


def quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def ordered(options: Case, steps: list[str], window: int) -> list[str]:
    """Common table expressions: for each entry the time of each step."""
    after = ">" if len(set(steps)) < len(steps) else ">="
    parts = []
    for at in range(2, len(steps) + 1):
        times = ", ".join(f"c.t{i}" for i in range(1, at))
        between = f"exists (select 1 from seen x where x.user = c.user and x.time > c.t{at - 1} and x.time < n.t)"
        value = f"case when {between} then null else n.t end" if options.get("order") == "strict" else "n.t"
        parts.append(f"""
        n{at} as (
            select c.user, c.t1, min(b.time) as t from c{at - 1} c join seen b
            on b.user = c.user and b.event = {quoted(steps[at - 1])}
            and b.time {after} c.t{at - 1} and b.time <= c.t1 + {window} group by all
        ),
        c{at} as (
            select c.user, {times}, {value} as t{at} from c{at - 1} c
            left join n{at} n on n.user = c.user and n.t1 = c.t1
        )""")
    return parts


def any_order(steps: list[str], window: int) -> list[str]:
    """The same where the k-th step is the k-th different one done."""
    times = ", ".join(
        f"min(b.time) filter (b.event = {quoted(step)}) as s{at}" for at, step in enumerate(steps, start=1)
    )
    listed = ", ".join(f"s{at}" for at in range(1, len(steps) + 1))
    columns = ", ".join(f"l[{at}] as t{at}" for at in range(2, len(steps) + 1))
    return [
        f"""
        w as (select c.user, c.t1, {times} from c1 c join seen b
            on b.user = c.user and b.time between c.t1 and c.t1 + {window} group by all),
        v as (select user, t1, list_sort(list_filter([{listed}], lambda x: x is not null)) as l from w),
        c{len(steps)} as (select user, t1{', ' + columns if columns else ''} from v)"""
    ]


def expected(db: duckdb.DuckDBPyConnection, options: Case) -> Case:
    """What the definition gives for the table `events`."""
    steps, window = options["steps"], micros(options["window"])
    count = len(steps)
    latest = db.execute("select max(time) from events").fetchone()[0]
    until = micros(options["until"]) if "until" in options else latest
    any_step = options.get("order") == "any"
    entries = f"event in ({', '.join(map(quoted, steps))})" if any_step else f"event = {quoted(steps[0])}"
    begin = f"and time >= {micros(options['from'])}" if "from" in options else ""
    chains = any_order(steps, window) if any_step else ordered(options, steps, window)
    level = " + ".join(f"(t{at} is not null)::int" for at in range(1, count + 1))
    reached = f"list_filter([{', '.join(f't{at}' for at in range(1, count + 1))}], lambda x: x is not null)[-1]"
    first = options.get("attempt") == "first"
    rank = "t1" if first else "level desc, reached, t1 desc"
    opened = "t1" if first else "max(t1) over (partition by user)"
    parts = [
        f"seen as (select distinct user, time, event from events where time <= {until})",
        f"c1 as (select distinct user, time as t1 from seen where {entries} {begin})",
        *chains,
        f"""attempts as (select *, {level} as level, {reached} as reached,
            {opened} + {window} > {until} as open from c{count})""",
        f"ranked as (select *, row_number() over (partition by user order by {rank}) as place from attempts)",
        f"""best as (
            select r.*, t1 + {window} <= {until} as closed, (select min(breakdown) from events e
                where e.user = r.user and e.time = r.t1 and e.{entries}) as value,
            case when level = {count} then 'converted' when open then 'pending' else 'lost' end as state
            from ranked r where place = 1)""",
    ]
    db.execute("create or replace temp table best as with " + ", ".join(parts) + " select * from best")
    whole = of(db, steps, "true")
    values = db.execute("select value from best group by value order by count(*) desc, value nulls last").fetchall()
    breakdown = []
    for (value,) in values:
        where = "value is null" if value is None else f"value = {quoted(value)}"
        breakdown.append({"value": value, "other": False, **of(db, steps, where)})
    entered = db.execute("select count(*) from best").fetchone()[0]
    return {"entered": entered, **whole, "breakdown": breakdown}


def of(db: duckdb.DuckDBPyConnection, steps: list[str], where: str) -> Case:
    """The steps and the ends of the people for whom something holds."""
    rows = []
    for at, name in enumerate(steps, start=1):
        users = db.execute(f"select count(*) from best where {where} and level >= {at}").fetchone()[0]
        row = {"name": name, "users": users, "from_previous": None, "from_start": None}
        start, previous = (rows[0]["users"], rows[-1]["users"]) if rows else (users, users)
        row["conversion_from_start"] = users / start if start else None
        row["conversion_from_previous"] = users / previous if previous else None
        if at > 1 and users:
            row["from_previous"] = durations(db, f"t{at} - t{at - 1}", f"{where} and level >= {at}")
            row["from_start"] = durations(db, f"t{at} - t1", f"{where} and level >= {at}")
        rows.append(row)
    counts = dict(db.execute(f"select state, count(*) from best where {where} group by state").fetchall())
    closed = db.execute(f"select count(*) from best where {where} and closed and state = 'converted'").fetchone()[0]
    lost = counts.get("lost", 0)
    return {
        "steps": rows,
        "converted": counts.get("converted", 0),
        "pending": counts.get("pending", 0),
        "lost": lost,
        "closed_conversion": closed / (closed + lost) if closed + lost else None,
    }


def durations(db: duckdb.DuckDBPyConnection, what: str, where: str) -> Case:
    """Mean and quantiles in seconds."""
    sql = f"""select avg(d), quantile_cont(d, 0.5), quantile_cont(d, 0.9)
        from (select ({what}) / 1e6 as d from best where {where})"""
    mean, median, p90 = db.execute(sql).fetchone()
    return {"mean": mean, "median": median, "p90": p90}
