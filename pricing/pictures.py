"""The pictures of README.md, drawn from the engine itself: `python -m pricing pictures`.

Plain SVG, one hand-made chart each; nothing here is needed to price.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from .data import Floats
from .gap import gap_index, solve
from .instances import instance
from .levers import trade_off
from .pace import Pace, outlook
from .simulate import SpaceSpec, VenueSpec, history

WIDE, HIGH, EDGE = 560, 340, 56
INK, SOFT = "#1f2933", "#9aa5b1"
COLOURS = ("#0b6e4f", "#c8553d", "#3d5a98")


class Chart:
    """A frame with two axes, into which lines and dots are put in the units of the data."""

    def __init__(self, title: str, across: str, up: str, x: Sequence[float], y: Sequence[float]):
        """Take the words and the ends of both axes (x may run backwards)."""
        self.x, self.y = x, y
        middle = EDGE + (WIDE - 2 * EDGE) / 2
        self.parts = [
            _text(middle, 22, title, "middle", 15),
            _text(middle, HIGH - 10, across, "middle"),
            f'<text transform="translate(16,{HIGH / 2}) rotate(-90)" text-anchor="middle" '
            f'fill="{INK}" font-size="12">{up}</text>',
        ]
        for share in (0, 0.25, 0.5, 0.75, 1):
            at_x, at_y = x[0] + share * (x[1] - x[0]), y[0] + share * (y[1] - y[0])
            left, low = self.place(at_x, at_y)
            self.parts += [
                f'<path d="M{EDGE} {low:.1f}H{WIDE - EDGE}" stroke="{SOFT}" stroke-width=".4"/>',
                _text(left, HIGH - 34, f"{at_x:g}", "middle", 11),
                _text(EDGE - 6, low + 4, f"{at_y:g}", "end", 11),
            ]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the picture for a point of the data."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return EDGE + across * (WIDE - 2 * EDGE), HIGH - 52 - up * (HIGH - 92)

    def line(self, x: Floats, y: Floats, name: str, colour: int, *, dots: bool = False) -> None:
        """Draw a named line; its name stands at its last point."""
        points = [self.place(float(a), float(b)) for a, b in zip(x, y, strict=True)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        ink = COLOURS[colour]
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>'
        )
        if dots:
            self.parts += [
                f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.2" fill="{ink}"/>' for a, b in points
            ]
        self.parts.append(_text(points[-1][0] - 4, points[-1][1] - 8, name, "end", 12, ink))

    def svg(self) -> str:
        """Return the picture."""
        return _sheet("".join(self.parts))


def _text(
    x: float, y: float, words: str, anchor: str = "start", size: int = 12, ink: str = INK
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}" '
        f'font-size="{size}">{words}</text>'
    )


def _sheet(inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" '
        f'font-family="system-ui, sans-serif"><rect width="{WIDE}" height="{HIGH}" fill="#fff"/>'
        f"{inside}</svg>\n"
    )


def booking_curve() -> str:
    """Return how a simulated venue's days fill up, by lead, for two kinds of weekday."""
    venue = VenueSpec((SpaceSpec("room", demand=8.0), SpaceSpec("hall", demand=5.0)))
    past = history(venue, date(2025, 9, 1), date(2026, 7, 1), seed=12)
    kept = past.pick(~past.is_cancelled)
    weekday = (kept.day.astype(np.int64) + 3) % 7
    chart = Chart("Booking curve", "days ahead", "share on the books", (56, 0), (0, 1))
    leads = np.arange(56.0, -1, -1)
    for colour, days in enumerate((1, 4)):
        lead = kept.lead_days[weekday == days]
        share = np.array([(lead >= k).mean() for k in leads])
        chart.line(leads, share, "", colour)
    chart.parts.append(_text(70, 60, "green: Tuesdays, red: Fridays (simulated venue)", size=11))
    return chart.svg()


def value_table() -> str:
    """Return the value of every free gap of one day, when selling begins."""
    day, demand = instance(1.6, 4)
    _, value = solve(day, demand)
    where, slots = gap_index(day.slots), day.slots
    most = value[-1].max()
    side = (HIGH - 92) / slots
    cells = [
        _text(WIDE / 2, 22, "Value of a free gap, by its begin and its end", "middle", 15),
        _text(70, HIGH - 10, "begin of the gap (slot) to the right, its end upwards; dark is dear"),
    ]
    for begin in range(slots):
        for stop in range(begin + 1, slots + 1):
            share = value[-1, where[begin, stop]] / most
            shade = f"hsl(160 60% {96 - 70 * share:.0f}%)"
            x, y = 150 + begin * side, HIGH - 52 - stop * side
            cells.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{side:.1f}" height="{side:.1f}" '
                f'fill="{shade}"/>'
            )
    return _sheet("".join(cells))


def trade_off_curve() -> str:
    """Return what a fuller room costs in revenue, for a quiet and a busy day."""
    title = "What occupancy costs"
    chart = Chart(title, "occupancy", "revenue, share of the best", (0.2, 0.6), (0.8, 1))
    for colour, (name, load) in enumerate({"quiet day": 0.6, "busy day": 2.0}.items()):
        points = trade_off(*instance(load, 5))
        full = np.array([p.occupancy for p in points])
        money = np.array([p.revenue_cents for p in points])
        chart.line(full, money / money.max(), name, colour, dots=True)
    return chart.svg()


def calibration() -> str:
    """Return how often intervals hold what happened, against what they promised."""
    rng = np.random.default_rng(8)
    days = 520
    weekday = np.arange(days) % 7
    books = rng.poisson(25, days).astype(np.float64)
    stayed = rng.binomial(books.astype(np.int64), 0.85).astype(np.float64)
    new = rng.poisson(rng.gamma(4, np.where(weekday > 4, 1.0, 3.0)))
    half = np.full(days, 0.5)
    pace = Pace(7, weekday, books, books - 3, 0.85 * books, stayed, stayed + new, half)
    chart = Chart("Calibration of intervals", "promised", "held", (0.4, 1), (0.4, 1))
    promised = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    held = []
    judged = np.arange(220, days)
    for share in promised:
        told = outlook(pace, judged, float(share))
        inside = (told.low <= pace.final[judged]) & (pace.final[judged] <= told.high)
        held.append(inside.mean())
    chart.line(np.array([0.4, 1]), np.array([0.4, 1]), "", 2)
    chart.line(promised, np.array(held), "engine", 0, dots=True)
    return chart.svg()


PICTURES = {
    "booking-curve.svg": booking_curve,
    "value-table.svg": value_table,
    "trade-off.svg": trade_off_curve,
    "calibration.svg": calibration,
}


def draw(folder: Path) -> list[Path]:
    """Draw every picture into `folder`; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, picture in PICTURES.items():
        path = folder / name
        path.write_text(picture(), encoding="utf-8")
        drawn.append(path)
    return drawn
