"""Columns of any kind become business figures; numbers against other tools are in the vectors."""

import pickle
from datetime import datetime, timezone
from typing import Any

import numpy
import pytest

import opusclip
from opusclip.analytics import (
    BgNbd,
    CustomerSummary,
    GammaGamma,
    Mean,
    Proportion,
    cohort_values,
    compare,
    correlate,
    correlate_all,
    customers,
    drivers,
    forecast,
    funnel,
    lifetime_value,
    moved_together,
    mrr,
    revenue,
    time_to_limit,
    users,
)

DAY = 86_400.0
MAY = 1_714_521_600.0


@pytest.mark.parametrize("kind", ["list", "numpy", "datetime64", "datetime", "pyarrow", "pandas", "polars"])
def test_columns_of_any_kind_are_payments(kind: str) -> None:
    times: Any = [MAY, MAY + DAY, MAY + 40 * DAY]
    user: Any = ["ann", "bob", "ann"]
    amount: Any = [1999, 500, -1999]
    if kind == "numpy":
        times, user, amount = numpy.array(times), numpy.array(user), numpy.array(amount, numpy.int32)
    elif kind == "datetime64":
        times = numpy.array(times).astype("datetime64[s]")
    elif kind == "datetime":
        times = [datetime.fromtimestamp(time, timezone.utc) for time in times]
    elif kind == "pyarrow":
        pyarrow = pytest.importorskip("pyarrow")
        times, user, amount = pyarrow.array(times), pyarrow.array(user), pyarrow.array(amount)
    elif kind == "pandas":
        pandas = pytest.importorskip("pandas")
        times = pandas.to_datetime(pandas.Series(times), unit="s", utc=True)
        user, amount = pandas.Series(user, dtype="string"), pandas.Series(amount, dtype="Int64")
    elif kind == "polars":
        polars = pytest.importorskip("polars")
        times, user, amount = polars.Series(times), polars.Series(user), polars.Series(amount)
    found = revenue(time=times, user=user, amount=amount, currency="EUR")
    assert [(period.label, period.gross, period.refunds) for period in found.periods] == [
        ("2024-05-01", 2499, 0),
        ("2024-06-01", 0, 1999),
    ]
    assert (found.net, found.payers, found.currency) == (500, 2, "EUR")


def test_money_is_never_a_fraction() -> None:
    for amount in (
        [19.99, 5.0],
        numpy.array([1.0, 2.0]),
        ["1", "2"],
        [2**70, 1],
        numpy.array([2**63, 1], numpy.uint64),
    ):
        with pytest.raises(opusclip.DataError, match="minor units") as caught:
            revenue(time=[0.0, 1.0], user=[1, 2], amount=amount, currency="EUR")
        assert (caught.value.code, caught.value.field) == ("data.invalid", "amount")
    with pytest.raises(opusclip.DataError) as caught:
        mrr(user=[1], start=[0.0], end=[None], amount=[100], months=[-1], currency="EUR")
    assert caught.value.field == "months"


def test_currencies_are_not_added_but_chosen() -> None:
    paid: dict[str, Any] = {"time": [0.0, 1.0], "user": [1, 2], "amount": [100, 200], "currency": ["EUR", "USD"]}
    with pytest.raises(opusclip.DataError, match="do not add up"):
        revenue(**paid)
    assert revenue(**paid, only="USD").net == 200
    assert cohort_values(**paid, only="EUR").currency == "EUR"


def test_a_number_and_its_digits_are_two_people_and_nobody_is_one() -> None:
    assert users(time=[0.0] * 3, user=[7, "7", 7]).people == 2
    pandas = pytest.importorskip("pandas")
    assert users(time=[0.0] * 3, user=pandas.Series(["a", None, pandas.NA])).people == 2
    assert users(time=[0.0] * 3, user=numpy.array([2**62, -5, 7])).people == 3


def test_subscriptions_that_go_on_have_no_end() -> None:
    columns: dict[str, Any] = {"user": ["ann", "bob"], "amount": [1200, 100], "months": [12, 1], "currency": "EUR"}
    start = [MAY, MAY]
    for end in ([None, MAY + 40 * DAY], numpy.array([numpy.nan, MAY + 40 * DAY])):
        found = mrr(start=start, end=end, until=MAY + 62 * DAY, **columns)
        assert [period.mrr.closing for period in found.periods[:2]] == [200, 100]
        assert found.periods[1].mrr.churn == 100


