"""What the sample venues look after: machines, plans, checks that the law asks for, chores."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import typst

from app.core.slots import local_day
from app.demo import then, troubles
from app.demo.build import Built
from app.incidents.models import Asset
from app.spaces.models import Space
from app.upkeep import daysheet, proofs, rules

YEAR = 365
DAY = dt.timedelta(days=1)
PAPER = b"""
#set document(title: sys.inputs.title, author: sys.inputs.supplier)
#set page(margin: 24mm, numbering: "1 / 1")
#set text(lang: "fr", size: 11pt)
#text(size: 9pt, sys.inputs.supplier)
= #sys.inputs.title
#v(6mm)
#table(columns: (1fr, 2fr), stroke: 0.4pt, inset: 3mm,
  [Lieu], sys.inputs.place, [Date], sys.inputs.day, [R\xc3\xa9sultat], sys.inputs.result)
"""


@dataclass(frozen=True)
class Kit:
    """A machine: the kind of space that it stands in, and what it takes to keep it running."""

    name: str
    kind: str
    where: str
    serial: str
    supplier: str
    value: int
    age: int
    warranty: int
    counter: int = 0
    care: str = ""
    every: int = 0


KITS = (
    Kit("Vidéoprojecteur", "Projecteur laser 5 000 lm", "meeting_room", "EB-L2K-00417", "Lumitech",
        128_000, 800, 730, 1_840, "Nettoyer le filtre", 500),
    Kit("Chaudière", "Chauffage gaz 70 kW", "", "VT-70-2291", "Thermie Services",
        980_000, 2_400, 1_825),
)  # fmt: skip
LASER = Kit("Découpeuse laser", "CO₂ 100 W, 1 300 × 900", "workshop", "FX-1390-0183", "Fab & Fils",
            1_450_000, 420, 730, 612, "Aligner les miroirs, changer le filtre", 200)  # fmt: skip
SHOPS = {
    "verriere": Kit("Four à céramique", "1 300 °C, 120 l", "workshop", "NB-120-77", "Terre & Feu",
                    420_000, 900, 730, 955, "Contrôler les résistances", 300),
    "quai12": Kit("Torche de studio", "Flash 600 J", "workshop", "PF-600-3102", "Photo Loire",
                  89_000, 300, 730, 140, "Changer le tube éclair", 250),
}  # fmt: skip


@dataclass(frozen=True)
class Check:
    """What comes back: its last time was so many days ago, in days or hours between."""

    name: str
    supplier: str
    every: int
    ago: int
    result: str
    cents: int
    note: str = ""


CHECKS = (
    Check("Extincteurs", "Sécur’Extinct", YEAR, YEAR + 12, "ok", 18_600),
    Check("Installation électrique", "Apave", YEAR, YEAR - 41, "remarks", 42_000,
          "Deux prises à refaire au rez-de-chaussée : fait le mois suivant."),
    Check("Commission de sécurité, capacité ERP", "SDIS", 5 * YEAR, 700, "ok", 0),
    Check("Alarme incendie et éclairage de secours", "Sécur’Extinct", YEAR, 120, "ok", 24_500),
)  # fmt: skip
WORDS = {"ok": "Conforme", "remarks": "Conforme avec remarques"}


def furnish(built: Built, now: dt.datetime) -> None:
    """All of it, for one venue; once a check was missed, as it happens."""
    site = built.spaces[0].site
    site.erp_capacity = 20 * (1 + sum(s.capacity for s in built.spaces) // 16)
    by = troubles.at_desk().account_id or 0
    today = local_day(now, site.zone)
    for kit in (*KITS, SHOPS.get(built.venue.slug, LASER)):
        _stand(built, kit, now, by)
    for check in CHECKS:
        _pass(built, check, now, by)
    for facts in (
        {
            "sorte": "delivery",
            "texte": "Café et papier, par le quai de livraison",
            "heure": "10:30",
        },
        {"sorte": "task", "texte": "Arroser les plantes de l’accueil"},
    ):
        daysheet.add(today, facts, by)


def _place(spaces: list[Space], kind: str) -> str:
    """The largest space of that kind, as a form names it; else the building."""
    found = sorted((s for s in spaces if s.kind == kind), key=lambda s: -s.capacity)
    return f"s{found[0].id}" if found else f"b{spaces[0].site_id}"


def _stand(built: Built, kit: Kit, now: dt.datetime, by: int) -> Asset:
    bought = now.date() - kit.age * DAY
    facts = {
        "nom": kit.name, "sorte": kit.kind, "serie": kit.serial, "fournisseur": kit.supplier,
        "lieu": _place(built.spaces, kit.where), "achat": str(bought),
        "garantie": str(bought + kit.warranty * DAY),
    }  # fmt: skip
    made = rules.describe(None, facts, kit.value)
    if kit.counter:
        with then.at(now - 30 * DAY):
            rules.read_counter(made, str(kit.counter), by)
        plan = {"nom": f"{kit.care} ({kit.name.lower()})", "genre": "preventive",
                "machine": str(made.id), "heures": str(kit.every), "minutes": "90",
                "fournisseur": kit.supplier}  # fmt: skip
        rules.schedule(plan)
        rules.read_counter(made, str(kit.counter + kit.every * 23 // 25), by)
    return made


def _pass(built: Built, check: Check, now: dt.datetime, by: int) -> None:
    """It is due again so many days after the last time, of which there is a paper."""
    site = built.spaces[0].site
    facts = {"nom": check.name, "genre": "legal", "lieu": f"b{site.id}", "minutes": "120",
             "jours": str(check.every), "fournisseur": check.supplier,
             "echeance": str(now.date())}  # fmt: skip
    one = rules.schedule(facts)
    with then.at(now - check.ago * DAY):
        row = rules.done(one, {"resultat": check.result, "note": check.note}, check.cents, by)
    day = f"{now - check.ago * DAY:%d/%m/%Y}"
    said = {"title": f"Rapport : {check.name}", "supplier": check.supplier,
            "place": built.venue.name, "day": day, "result": WORDS[check.result]}  # fmt: skip
    if check.cents:
        proofs.keep(row, bytes(typst.compile(PAPER, sys_inputs=said)), check.name)
