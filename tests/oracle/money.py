"""Revenue, subscriptions, the value of cohorts and drivers of a change in SQL."""

from __future__ import annotations

import random
from typing import Any

import duckdb
from funnel import quoted
from periods import calendar, observed

Case = dict[str, Any]


def chosen(db: duckdb.DuckDBPyConnection, options: Case) -> int:
    """The payments that count, as the table `paid`, and the end of what was observed."""
    until = observed(db, options, "select max(time) from payments")
    db.execute(f"""create or replace temp table paid as select user, time, amount from payments
        where time <= {until} and currency = {quoted(options["currency"])}""")
    return until


def revenue(db: duckdb.DuckDBPyConnection, options: Case) -> Case:
    """What the definition gives for the table `payments`."""
    until = chosen(db, options)
    calendar(db, options, db.execute("select min(time) from paid").fetchone()[0], until)
    sums = """coalesce(sum(amount) filter (amount > 0), 0)::bigint,
        coalesce(-sum(amount) filter (amount < 0), 0)::bigint,
        coalesce(sum(amount), 0)::bigint, count(*) filter (amount > 0), count(*) filter (amount < 0),
        count(distinct user) filter (amount > 0)"""
    rows = db.execute(f"""select day::varchar, t0 / 1e6, t1 <= {until}, {sums}
        from periods left join paid on time >= t0 and time < t1 group by n, day, t0, t1 order by n""").fetchall()
    keys = ("label", "start", "complete", "gross", "refunds", "net", "payment_count", "refund_count", "payers")
    gross, refunds, net, _, _, payers = db.execute(f"select {sums} from paid").fetchone()
    periods = [dict(zip(keys, row, strict=True)) for row in rows]
    total = {"gross": gross, "refunds": refunds, "net": net, "payers": payers}
    return {"currency": options["currency"], **total, "periods": periods}


def cohort_values(db: duckdb.DuckDBPyConnection, options: Case) -> Case:
    """What the definition gives for the table `payments`."""
    until = chosen(db, options)
    db.execute("""create or replace temp table firsts as
        select user, min(time) as first from paid where amount > 0 group by user""")
    calendar(db, options, db.execute("select min(first) from firsts").fetchone()[0], until)
    rows = db.execute(f"""
        with c as (select f.user, f.first, p.n from firsts f join periods p on f.first >= p.t0 and f.first < p.t1)
        select p.day::varchar, p.t0 / 1e6, (select count(*) from c where c.n = p.n), k.k,
            case when q.t1 <= {until} then (select coalesce(sum(amount), 0) from c join paid on paid.user = c.user
                and paid.time >= c.first and paid.time < q.t1 where c.n = p.n)::bigint end
        from periods p, range({options["periods"] + 1}) k(k) left join periods q on q.n = p.n + k.k
        where p.n <= (select max(n) from c) order by p.n, k.k""").fetchall()
    cohorts: dict[str, Case] = {}
    for label, start, size, _, total in rows:
        new = {"label": label, "start": start, "size": size, "cumulative": [], "per_customer": []}
        cohort = cohorts.setdefault(label, new)
        cohort["cumulative"].append(total)
        cohort["per_customer"].append(None if total is None or size == 0 else total / size)
    return {"currency": options["currency"], "cohorts": list(cohorts.values())}


