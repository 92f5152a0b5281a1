"""What a late payment costs a firm by law: interest from the day after the due date, and a fixed
sum for recovery. A consumer owes neither without a formal notice. Rates by date are data in
law.toml.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.core.errors import Refused
from app.core.i18n import _, day_name
from app.invoicing import doors, law, sellers, settle
from app.invoicing.models import BillingProfile, Document
from app.invoicing.settle import SOURCE
from app.ledger import rules as ledger
from app.ledger.rules import Cause, Line

YEAR = 365


@dataclass(frozen=True)
class Penalty:
    """What has accrued until a day."""

    interest_cents: int
    fixed_cents: int
    days: int

    @property
    def cents(self) -> int:
        """Both."""
        return self.interest_cents + self.fixed_cents


NONE = Penalty(0, 0, 0)


def _own(profile: BillingProfile) -> re.Match[str] | None:
    return re.search(r"(\d{1,2})(?:[.,](\d{1,2}))?\s*%", profile.penalty_rate)


def _half_year(day: dt.date) -> dt.date:
    return day.replace(month=1 if day.month < 7 else 7, day=1)


def doubt(profile: BillingProfile, today: dt.date) -> str:
    """What must be confirmed before anybody claims by the rate of today; nothing when it was read
    for this half-year, or is the venue's own."""
    key = "legal_interest_bp" if profile.penalty_rule == law.LEGAL else "ecb_refi_bp"
    first = _half_year(today)
    if _own(profile) or law.is_confirmed(key, first):
        return ""
    return _(
        "Le taux du semestre ouvert le %(day)s n’est pas confirmé : celui d’avant est repris."
        " Faites-le confirmer par votre comptable, ou écrivez le vôtre dans les réglages.",
        day=day_name(first, "year"),
    )


def rate_bp(profile: BillingProfile, day: dt.date) -> int:
    """The yearly rate of a day: the venue's own when it wrote one, else by its rule."""
    if own := _own(profile):
        return int(own[1]) * 100 + int((own[2] or "0").ljust(2, "0"))
    first = _half_year(day)
    if profile.penalty_rule == law.LEGAL:
        return 3 * law.figure("legal_interest_bp", first)
    return law.figure("ecb_refi_bp", first) + 1000


def accrued(document: Document, due_cents: int, today: dt.date) -> Penalty:
    """On what is owed now, for every day after the due date: what was paid meanwhile bears no more,
    so never too much is asked. Nothing from a consumer, nothing before the day."""
    due_on = document.due_on
    if due_on is None or due_on >= today or due_cents <= 0:
        return NONE
    if not document.paper.buyer.is_business:
        return NONE
    profile, days = sellers.profile(), (today - due_on).days
    by_rate = Counter(rate_bp(profile, due_on + dt.timedelta(days=n)) for n in range(1, days + 1))
    weighed = sum(bp * many for bp, many in by_rate.items())
    interest = Decimal(due_cents * weighed) / (10_000 * YEAR)
    cents = int(interest.quantize(Decimal(1), ROUND_HALF_UP))
    return Penalty(cents, law.figure("recovery_cents", today), days)


def claimed(document_id: int) -> int:
    """What was asked for already, on top of the document."""
    return sum(
        int(event.detail["cents"])
        for event in doors.history(document_id)
        if event.what == "penalties"
    )


def claim(document: Document, today: dt.date, *, by: int | None) -> int:
    """Ask a firm for what has accrued since the last claim: it is owed with the document from now
    on, outside VAT. Refuses when nothing has."""
    settle.hold([(SOURCE, document.id)])
    before = claimed(document.id)
    found = accrued(document, settle.due_of(document.id) - before, today)
    more = found.cents - before
    if more <= 0:
        raise Refused(_("Aucune pénalité de retard n’est due sur ce document."))
    event = doors.note(document.id, "penalties", by=by, cents=more, days=found.days)
    cause = Cause(SOURCE, document.id, f"penalties:{event.id}", document.name)
    lines = [Line("receivable", more), Line("penalties", -more)]
    ledger.post(cause, document.currency, lines)
    return more
