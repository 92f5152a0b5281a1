"""How a day fills, as the chart draws it: percent of the way to the day, percent sold."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.core.i18n import _
from app.rates import month as months
from app.rates.month import Month

Note = dict[str, Any]

LETTER = 1.35  # a letter's width in units of the chart's hundred
LINE = 9.0  # a line's height
LOWEST, HIGHEST = 2.0, 96.0


def _edges(note: Note) -> tuple[float, float]:
    """Where a note begins and ends from left to right."""
    width = LETTER * len(note["text"])
    return (
        (note["x"] - width, note["x"])
        if note.get("anchor") == "end"
        else (
            note["x"],
            note["x"] + width,
        )
    )


def _meet(one: Note, other: Note) -> bool:
    """Whether two notes would be written over each other."""
    (a, b), (c, d) = _edges(one), _edges(other)
    return a < d and c < b and abs(one["y"] - other["y"]) < LINE


def apart(notes: list[Note]) -> list[Note]:
    """The same notes, each of which gives way, upwards when there is room, to those before it."""
    placed: list[Note] = []
    for note in notes:
        free = _heights(note["y"])
        height = next(
            (y for y in free if not any(_meet(note | {"y": y}, other) for other in placed)),
            note["y"],
        )
        placed.append(note | {"y": height})
    return placed


def _heights(wanted: float) -> list[float]:
    """Heights to try, the nearest first."""
    steps = [wanted + way * n * LINE for n in range(12) for way in (1, -1)]
    return [y for y in steps if LOWEST <= y <= HIGHEST]


def _notes(curve: months.Pace) -> list[Note]:
    x, sold = curve.actual[-1]
    found: list[Note] = [
        {
            "x": x,
            "y": min(HIGHEST, sold + 6),
            "strong": True,
            "text": _("%(n)d %% vendu", n=round(sold)),
            "anchor": "end" if x > 20 else "start",
        }
    ]
    if curve.forecast:
        found.append(
            {
                "x": 100,
                "y": min(HIGHEST, curve.forecast[-1][1] + 5),
                "anchor": "end",
                "strong": True,
                "text": _("%(n)d %% attendu", n=round(curve.forecast[-1][1])),
            }
        )
    if curve.usual:
        x, y = curve.usual[len(curve.usual) // 2]
        found.append({"x": x, "y": max(LOWEST, y - 8), "text": _("d’habitude")})
    return apart(found)


def _rows(curve: months.Pace) -> list[list[str]]:
    usual = dict(curve.usual)
    return [
        [
            _("J−%(n)d", n=round(60 * (1 - x / 100))),
            f"{y:.0f} %",
            f"{usual[x]:.0f} %" if x in usual else "–",
        ]
        for x, y in curve.actual
    ]


def drawn(one: Month, day: dt.date) -> dict[str, Any]:
    """What `charts.line_chart` is given for a day of a month."""
    curve = months.pace(one, day)
    return {
        "actual": curve.actual,
        "forecast": curve.forecast,
        "usual": curve.usual,
        "band": curve.band,
        "notes": _notes(curve),
        "x_labels": [
            (0, _("J−60")),
            (25, _("J−45")),
            (50, _("J−30")),
            (75, _("J−15")),
            (100, _("jour J")),
        ],
        "y_labels": [(0, "0 %"), (25, ""), (50, "50 %"), (75, ""), (100, "100 %")],
        "table": {"head": [_("Jour"), _("Vendu"), _("D’habitude")], "rows": _rows(curve)},
    }
