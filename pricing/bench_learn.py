"""The targets of the learning half, each with its reference computed in the same run."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from scipy.stats import poisson

from . import backtest, hotel, topaloglu
from .classical import emsr_a, emsr_b, emsr_b_mr, littlewood, nested_optimum, network_dlp
from .evaluate import by_card
from .instances import instance
from .learning import Learnt, best_of, flat_belief, learn, loop, planted_quotes, share_of_exact
from .markup import exponential_gain
from .response import ResponsePrior
from .results import Row
from .seeds import LEARN_REPORT
from .unconstrain import (
    censored_poisson,
    expectation_maximisation,
    exposure_rate,
    projection_detruncation,
)

LOADS = (0.6, 1.2, 2.0)


def _share_after(quotes: int, spread: float, seed: int) -> float:
    """Return the share of exact that prices learnt from `quotes` keep in one planted world."""
    rng = np.random.default_rng(seed)
    day, truth = instance(LOADS[seed % 3], seed)
    belief = flat_belief(day, truth.rate.sum() * rng.uniform(0.5, 2), 5.0, truth.edges)
    log = planted_quotes(day, truth, quotes, spread, rng)
    demand, _ = learn(day, log, belief, ResponsePrior())
    return share_of_exact(day, truth, Learnt.of(day, demand).ask(), best_of(day, truth))


def learned(*, quick: bool) -> list[Row]:
    """T5: prices from estimates, exploration off, against the exact optimum."""
    rows, worst = [], 1.0
    seeds = LEARN_REPORT[: 10 if quick else 30]
    for quotes, spread, target in ((1000, 0.2, 0.985), (3000, 0.1, 0.975)):
        shares = [_share_after(quotes, spread, seed) for seed in seeds]
        worst = min(worst, *shares)
        what = f"{quotes} quotes at ±{spread:.0%}, {len(shares)} worlds"
        mean = float(np.mean(shares))
        rows.append(Row("T5", what, f"{mean:.4f}", f"exact = 1, target {target}", mean >= target))
    rows.append(Row("T5", "worst world", f"{worst:.4f}", "exact = 1, target 0.96", worst >= 0.96))
    return rows


def learning_loop(seeds: Sequence[int], *, quick: bool) -> list[Row]:
    """T6: four rooms from nothing, slope prior off by 2 either way, exploration paid for."""
    spans = {"weeks 1-4": (1, 4, 0.90), "weeks 5-12": (5, 12, 0.96), "weeks 13-26": (13, 26, 0.975)}
    kept: dict[str, list[float]] = {name: [] for name in spans}
    above, first = [], []
    for seed in seeds:
        day, truth = instance(LOADS[(seed + 1) % 3], seed)
        card = share_of_exact(day, truth, by_card(day, day.card), best_of(day, truth))
        for off in (0.5, 2.0):
            prior = ResponsePrior(slope=off * float(truth.slope[0, 0]))
            judged = (1, 2, 3, 4, 8, 12, 20, 26) if quick else tuple(range(1, 27))
            weeks = loop(day, truth, prior, seed=seed, judged=judged)
            for name, (low, high, _) in spans.items():
                kept[name].append(float(np.mean([v for w, v in weeks.items() if low <= w <= high])))
            above.append(kept["weeks 1-4"][-1] / card - 1)
            first.append(weeks[1] / card - 1)
    rows = [
        Row(
            "T6",
            f"{name}, mean (worst) of {len(kept[name])} runs",
            f"{np.mean(kept[name]):.4f} ({min(kept[name]):.4f})",
            f"exact = 1, target {target}",
            bool(np.mean(kept[name]) >= target),
        )
        for name, (_, _, target) in spans.items()
    ]
    figure = f"{min(above):+.1%} (week 1 alone {min(first):+.1%})"
    rows.append(
        Row("T6", "weeks 1-4, worst run", figure, "list price, target -1 %", min(above) >= -0.01)
    )
    return rows


def forecast(data: Path) -> list[Row]:
    """T7: the open hotel file, last six months, against the best simple method."""
    if not (data / hotel.FILE).exists():
        return [Row("T7", "forecast", "not run", f"no {hotel.FILE} in the data folder", None)]
    rows, lines = [], backtest.run(data / hotel.FILE)
    for line in lines:
        figure = f"WAPE {line.wape['engine']:.2f} %, 90 % covers {line.cover:.1%}"
        reference = (
            f"best simple {line.wape['best simple']:.2f} %, "
            f"gain {line.gain:.1%} ± {line.gain_error:.1%} (3 %)"
        )
        rows.append(Row("T7", f"lead {line.lead} days", figure, reference, line.holds))
    cover = float(np.mean([line.cover for line in lines]))
    good = 0.88 <= cover <= 0.92
    rows.append(Row("T7", "intervals, all leads", f"{cover:.1%}", "88 to 92 % of 90 %", good))
    return rows


def _guesses(mean: float, capacity: int, seed: int) -> tuple[float, float, float, float, float]:
    """Return exposure, censored, EM, PD and naive means of 60 days, as shares of the truth."""
    rng = np.random.default_rng(seed)
    wanted = rng.poisson(mean, 60)
    full = wanted >= capacity
    full[rng.integers(60)] = False  # the totals-only methods need one open day
    until = np.where(full, rng.beta(capacity, np.maximum(wanted - capacity, 0) + 1), 1.0)
    sales = np.where(full, capacity, wanted).astype(np.float64)
    return (
        exposure_rate(sales, until) / mean,
        censored_poisson(sales, full) / mean,
        expectation_maximisation(sales, full) / mean,
        projection_detruncation(sales, full) / mean,
        float(sales.mean()) / mean,
    )


def unconstraining(*, quick: bool) -> list[Row]:
    """T8: bias and error at 60 days, for demand of 4 and 20 and 20 to 90 % of days sold out."""
    rows = []
    for mean in (4, 20):
        for censored in (0.2, 0.9):
            capacity = min(range(1, 60), key=lambda c: abs(poisson.sf(c - 1, mean) - censored))
            seeds = LEARN_REPORT[: 60 if quick else 400]
            table = np.array([_guesses(mean, capacity, seed) for seed in seeds]) - 1
            bias, rmse = table.mean(axis=0), np.sqrt((table**2).mean(axis=0))
            figure = f"bias {bias[0]:+.1%}, rmse {rmse[0]:.1%}"
            peers = f"censored {bias[1]:+.1%}, EM {bias[2]:+.0%}, PD {bias[3]:+.0%}"
            good = bool(abs(bias[0]) <= 0.02 and rmse[0] <= 0.11)
            what = f"mean {mean}, {poisson.sf(capacity - 1, mean):.0%} sold out"
            rows.append(Row("T8", what, figure, f"{peers}, sales {bias[4]:+.0%}", good))
    return rows


def exponential_optimum(units: int, arrivals: float, steps: int = 4000) -> float:
    """Return the value of `units` with exponential willingness to pay (mean 1), integrated by RK4.

    Its closed form is ln sum_{i <= n} (arrivals / e)^i / i! (Gallego & van Ryzin 1994).
    """
    value = np.zeros(units + 1)

    def slope(v: np.ndarray) -> np.ndarray:
        return np.concatenate([[0.0], arrivals * exponential_gain(np.diff(v), np.ones(units))])

    pace = 1 / steps
    for _ in range(steps):
        one = slope(value)
        two = slope(value + pace / 2 * one)
        three = slope(value + pace / 2 * two)
        four = slope(value + pace * three)
        value = value + pace / 6 * (one + 2 * two + 2 * three + four)
    return float(value[-1])


def printed_tables() -> list[Row]:
    """T10: published figures, to their printed digits."""
    rows = []
    for units, load, printed in ((1, 5, 1.7918), (10, 20, 15.4729), (20, 40, 32.0934)):
        found = exponential_optimum(units, load * np.e)
        good = round(found, 4) == printed
        what = f"Gallego & van Ryzin 1994, n = {units}"
        rows.append(Row("T10", what, f"{found:.4f}", f"printed {printed}", good))
    means, sds = np.array([17.3, 45.1, 39.6, 34.0]), np.array([5.8, 15.0, 13.2, 11.3])
    fares = np.array([1050.0, 567, 534, 520])
    found_all: list[list[float]] = [
        emsr_a(fares, means, sds).round(1).tolist(),
        emsr_b(fares, means, sds).round(1).tolist(),
        [float(seats) for seats in nested_optimum(fares, means, sds, 130)[0]],
    ]
    printed_all: list[list[float]] = [[16.7, 38.7, 55.7], [16.7, 50.9, 83.2], [17, 42, 73]]
    what = "EMSR-a, EMSR-b, optimum (Talluri & van Ryzin 2004)"
    rows.append(
        Row(
            "T10", what, _told(found_all), f"printed {_told(printed_all)}", found_all == printed_all
        )
    )
    protect = littlewood(1000, 400, 50, 18)
    rows.append(Row("T10", "Littlewood", f"{protect:.2f}", "54.56", round(protect, 2) == 54.56))
    return [*rows, _fiig(), _journal()]


def _told(lists: Sequence[Sequence[float]]) -> str:
    return " ".join("/".join(f"{v:g}" for v in values) for values in lists)


def _fiig() -> Row:
    fares = np.array([1200.0, 1000, 800, 600, 400, 200])
    means = np.array([31.2, 10.9, 14.8, 19.9, 26.9, 36.3])
    sds = np.array([11.2, 6.6, 7.7, 8.9, 10.4, 12.0])
    found: list[list[float]] = [
        emsr_b(fares, means, sds).round().tolist(),
        emsr_b_mr(fares, means, sds).round().tolist(),
    ]
    printed: list[list[float]] = [[20, 35, 54, 80, 117], [35, 52, 84]]
    what = "EMSR-b and EMSR-b MR (Fiig et al. 2010)"
    return Row("T10", what, _told(found), _told(printed), found == printed)


def _journal() -> Row:
    fares = np.array([800, 500, 580, 350, 120, 450, 380, 400, 250, 100], dtype=np.float64)
    demand = np.array([6, 4, 5, 4, 3, 15, 14, 8, 11, 5], dtype=np.float64)
    trips = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=np.float64).T
    found = network_dlp(fares, demand, np.hstack([trips, trips]), np.array([10.0, 10, 8]))
    bids = found.bid_prices.round(4).tolist()
    what = "network bid prices (J. Rev. Pricing Mgmt 2014)"
    return Row("T10", what, _told([bids]), "380/420/0", bids == [380, 420, 0])


def network(data: Path, *, quick: bool) -> list[Row]:
    """T10: the public hub-and-spoke instances, bound and policy."""
    folder = data / "topaloglu"
    if not folder.exists():
        return [Row("T10", "Topaloglu 2009", "not run", "no instances in the data folder", None)]
    lines = topaloglu.run(folder, paths=400 if quick else 2000, peer_paths=20 if quick else 100)
    off = max(abs(line.bound - line.published[0]) for line in lines)
    ours, dlp, best, _ = topaloglu.mean_shares(lines)
    error = np.sqrt(np.mean([(n.ours_error / n.published[1]) ** 2 for n in lines]) / len(lines))
    figure = f"{ours:.4f} ± {error:.4f}"
    reference = f"printed best {best:.4f}, DLP x5 here {dlp:.4f}, target 0.970"
    return [
        Row("T10", "Topaloglu 2009, largest error of the bound", f"{off:.2f}", "1", bool(off <= 1)),
        Row("T10", "Topaloglu 2009, policy / published bound", figure, reference, ours >= 0.970),
    ]


def tasks(*, quick: bool, data: Path) -> list[Callable[[], list[Row]]]:
    """Return the work of the learning half, in parts that may run side by side."""
    loops = LEARN_REPORT[: 1 if quick else 9]
    return [
        partial(learning_loop, loops, quick=quick),
        partial(forecast, data),
        partial(learned, quick=quick),
        partial(network, data, quick=quick),
        partial(unconstraining, quick=quick),
        printed_tables,
    ]
