"""What bookings add to be billed: one charge for each movement of their price in the ledger, with
the VAT that was posted. Invoicing learns words and amounts from here, and nothing of desks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.booking.models import Booking
from app.core.db import db
from app.core.i18n import _
from app.core.money import vat_inside
from app.core.slots import local_day
from app.core.words import fold
from app.invoicing import charges
from app.invoicing.parts import Line, Party, TaxRule
from app.members.models import Person
from app.spaces import natures
from app.spaces.models import Space

TWO_FOLD = 9  # digits of a SIREN; a SIRET begins with them


def sold(booking: Booking) -> None:
    """It was confirmed; what is free is billed to nobody."""
    if not booking.price_cents:
        return
    vat = vat_inside(booking.price_cents, booking.vat_bp)
    _add(booking, "sold", booking.price_cents, vat)


def changed(booking: Booking, event: str, before_cents: int, after_cents: int) -> None:
    """Its price is another one: the difference, as the ledger posts it."""
    vat = vat_inside(after_cents, booking.vat_bp) - vat_inside(before_cents, booking.vat_bp)
    _add(booking, event, after_cents - before_cents, vat)


def given_back(booking: Booking, event: str, cents: int) -> None:
    """A part of its price, or all of it, is no longer asked for."""
    _add(booking, event, -cents, -vat_inside(cents, booking.vat_bp))


def _add(booking: Booking, event: str, gross_cents: int, vat_cents: int) -> None:
    if booking.simulated and booking.company_id is None:
        return  # sample sales are billed to nobody but the sample company
    person = db.session.get(Person, booking.person_id) if booking.person_id else None
    customer, buyer = _buyer(booking, person)
    charges.add(
        charges.Sale(
            source="booking",
            source_id=booking.id,
            event=event,
            customer=customer,
            buyer=buyer,
            person_id=booking.person_id,
            currency=booking.currency,
            lang=person.locale if person else "fr",
            order_number=booking.order_number or "",
            line=_line(booking, person, event, gross_cents, vat_cents),
        )
    )


def _line(
    booking: Booking, person: Person | None, event: str, gross_cents: int, vat_cents: int
) -> Line:
    space = db.session.get_one(Space, booking.space_id)
    zone = space.site.zone
    minutes = int((booking.ends_at - booking.starts_at).total_seconds()) // 60
    hours = Decimal(minutes) * booking.quantity / 60
    starts, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    span = f"{starts:%H:%M} – {ends:%H:%M}"
    detail = _("%(when)s, annulée", when=span) if event == "cancelled" else span
    if booking.company_id is not None and person is not None:
        detail = f"{detail}, {person.name}"  # a company reads who booked
    return Line(
        label=space.name,
        detail=detail,
        gross_cents=gross_cents,
        vat_cents=vat_cents,
        tax=_tax(booking, space.nature),
        quantity=hours.quantize(Decimal("0.0001")),
        unit="hour",
        starts_on=local_day(booking.starts_at, zone),
        ends_on=local_day(booking.ends_at, zone),
    )


def _tax(booking: Booking, nature: str) -> TaxRule:
    """How it is taxed: at the rate that was sold, for the reason that it was sold without VAT."""
    category, reason = booking.organisation.get("tax") or natures.reason(nature, booking.vat_bp)
    return TaxRule(rate_bp=booking.vat_bp, category=category, reason=reason)


def _buyer(booking: Booking, person: Person | None) -> tuple[str, Party]:
    """Who is billed: the organisation when the person booked for one, else the person."""
    firm = booking.organisation
    email = person.email if person else ""
    if person is None:
        return f"guest:{booking.id}", Party(name=str(firm.get("name") or booking.code))
    if not firm.get("name"):
        return f"person:{person.id}", Party(name=person.name, email=email)
    if firm.get("company"):
        return f"company:{firm['company']}", _company(firm, person)
    number = str(firm.get("siren") or "")
    siren = number[:TWO_FOLD]
    key = f"siren:{siren}" if siren else f"firm:{fold(str(firm['name']))}"
    return key, Party(
        kind="fr_business",
        name=str(firm["name"]),
        siren=siren,
        siret=number if len(number) > TWO_FOLD else "",
        email=email,
        contact=person.name,
    )


def _company(firm: dict[str, Any], person: Person) -> Party:
    """A company that the venue knows, as it was on the day of the booking."""
    number = str(firm.get("siren") or "")
    known = ("street", "postcode", "city", "country", "vat", "reference")
    return Party(
        kind=str(firm["kind"]),
        name=str(firm["name"]),
        siren=number[:TWO_FOLD],
        siret=number if len(number) > TWO_FOLD else "",
        email=str(firm.get("email") or person.email),
        **{name: str(firm.get(name) or "") for name in known},
    )
