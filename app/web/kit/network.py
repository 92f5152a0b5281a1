"""The operator's screens, an error and a mail of the living page."""

from __future__ import annotations

from app.web.kit.data import Data
from app.web.kit.desk import PACE

_RAIL = [
    ("Lieux", "store"),
    ("Comparer", "arrow-right-left"),
    ("Garde-fous de prix", "gauge"),
    ("Thèmes", "palette"),
    ("Factures", "receipt-text"),
    ("Support", "life-buoy"),
    ("Journal", "scroll-text"),
    ("Réglages", "settings"),
]
_TABS = [
    ("Lieux", "store"),
    ("Alertes", "triangle-alert"),
    ("Nouveau lieu", "plus"),
    ("Factures", "receipt-text"),
    ("Plus", "menu"),
]
_VENUES = """
La Verrière|Grenoble|38|6,12|16,10|-14|1|420|!il y a 9 jours
Filature 8|Roubaix|44|6,38|14,50|-6|3|980|hier
Le Phare|Saint-Nazaire|49|7,20|14,70|-5|1|3480|il y a 2 h
Halle aux Grains|Blois|57|7,92|13,90|0|0|310|il y a 40 min
Quai 12|Nantes|66|12,80|19,40|2|0|0|il y a 5 min
La Canopée|Dijon|63|9,58|15,20|3|0|150|il y a 1 h
Atelier Numa|Saint-Étienne|68|8,09|11,90|4|0|0|il y a 20 min
Le Moulin Neuf|Lyon|72|7,85|10,90|6|0|226|il y a 2 min
La Passerelle|Rennes|79|13,43|17,00|9|0|90|il y a 12 min
"""


def _venues() -> list[Data]:
    venues = []
    for line in _VENUES.strip().splitlines():
        name, town, fill, revpah, mean, gap, incidents, unpaid, seen = line.split("|")
        capitals = [word[0] for word in name.split() if word[0].isupper() or word[0].isdigit()]
        venues.append(
            {
                "name": name,
                "town": town,
                "fill": int(fill),
                "revpah": revpah,
                "mean": mean,
                "gap": int(gap),
                "incidents": int(incidents),
                "unpaid": int(unpaid) * 100,
                "seen": seen.lstrip("!"),
                "idle": seen.startswith("!"),
                "picked": name in ("La Verrière", "Le Moulin Neuf"),
                "initials": "".join(capitals[:2]),
                "pace": [int(gap) * step / 8 + (step % 2) * 0.4 for step in range(8)] + [int(gap)],
            }
        )
    return venues


def _todo(icon: str, kind: str, *words: str) -> Data:
    keys = ("title", "text", "detail", "strong", "first", "second")
    return {"icon": icon, "kind": kind} | dict(zip(keys, words, strict=True))


TODOS = [
    _todo(
        "chart-line", "danger", "La Verrière : rythme −14 points",
        "Décembre vendu à 17 %, contre 31 % en 2025",
        "Prix fixé à la main, 20 €/h TTC depuis le 3 nov.", "Ses bornes vont jusqu’à 15 €.",
        "Proposer 17 €/h", "Voir ses tarifs",
    ),
    _todo(
        "triangle-alert", "danger", "Filature 8 : 3 incidents hors délai",
        "Chauffage du plateau, ouvert depuis 6 jours",
        "Deux chauffagistes du réseau sont libres demain matin.", "11 réservations touchées.",
        "Envoyer un chauffagiste", "Écrire à Lou",
    ),
    _todo(
        "coins", "warn", "Le Phare : 3 480 € d’impayés",
        "5 factures échues, la plus ancienne de 34 jours",
        "Les relances automatiques sont coupées sur ce lieu.",
        "Aucun message n’est parti depuis le 19 octobre.",
        "Relancer les 5 clients", "Voir les factures",
    ),
]  # fmt: skip


def pages() -> dict[str, Data]:
    """What the operator's page, an error and a mail are rendered with."""
    operator = _operator()
    sheet = {"rows": _COMPARED, "pace": PACE | {"notes": [], "table": None}}
    return {
        "network": operator | {"todos": TODOS, "venues": _venues()},
        "sheet": operator | sheet,
        "errors": {
            "status": 404,
            "words": "Cette adresse ne mène nulle part. Le lien est peut-être trop ancien.",
        },
        "mail": {"heading": "C’est réservé, Maya", "reason": "Vous avez réservé au Moulin Neuf."},
    }


_COMPARED = [
    ("Occupation", "38 %", "72 %"),
    ("RevPAH, HT", "6,12 €", "7,85 €"),
    ("Heures ouvertes par semaine", "78 h", "64 h"),
    ("Décembre déjà vendu", "17 %", "41 %"),
]


def _operator() -> Data:
    return {
        "nav": [{"label": t, "url": "#", "icon": i, "current": t == "Lieux"} for t, i in _RAIL],
        "tabs": [
            {"label": t, "url": "#", "icon": i, "current": t == "Lieux", "main": i == "plus"}
            for t, i in _TABS
        ],
        "user": {"name": "Noé Lambert", "role": "Opérateur du réseau", "url": "#"},
        "search": {"url": "#", "label": "Un lieu, une personne…"},
        "alerts_url": "#",
        "action": {"label": "Nouveau lieu", "url": "#"},
    }
