"""All that this venue keeps about a coworker, for them to take away (GDPR, articles 15 and 20)."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.accounts.models import Account, LoginSession
from app.booking.models import Booking, Cancellation, CheckIn, Move, NoShow
from app.core import audit, clock, tenancy
from app.core.db import Model, db
from app.core.mail import Mail
from app.core.signals import publish
from app.invoicing.models import Document
from app.members.facts import DataAsked
from app.members.models import Person
from app.members.rules import person_for
from app.payments.models import Payment, Refund
from app.spaces.models import Space
from app.tenants.resolve import of_tenant
from app.web import edge
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("mydata", __name__)
Row = dict[str, Any]

ACCOUNT = ("email", "name", "locale", "email_verified_at", "created_at")
DEVICE = ("host", "agent", "created_at", "seen_at", "revoked_at")
PERSON = ("email", "name", "phone", "organisation", "siren", "standing", "notes", "created_at")
BOOKING = (
    *("code", "starts_at", "ends_at", "people", "state", "payment_way", "price_cents", "currency"),
    *("vat_bp", "steps", "order_number", "organisation", "notes", "origin", "terms_at"),
    "terms_mark",
    *("early_start_at", "confirmed_at", "created_at"),
)
CANCELLATION = ("by", "at", "refund_cents", "reason")
MOVE = ("by", "at", "from_starts_at", "from_ends_at", "from_price_cents", "to_price_cents")
PAYMENT = ("method", "state", "amount_cents", "currency", "created_at", "captured_at")
REFUND = ("amount_cents", "reason", "state", "created_at", "done_at")
DOCUMENT = (
    "kind",
    "name",
    "issued_on",
    "due_on",
    "currency",
    "net_cents",
    "vat_cents",
    "gross_cents",
)
FILES = {
    "bookings": "reservations",
    "payments": "paiements",
    "counter_sales": "achats",
    "incidents": "signalements",
    "incident_messages": "signalements-messages",
    "event_opinions": "avis",
    "tickets": "billets",
    "ticket_waits": "attentes",
}
MESSAGE = ("recipient", "subject", "created_at", "sent_at")


def _of(row: Model, names: Sequence[str]) -> Row:
    return {name: getattr(row, name) for name in names}


def _bookings(person_id: int) -> list[Row]:
    """Every booking, with what happened to it."""
    found = db.session.execute(
        select(Booking, Space.name)
        .join(Space, Space.id == Booking.space_id)
        .where(Booking.person_id == person_id)
        .order_by(Booking.starts_at, Booking.id)
    ).all()
    rows = {one.id: {"space": name, **_of(one, BOOKING)} for one, name in found}
    _add(rows, "cancellation", Cancellation, CANCELLATION)
    _add(rows, "moves", Move, MOVE)
    _add(rows, "check_in", CheckIn, ("at", "how"))
    _add(rows, "no_show", NoShow, ("at",))
    return list(rows.values())


def _add(rows: dict[int, Row], name: str, kind: Any, names: Sequence[str]) -> None:
    for event in db.session.scalars(select(kind).where(kind.booking_id.in_(rows))):
        rows[event.booking_id].setdefault(name, []).append(_of(event, names))


def _payments(person_id: int) -> list[Row]:
    found = db.session.scalars(
        select(Payment).where(Payment.person_id == person_id).order_by(Payment.id)
    )
    rows = {one.id: {**_of(one, PAYMENT), "refunds": []} for one in found}
    for refund in db.session.scalars(select(Refund).where(Refund.payment_id.in_(rows))):
        rows[refund.payment_id]["refunds"].append(_of(refund, REFUND))
    return list(rows.values())


def _messages(email: str) -> list[Row]:
    """What was written to them; the text of a letter that opens a door is not repeated."""
    found = db.session.scalars(
        select(Mail)
        .where(Mail.recipient == email, Mail.tenant_id == tenancy.tenant_id())
        .order_by(Mail.id)
    )
    return [_of(one, MESSAGE) for one in found]


def _account(account_id: int) -> Row:
    account = db.session.scalars(select(Account).where(Account.id == account_id)).one()
    devices = db.session.scalars(select(LoginSession).where(LoginSession.account_id == account_id))
    return _of(account, ACCOUNT) | {"devices": [_of(one, DEVICE) for one in devices]}


def everything(account_id: int) -> Row:
    """All of it as one document. Nobody else is in it, and no key to anything."""
    me: Person = person_for(account_id)
    documents = db.session.scalars(select(Document).where(Document.person_id == me.id))
    more = DataAsked(me.id, me.email)
    publish(more)
    return {
        "venue": of_tenant().name,
        "made_at": clock.now(),
        "account": _account(account_id),
        "person": _of(me, PERSON),
        "bookings": _bookings(me.id),
        "payments": _payments(me.id),
        "documents": [_of(one, DOCUMENT) for one in documents],
        "messages": _messages(me.email),
        **more.found,
    }


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _sheet(rows: Iterable[Row]) -> str:
    """A table for a spreadsheet; what is no plain value is left to the JSON beside it. A cell that
    a spreadsheet would run is written as text."""
    flat = [{k: v for k, v in row.items() if not isinstance(v, (list, dict))} for row in rows]
    if not flat:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(flat[0]))
    writer.writeheader()
    writer.writerows({k: _safe(v) for k, v in row.items()} for row in flat)
    return out.getvalue()


def _safe(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{value}"
    return _plain(value) if isinstance(value, dt.date) else value


def packed(found: Row) -> bytes:
    """One archive: everything as JSON, and the lists that people read as tables."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        whole = json.dumps(found, ensure_ascii=False, indent=1, default=_plain)
        archive.writestr("donnees.json", whole)
        for key, rows in found.items():
            if isinstance(rows, list):
                archive.writestr(f"{FILES.get(key, key)}.csv", "\ufeff" + _sheet(rows))
    return out.getvalue()


@pages.get("/moi/reglages/donnees.zip")
@needs("me")
def mine() -> Response:
    """Take one's own data away."""
    of_tenant()
    account_id = actor().account_id or 0

    def work() -> bytes:
        whole = packed(everything(account_id))
        audit.note("account.data_taken", f"account:{account_id}", actor_id=account_id)
        return whole

    answer = Response(edge.act(work), mimetype="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="mes-donnees.zip"'
    return answer
