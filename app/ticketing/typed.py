"""What forms about tickets say: each field refused by its own name, nothing guessed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from app.accounts.addresses import mail_address
from app.core import money
from app.core.errors import Refused
from app.core.i18n import _, day_name, typed_amount
from app.core.slots import NoSuchTime, at
from app.events.wishes import EARLY, LATE, whole
from app.spaces.natures import NATURES
from app.ticketing.models import TicketCategory, TicketSale
from app.ticketing.shelf import MOST_PLACES, Code, Kind, Terms

Form = MultiDict[str, str]
QUESTIONS = 8
CHOICES = 12


def moment(raw: str, zone: ZoneInfo, field: str) -> dt.datetime | None:
    """A day and an hour of the venue's clock; nothing when nothing was typed. Refuses an hour that
    the clock jumps over."""
    if not raw.strip():
        return None
    try:
        local = dt.datetime.fromisoformat(raw.strip())
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None or not EARLY <= local.year <= LATE:
        raise Refused(_("Indiquez un jour et une heure, comme 2026-12-03 18:30."), field=field)
    minute = local.hour * 60 + local.minute
    try:
        return at(local.date(), minute, zone)
    except NoSuchTime as error:
        words = _(
            "Le %(day)s, l’horloge avance d’une heure : %(time)s n’existe pas.",
            day=day_name(local.date()),
            time=f"{local:%H:%M}",
        )
        raise Refused(words, field=field) from error


def shown(instant: dt.datetime | None, zone: ZoneInfo) -> str:
    """An instant as the field shows it."""
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}" if instant else ""


def address(raw: str, field: str) -> str:
    """An e-mail address, or nothing where nothing was typed; refused under the field's name."""
    if not raw.strip():
        return ""
    try:
        return mail_address(raw)
    except Refused as error:
        raise Refused(error.text, field=field) from error


def amount(cents: int) -> str:
    """Cents as the field shows them."""
    return typed_amount(cents)


def percent(bp: int) -> str:
    """A rate as people write it."""
    return f"{bp / 100:g}".replace(".", ",")


def rate(raw: str) -> int | None:
    """A rate in percent as basis points; none when empty, below zero when it is no rate."""
    if not raw.strip():
        return None
    try:
        found = Decimal(raw.replace("%", "").replace(",", ".").strip()) * 100
    except InvalidOperation:
        return -1
    return int(found) if found.is_finite() and found == int(found) and abs(found) < 10**6 else -1


# ── how it is sold ────────────────────────────────────────────────────────────────────────────


def terms(form: Form) -> Terms:
    """Quota, give-back, offers and how many at once."""
    return Terms(
        quota=whole(form.get("jauge", ""), "jauge", 0, MOST_PLACES),
        most=whole(form.get("plus", ""), "plus", 1, 50),
        free_hours=whole(form.get("heures", ""), "heures", 0, 8760),
        late_percent=whole(form.get("part", ""), "part", 0, 100),
        offer_hours=whole(form.get("offre", ""), "offre", 1, 168),
    )


def of_terms(sale: TicketSale) -> Form:
    """The form that fills it."""
    return MultiDict(
        {
            "jauge": str(sale.quota),
            "plus": str(sale.most),
            "heures": str(sale.free_hours),
            "part": str(sale.late_percent),
            "offre": str(sale.offer_hours),
        }
    )


# ── one category ──────────────────────────────────────────────────────────────────────────────


def kind(form: Form, zone: ZoneInfo) -> Kind:
    """A category as typed."""
    raw = form.get("minimum", "").strip()
    return Kind(
        name_fr=form.get("nom", ""),
        name_en=form.get("nom-en", ""),
        note_fr=form.get("note", ""),
        note_en=form.get("note-en", ""),
        pricing=form.get("tarif", ""),
        price_cents=money.typed(form.get("prix", "")),
        minimum_cents=money.typed(raw) if raw else 0,
        nature=form.get("nature", ""),
        vat_bp=rate(form.get("tva", "")),
        quota=whole(form.get("quota", ""), "quota", 0, MOST_PLACES),
        buyers=form.get("acheteurs", ""),
        from_at=moment(form.get("depuis", ""), zone, "depuis"),
        until_at=moment(form.get("jusque", ""), zone, "jusque"),
        questions=questions(form),
        position=whole(form.get("ordre", ""), "ordre", 0, 999, empty=0),
    )


