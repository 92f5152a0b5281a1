"""Invented people, rooms and figures for the living page."""

from __future__ import annotations

import io
from typing import Any

import segno
from markupsafe import Markup

Data = dict[str, Any]

BRANDS: dict[str, Data] = {
    "etabli": {"name": "Le Moulin Neuf", "initials": "MN", "mode": "auto", "logo_url": None},
    "calque": {"name": "Quai 12", "initials": "Q12", "mode": "auto", "logo_url": None},
}

PUBLIC: Data = {
    "nav": [
        {"label": "Réserver", "url": "#", "current": True},
        {"label": "Le lieu", "url": "#"},
        {"label": "Agenda", "url": "#"},
        {"label": "Adhésions", "url": "#"},
    ],
    "langs": [{"code": "en", "label": "EN", "name": "EN, English", "url": "#"}],
    "user": {"name": "Maya", "url": "#"},
    "legal": [("Mentions légales", "#"), ("Conditions de vente", "#"), ("Accessibilité", "#")],
}

DAYS = [
    {"short": s, "day": d, "long": f"{full} {d} novembre"}
    for s, d, full in (
        ("mer.", "25", "mercredi"),
        ("jeu.", "26", "jeudi"),
        ("ven.", "27", "vendredi"),
        ("sam.", "28", "samedi"),
        ("dim.", "29", "dimanche"),
        ("lun.", "30", "lundi"),
    )
] + [{"short": "mar.", "day": "1er", "long": "mardi 1er décembre"}]

# One line an hour: price with its heat, # full, . nothing, f the word “fermé”, * the best price.
GRID = """
08 .    30/1 28/1 25/1* f  29/1 26/1
09 .    #    #    32/2  .  36/3 #
10 .    #    41/5 36/3  .  #    37/3
11 #    39/4 37/3 34/3  .  #    35/3
12 35/3 35/3 33/2 30/1  .  34/3 31/2
13 36/3 36/3 34/3 f     .  35/3 32/2
14 #    39/4 #    .     .  38/4 33/2
15 39/4 #    37/3 .     .  38/4 35/3
16 36/3 32/2 34/3 .     .  35/3 32/2
17 34/3 34/3 32/2 .     .  33/2 30/1
18 30/1 30/1 28/1 .     .  29/1 26/1
"""


def _cell(mark: str, hour: int, at: int) -> Data | None:
    if mark == ".":
        return None
    if mark == "#":
        return {"kind": "full"}
    if mark == "f":
        return {"kind": "closed", "text": "fermé"}
    price, heat = mark.rstrip("*").split("/")
    return {
        "kind": "open",
        "value": f"{at}-{hour}",
        "cents": int(price) * 100,
        "heat": int(heat),
        "best": mark.endswith("*"),
        "label": f"{hour:02d}:00 – {hour + 2:02d}:00, salle Curie",
    }


def grid() -> list[Data]:
    rows = []
    for line in GRID.strip().splitlines():
        hour, *marks = line.split()
        cells = [_cell(mark, int(hour), at) for at, mark in enumerate(marks)]
        rows.append({"time": f"{hour}:00", "cells": cells})
    return rows