def mrr(db: duckdb.DuckDBPyConnection, options: Case) -> Case:
    """What the definition gives for the table `subscriptions`."""
    latest = 'select greatest(max(start), max("end")) from subscriptions'
    until = observed(db, options, latest)
    calendar(db, options, db.execute("select min(start) from subscriptions").fetchone()[0], until)
    # What each customer pays just before the end of each period; an end after what was observed is not known yet.
    db.execute(f"""create or replace temp table paying as
        select p.n, s.user, sum(round_even(amount::double / months, 0))::bigint as mrr
        from periods p join subscriptions s on s.start <= {until} and s.start < p.t1
            and ("end" is null or "end" > {until} or p.t1 <= "end")
        group by all having mrr > 0""")
    rows = db.execute(f"""
        with people as (select distinct user from paying),
        moves as (select p.n, u.user, coalesce(a.mrr, 0) as had, coalesce(b.mrr, 0) as has,
                exists (select 1 from paying e where e.user = u.user and e.n < p.n) as known
            from periods p, people u left join paying a on a.user = u.user and a.n = p.n - 1
            left join paying b on b.user = u.user and b.n = p.n)
        select day::varchar, t0 / 1e6, t1 <= {until},
            sum(had), sum(has) filter (had = 0 and has > 0 and not known),
            sum(has) filter (had = 0 and has > 0 and known),
            sum(has - had) filter (had > 0 and has > had), sum(had - has) filter (has > 0 and had > has),
            sum(had) filter (had > 0 and has = 0), sum(has),
            count(*) filter (had > 0), count(*) filter (had = 0 and has > 0 and not known),
            count(*) filter (had = 0 and has > 0 and known), count(*) filter (had > 0 and has > had),
            count(*) filter (has > 0 and had > has), count(*) filter (had > 0 and has = 0), count(*) filter (has > 0)
        from moves m join periods p on p.n = m.n group by m.n, day, t0, t1 order by m.n""").fetchall()
    names = ("opening", "new", "reactivation", "expansion", "contraction", "churn", "closing")
    periods = []
    for label, start, complete, *sums in rows:
        money, people = ({n: int(v or 0) for n, v in zip(names, part, strict=True)} for part in (sums[:7], sums[7:]))
        opening = money["opening"]
        kept = opening - money["contraction"] - money["churn"]
        row = {"label": label, "start": start, "complete": complete, "mrr": money, "customers": people}
        row |= {"arr": 12 * money["closing"], "logo_churn": share(people["churn"], people["opening"])}
        row |= {"revenue_churn": share(money["churn"], opening), "gross_retention": share(kept, opening)}
        periods.append({**row, "net_retention": share(kept + money["expansion"], opening)})
    return {"currency": "EUR", "periods": periods}


def share(part: float, whole: float) -> float | None:
    """A share of a whole, where there is one."""
    return part / whole if whole else None


def drivers_case(db: duckdb.DuckDBPyConnection, rng: random.Random, weighted: bool) -> Case:
    """Values of two periods by two dimensions, and the contributions of all segments."""
    count = 80
    rows: Case = {
        "after": [rng.random() < 0.5 for _ in range(count)],
        "value": [float(rng.randrange(0, 1000)) for _ in range(count)],
        "dimensions": {
            "country": [rng.choice(["de", "fr", "it", None]) for _ in range(count)],
            "plan": [rng.choice(["free", "pro"]) for _ in range(count)],
        },
    }
    if weighted:
        rows["weight"] = [float(rng.randrange(1, 50)) for _ in range(count)]
    columns_sql = "after boolean, value double, weight double, country varchar, plan varchar"
    db.execute(f"create or replace table rows ({columns_sql})")
    weights = rows.get("weight", [1.0] * count)
    columns = (rows["after"], rows["value"], weights, *rows["dimensions"].values())
    db.executemany("insert into rows values (?, ?, ?, ?, ?)", list(zip(*columns, strict=True)))
    side = "sum({}) filter ({}after)"
    v0, v1, w0, w1 = (side.format(name, no) for name in ("value", "weight") for no in ("not ", ""))
    before, after = (f"{v0} / {w0}", f"{v1} / {w1}") if weighted else (v0, v1)
    figures = db.execute(f"select {before}, {after}, {w0}, {w1} from rows").fetchone()
    segments = {}
    for name in rows["dimensions"]:
        found = db.execute(f"select {name}, {v0}, {v1}, {w0}, {w1} from rows group by {name}").fetchall()
        segments[name] = [segment(name, figures, row, weighted) for row in found]
        segments[name].sort(key=lambda own: (-abs(own["contribution"]), own["value"] or ""))
    top = sorted((own for part in segments.values() for own in part), key=lambda own: -abs(own["contribution"]))
    value = {"before": figures[0], "after": figures[1], "change": figures[1] - figures[0], "top": top}
    name = f"drivers of a {'ratio' if weighted else 'sum'}, {rng.randrange(1000)}"
    return {"name": name, "call": "drivers", "rows": rows, "options": {}, "expect": {"value": value}}


def segment(name: str, figures: tuple[float, ...], row: tuple[Any, ...], weighted: bool) -> Case:
    """The contribution of a segment by the formulas."""
    r0, r1, all0, all1 = figures
    value, v0, v1, w0, w1 = row
    if not weighted:
        own = {"before": v0, "after": v1, "contribution": v1 - v0, "mix": None, "rate": None}
    else:
        s0, s1, own0, own1 = w0 / all0, w1 / all1, v0 / w0, v1 / w1
        mix, rate = (s1 - s0) * ((own0 + own1) / 2 - (r0 + r1) / 2), (own1 - own0) * (s0 + s1) / 2
        own = {"before": own0, "after": own1, "contribution": mix + rate, "mix": mix, "rate": rate}
    return {"dimension": name, "value": value, "other": False, **own}