def questions(form: Form) -> tuple[dict[str, Any], ...]:
    """What is asked of each holder; a row without words asks nothing."""
    found = []
    for n in range(QUESTIONS):
        said = " ".join(form.get(f"q{n}-fr", "").split())[:160]
        options = _choices(form.get(f"q{n}-choix", ""))
        if not said:
            if options or form.get(f"q{n}-en", "").strip():
                raise Refused(_("Posez la question en français."), field=f"q{n}-fr")
            continue
        genre = "choice" if form.get(f"q{n}-genre") == "choice" else "text"
        if genre == "choice" and not 2 <= len(options) <= CHOICES:
            text = _("Proposez de 2 à %(n)s réponses, une par ligne.", n=CHOICES)
            raise Refused(text, field=f"q{n}-choix")
        found.append({
            "fr": said,
            "en": " ".join(form.get(f"q{n}-en", "").split())[:160],
            "kind": genre,
            "choices": options if genre == "choice" else [],
            "required": form.get(f"q{n}-oblige") == "1",
        })  # fmt: skip
    return tuple(found)


def _choices(raw: str) -> list[str]:
    lines = [" ".join(line.split())[:80] for line in raw.splitlines()]
    return list(dict.fromkeys(line for line in lines if line))


def of_category(one: TicketCategory, zone: ZoneInfo) -> Form:
    """The form that fills it; a rate of its own is shown, the nature's own follows the nature."""
    usual = {rate for _first, rate in NATURES[one.nature].rates}
    form: Form = MultiDict(
        {
            "nom": one.name_fr,
            "nom-en": one.name_en,
            "note": one.note_fr,
            "note-en": one.note_en,
            "tarif": one.pricing,
            "prix": amount(one.price_cents) if one.price_cents else "",
            "minimum": amount(one.minimum_cents) if one.pricing == "open" else "",
            "nature": one.nature,
            "tva": "" if one.vat_bp in usual else percent(one.vat_bp),
            "quota": str(one.quota),
            "acheteurs": one.buyers,
            "depuis": shown(one.from_at, zone),
            "jusque": shown(one.until_at, zone),
            "ordre": str(one.position),
        }
    )
    for n, question in enumerate(one.questions[:QUESTIONS]):
        form[f"q{n}-fr"], form[f"q{n}-en"] = question["fr"], question.get("en", "")
        form[f"q{n}-genre"] = question["kind"]
        form[f"q{n}-choix"] = "\n".join(question.get("choices") or [])
        form[f"q{n}-oblige"] = "1" if question.get("required") else ""
    return form


def rows(form: Form, more: int = 0) -> int:
    """How many questions the form shows: those that are filled, and some empty ones."""
    filled = [n for n in range(QUESTIONS) if form.get(f"q{n}-fr") or form.get(f"q{n}-choix")]
    return min(QUESTIONS, (max(filled) + 1 if filled else 0) + more)


# ── codes ─────────────────────────────────────────────────────────────────────────────────────


def code(form: Form, zone: ZoneInfo, event_id: int | None) -> Code:
    """A promo code as typed."""
    raw, is_share = form.get("remise", "").strip(), form.get("genre") != "amount"
    share = money.typed(raw.replace("%", "")) if is_share else None
    if is_share and (share is None or share % 100):
        raise Refused(_("Indiquez un pourcentage de 1 à 100."), field="remise")
    cents = None if is_share else money.typed(raw)
    if not is_share and cents is None:
        raise Refused(
            _("Indiquez un prix TTC au-dessus de zéro, avec deux décimales au plus."),
            field="remise",
        )
    most = form.get("fois", "").strip()
    return Code(
        word=form.get("code", ""),
        percent=share // 100 if share is not None else None,
        amount_cents=cents,
        event_id=event_id,
        from_at=moment(form.get("depuis", ""), zone, "depuis"),
        until_at=moment(form.get("jusque", ""), zone, "jusque"),
        most=whole(most, "fois", 1, MOST_PLACES) if most else None,
    )
