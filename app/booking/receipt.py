"""Papers of a booking: the receipt of what was paid, the ticket for the door. One Typst template,
everything in it is data."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import segno
import typst

from app.booking import offers, words
from app.booking.models import Booking
from app.core import clock
from app.core.i18n import _, day_name, lang
from app.core.slots import local_day
from app.invoicing import figures, sellers
from app.invoicing.looks import looks_of
from app.payments import refunds
from app.payments import rules as payments
from app.tenants.models import Tenant
from app.web import themes

PAPER = themes.PACKAGES / "base" / "pdf" / "paper.typ"
Data = dict[str, Any]
A5_LINES = 5
"""More lines than that leave no room for the payments on half a sheet."""


def _print(data: Data) -> bytes:
    """The paper as PDF; the same data gives the same bytes, but for the date of making."""
    folders = sorted(str(folder) for folder in themes.PACKAGES.glob("*/pdf"))
    return bytes(
        typst.compile(str(PAPER), sys_inputs={"data": json.dumps(data)}, font_paths=folders)
    )


def _common(booking: Booking, tenant: Tenant) -> Data:
    space, zone = booking.space, booking.space.site.zone
    day = local_day(booking.starts_at, zone)
    return {
        "lang": lang(),
        **looks_of(tenant).as_data(),
        "sender": tenant.name,
        "subtitle": _("Réservation %(code)s", code=booking.code),
        "footer": _legal(tenant),
        "facts": [
            {
                "label": _("Quand"),
                "value": f"{day_name(day)} {day.year}",
                "small": words.span(booking.starts_at, booking.ends_at, zone),
            },
            {
                "label": _("Où"),
                "value": ", ".join(filter(None, (space.name, space.floor))),
                "small": words.address(space.site),
            },
            *_payer(booking),
        ],
        "lines": [
            {"label": label, "amount": _amount(cents, booking, signed=n > 0)}
            for n, (label, cents) in enumerate(offers.lines(booking, space))
        ],
        "total_label": _("Total TTC"),
        "total": _amount(booking.price_cents, booking),
        "taxes": [
            {"label": label, "amount": _amount(cents, booking)}
            for label, cents in words.taxes(booking.price_cents, booking.vat_bp)
        ],
        "movements": [],
        "movements_title": _("Paiements"),
        "notes": [],
    }


def _amount(cents: int, booking: Booking, *, signed: bool = False) -> str:
    """`36,00 €`: on paper both decimals always stand, and what is added says so."""
    text = figures.amount(cents, booking.currency)
    return f"+{figures.NBSP}{text}" if signed and cents > 0 else text


def _legal(tenant: Tenant) -> str:
    """Who sells: the words that the venue is bound to give."""
    found, bills = tenant.legal, sellers.profile()
    name = ", ".join(filter(None, (found.get("company") or tenant.name, bills.legal_form)))
    if bills.capital:
        name += _(", capital de %(capital)s", capital=bills.capital)
    parts = [name, found.get("street")]
    parts.append(f"{found.get('postcode', '')} {found.get('city', '')}".strip())
    parts.append(bills.register)
    if found.get("siren"):
        parts.append(f"SIREN{figures.NBSP}{figures.spaced(found['siren'])}")
    if found.get("vat"):
        parts.append(_("TVA %(number)s", number=found["vat"]))
    return " · ".join(str(part) for part in parts if part)


def _payer(booking: Booking) -> list[Data]:
    """For whom: the organisation when there is one, else the person."""
    person, firm = booking.person, booking.organisation
    name = firm.get("name") or (person.name if person else "")
    if not name:
        return []
    small = [firm.get("siren") and f"SIREN {figures.spaced(firm['siren'])}"]
    small.append(booking.order_number and _("Bon %(n)s", n=booking.order_number))
    small.append(firm.get("name") and person.name if person else None)
    return [{"label": _("Pour"), "value": name, "small": ", ".join(filter(None, small))}]


def receipt(booking: Booking, tenant: Tenant, *, invoice: bool = False) -> bytes:
    """What was asked, what was paid and given back, as the note that the law wants given to a
    consumer (order 83-50/A). No invoice, and it says so, and where to ask for one if it can be."""
    data = _common(booking, tenant)
    zone = booking.space.site.zone
    made = day_name(local_day(clock.now(), zone), "year")
    return _print(
        data
        | {
            "title": _("Reçu R-%(code)s", code=booking.code),
            "paper": "a5" if len(data["lines"]) <= A5_LINES else "a4",
            "subtitle": f"{data['subtitle']}, {_('reçu établi le %(day)s', day=made)}",
            "movements": [
                {"day": day_name(local_day(at, zone), "year"), "label": label, "amount": amount}
                for at, label, amount in _movements(booking)
            ],
            "notes": _notes(booking, tenant, invoice=invoice),
        }
    )


def _notes(booking: Booking, tenant: Tenant, *, invoice: bool) -> list[str]:
    """What is still to come in or be paid, then what this paper is worth."""
    due, coming = (
        payments.due_now("booking", booking.id),
        payments.promised_on("booking", booking.id),
    )
    found = []
    if due > 0:
        found.append(_("Reste à régler : %(amount)s.", amount=_amount(due, booking)))
    if coming > 0:
        found.append(_("Prélèvement en cours : %(amount)s.", amount=_amount(coming, booking)))
    kept = _("Gardez ce reçu : il vaut note détaillée. Ce n’est pas une facture.")
    if invoice:
        asked = _("Une facture se demande sur la page de votre réservation.")
        kept = f"{kept} {asked}"
    found.append(kept)
    mediator = tenant.legal.get("mediator")
    if mediator and not booking.organisation.get("name"):
        found.append(_("Médiation : %(name)s", name=mediator))
    return found


def _movements(booking: Booking) -> list[tuple[dt.datetime, str, str]]:
    """Money in and money back, oldest first."""
    found: list[tuple[dt.datetime, str, str]] = []
    for payment in payments.of_source("booking", booking.id):
        if payment.state != "captured" or payment.captured_at is None:
            continue
        found.append(
            (
                payment.captured_at,
                method_name(payment.method),
                _amount(payment.amount_cents, booking),
            )
        )
        found += [
            (refund.done_at, _("Remboursement"), _amount(-refund.amount_cents, booking))
            for refund in refunds.of_payment(payment.id)
            if refund.state == "done" and refund.done_at is not None
        ]
    return sorted(found)


def method_name(method: str) -> str:
    """A means of payment in words."""
    return {
        "card": _("Carte bancaire"),
        "sepa_debit": _("Prélèvement SEPA"),
        "cash": _("Espèces"),
        "terminal": _("Carte, sur place"),
        "transfer": _("Virement"),
        "on_account": _("Sur compte"),
    }[method]


def ticket(booking: Booking, tenant: Tenant, url: str) -> bytes:
    """What opens the door, on paper: always dark on white."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", scale=4, border=1, light="#fff")
    zone, early = booking.space.site.zone, words.EARLY_DOOR
    rungs = words.refund_table(booking, zone)
    return _print(
        _common(booking, tenant)
        | {
            "title": _("Billet"),
            "paper": "a4",
            "qr": out.getvalue().decode(),
            "code": booking.space.door_code or "",
            "code_label": _("Code de la porte"),
            "code_hours": words.span(booking.starts_at - early, booking.ends_at + early, zone),
            "notes": [_("%(when)s : %(what)s.", when=when, what=what) for when, what in rungs],
        }
    )
