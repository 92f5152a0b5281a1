"""Network revenue management on Topaloglu's public instances (Operations Research 57(3), 2009).

A hub and its spokes; at most one request per period, for an itinerary of one or two legs at a fixed
fare. Policies see the same request paths. `PUBLISHED` holds what the paper's tables print.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from .classical import network_dlp
from .data import BadInput, Floats, Ints

#: instance: DLP bound, Lagrangian bound, mean revenue of its best policy, of DLP with 5 solutions
PUBLISHED = {
    "rm_200_4_1.0_4.0": (21531, 20439, 20018, 19367),
    "rm_200_4_1.0_8.0": (34571, 33305, 32226, 30713),
    "rm_200_4_1.2_4.0": (19882, 18938, 18374, 17082),
    "rm_200_4_1.2_8.0": (32922, 31737, 30852, 27238),
    "rm_200_4_1.6_4.0": (17530, 16600, 15981, 14251),
    "rm_200_4_1.6_8.0": (30570, 29413, 28381, 23573),
}


@dataclass(frozen=True)
class Instance:
    """`chance` (periods, products); `uses` (legs, products) of 0 and 1."""

    name: str
    capacity: Floats
    fares: Floats
    uses: Floats
    chance: Floats


def _sections(path: Path) -> list[str]:
    kept = (line.split("#")[0].strip() for line in path.read_text().splitlines())
    return [line for line in kept if line]


def read_instance(path: Path) -> Instance:
    """Read one file; a line that does not parse is refused with its number among the full ones."""
    lines = _sections(path)
    at = 0
    try:
        periods, legs = int(lines[0]), int(lines[1])
        at = 2
        rows = [list(map(int, line.split())) for line in lines[at : at + legs]]
        leg = {(row[0], row[1]): i for i, row in enumerate(rows)}
        at += legs + 1
        count = int(lines[at - 1])
        product, fares, uses = {}, np.zeros(count), np.zeros((legs, count))
        for j, line in enumerate(lines[at : at + count]):
            a, b, kind, fare = line.split()
            product[int(a), int(b), int(kind)] = j
            fares[j] = float(fare)
            stops = [int(a), int(b)] if 0 in (int(a), int(b)) else [int(a), 0, int(b)]
            uses[[leg[pair] for pair in pairwise(stops)], j] = 1
        at += count
        chance = np.zeros((periods, count))
        for line in lines[at : at + periods]:
            period, *rest = line.replace("[", " ").replace("]", " ").split()
            for n in range(0, len(rest), 4):
                key = (int(rest[n]), int(rest[n + 1]), int(rest[n + 2]))
                chance[int(period), product[key]] = float(rest[n + 3])
            at += 1
    except (ValueError, KeyError, IndexError) as error:
        raise BadInput(path.name, at, f"cannot read ({error!r})") from error
    return Instance(path.stem, np.array([row[2] for row in rows], float), fares, uses, chance)


def leg_values(one: Instance, duals: Floats) -> Floats:
    """Return V (periods + 1, legs, most seats + 1) of the classic decomposition.

    Leg i earns fare minus the dual prices of the other legs:
    V_t(x) = V_{t+1}(x) + sum_j chance (fare_ij - (V_{t+1}(x) - V_{t+1}(x - 1)))+.
    """
    periods, most = len(one.chance), int(one.capacity.max())
    value = np.zeros((periods + 1, len(one.capacity), most + 1))
    for i, dual in enumerate(duals):
        mine = one.uses[i] > 0
        share = one.fares[mine] - duals @ one.uses[:, mine] + dual
        chance = one.chance[:, mine]
        for t in range(periods - 1, -1, -1):
            last = value[t + 1, i]
            seat = np.diff(last)
            gain = np.maximum(share[:, None] - seat, 0)
            value[t, i] = last
            value[t, i, 1:] += chance[t] @ gain
    return value


def request_paths(one: Instance, paths: int, seed: int) -> Ints:
    """Draw the product asked for in each period, -1 for none: (paths, periods)."""
    rng = np.random.default_rng(seed)
    draw = rng.random((paths, len(one.chance)))
    upto = np.cumsum(one.chance, axis=1)
    asked = (draw[:, :, None] >= upto[None]).sum(axis=2)
    return np.where(asked < len(one.fares), asked, -1)


def decomposition(one: Instance, asked: Ints) -> Floats:
    """Return the revenue per path of accepting when the fare beats the legs' marginal values."""
    duals = network_dlp(one.fares, one.chance.sum(axis=0), one.uses, one.capacity).bid_prices
    value = leg_values(one, duals)
    left = np.tile(one.capacity.astype(np.int64), (len(asked), 1))
    earned = np.zeros(len(asked))
    leg = np.arange(len(one.capacity))
    for t in range(asked.shape[1]):
        here = np.flatnonzero(asked[:, t] >= 0)
        product = asked[here, t]
        needs = one.uses[:, product].T > 0
        seats = left[here]
        worth = value[t + 1, leg, seats] - value[t + 1, leg, np.maximum(seats - 1, 0)]
        take = (one.fares[product] >= (worth * needs).sum(axis=1)) & ((seats > 0) | ~needs).all(
            axis=1
        )
        earned[here[take]] += one.fares[product[take]]
        left[here[take]] -= needs[take]
    return earned


