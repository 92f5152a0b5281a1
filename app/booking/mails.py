"""What a booking writes: confirmed, moved, cancelled, lost, money sent back."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy import select

from app.booking import ics, offers, read, withdrawal, words
from app.booking.models import Booking
from app.core import clock, tenancy
from app.core.db import db
from app.core.i18n import _, day_name, euros
from app.core.slots import local_day
from app.tenants import letters
from app.tenants.models import Tenant
from app.tenants.resolve import public_url

TEMPLATE = "booking/mail_booking"
KINDS = ("confirmed", "moved", "cancelled", "withdrawn", "lost", "refunded")


@dataclass(frozen=True)
class Said:
    """The subject and first sentence of one kind of letter, in the reader's language."""

    subject: str
    text: str


def _said(kind: str, booking: Booking, cents: int) -> Said:
    zone = booking.space.site.zone
    day = day_name(local_day(booking.starts_at, zone))
    what = _("%(space)s, %(day)s", space=booking.space.name, day=day)
    amount = euros(cents)
    if kind == "confirmed":
        return Said(
            _("%(what)s : c’est réservé", what=what), _("Voici tout ce qu’il faut pour venir.")
        )
    if kind == "moved":
        return Said(_("%(what)s : c’est déplacé", what=what), _moved(booking))
    if kind == "cancelled":
        back = _("%(amount)s vous sont rendus sur le même moyen de paiement.", amount=amount)
        nothing = _("Rien n’est à rembourser.")
        return Said(_("%(what)s : c’est annulé", what=what), back if cents else nothing)
    if kind == "withdrawn":
        return _withdrawn(booking, what, amount)
    if kind == "lost":
        return Said(
            _("%(what)s : le paiement est arrivé trop tard", what=what),
            _(
                "Entre-temps, quelqu’un d’autre a pris ce créneau. Vos %(amount)s vous sont rendus"
                " sans délai sur le même moyen de paiement. Nous en sommes désolés.",
                amount=amount,
            ),
        )
    return Said(
        _("%(amount)s vous ont été remboursés", amount=amount),
        _(
            "L’argent est parti sur le moyen de paiement d’origine. Selon la banque, il arrive sous"
            " cinq jours ouvrés."
        ),
    )


def _moved(booking: Booking) -> str:
    """What changed: the hour, by their wish; the space alone, when the venue had to."""
    last = read.last_move(booking.id)
    by_venue = last is not None and last.by == "venue" and last.from_space_id != booking.space_id
    if by_venue:
        return _(
            "L’espace prévu n’est pas utilisable : nous vous avons gardé %(space)s, à la même"
            " heure et au même prix. Vous n’avez rien à faire.",
            space=booking.space.name,
        )
    return _("Voici la nouvelle heure. L’ancienne est rendue.")


def _withdrawn(booking: Booking, what: str, amount: str) -> Said:
    """The receipt that the law asks for: what was given up, by whom, at which day and time."""
    ended = read.cancellation(booking.id)
    at = (ended.at if ended else clock.now()).astimezone(booking.space.site.zone)
    back = _("%(amount)s sont rendus sur le même moyen de paiement, sous 14 jours au plus.",
             amount=amount)  # fmt: skip
    if ended is not None and not ended.refund_cents:
        back = _("Rien n’avait été payé qui soit à rendre.")
    return Said(
        _("%(what)s : votre rétractation est reçue", what=what),
        _(
            "Le %(day)s à %(time)s, %(name)s a renoncé au contrat de la réservation %(code)s, sans"
            " motif à donner. %(back)s Gardez ce message : il vaut accusé de réception.",
            day=day_name(at.date(), "year"),
            time=f"{at:%H:%M:%S}",
            name=booking.person.name if booking.person else "",
            code=booking.code,
            back=back,
        ),
    )


def post(kind: str, booking_id: int, *, version: int, cents: int = 0, entity: str = "") -> bool:
    """Write one letter to whoever booked; False when there is nobody, or it was written before."""
    booking = read.whole(booking_id)
    if booking.person is None or booking.simulated:
        return False
    tenant = db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()
    locale, url = booking.person.locale, public_url(f"/b/{booking.token}")
    with force_locale(locale):
        said, reason = _said(kind, booking, cents), _reason(tenant)
        context = _context(kind, booking, tenant, url) | {"text": said.text, "preheader": said.text}
        attached = _attachments(kind, booking, tenant, url)
    return letters.post(
        TEMPLATE,
        entity=entity or f"booking:{booking.id}:{kind}",
        recipient=booking.person.email,
        locale=locale,
        subject=said.subject,
        reason=reason,
        version=version,
        attachments=attached,
        **context,
    )


def _reason(tenant: Tenant) -> str:
    return _(
        "Vous recevez ce message car vous avez réservé chez %(name)s. Aucune publicité ne suivra.",
        name=tenant.name,
    )


def sample(booking: Booking, tenant: Tenant, locale: str) -> str:
    """The confirmation as HTML, in the looks that are worn and to nobody."""
    said = _said("confirmed", booking, 0)
    return letters.written(
        f"{TEMPLATE}.html",
        locale=locale,
        subject=said.subject,
        reason=_reason(tenant),
        **_context("confirmed", booking, tenant, public_url(f"/b/{booking.token}")),
        text=said.text,
        preheader=said.text,
    )


def _context(kind: str, booking: Booking, tenant: Tenant, url: str) -> dict[str, object]:
    space, zone = booking.space, booking.space.site.zone
    early = words.EARLY_DOOR
    day = local_day(booking.starts_at, zone)
    stands = kind in ("confirmed", "moved")
    lines = [
        f"{label} : {euros(cents, signed=n > 0)}"
        for n, (label, cents) in enumerate(offers.lines(booking, space))
    ]
    vat = words.vat_line(booking.price_cents, booking.vat_bp)
    return {
        "kind": kind,
        "stands": stands,
        "url": url,
        "papers_url": f"{url}/recu.pdf",
        "links": ics.links(booking, url) if stands else {},
        "door_code": space.door_code if stands else None,
        "door_hours": words.span(booking.starts_at - early, booking.ends_at + early, zone),
        "day": day_name(day),
        "span": words.span(booking.starts_at, booking.ends_at, zone),
        "place": ", ".join(filter(None, (space.name, space.floor))),
        "address": words.address(space.site),
        "access": words.way_in(space.site),
        "price": _("%(amount)s TTC", amount=euros(booking.price_cents)),
        "price_detail": ", ".join([*lines, *([vat] if vat else [])]),
        "code": booking.code,
        "refunds": words.refund_table(booking, zone) if stands else [],
        "phone": tenant.phone,
        "withdraw_url": f"{url}/retractation" if stands and _may_withdraw(booking) else "",
    }


def _may_withdraw(booking: Booking) -> bool:
    last = withdrawal.until(booking, booking.space)
    return last is not None and last > clock.now()


def _attachments(kind: str, booking: Booking, tenant: Tenant, url: str) -> list[dict[str, str]]:
    """The calendar file: an invitation, its change, or its end."""
    if kind not in ("confirmed", "moved", "cancelled", "withdrawn"):
        return []
    return [
        {
            "name": f"{booking.code}.ics",
            "type": "text/calendar",
            "method": "CANCEL" if kind in ("cancelled", "withdrawn") else "REQUEST",
            "text": ics.of_booking(booking, tenant, url),
        }
    ]
