"""What scipy and statsmodels say of experiments and customers, as vectors for the tests of every language.

    python tests/oracle/models.py      # needs scipy and statsmodels

It writes `experiments.json` and `lifetime.json` into `tests/vectors/analytics`.

The log-likelihoods are those of the papers, written with scipy's functions and maximised from several starts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import statsmodels
from scipy import integrate, optimize, special, stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

OUT = Path(__file__).resolve().parent.parent / "vectors" / "analytics"
Case = dict[str, Any]


def anytime(difference: float, error: float, people: float, alpha: float, planned: float) -> Case:
    """The interval of the mixture of normal alternatives, from the likelihood ratio itself."""
    tightest = optimize.brentq(lambda u: u - math.log((u + 1) / alpha**2), 1e-6, 1e3)
    # The mixture is over true differences, normal around 0 with this variance.
    variance = error**2 * people * tightest / planned

    def ratio(off: float) -> float:
        """The mixture's density at an observed difference, over that of no difference."""
        one, other = stats.norm(0, math.sqrt(error**2 + variance)), stats.norm(0, error)
        return one.logpdf(off) - other.logpdf(off) + math.log(alpha)

    half = optimize.brentq(ratio, 1e-12, error * 1000, xtol=1e-15)
    p_value = min(1.0, alpha / math.exp(ratio(difference)))
    return {"low": difference - half, "high": difference + half, "p_value": p_value}


def chosen_ratio(n0: int, n1: int, planned: float) -> Case:
    """Chi-squared of the sizes."""
    people = n0 + n1
    p_value = stats.chisquare([n0, n1], [people * (1 - planned), people * planned]).pvalue
    return {"planned": planned, "actual": n1 / people, "p_value": p_value, "mismatch": bool(p_value < 0.001)}


def experiments() -> Iterable[Case]:
    """Shares and means, small and large."""
    for (n0, x0), (n1, x1), options in (
        ((5000, 500), (5000, 600), {}),
        ((1000, 0), (1000, 7), {"confidence": 0.9}),
        ((250, 17), (240, 9), {"confidence": 0.99, "planned": 500}),
        ((9000, 900), (1000, 130), {"variant_share": 0.1}),
        ((5200, 500), (4800, 500), {}),
    ):
        alpha = 1 - options.get("confidence", 0.95)
        low, high = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff", alpha=alpha)
        p_value = proportions_ztest([x1, x0], [n1, n0])[1]
        smooth = [(x + 1) / (n + 2) for x, n in ((x0, n0), (x1, n1))]
        error = math.sqrt(sum(s * (1 - s) / n for s, n in zip(smooth, (n0, n1), strict=True)))
        difference = x1 / n1 - x0 / n0
        value = {
            "control": x0 / n0,
            "variant": x1 / n1,
            "difference": difference,
            "fixed": {"low": low, "high": high, "p_value": p_value},
            "anytime": anytime(difference, error, n0 + n1, alpha, options.get("planned", 10_000)),
            "sample_ratio": chosen_ratio(n0, n1, options.get("variant_share", 0.5)),
        }
        arms = {"control": {"people": n0, "converted": x0}, "variant": {"people": n1, "converted": x1}}
        case = {"name": f"{x1} of {n1} against {x0} of {n0}", "call": "compare", **arms}
        yield {**case, "options": options, "expect": {"value": value}}
    for seed, (n0, n1, shift) in enumerate(((12, 9, 1.0), (400, 380, 0.2), (3000, 3100, 0.0))):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(5, 2, n0), rng.normal(5 + shift, 3, n1)
        means = CompareMeans(DescrStatsW(b), DescrStatsW(a))
        low, high = means.tconfint_diff(usevar="unequal")
        p_value = means.ttest_ind(usevar="unequal")[1]
        error = math.sqrt(a.var(ddof=1) / n0 + b.var(ddof=1) / n1)
        difference = b.mean() - a.mean()
        value = {
            "difference": difference,
            "fixed": {"low": low, "high": high, "p_value": p_value},
            "anytime": anytime(difference, error, n0 + n1, 0.05, 10_000),
        }
        arms = {
            name: {"people": len(x), "mean": float(x.mean()), "variance": float(x.var(ddof=1))}
            for name, x in (("control", a), ("variant", b))
        }
        yield {"name": f"means of {n1} and {n0}", "call": "compare", **arms, "options": {}, "expect": {"value": value}}