def bid_price_policy(one: Instance, asked: Ints, solves: int = 5) -> Floats:
    """Return the revenue per path of DLP bid prices, solved `solves` times from what is left."""
    periods = asked.shape[1]
    earned = np.zeros(len(asked))
    starts = set(np.linspace(0, periods, solves, endpoint=False).astype(int).tolist())
    for path, row in enumerate(asked):
        left = one.capacity.copy()
        bids = np.zeros(len(left))
        for t, product in enumerate(row):
            if t in starts:
                ahead = one.chance[t:].sum(axis=0)
                bids = network_dlp(one.fares, ahead, one.uses, left).bid_prices
            if product < 0:
                continue
            needs = one.uses[:, product]
            if one.fares[product] >= bids @ needs and (left >= needs).all():
                left -= needs
                earned[path] += one.fares[product]
    return earned


@dataclass(frozen=True)
class Line:
    """One instance: our bound, and mean and standard error of both policies."""

    name: str
    bound: float
    ours: float
    ours_error: float
    dlp: float
    dlp_error: float

    @property
    def published(self) -> tuple[int, int, int, int]:
        """Return the printed figures."""
        return PUBLISHED[self.name]


def _mean(revenue: Floats) -> tuple[float, float]:
    """Return mean and standard error."""
    return float(revenue.mean()), float(revenue.std(ddof=1) / np.sqrt(len(revenue)))


def run(folder: Path, *, paths: int = 1000, peer_paths: int = 100, seed: int = 2009) -> list[Line]:
    """Run every published instance found in `folder`; refuse a folder without any.

    The bid-price policy solves five linear programmes per path, so it walks the first `peer_paths`.
    """
    found = [p for p in sorted(folder.glob("rm_*.txt")) if p.stem in PUBLISHED]
    if not found:
        raise BadInput("folder", None, f"no instance in {folder}")
    lines = []
    for path in found:
        one = read_instance(path)
        bound = network_dlp(one.fares, one.chance.sum(axis=0), one.uses, one.capacity).bound
        asked = request_paths(one, paths, seed)
        ours = _mean(decomposition(one, asked))
        lines.append(
            Line(one.name, bound, *ours, *_mean(bid_price_policy(one, asked[:peer_paths])))
        )
    return lines


def mean_shares(lines: list[Line]) -> tuple[float, float, float, float]:
    """Return mean shares of the published Lagrangian bound: ours, DLP, printed best and DLP."""
    rows = [(n.ours, n.dlp, n.published[2], n.published[3]) for n in lines]
    bounds = np.array([n.published[1] for n in lines], dtype=np.float64)
    ours, dlp, best, printed = (np.array(rows) / bounds[:, None]).mean(axis=0).tolist()
    return ours, dlp, best, printed


def report(lines: list[Line]) -> str:
    """Return the table as text, policies as shares of the published Lagrangian bound."""
    rows = [
        "instance            DLP bound  printed  | decomposition ± s.e.   DLP x5 ± s.e."
        "  | printed: best  DLP x5"
    ]
    for line in lines:
        bound, lagrange, best, dlp = line.published
        rows.append(
            f"{line.name:<19}{line.bound:>10.1f}{bound:>9}  |"
            f"{line.ours / lagrange:>10.4f} ± {line.ours_error / lagrange:.4f}"
            f"{line.dlp / lagrange:>10.4f} ± {line.dlp_error / lagrange:.4f}"
            f"  |{best / lagrange:>12.4f}{dlp / lagrange:>10.4f}"
        )
    ours, five, top, printed = mean_shares(lines)
    rows.append(
        f"{'mean':<19}{'':>19}  |{ours:>10.4f}{'':>9}{five:>10.4f}{'':>9}"
        f"  |{top:>12.4f}{printed:>10.4f}"
    )
    return "\n".join(rows)
