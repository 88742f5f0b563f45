#!/usr/bin/env python3
"""Ten million events into a five-step funnel with a breakdown, on one core.

    (A) opusclip.analytics.funnel(...) of numpy columns
    (B) DuckDB, `set threads = 1`, the same columns as a table, in two forms of SQL: the best attempt of each person by
        a chain of ASOF joins, and the first attempt by a chain of joins with `min`

A and B must give the same numbers of people at each step of each value, and the same numbers that are pending and
lost. A also gives how long each step took, which B is not asked for. They run in turn; what counts is the processor
time of the call or query alone, and the least of the ratios' medians.

Limits: `funnel_s` (A's processor time, best attempt) at most 2, `funnel_vs_duckdb` (B's time by A's) at least 1.

Installs duckdb and numpy into target/peers-venv.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import common  # noqa: E402
import installed  # noqa: E402
from common import BenchError  # noqa: E402

DUCKDB = "duckdb==2.0.1"
installed.MODULES[DUCKDB] = "duckdb"
COLUMNS = ("time", "user", "event", "breakdown")
STEPS = 5
WINDOW = 3 * 86400
ATTEMPTS = ("best", "first")


def make(folder: Path, count: int) -> None:
    """Two months of events in order of time: a few people do much, each step is rarer than the one before."""
    import numpy as np

    rng = np.random.default_rng(7)
    people = max(count // 20, 1)
    # Ids as a database gives them, not those of an index.
    ids = rng.permutation(people) + 100_000
    columns = {
        "time": np.sort(rng.integers(0, 60 * 86400 * 1_000_000, count)) + 1_700_000_000_000_000,
        "user": ids[(rng.pareto(1.5, count) * people / 10).astype(np.int64) % people],
        "event": rng.choice(8, count, p=[0.3, 0.2, 0.12, 0.08, 0.05, 0.1, 0.1, 0.05]),
        "breakdown": rng.integers(0, 8, count),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column.astype(np.int64))


def timed(call: Callable[[], Any]) -> tuple[Any, float, float]:
    """What a call gives, and its wall and processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = call()
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def by_opusclip(folder: Path, attempt: str) -> dict[str, Any]:
    """The library's answer."""
    import numpy as np
    from opusclip import analytics

    columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
    steps = [str(step) for step in range(STEPS)]
    funnel, wall, cpu = timed(lambda: analytics.funnel(**columns, steps=steps, window=WINDOW, attempt=attempt))

    def field(of: Any, name: str) -> Any:
        return of[name] if isinstance(of, dict) else getattr(of, name)

    rows = [
        [
            int(field(own, "value")),
            *(field(step, "users") for step in field(own, "steps")),
            field(own, "pending"),
            field(own, "lost"),
        ]
        for own in field(funnel, "breakdown")
    ]
    return {"wall": wall, "cpu": cpu, "rows": sorted(rows)}


def sql_of(attempt: str, until: int) -> str:
    """The funnel in SQL. Times of steps are t1 to t5; a step after the window is none."""
    window = WINDOW * 1_000_000
    if attempt == "best":
        parts = ["c1 as (select user, time as t1, breakdown as value from events where event = 0)"]
    else:
        parts = [
            """c1 as (select user, min(time) as t1, arg_min(breakdown, time * 8 + breakdown) as value
                from events where event = 0 group by user)"""
        ]
    for at in range(2, STEPS + 1):
        times = ", ".join(f"c.t{before}" for before in range(1, at))
        if attempt == "best":
            parts.append(f"""c{at} as (select c.user, {times}, c.value,
                case when e.time <= c.t1 + {window} then e.time end as t{at}
                from c{at - 1} c asof left join (select user, time from events where event = {at - 1}) e
                on c.user = e.user and c.t{at - 1} <= e.time)""")
        else:
            parts.append(f"""c{at} as (select c.user, {times}, c.value, min(e.time) as t{at} from c{at - 1} c
                left join (select user, time from events where event = {at - 1}) e
                on c.user = e.user and e.time >= c.t{at - 1} and e.time <= c.t1 + {window} group by all)""")
    level = " + ".join(f"(t{at} is not null)::int" for at in range(1, STEPS + 1))
    reached = f"coalesce({', '.join(f't{at}' for at in range(STEPS, 0, -1))})"
    users = ", ".join(f"count(*) filter (s.level >= {at})" for at in range(1, STEPS + 1))
    missed = f"s.level < {STEPS} and newest + {window}"
    return f"""with {", ".join(parts)},
        a as (select user, value, t1, {level} as level, {reached} as reached from c{STEPS}),
        best as (select user, max(struct_pack(level, rank := -reached, t1, least := -value::int)) as s,
            max(t1) as newest from a group by user)
        select -s.least, {users}, count(*) filter ({missed} > {until}), count(*) filter ({missed} <= {until})
        from best group by 1 order by 1"""


