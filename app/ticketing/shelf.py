"""What staff put on sale for an event: how, which categories, which codes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day
from app.core.words import one_line
from app.events import read as events
from app.spaces.natures import NATURES, vat_on
from app.ticketing import counting, queue, read
from app.ticketing.models import (
    BUYERS,
    DEAREST,
    PRICINGS,
    PromoCode,
    TicketCategory,
    TicketSale,
)
from app.ticketing.promo import fold_code

NOT_HERE = ("voucher", "domiciliation")
MOST_PLACES = 100_000


@dataclass(frozen=True)
class Kind:
    """A category as it was typed and understood."""

    name_fr: str
    pricing: str
    price_cents: int | None
    quota: int | None
    name_en: str = ""
    note_fr: str = ""
    note_en: str = ""
    minimum_cents: int | None = 0
    nature: str = "admission"
    vat_bp: int | None = None
    buyers: str = "everybody"
    from_at: dt.datetime | None = None
    until_at: dt.datetime | None = None
    questions: tuple[dict[str, Any], ...] = ()
    position: int = 0


@dataclass(frozen=True)
class Terms:
    """How tickets of an event are given back, offered and limited."""

    free_hours: int = 24
    late_percent: int = 0
    offer_hours: int = 24
    most: int = 10
    quota: int | None = None


def open_sale(event_id: int) -> TicketSale:
    """The counters of an event, made with its capacity the first time."""
    event = events.locked(event_id)  # two colleagues open it once
    found = read.sale(event_id)
    if found is None:
        found = TicketSale(event_id=event_id, quota=event.capacity)
        db.session.add(found)
        db.session.flush()  # it is locked next
    return found


def set_terms(event_id: int, terms: Terms) -> TicketSale:
    """Write how it is sold; what was sold before is given back by the new terms as well. Refuses
    fewer places than were taken, and more than the event has."""
    for value, least, most, name in (
        (terms.free_hours, 0, 8760, "heures"),
        (terms.late_percent, 0, 100, "part"),
        (terms.offer_hours, 1, 168, "offre"),
        (terms.most, 1, 50, "plus"),
    ):
        if not least <= value <= most:
            text = _("Indiquez un nombre de %(least)s à %(most)s.", least=least, most=most)
            raise Refused(text, field=name)
    open_sale(event_id)
    held = counting.gate(event_id)
    found = held.sale
    found.free_hours, found.late_percent = terms.free_hours, terms.late_percent
    found.offer_hours, found.most = terms.offer_hours, terms.most
    if terms.quota is not None:
        found.quota = _whole_quota(held, terms.quota)
        db.session.flush()  # whoever waits is asked with the places as they are
        queue.offer(held)
    return found


def _whole_quota(held: counting.Gate, quota: int) -> int:
    """Places of all categories together."""
    if quota < held.sale.taken:
        text = _("%(n)s places sont déjà prises : pas moins.", n=held.sale.taken)
        raise Refused(text, field="jauge")
    if quota > held.event.capacity:
        text = _("L’événement a %(n)s places : augmentez-les d’abord.", n=held.event.capacity)
        raise Refused(text, field="jauge")
    return quota


def describe(event_id: int, kind: Kind, category_id: int | None = None) -> TicketCategory:
    """Write a category; tickets that were sold keep what they cost. Refuses an unclear price, a
    quota below what was taken, a window that ends before it begins."""
    open_sale(event_id)
    held = counting.gate(event_id)
    price, least = _price(kind)
    one = held.categories.get(category_id) if category_id else TicketCategory(event_id=event_id)
    if one is None:
        raise Refused(_("Ce billet n’est plus en vente."))
    quota = _quota(kind, one)
    day = local_day(held.event.starts_at, events.site(held.event).zone)
    one.name_fr, one.name_en = one_line(kind.name_fr, 80), one_line(kind.name_en, 80)
    if not one.name_fr:
        raise Refused(_("Donnez un nom."), field="nom")
    one.note_fr, one.note_en = one_line(kind.note_fr, 160), one_line(kind.note_en, 160)
    one.pricing, one.price_cents, one.minimum_cents = kind.pricing, price, least
    one.nature, one.vat_bp = kind.nature, _rate(kind, day)
    one.quota, one.buyers, one.position = quota, kind.buyers, kind.position
    one.from_at, one.until_at = kind.from_at, kind.until_at
    one.questions = list(kind.questions)
    db.session.add(one)
    db.session.flush()  # id for the journal; the database's word on what was written
    held.categories[one.id] = one
    queue.offer(held)
    return one


def refuse_ended(until_at: dt.datetime | None) -> None:
    """What is made today and ended before is a slip: nobody could ever use it."""
    if until_at is not None and until_at <= clock.now():
        raise Refused(_("Ce moment est passé : personne ne pourrait s’en servir."), field="jusque")


def _price(kind: Kind) -> tuple[int, int]:
    if kind.pricing not in PRICINGS:
        raise Refused(_("Dites comment le prix se fait."), field="tarif")
    if kind.pricing == "free":
        return 0, 0
    if kind.price_cents is None or not 0 < kind.price_cents <= DEAREST:
        raise Refused(
            _("Indiquez un prix TTC au-dessus de zéro, avec deux décimales au plus."), field="prix"
        )
    if kind.pricing == "fixed":
        return kind.price_cents, 0
    if kind.minimum_cents is None or not 0 <= kind.minimum_cents <= kind.price_cents:
        raise Refused(_("Le minimum va de zéro au prix conseillé."), field="minimum")
    return kind.price_cents, kind.minimum_cents


def _quota(kind: Kind, one: TicketCategory) -> int:
    if kind.quota is None or not 0 <= kind.quota <= MOST_PLACES:
        raise Refused(_("Indiquez un nombre de 0 à %(n)s.", n=MOST_PLACES), field="quota")
    if kind.quota < (one.taken or 0):
        raise Refused(_("%(n)s billets sont déjà pris : pas moins.", n=one.taken), field="quota")
    return kind.quota


def _rate(kind: Kind, day: dt.date) -> int:
    if kind.nature not in NATURES or kind.nature in NOT_HERE:
        raise Refused(_("Choisissez la nature du billet."), field="nature")
    if kind.buyers not in BUYERS:
        raise Refused(_("Dites pour qui."), field="acheteurs")
    if kind.from_at and kind.until_at and kind.from_at >= kind.until_at:
        raise Refused(_("La fin vient après le début."), field="jusque")
    usual = NATURES[kind.nature].rates[0][1] if kind.vat_bp is None else kind.vat_bp
    if not 0 <= usual <= 3000:
        words = _("Indiquez un taux de TVA de 0 à 30, avec deux décimales au plus.")
        raise Refused(words, field="tva")
    return vat_on(kind.nature, usual, day)


def archive(event_id: int, category_id: int, *, away: bool) -> TicketCategory:
    """Off the shelf, or on it again; who has a ticket keeps it."""
    held = counting.gate(event_id)
    one = held.categories[category_id]
    one.archived_at = clock.now() if away else None
    return one


# ── codes ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Code:
    """A promo code as it was typed and understood."""

    word: str
    percent: int | None = None
    amount_cents: int | None = None
    event_id: int | None = None
    from_at: dt.datetime | None = None
    until_at: dt.datetime | None = None
    most: int | None = None


def promise(code: Code) -> PromoCode:
    """A new code. Refuses a word that is taken, a cut that is none, an end that has passed."""
    word = fold_code(code.word)
    if not 3 <= len(word) <= 40:
        raise Refused(_("Un code a de 3 à 40 signes."), field="code")
    if (code.percent is None) == (code.amount_cents is None):
        raise Refused(_("Indiquez un pourcentage ou un montant."), field="remise")
    if code.percent is not None and not 1 <= code.percent <= 100:
        raise Refused(_("Indiquez un pourcentage de 1 à 100."), field="remise")
    if code.amount_cents is not None and not 1 <= code.amount_cents <= DEAREST:
        raise Refused(_("Indiquez un montant au-dessus de zéro."), field="remise")
    if code.most is not None and not 1 <= code.most <= MOST_PLACES:
        raise Refused(_("Indiquez un nombre de 1 à %(n)s.", n=MOST_PLACES), field="fois")
    if code.from_at and code.until_at and code.from_at >= code.until_at:
        raise Refused(_("La fin vient après le début."), field="jusque")
    refuse_ended(code.until_at)
    if db.session.scalars(select(PromoCode.id).where(PromoCode.code == word)).first():
        raise Refused(_("Ce code existe déjà."), field="code")
    made = PromoCode(
        event_id=code.event_id,
        code=word,
        percent=code.percent,
        amount_cents=code.amount_cents,
        from_at=code.from_at,
        until_at=code.until_at,
        most=code.most,
    )
    db.session.add(made)
    db.session.flush()  # id for the journal
    return made


def withdraw(promo_id: int, *, away: bool) -> None:
    """It counts no more, or again; orders that used it keep their price."""
    found = db.session.scalars(
        select(PromoCode).where(PromoCode.id == promo_id).with_for_update()
    ).one()
    found.archived_at = clock.now() if away else None


def codes(event_id: int) -> list[PromoCode]:
    """Codes that count for an event: its own and those of the whole venue."""
    query = select(PromoCode).where(
        (PromoCode.event_id == event_id) | PromoCode.event_id.is_(None),
        PromoCode.archived_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(PromoCode.code)))
