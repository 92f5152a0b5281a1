"""What an event may be sold as, to begin with; the same sale for other dates of a series."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

from app.core.db import db
from app.core.slots import edge, local_day
from app.events import read as events
from app.events.models import Event
from app.ticketing import read, shelf
from app.ticketing.models import TicketCategory
from app.ticketing.shelf import Kind, Terms


def kinds(model: str, places: int) -> list[Kind]:
    """The usual tickets of a model of event, for so many places."""
    if model == "workshop":
        return [
            Kind("Place", "fixed", 3500, places, name_en="Place", questions=(_needs(),)),
            Kind("Tarif réduit", "fixed", 2500, places, name_en="Reduced price", position=1,
                 note_fr="Étudiants, demandeurs d’emploi, sur justificatif"),
        ]  # fmt: skip
    if model == "afterwork":
        return [
            Kind("Membre", "free", None, places, name_en="Member", buyers="members"),
            Kind("Invité d’un membre", "fixed", 500, max(1, places // 4), name_en="Guest",
                 position=1),
        ]  # fmt: skip
    if model == "open_day":
        return [Kind("Entrée libre", "free", None, places, name_en="Free entry")]
    return [
        Kind("Plein tarif", "fixed", 1200, places, name_en="Full price"),
        Kind("Prix libre", "open", 800, places, name_en="Pay what you can",
             minimum_cents=100, position=1),
    ]  # fmt: skip


def _needs() -> dict[str, object]:
    return {
        "fr": "Un besoin à signaler ?",
        "en": "Anything we should know?",
        "kind": "text",
        "choices": [],
        "required": False,
    }


def begin(event_id: int, model: str) -> None:
    """Put an event on sale with the usual tickets of a model. What is on sale already stays: two
    colleagues who begin at once begin once."""
    sale = shelf.open_sale(event_id)
    if read.categories(event_id, archived=True):
        return
    for kind in kinds(model, sale.quota):
        shelf.describe(event_id, kind)


def copy(source: Event, target: Event) -> bool:
    """The same terms and categories for another date, windows moved with it. False, and nothing
    written, where something is on sale already."""
    sale = read.sale(source.id)
    if sale is None or source.id == target.id or target.state == "cancelled":
        return False
    shelf.open_sale(target.id)
    if read.categories(target.id, archived=True):
        return False
    quota = min(sale.quota, target.capacity)
    terms = Terms(sale.free_hours, sale.late_percent, sale.offer_hours, sale.most, quota)
    shelf.set_terms(target.id, terms)
    zone = events.site(source).zone
    days = local_day(target.starts_at, zone) - local_day(source.starts_at, zone)
    for one in read.categories(source.id):
        shelf.describe(target.id, _moved(kind_of(one), days, zone))
    db.session.flush()  # the next date reads what is on sale
    return True


def _moved(kind: Kind, days: dt.timedelta, zone: ZoneInfo) -> Kind:
    """The window keeps its hours on the wall clock; an hour that does not exist begins after."""
    return replace(
        kind,
        from_at=_later(kind.from_at, days, zone),
        until_at=_later(kind.until_at, days, zone),
    )


def _later(instant: dt.datetime | None, days: dt.timedelta, zone: ZoneInfo) -> dt.datetime | None:
    if instant is None:
        return None
    local = instant.astimezone(zone)
    return edge(local.date() + days, local.hour * 60 + local.minute, zone)


def kind_of(one: TicketCategory) -> Kind:
    """A category as the form would say it."""
    return Kind(
        name_fr=one.name_fr,
        name_en=one.name_en,
        note_fr=one.note_fr,
        note_en=one.note_en,
        pricing=one.pricing,
        price_cents=one.price_cents,
        minimum_cents=one.minimum_cents,
        nature=one.nature,
        vat_bp=one.vat_bp,
        quota=one.quota,
        buyers=one.buyers,
        from_at=one.from_at,
        until_at=one.until_at,
        questions=tuple(one.questions),
        position=one.position,
    )
