"""What waits for somebody at the desk, each with the fix that is ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.booking.day import Day
from app.booking.models import Booking
from app.core.db import db
from app.core.i18n import _, _n, day_name, euros
from app.ledger import nightly
from app.members.models import Person
from app.payments.models import Payment
from app.rates.models import SolveRun
from app.spaces.models import Space

MOST = 6
OPTION_HORIZON = dt.timedelta(days=2)


@dataclass(frozen=True)
class Fix:
    """A button: where it leads; a POST when it acts, with the fields it sends."""

    label: str
    url: str
    post: bool = False
    permission: str = "desk.book"


@dataclass(frozen=True)
class Todo:
    """One card: what is wrong, the facts, the fixes, the first of which is the ready one."""

    icon: str
    kind: str
    title: str
    text: str
    fixes: tuple[Fix, ...]


def reasons() -> dict[str, tuple[str, str]]:
    """Why a payment needs somebody: what happened, what to do."""
    return {
        "disputed": (
            _("Paiement contesté par le client"),
            _("Sa banque réclame l’argent : répondez depuis votre compte de paiement."),
        ),
        "returned": (
            _("Prélèvement rejeté après coup"),
            _("L’argent est reparti : demandez un autre moyen de paiement."),
        ),
        "debit_failed": (
            _("Prélèvement refusé"),
            _("La réservation tient : demandez un autre moyen de paiement."),
        ),
        "refund_failed": (
            _("Remboursement refusé"),
            _("La banque n’a pas pu rendre l’argent : rendez-le autrement."),
        ),
        "refund_unknown": (
            _("Remboursement sans réponse"),
            _("Vérifiez-le dans votre compte de paiement."),
        ),
        "gateway_silent": (
            _("Paiement sans réponse"),
            _("Le service de paiement se tait : redemandez-lui."),
        ),
    }


def words(needs_person: str) -> tuple[str, str]:
    """The same for any mark, known or not."""
    otherwise = (
        _("Paiement à vérifier"),
        _("Le service de paiement n’a pas pu être interrogé : redemandez-lui."),
    )
    return reasons().get(needs_person, otherwise)


def payments() -> list[Todo]:
    """Payments that a person must look at."""
    rows = db.session.execute(
        select(Payment.id, Payment.needs_person, Payment.amount_cents, Booking.code, Person.name)
        .outerjoin(Booking, and_(Payment.source == "booking", Booking.id == Payment.source_id))
        .outerjoin(Person, Person.id == Payment.person_id)
        .where(Payment.needs_person.is_not(None))
        .order_by(Payment.created_at)
        .limit(MOST)
    )
    found = []
    for payment_id, mark, cents, code, name in rows:
        title, advice = words(mark)
        who = ", ".join(part for part in (name, code, euros(cents)) if part)
        again = Fix(_("Redemander"), f"/gestion/paiements/{payment_id}/relance", post=True)
        done = Fix(_("C’est réglé"), f"/gestion/paiements/{payment_id}/classement", post=True)
        opened = Fix(_("Ouvrir"), f"/gestion/reservations/{code}") if code else done
        asks = mark == "gateway_silent" or mark.startswith("cannot_ask")
        fixes = (again, opened) if asks else (opened, done)
        found.append(Todo("credit-card", "danger", title, f"{who}. {advice}", fixes))
    return found


def options(now: dt.datetime, day: Day) -> list[Todo]:
    """Options that the desk gave and that end soon."""
    rows = db.session.execute(
        select(Booking, Person.name, Space.name)
        .join(Space, Space.id == Booking.space_id)
        .outerjoin(Person, Person.id == Booking.person_id)
        .where(
            Booking.state == "held",
            Booking.origin == "desk",
            Booking.held_until > now,
            Booking.held_until < now + OPTION_HORIZON,
        )
        .order_by(Booking.held_until)
        .limit(MOST)
    )
    found = []
    for booking, name, room in rows:
        zone = day.frame.zone
        until, start, end = (
            instant.astimezone(zone)
            for instant in (booking.held_until, booking.starts_at, booking.ends_at)
        )
        who = name or booking.organisation.get("name") or booking.code
        text = f"{who}, {room}, {day_name(start.date())} {start:%H:%M} – {end:%H:%M}"
        when = f"{until:%H:%M}"
        if until.date() != now.astimezone(zone).date():
            when = f"{day_name(until.date(), 'short')}, {when}"
        url = f"/gestion/reservations/{booking.code}"
        found.append(
            Todo(
                "hourglass",
                "warn",
                _("Option à confirmer avant %(time)s", time=when),
                text,
                (
                    Fix(_("Confirmer"), f"{url}/confirmation", post=True),
                    Fix(_("Libérer"), f"{url}/liberation", post=True),
                ),
            )
        )
    return found


def to_collect(day: Day) -> list[Todo]:
    """Bookings of the day that are still to be paid at the desk."""
    owing = [
        u
        for u in day.bookings
        if day.dues.get(u.source_id or 0, 0) > 0
        and u.way != "on_account"
        and u.starts_at < day.now + dt.timedelta(hours=2)
    ]
    rooms = {space.id: space.name for space in day.spaces}
    found = []
    for use in owing[:MOST]:
        amount = euros(day.dues[use.source_id or 0])
        start = use.starts_at.astimezone(day.frame.zone)
        url = f"/gestion/reservations/{use.code}/paiement"
        found.append(
            Todo(
                "coins",
                "warn",
                _("%(amount)s à encaisser", amount=amount),
                f"{use.who}, {rooms.get(use.space_id or 0, '')}, {start:%H:%M}",
                (Fix(_("Encaisser"), url, permission="desk.take_payment"),),
            )
        )
    return found


def failed_solves() -> list[Todo]:
    """Spaces whose last solve failed: their prices are those of before."""
    last = (
        select(SolveRun.space_id, func.max(SolveRun.id).label("id"))
        .group_by(SolveRun.space_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Space.id, Space.name)
        .join(last, last.c.space_id == Space.id)
        .join(SolveRun, SolveRun.id == last.c.id)
        .where(SolveRun.outcome == "failed", Space.retired_at.is_(None))
        .order_by(Space.position)
        .limit(MOST)
    )
    return [
        Todo(
            "chart-line",
            "warn",
            _("Prix non recalculés"),
            _("%(space)s garde les prix de la veille.", space=name),
            (
                Fix(
                    _("Recalculer"),
                    f"/gestion/tarifs/{space_id}/calcul",
                    post=True,
                    permission="rates.edit",
                ),
            ),
        )
        for space_id, name in rows
    ]


def books() -> list[Todo]:
    """The last reading of the books met something that is not as it was sealed or anchored."""
    check = nightly.latest()
    if check is None or not check.breaks:
        return []
    return [
        Todo(
            "triangle-alert",
            "danger",
            _("Comptes ou factures modifiés après coup"),
            _n(
                "%(num)s écart avec ce qui était scellé. Ne supprimez rien, prévenez le comptable.",
                "%(num)s écarts avec ce qui était scellé. Ne supprimez rien, prévenez le"
                " comptable.",
                check.breaks,
            ),
            (Fix(_("Voir les écarts"), "/gestion/comptes/clotures", permission="money.see"),),
        )
    ]


MORE: list[Callable[[Day], list[Todo]]] = []
"""What features above booking want done today: they add themselves when they are opened."""


def everything(day: Day) -> list[Todo]:
    """All of it, the most pressing first."""
    more = [item for source in MORE for item in source(day)]
    return [
        *books(),
        *payments(),
        *more,
        *options(day.now, day),
        *to_collect(day),
        *failed_solves(),
    ]