def _plan() -> list[Data]:
    """The ground of the boards: four rooms upstairs, a hall, the rest below; 720 by 440."""

    def table(x: int, y: int, w: int) -> str:
        seats = [(dx, dy) for dy in (-13, 40) for dx in (w // 2 - 36, w // 2 - 8, w // 2 + 20)]
        chairs = "".join(f"M{x + dx} {y + dy}h16v7h-16z" for dx, dy in seats)
        return f"M{x} {y}h{w}v34h-{w}z{chairs}"

    def door(x: int, y: int) -> str:
        return f"M{x} {y}v-28a28 28 0 0 1 28 28"

    top = [
        {"x": 0, "w": 190, "name": "Lumière", "state": "taken", "things": table(50, 58, 90)},
        {"x": 190, "w": 204, "name": "Curie", "state": "sel", "cents": 3900, "url": "#",
         "things": table(242, 58, 100)},
        {"x": 394, "w": 164, "name": "Hugo", "state": "free", "cents": 4800, "url": "#",
         "things": table(434, 58, 80)},
        {"x": 558, "w": 162, "name": "Podcast", "top": True,
         "things": "M614 75a26 26 0 1 0 52 0a26 26 0 1 0 -52 0"},
    ]  # fmt: skip
    rooms = [
        room | {"y": 0, "h": 152, "doors": door(room["x"] + room["w"] - 60, 152)}  # type: ignore[operator]
        for room in top
    ]
    desks = "".join(
        f"M{x} {y}h46v24h-46z" for y in (236, 380) for x in (30, 76, 122, 202, 248, 294)
    )
    rooms += [
        {"x": 0, "y": 152, "w": 720, "h": 58, "state": "hall"},
        {"x": 0, "y": 210, "w": 370, "h": 230, "name": "Plateau", "things": desks},
        {"x": 370, "y": 210, "w": 82, "h": 76, "name": "A"},
        {"x": 370, "y": 286, "w": 82, "h": 78, "name": "B"},
        {"x": 370, "y": 364, "w": 82, "h": 76, "name": "C"},
        {"x": 452, "y": 210, "w": 140, "h": 116, "name": "Cuisine"},
        {"x": 452, "y": 326, "w": 140, "h": 114, "name": "Accueil"},
        {"x": 592, "y": 210, "w": 128, "h": 230, "name": "Atelier bois", "state": "closed"},
    ]
    return rooms


LINES = [("2 h × 18 € (tarif de base)", 3600), ("Heure demandée", 300)]
ROOM_FACTS = [("users", "6 places"), ("monitor", "Écran 55″"), ("accessibility", "Accès PMR")]
CHEAPER = [
    {"url": "#", "strong": "16:00 – 18:00", "text": "même salle", "cents": 3200, "saving": 700},
    {"url": "#", "strong": "12:00 – 14:00", "text": "même salle", "cents": 3500, "saving": 400},
    {"url": "#", "strong": "mardi 1er déc.", "text": "14:00", "cents": 3300, "saving": 600},
]
WHY = (
    "Le jeudi de 14 h à 16 h, cette salle est prise 8 fois sur 10."
    " Le prix suit le remplissage, jamais votre profil."
)

_RAIL = [
    ("Aujourd’hui", "sun"),
    ("Planning", "calendar-days"),
    ("Réservations", "ticket"),
    ("Membres", "users"),
    ("Espaces", "door-open"),
    ("Tarifs et revenu", "chart-line"),
    ("Factures", "receipt-text"),
    ("Incidents", "triangle-alert"),
    ("Apparence", "palette"),
    ("Réglages", "settings"),
]
_TABS = [
    ("Jour", "sun"),
    ("Planning", "calendar-days"),
    ("Scanner", "scan-qr-code"),
    ("Tarifs", "chart-line"),
    ("Plus", "menu"),
]


def staff(current: str, tab: str) -> Data:
    return {
        "nav": [
            {"label": t, "url": "#", "icon": i, "current": t == current, "badge": badge}
            for t, i in _RAIL
            for badge in [2 if t == "Incidents" else None]
        ],
        "tabs": [
            {"label": t, "url": "#", "icon": i, "current": t == tab, "main": t == "Scanner"}
            for t, i in _TABS
        ],
        "user": {"name": "Inès Carvalho", "role": "Responsable d’accueil", "url": "#"},
        "search": {"url": "#", "label": "Rechercher"},
        "alerts_url": "#",
        "action": {"label": "Réservation", "url": "#"},
    }


def qr() -> Markup:
    """A real code, always dark on white whatever the theme."""
    out = io.BytesIO()
    segno.make("https://exemple.fr/b/MN-7K2F", error="m").save(
        out, kind="svg", xmldecl=False, border=2, dark="#111", omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704  # drawn by the library


def pages() -> dict[str, Data]:
    """What each public page is rendered with."""
    return {
        "booking": PUBLIC
        | {
            "days": DAYS,
            "rows": grid(),
            "chosen": "1-14",
            "lines": LINES,
            "facts_": ROOM_FACTS,
            "cheaper_": CHEAPER,
            "why_": WHY,
            "plan_": _plan(),
        },
        "checkout": PUBLIC
        | {
            "user": None,
            "lines": LINES,
            "taxes": [("Total HT", 3250), ("TVA 20 %", 650)],
            "facts_": [("users", "4 personnes"), *ROOM_FACTS[1:]],
            "why_": WHY,
            "plan_": _plan(),
            "back": {"url": "#", "label": "Changer d’heure ou de salle"},
        },
        "confirmation": PUBLIC | {"user": None, "lines": LINES, "plan_": _plan(), "qr": qr()},
    }