def shoppers(seed: int, count: int, r: float, alpha: float, a: float, b: float) -> list[Case]:
    """Customers drawn from the BG/NBD and gamma-gamma models themselves."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        age, rate, leaving = rng.uniform(10, 50), rng.gamma(r, 1 / alpha), rng.beta(a, b)
        time, last, times = 0.0, 0.0, 0
        while True:
            time += rng.exponential(1 / rate)
            if time > age:
                break
            last, times = time, times + 1
            if rng.random() < leaving:
                break
        scale = rng.gamma(4.0, 1 / 1500)
        value = rng.gamma(6.0, 1 / scale, times).mean() if times else 0.0
        row = {"frequency": times, "recency": round(last, 3), "age": round(age + 0.01, 3)}
        rows.append({**row, "value": round(float(value), 2)})
    return rows


def fitted(function: Callable[[Any], float], starts: Iterable[list[float]]) -> tuple[list[float], float]:
    """The highest point from several starts, in the parameters themselves."""
    tight = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000, "maxfev": 20_000}

    def highest(start: list[float]) -> Any:
        return optimize.minimize(lambda x: -function(np.exp(x)), start, method="Nelder-Mead", options=tight)

    best = min(map(highest, starts), key=lambda result: result.fun)
    return list(map(float, np.exp(best.x))), float(-best.fun)


def bg_nbd(rows: list[Case], horizon: float) -> Case:
    """The fit, and what follows from it by the integrals that the paper's formulas stand for."""
    x, tx, age = (np.array([row[key] for row in rows]) for key in ("frequency", "recency", "age"))
    repeat = x > 0

    def likelihood(parameters: Any) -> float:
        r, alpha, a, b = parameters
        stays = special.betaln(a, b + x) - special.betaln(a, b) + special.gammaln(r + x) - special.gammaln(r)
        stays = stays + r * np.log(alpha) - (r + x) * np.log(alpha + age)
        before = np.where(repeat, x, 1)
        leaves = special.betaln(a + 1, b + before - 1) - special.betaln(a, b)
        leaves = leaves + special.gammaln(r + x) - special.gammaln(r)
        leaves = leaves + r * np.log(alpha) - (r + x) * np.log(alpha + tx)
        return float(np.sum(np.where(repeat, np.logaddexp(stays, leaves), stays)))

    (r, alpha, a, b), best = fitted(likelihood, [[0.0, 1.0, 0.0, 0.0], [-1.0, 2.0, 0.0, 1.0], [1.0, 3.0, -1.0, 0.0]])
    odds = np.where(repeat, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + tx)) ** (r + x), 0.0)
    alive = 1 / (1 + odds)

    def expected(index: int) -> float:
        """Purchases of one who is alive, over what is known of rate and chance of leaving."""
        shape, scale, second = r + x[index], alpha + age[index], b + x[index]

        def purchases(p: float) -> float:
            # Mean over the rate of (1 - exp(-rate p t)) / p.
            return (1 - (scale / (scale + p * horizon)) ** shape) / p

        density = stats.beta(a, second)
        value, _ = integrate.quad(lambda q: purchases(density.ppf(q)), 0, 1, limit=400, epsabs=1e-9)
        return float(value * alive[index])

    value = {
        "model": {"r": r, "alpha": alpha, "a": a, "b": b, "log_likelihood": best},
        "alive": [float(p) for p in alive],
        "expected": [expected(index) for index in range(len(rows))],
    }
    return {"customers": rows, "horizon": horizon, "tolerance": 2e-3, "expect": {"value": value}}


def gamma_gamma(rows: list[Case]) -> Case:
    """The fit, and each customer's expected value."""
    bought = [row for row in rows if row["frequency"] > 0]
    x, m = (np.array([row[key] for row in bought]) for key in ("frequency", "value"))

    def likelihood(parameters: Any) -> float:
        p, q, v = parameters
        shapes = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q)
        rest = q * np.log(v) + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(v + x * m)
        return float(np.sum(shapes + rest))

    start = math.log(float(m.mean()))
    (p, q, v), best = fitted(likelihood, [[0.0, 0.0, start], [1.5, 1.5, start], [2.0, 1.0, start - 1]])
    expected = [p * (v + row["frequency"] * row["value"]) / (p * row["frequency"] + q - 1) for row in rows]
    value = {"model": {"p": p, "q": q, "v": v, "log_likelihood": best}, "expected": expected}
    return {"customers": rows, "tolerance": 2e-3, "expect": {"value": value}}


def lifetimes() -> Iterable[Case]:
    """Both models fitted to customers that they describe."""
    for seed, truth in enumerate(((0.6, 4.0, 0.8, 2.5), (1.2, 6.0, 1.5, 4.0))):
        rows = shoppers(seed, 200, *truth)
        yield {"name": f"200 customers, {seed}", "call": "bg_nbd", "options": {}, **bg_nbd(rows, 26.0)}
        yield {"name": f"values of 200 customers, {seed}", "call": "gamma_gamma", "options": {}, **gamma_gamma(rows)}


def write(name: str, about: str, cases: Iterable[Case]) -> None:
    """One file of vectors, a case on a line."""
    made = f"scipy {scipy.__version__} and statsmodels {statsmodels.__version__}, tests/oracle/models.py"
    lines = (json.dumps(case, separators=(",", ":")) for case in cases)
    text = f'{{"about": "{about}, answered by {made}", "cases": [\n' + ",\n".join(lines) + "\n]}\n"
    (OUT / f"{name}.json").write_text(text, encoding="utf-8")
    print(f"{name}: {len(text) / 1e3:.0f} kB")


def main() -> None:
    """Write all of them."""
    write("experiments", "A/B comparisons", experiments())
    write("lifetime", "BG/NBD and gamma-gamma", lifetimes())


if __name__ == "__main__":
    main()
