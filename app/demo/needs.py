"""What the sample venues lend to their events, who works there, and what a supplier brings."""

from __future__ import annotations

import datetime as dt

from app.core.slots import local_day
from app.demo.build import Built
from app.events.models import Event
from app.needs import rules
from app.needs.rules import Of

STOCK = {"Chaises": 60, "Tables hautes": 6, "Micros sans fil": 2, "Vidéoprojecteur mobile": 1}


def lay_out(built: Built, events: list[Event]) -> None:
    """A stock for the first building; the first event wants more tables than there are."""
    site = built.spaces[0].site
    things = {name: rules.stock(site.id, name, number) for name, number in STOCK.items()}
    here = [one for one in events if one.site_id == site.id]
    if not here:
        return
    first = here[0]
    for name, number in (("Chaises", 48), ("Tables hautes", 8), ("Micros sans fil", 2)):
        rules.need(Of(first.id), things[name], number)
    start = first.starts_at - dt.timedelta(minutes=first.setup_minutes)
    names = [name for _id, name in rules.team()]
    tasks = ("Montage et rangement", "Accueil à la porte")
    for who, task in zip(names, tasks, strict=False):
        rules.shift(Of(first.id), who, task, start, first.ends_at)
    day = local_day(first.starts_at, site.zone)
    rules.supply(
        Of(first.id), "Traiteur Les Deux Marmites", "Soupe et pain pour 50",
        day - dt.timedelta(days=7), day,
    )  # fmt: skip
