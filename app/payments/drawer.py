"""The till: opened with what is in it, counted when it is closed, by somebody who answers for it.

Each site has one. The account `cash` of the books is what should lie in all of them, and each entry
of it belongs to one (`tills.py`), so a difference is found at either end and
posted with its reason; nothing is lost between two sessions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core import locks, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.ledger import rules as ledger
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Cause, Line
from app.payments import tills
from app.payments.models import TillClosing, TillMovement, TillSession

SOURCE = "till"
# What a difference at the opening is, and where money that is put in or taken out is in the books.
ORIGINS = {"bank": "bank", "difference": "till_difference"}
KINDS = {"bank": "bank", "expense": "suspense"}
PIECES = {
    "CHF": (100_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5),
    "GBP": (5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
}
EURO = (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
MOST_PIECES = 100_000


class Unexplained(Refused):
    """What was counted is not what the books say, and nobody said why."""

    code = "unexplained"


@dataclass(frozen=True)
class Sum:
    """What went through the till in a session, and what should be in it now."""

    float_cents: int
    received: int
    given_back: int
    moved: int
    expected: int


def pieces(currency: str) -> tuple[int, ...]:
    """Notes and coins of a currency in cents, the largest first."""
    return PIECES.get(currency, EURO)


def worth(counts: Mapping[int, int]) -> int:
    """What counted notes and coins come to. Refuses counts that nobody can have counted."""
    if any(not 0 <= many <= MOST_PIECES for many in counts.values()):
        raise Refused(_("Un compte de pièces ou de billets est impossible."), field="compte")
    return sum(piece * many for piece, many in counts.items())


def in_books(currency: str, site_id: int | None = None) -> int:
    """What the books say lies in the till of a site."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(LedgerLine.amount_cents), 0))
            .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
            .where(
                LedgerLine.account == "cash",
                LedgerLine.tenant_id == tenancy.tenant_id(),
                LedgerEntry.currency == currency,
                tills.entries_of(tills.site(site_id)),
            )
        )
        or 0
    )


def current(site_id: int | None = None) -> TillSession | None:
    """The session that is open at a site."""
    closed = select(TillClosing.session_id)
    return db.session.scalars(
        select(TillSession)
        .where(
            TillSession.tenant_id == tenancy.tenant_id(),
            TillSession.id.not_in(closed),
            tills.sessions_of(tills.site(site_id)),
        )
        .order_by(TillSession.number.desc())
        .limit(1)
    ).one_or_none()


def _opened(site_id: int | None) -> TillSession:
    locks.hold(locks.TILL, [tenancy.tenant_id()])
    session = current(site_id)
    if session is None:
        raise Refused(_("La caisse est fermée : ouvrez-la d’abord."))
    return session


def open_with(
    float_cents: int, currency: str, *, by: int | None, origin: str = "", reason: str = "",
    site_id: int | None = None,
) -> TillSession:  # fmt: skip
    """Open the till of a site with what was counted in it. What is not as the books say needs its
    origin: the bank, or a difference with its reason. Refuses a second opening."""
    locks.hold(locks.TILL, [tenancy.tenant_id()])
    if current(site_id) is not None:
        raise Refused(_("La caisse est déjà ouverte."))
    if float_cents < 0:
        raise Refused(_("Indiquez ce qu’il y a dans la caisse."), field="fond")
    books = in_books(currency, site_id)
    gap = float_cents - books
    if gap and (origin not in ORIGINS or (origin == "difference" and not reason.strip())):
        raise Unexplained(
            _("Les comptes attendent %(amount)s : dites d’où vient l’écart.", amount=euros(books)),
            field="origine",
        )
    last = db.session.scalar(select(func.max(TillSession.number))) or 0
    session = TillSession(
        site_id=tills.site(site_id),
        number=last + 1,
        opened_by=by,
        float_cents=float_cents,
        books_cents=books,
        origin=origin if gap else "",
        reason=reason.strip()[:300] if gap else "",
    )
    db.session.add(session)
    db.session.flush()  # id for the entry
    if gap:
        _post(session, "opened", currency, gap, ORIGINS[origin])
    return session


