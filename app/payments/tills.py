"""Which till: each site of a venue has one. Cash that a payment brought lies in the till of the
site that took it and goes back from there; what came before sites had their own is the first's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, or_, select, true

from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.ledger.models import LedgerEntry
from app.payments.models import Payment, Refund, TillSession
from app.spaces.models import Site

SOURCE = "till"


def sites() -> Sequence[Site]:
    """The sites of the entered venue, the first one first."""
    return db.session.scalars(
        select(Site).where(Site.tenant_id == tenancy.tenant_id()).order_by(Site.id)
    ).all()


def site(site_id: int | None) -> int | None:
    """A site of the entered venue, or its first. Refuses another venue's; None without any."""
    known = [one.id for one in sites()]
    if site_id is None:
        return known[0] if known else None
    if site_id not in known:
        raise Refused(_("Ce site n’est pas de ce lieu."), field="site")
    return site_id


def sessions_of(site_id: int | None) -> ColumnElement[bool]:
    """Sessions of a site's till; those without a site are the first one's."""
    own = TillSession.site_id == site_id
    return or_(own, TillSession.site_id.is_(None)) if _is_first(site_id) else own


def entries_of(site_id: int | None) -> ColumnElement[bool]:
    """Entries of the books whose cash lies, or lay, in a site's till."""
    number = cast(func.split_part(LedgerEntry.event, ":", 2), BigInteger)
    by_payment = select(Payment.till_site_id).where(Payment.id == number)
    by_refund = (
        select(Payment.till_site_id)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.id == number)
    )
    by_session = select(TillSession.site_id).where(TillSession.id == LedgerEntry.source_id)
    whose = case(
        (LedgerEntry.source == SOURCE, by_session.correlate(LedgerEntry).scalar_subquery()),
        (LedgerEntry.event.regexp_match("^captured:[0-9]+$"),
         by_payment.correlate(LedgerEntry).scalar_subquery()),
        (LedgerEntry.event.regexp_match("^refunded:[0-9]+$"),
         by_refund.correlate(LedgerEntry).scalar_subquery()),
    )  # fmt: skip
    if len(sites()) < 2:
        return true()
    return or_(whose == site_id, whose.is_(None)) if _is_first(site_id) else whose == site_id


def _is_first(site_id: int | None) -> bool:
    return site_id == site(None)
