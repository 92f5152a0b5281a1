"""The staff screens of the living page."""

from __future__ import annotations

from app.web import contrast, themes
from app.web.kit.data import Data, staff


def _b(x: int, w: int, title: str, text: str = "", kind: str = "", icon: str = "") -> Data:
    hour = f"{8 + x // 4:02d}:{x % 4 * 15:02d} – {8 + (x + w) // 4:02d}:{(x + w) % 4 * 15:02d}"
    return {
        "x": x, "w": w, "title": title, "text": text, "kind": kind, "icon": icon, "url": "#",
        "times": hour,
    }  # fmt: skip


def _clean(x: int, w: int = 1) -> Data:
    return {"x": x, "w": w, "kind": "clean"}


def _load(counts: list[int], most: int) -> list[Data]:
    return [
        {"x": at * 4, "w": 4, "count": n, "tenths": n * 10 // most}
        for at, n in enumerate(counts)
        if n
    ]


def _room(
    name: str, text: str, status: str, *bookings: Data, load: list[Data] | None = None
) -> Data:
    return {
        "name": name, "text": text, "status": status, "url": "#", "bookings": bookings,
        "load": load or [],
    }  # fmt: skip


DONE, DUE, HIT, OPTION = "done", "due", "hit", "option"
UPSTAIRS = [
    _room(
        "Salle Lumière", "14 pl., vidéoprojecteur", "En panne, occupée jusqu’à 11:30",
        _b(2, 12, "Conseil de quartier", "12 pers.", DONE, "check"), _clean(14),
        _b(24, 12, "Formation Greta", "12 pers., à déplacer", HIT, "triangle-alert"),
        _b(40, 12, "Chorale des Moulins", "adhérents"),
    ),
    _room(
        "Salle Curie", "6 pl., écran", "Occupée à 10:30",
        _b(0, 6, "M. Haddad", "2 pers.", DONE, "check"),
        _b(10, 8, "Coop Bleue", "6 pers., arrive à 10:30"), _clean(18),
        _b(24, 8, "Cabinet Lys", "86 € à encaisser", DUE, "coins"),
        _b(34, 6, "A. Petit", "3 pers."),
    ),
    _room(
        "Salle Hugo", "12 pl., vidéoprojecteur", "Libre jusqu’à 17:30",
        _b(0, 8, "Réseau Entraide", "9 pers.", DONE, "check"), _clean(8),
        _b(38, 8, "Asso Vélo", "option, avant 12:00", OPTION, "hourglass"),
    ),
    _room(
        "Studio podcast", "2 pl., isolé", "Libre jusqu’à 11:30",
        _b(4, 4, "Radio Aube", "", DONE), _b(14, 8, "Studio Hertz", "2 pers."),
        _b(28, 14, "Les Ondes", "3 pers."),
    ),
]  # fmt: skip
DOWNSTAIRS = [
    _room("Plateau", "24 postes", "17 postes pris sur 24",
          load=_load([5, 12, 17, 19, 14, 11, 18, 20, 19, 15, 8, 3], 24)),
    _room("Cabines A, B, C", "1 pl. chacune", "1 libre sur 3",
          load=_load([1, 2, 2, 3, 1, 1, 3, 3, 2, 1, 1], 3)),
    _room("Cuisine partagée", "20 pl.", "Libre jusqu’à 12:00",
          _b(16, 8, "Repas des résidents", "ouvert à tous"), _clean(24, 2),
          _b(42, 12, "Anniv. Kone", "140 € à encaisser", DUE, "coins")),
]  # fmt: skip
WORKSHOPS = [
    _room("Atelier bois", "8 pl., formation requise", "Fermé jusqu’à 13:00",
          _b(5, 16, "Aspiration en maintenance", "", "closed"),
          _b(22, 16, "Initiation menuiserie", "8 pers.")),
    _room("Labo textile", "6 pl.", "Libre jusqu’à 11:00",
          _b(7, 10, "Couture & Cie", "5 pers."), _b(26, 14, "Atelier Numa", "4 pers.")),
]  # fmt: skip

ARRIVALS = [
    ("10:30", "Coop Bleue", "Salle Curie, 6 pers."),
    ("11:00", "Maya Roux", "Poste 14"),
    ("11:30", "Studio Hertz", "Podcast, 2 pers."),
]

# day price heat sold, then ^ faster, v slower, L locked, or a word
MONTH = """
. 1 18 3 22|2 19 3 38|3 21 4 52 ^|4 17 2 30|5 14 1 12|6 -fermé
7 18 3 35|8 19 3 47|9 20 4 55 ^|10 23 5 58 ^ Salon des assos|11 18 3 41|12 21 4 64 ^ Marché de Noël|13 -fermé
14 18 3 44|15 20 4 61 L|16 21 4 66|17 22 5 70 ^ Soirées d’entreprise|18 17 2 33 v|19 18 3 40 . Vacances scolaires|20 -fermé
21 15 2 18 v|22 14 1 14 v|23 13 1 10 v|24 12 1 4 L|25 -férié|26 -fermé|27 -fermé
28 13 1 8|29 13 1 11|30 13 1 9 v|31 12 1 2
"""  # noqa: E501


def _day(text: str) -> Data:
    day, rest = text.split(" ", 1)
    if rest.startswith("-"):
        return {"day": day, "off": rest[1:]}
    price, heat, sold, *more = rest.split(" ", 4)
    mark = more[0] if more else "."
    return {
        "day": day, "url": "#", "cents": int(price) * 100, "heat": heat, "sold": int(sold),
        "pace": {"^": "fast", "v": "slow"}.get(mark, ""), "locked": mark == "L",
        "event": more[1] if len(more) > 1 else None, "current": day == "10",
    }  # fmt: skip


def _weeks() -> list[list[Data | None]]:
    weeks: list[list[Data | None]] = []
    for line in MONTH.strip().splitlines():
        week: list[Data | None] = [_day(part) for part in line.removeprefix(". ").split("|")]
        if line.startswith("."):
            week.insert(0, None)
        weeks.append(week + [None] * (7 - len(week)))
    return weeks


PACE: Data = {
    "actual": [
        (0, 3),
        (9, 4),
        (16, 8),
        (25, 11),
        (33, 17),
        (41, 22),
        (50, 32),
        (57, 35),
        (63, 44),
        (75, 58),
    ],
    "forecast": [(75, 58), (85, 70), (100, 86)],
    "usual": [(0, 2), (25, 7), (50, 16), (63, 24), (75, 34), (88, 48), (100, 64)],
    "band": [(0, 1, 3), (25, 4, 10), (50, 10, 22), (75, 26, 44), (88, 38, 60), (100, 49, 78)],
    "x_labels": [(0, "J−60"), (25, "J−45"), (50, "J−30"), (75, "J−15"), (100, "jour J")],
    "y_labels": [(0, "0 %"), (25, ""), (50, "50 %"), (75, ""), (100, "100 %")],
    "notes": [
        {"x": 73, "y": 64, "text": "58 % vendu", "anchor": "end", "strong": True},
        {"x": 100, "y": 92, "text": "86 % attendu", "anchor": "end", "strong": True},
        {"x": 81, "y": 19, "text": "d’habitude"},
    ],
    "table": {
        "head": ["Jour", "Vendu", "D’habitude"],
        "rows": [["J−30", "32 %", "16 %"], ["J−15", "58 %", "34 %"]],
    },
}
PICKUP: Data = {
    "bars": [
        {"label": day, "value": n, "text": f"{n:+d} h".replace("-", "−")}
        for day, n in zip(
            ("jeu.", "ven.", "sam.", "dim.", "lun.", "mar.", "mer."),
            (12, 18, -3, 4, 22, 15, 9),
            strict=True,
        )
    ],
    "table": {
        "head": ["Jour", "Heures"],
        "rows": [["jeu.", "+12"], ["ven.", "+18"], ["sam.", "−3"]],
    },
}
STEPS = [
    ("Tarif de base", 1800),
    ("Jeudi", 100),
    ("Se remplit vite", 250),
    ("Salon des assos", 200),
    ("Arrondi à l’euro", -50),
]

WEEK_DAYS = [
    {"short": s, "day": d}
    for s, d in zip(
        ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."), range(23, 30), strict=True
    )
]


def _week() -> list[Data]:
    rooms = []
    for at, room in enumerate(UPSTAIRS + WORKSHOPS):
        parts = [p for p in room["bookings"] if p["kind"] != "clean"]
        cells = []
        for day in range(7):
            kept = [] if day == 6 else [p for n, p in enumerate(parts) if (n + at + day) % 3]
            hours = sum(p["w"] for p in kept) / 4
            label = f"{room['name']}, {WEEK_DAYS[day]['short']} : {len(kept)} réservations"
            mini = [{"x": p["x"], "w": p["w"], "kind": p["kind"] or "ok"} for p in kept]
            text = "fermé" if day == 6 else f"{hours:g} h".replace(".", ",")
            cells.append({"parts": mini, "label": label, "text": text})
        rooms.append({"name": room["name"], "text": room["text"], "cells": cells})
    return rooms


VERSIONS = [
    ("Version 8", "brouillon", "warn", "aujourd’hui 10:18, Inès", "Comparer", "arrow-right-left"),
    ("Version 7", "en ligne", "ok", "depuis le 12 sept., Inès", "", ""),
    ("Version 6", "", "", "3 mai au 12 sept., Karim", "Revenir", "rotate-ccw"),
    ("Version 5", "", "", "9 janv. au 3 mai, Inès", "Revenir", "rotate-ccw"),
]


BOOKINGS = [
    ("MN-7K2F", "Maya Roux", "jeu. 26, 14:00 – 16:00", 3900, "Payée", "ok", "check"),
    ("MN-7K2H", "Cabinet Lys", "mer. 25, 14:00 – 16:00", 8600, "À encaisser", "warn", "coins"),
    ("MN-7K30", "Asso Vélo", "ven. 27, 9:00 – 12:00", 0, "Option", "info", "hourglass"),
]


def _reads() -> tuple[str, list[Data]]:
    palette = themes.load("etabli").palette
    roles = contrast.derive("#ffe600", None, palette, "light")
    texts = {
        "brand": ("Boutons", "votre jaune, avec un texte foncé"),
        "brand_ink": ("Liens et titres", "même teinte, plus foncée. Tel quel, il ne se lit pas."),
        "brand_line": ("Traits et contours", "pour qu’on voie le bord des boutons"),
    }

    def figure(value: float) -> str:
        return f"{int(value * 10) / 10:.1f}".replace(".", ",")

    rows = []
    for change in contrast.report("#ffe600", None, palette, "light").changes:
        title, text = texts[change.role]
        pairs = [(change.after, roles["surface"])]
        if change.role == "brand":
            pairs = [(roles["on_brand"], change.after)]
        elif change.moved:
            pairs.insert(0, (change.before, roles["surface"]))
        row: Data = {"title": title, "text": text, "pairs": pairs}
        row |= {"ratio": figure(change.ratio_after)}
        row |= {"minimum": figure(change.minimum), "mark": change.role == "brand_line"}
        rows.append(row | ({"before": figure(change.ratio_before)} if change.moved else {}))
    return roles["brand_ink"], rows


def pages() -> dict[str, Data]:
    """What each staff page is rendered with."""
    after, reads = _reads()
    return {
        "day": staff("Aujourd’hui", "Jour")
        | {
            "groups": [
                {"name": "Étage", "rooms": UPSTAIRS},
                {"name": "Rez-de-chaussée", "rooms": DOWNSTAIRS},
                {"name": "Ateliers", "rooms": WORKSHOPS},
            ],
            "arrivals": ARRIVALS,
        },
        "week": staff("Planning", "Planning") | {"week": _week(), "week_days": WEEK_DAYS},
        "parts": staff("Réservations", "Jour") | {"bookings": BOOKINGS, "page_url": "#{}".format},
        "rates": staff("Tarifs et revenu", "Tarifs")
        | {"weeks": _weeks(), "pace": PACE, "pickup": PICKUP, "steps": STEPS},
        "appearance": staff("Apparence", "Plus")
        | {
            "after": after,
            "reads": reads,
            "versions": [
                dict(zip(("name", "tag", "kind", "text", "act", "icon"), v, strict=True))
                for v in VERSIONS
            ],
        },
    }