def move(
    cents: int, kind: str, reason: str, currency: str, *, by: int | None, site_id: int | None = None
) -> TillMovement:
    """Put cash in (above zero) or take it out: to or from the bank, or for something bought.
    Refuses without a reason, with the till closed, and more than is in it."""
    session = _opened(site_id)
    if kind not in KINDS or not cents:
        raise Refused(_("Indiquez un montant et sa nature."), field="somme")
    if not reason.strip():
        raise Refused(_("Dites pourquoi : le comptable le demandera."), field="motif")
    if cents + in_books(currency, site_id) < 0:
        raise Refused(_("Il n’y a pas tant dans la caisse."), field="somme")
    movement = TillMovement(
        session_id=session.id,
        by_account=by,
        kind=kind,
        amount_cents=cents,
        reason=reason.strip()[:300],
    )
    db.session.add(movement)
    db.session.flush()  # id for the entry
    _post(session, f"moved:{movement.id}", currency, cents, KINDS[kind])
    return movement


def close(
    counts: Mapping[int, int],
    currency: str,
    *,
    by: int | None,
    explanation: str = "",
    banked_cents: int = 0,
    site_id: int | None = None,
) -> TillClosing:
    """Close with a count by note and coin. A difference needs an explanation and is posted; what
    goes to the bank leaves the till. Refuses more to the bank than was counted."""
    session = _opened(site_id)
    counted, expected = worth(counts), in_books(currency, site_id)
    if counted != expected and not explanation.strip():
        gap = euros(counted - expected, signed=True)
        raise Unexplained(
            _("Compté %(counted)s, attendu %(expected)s : écart de %(gap)s à expliquer.",
              counted=euros(counted), expected=euros(expected), gap=gap),
            field="explication",
        )  # fmt: skip
    if not 0 <= banked_cents <= counted:
        raise Refused(_("On ne porte pas en banque plus que ce qui est compté."), field="banque")
    closing = TillClosing(
        session_id=session.id,
        by_account=by,
        counted={str(piece): many for piece, many in counts.items() if many},
        counted_cents=counted,
        expected_cents=expected,
        banked_cents=banked_cents,
        explanation=explanation.strip()[:500] if counted != expected else "",
    )
    db.session.add(closing)
    _post(session, "closed", currency, counted - expected, "till_difference")
    _post(session, "banked", currency, -banked_cents, "bank")
    db.session.flush()  # the page that follows reads it
    return closing


def _post(session: TillSession, event: str, currency: str, cents: int, other: str) -> None:
    cause = Cause(SOURCE, session.id, event, f"Caisse {session.number}")
    ledger.post(cause, currency, [Line("cash", cents), Line(other, -cents)])


# ── what is shown ─────────────────────────────────────────────────────────────────────────────


def summed(session: TillSession, currency: str) -> Sum:
    """The figures of a session, until now or until it was closed."""
    closing = closing_of(session.id)
    received, back = _money(session, closing.at if closing else None, currency)
    moved = sum(one.amount_cents for one in movements(session.id))
    expected = (
        closing.expected_cents if closing is not None else in_books(currency, session.site_id)
    )
    return Sum(session.float_cents, received, back, moved, expected)


def _money(session: TillSession, until: dt.datetime | None, currency: str) -> tuple[int, int]:
    """Cash that customers gave and got back there; both ends are the clock of the books."""
    positive = LedgerLine.amount_cents > 0
    row = db.session.execute(
        select(
            func.coalesce(func.sum(LedgerLine.amount_cents).filter(positive), 0),
            func.coalesce(func.sum(LedgerLine.amount_cents).filter(~positive), 0),
        )
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(
            LedgerLine.account == "cash",
            LedgerEntry.source != SOURCE,
            LedgerEntry.currency == currency,
            LedgerEntry.posted_at >= session.opened_at,
            LedgerEntry.posted_at <= (until or func.now()),
            tills.entries_of(tills.site(session.site_id)),
        )
    ).one()
    return int(row[0]), -int(row[1])


def movements(session_id: int) -> Sequence[TillMovement]:
    """What was put in and taken out, oldest first."""
    return db.session.scalars(
        select(TillMovement).where(TillMovement.session_id == session_id).order_by(TillMovement.id)
    ).all()


def closing_of(session_id: int) -> TillClosing | None:
    """How a session ended."""
    return db.session.scalars(
        select(TillClosing).where(TillClosing.session_id == session_id)
    ).one_or_none()


def session_of(session_id: int) -> TillSession | None:
    """A session of the entered venue."""
    return db.session.scalars(
        select(TillSession).where(
            TillSession.id == session_id, TillSession.tenant_id == tenancy.tenant_id()
        )
    ).one_or_none()