def test_customers_are_known_by_their_names_and_valued() -> None:
    rng = numpy.random.default_rng(5)
    user = rng.zipf(1.7, 3000) % 300
    names = [f"user {number}" for number in user]
    paid: dict[str, Any] = {"time": MAY + DAY * rng.uniform(0, 200, 3000), "amount": rng.integers(500, 5000, 3000)}
    by_name = customers(user=names, currency="EUR", **paid)
    by_number = customers(user=user, currency="EUR", **paid)
    assert [f"user {number}" for number in by_number] == list(by_name)
    assert list(by_number.values()) == list(by_name.values())
    assert len(by_name) == len(set(names))
    summaries = list(by_name.values())
    purchases, values = BgNbd.fit(summaries), GammaGamma.fit(summaries)
    alive = purchases.probability_alive(summaries)
    assert all(0 <= chance <= 1 for chance in alive)
    assert len(purchases.expected_purchases(summaries, 4)) == len(summaries)
    # One step without discount is the purchases expected in it at the value expected of each.
    worth = lifetime_value(purchases, values, summaries, steps=1, discount=0)
    expected = purchases.expected_purchases(summaries, 1).to_numpy() * values.expected_value(summaries).to_numpy()
    assert numpy.allclose(worth.to_numpy(), expected, rtol=1e-9)
    assert pickle.loads(pickle.dumps(purchases)) == purchases
    with pytest.raises(opusclip.DataError, match="too few"):
        BgNbd.fit(summaries[:3])
    assert CustomerSummary() == CustomerSummary(frequency=0, recency=0.0, age=0.0, value=0.0)


def test_arms_are_shares_or_numbers() -> None:
    better = compare(Proportion(people=5000, converted=500), Proportion(people=5000, converted=600))
    assert (better.verdict, better.sample_ratio.mismatch) == ("higher", False)
    rng = numpy.random.default_rng(3)
    control, variant = rng.normal(10, 2, 4000), rng.normal(9, 2, 4000)
    arm = Mean.of(control)
    assert (arm.people, arm.mean) == (4000, pytest.approx(control.mean()))
    assert arm.variance == pytest.approx(control.var(ddof=1))
    assert compare(arm, Mean.of(variant)).verdict == "lower"
    with pytest.raises(opusclip.DataError):
        compare(arm, Proportion(people=10, converted=1))


def test_drivers_are_told_by_their_dimensions() -> None:
    after = numpy.repeat([False, True], 4)
    plan = ["free", "pro", None, "pro"] * 2
    found = drivers(after=after, value=[5, 10, 1, 10, 5, 2, 1, 2], dimensions={"plan": plan, "shop": [1, 1, 2, 2] * 2})
    assert (found.change, found.top[0].value, found.top[0].contribution) == (-16, "pro", -16)
    assert {dimension.name for dimension in found.dimensions} == {"plan", "shop"}
    ratio = drivers(after=after, value=[1.0] * 8, weight=[2.0] * 8, dimensions={"plan": plan})
    assert (ratio.before, ratio.after) == (0.5, 0.5)


def test_events_need_what_is_asked_for() -> None:
    with pytest.raises(opusclip.DataError) as caught:
        funnel(time=[0.0], user=[1], event=None, steps=["a"])
    assert caught.value.field == "event"
    assert funnel(time=[0.0, 5.0], user=[1, 1], event=["a", "b"], steps=["a", "b"], window=10).converted == 1


def noise(seed: int, count: int = 400) -> Any:
    return numpy.random.default_rng(seed).normal(size=count)


def test_many_metrics_are_compared_pair_by_pair() -> None:
    load, times = noise(1), MAY + 60.0 * numpy.arange(400)
    metrics = {"load": load, "queue": 2 * load + 0.1 * noise(2), "other": noise(3)}
    found = correlate_all(metrics, times)
    first = found.pairs[0]
    assert ((first.a, first.b), first.significant) == (("load", "queue"), True)
    assert "load and queue" in first.correlation.explanation.sentence
    # The other lies elsewhere in time: there is no pair with it.
    apart = correlate_all(metrics, {"load": times, "queue": times, "other": times + 1e6})
    assert [pair.a + pair.b for pair in apart.pairs] == ["loadqueue"]
    assert len(apart.skipped) == 2
    lagged = correlate(load, numpy.roll(load, 3), times, names=["load", "queue"])
    assert "queue follows load by 3 min" in lagged.explanation.sentence
    with pytest.raises(opusclip.ConfigError):
        correlate(load, load, names=["load"])


def test_what_moved_with_an_anomaly_comes_first() -> None:
    raised = numpy.zeros(400)
    raised[300:315] = 10
    times = MAY + 60.0 * numpy.arange(400)
    others = {"other": noise(4), "queue": raised + noise(5)}
    since, until = (datetime.fromtimestamp(times[at], timezone.utc) for at in (300, 314))
    found = moved_together(raised + noise(6), others, since=since, until=until, times=times)
    assert [(one.name, one.moved) for one in found.metrics] == [("queue", True), ("other", False)]
    with pytest.raises(opusclip.ConfigError) as caught:
        moved_together(raised, others, since=until, until=since, times=times)
    assert caught.value.code == "config.out_of_range"


def test_limits_are_reached_in_time() -> None:
    days = numpy.arange(60.0)
    full = time_to_limit(30 + days + 0.1 * noise(7, 60), 95, MAY + DAY * days)
    assert full.expected is not None
    assert full.expected / DAY == pytest.approx(6, abs=0.2)
    ahead = forecast(30 + days, MAY + DAY * days, horizon=30)
    reached = ahead.time_to_limit(95, "rising")
    assert reached.expected is not None
    assert reached.expected / DAY == pytest.approx(6, abs=0.5)
    assert ahead.time_to_limit(1e6).expected is None
    with pytest.raises(opusclip.ConfigError) as caught:
        ahead.time_to_limit(95, "sideways")
    assert caught.value.field == "direction"