def by_duckdb(folder: Path, attempt: str) -> dict[str, Any]:
    """DuckDB's answer."""
    import duckdb
    import numpy as np

    columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
    db = duckdb.connect()
    db.execute("set threads = 1")
    db.register("arrays", columns)
    db.execute("""create table events as
        select "user", "time", event::utinyint as event, breakdown::utinyint as breakdown from arrays""")
    sql = sql_of(attempt, int(columns["time"].max()))
    rows, wall, cpu = timed(lambda: db.execute(sql).fetchall())
    return {"wall": wall, "cpu": cpu, "rows": [list(row) for row in rows]}


def bench(count: int, pairs: int) -> None:
    """Measure and print."""
    peer = installed.peer_python(DUCKDB)
    if peer is None or installed.peer_python(installed.NUMPY) is None:
        return
    if not common.VENV_PYTHON.exists():
        raise BenchError("the Python package is not built: run `make build`")
    folder = common.MEDIA / f"funnel-{count}"
    if not all((folder / f"{name}.npy").exists() for name in COLUMNS):
        print(f"making {count} events", flush=True)
        common.run([peer, __file__, "--worker", "make", "--folder", folder, "--events", str(count)])
    print(f"funnel: {pairs} pairs of {count} events, {STEPS} steps, one core, {common.environment()}", flush=True)

    def once(python: Path, worker: str, attempt: str) -> dict[str, Any]:
        return json.loads(common.run([python, __file__, "--worker", worker, "--folder", folder, "--attempt", attempt]))

    figures: dict[str, float] = {}
    for attempt in ATTEMPTS:
        mine, theirs = [], []
        for _ in range(pairs):
            mine.append(once(common.VENV_PYTHON, "opusclip", attempt))
            theirs.append(once(peer, "duckdb", attempt))
            if mine[-1]["rows"] != theirs[-1]["rows"]:
                raise BenchError(f"the answers differ: {mine[-1]['rows'][:2]} and {theirs[-1]['rows'][:2]}")
        for name, runs in (("opusclip", mine), ("DuckDB", theirs)):
            walls, cpus = ([run[key] for run in runs] for key in ("wall", "cpu"))
            print(f"{attempt + ' attempt, ' + name:26} wall s {common.shown(walls)}   cpu s {common.shown(cpus)}")
        figures[attempt] = common.ratio([run["cpu"] for run in theirs], [run["cpu"] for run in mine])[0]
        figures.setdefault("seconds", statistics.median(run["cpu"] for run in mine))
    slowest = min(figures[attempt] for attempt in ATTEMPTS)
    if figures["seconds"] > 2 or slowest < 1:
        print("over the limit: at most 2 s and no slower than DuckDB are wanted")
    common.closing(funnel_s=figures["seconds"], funnel_vs_duckdb=slowest)


def main() -> int:
    """Read the options and run the bench."""
    parser = argparse.ArgumentParser(description="Time a funnel of many events beside DuckDB's SQL for it.")
    parser.add_argument("--events", type=int, default=10_000_000, help="how many events (default 10,000,000)")
    parser.add_argument("--pairs", type=int, default=3, help="how often both are timed (default 3)")
    parser.add_argument("--worker", choices=("make", "opusclip", "duckdb"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--attempt", choices=ATTEMPTS, default="best", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.events < 1000 or options.pairs < 1:
        parser.error("--events must be at least 1000 and --pairs at least 1")
    if options.worker == "make":
        make(options.folder, options.events)
        return 0
    if options.worker:
        work = by_opusclip if options.worker == "opusclip" else by_duckdb
        print(json.dumps(work(options.folder, options.attempt)))
        return 0
    try:
        bench(options.events, options.pairs)
    except (BenchError, OSError) as error:
        return common.fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
