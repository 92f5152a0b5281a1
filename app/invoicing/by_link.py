"""« Demander une facture » by the secret link of what was sold, a booking or tickets, issued while
one waits: ready, under way, or to whom it shall be made out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from app.core import audit
from app.core.errors import Refused
from app.core.i18n import lang
from app.invoicing import drafts, faults, files, on_request
from app.invoicing.on_request import Standing
from app.invoicing.parts import Party
from app.payments import rules as payments
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.actor import actor


@dataclass(frozen=True)
class Sold:
    """What a link leads to, as its invoice sees it. `path` is its page, `receipt` the address of
    its receipt, if it has one; `none_here` says why no invoice can be asked for."""

    origin: tuple[str, int]
    path: str
    back_label: str
    subtitle: str
    none_here: str
    is_confirmed: bool
    person_id: int | None
    company_id: int | None
    receipt: str = ""

    @property
    def is_paid(self) -> bool:
        """Whether nothing is owed for it any more."""
        return self.is_confirmed and payments.due_on(*self.origin) <= 0

    @property
    def is_theirs(self) -> bool:
        """Whether who looks is the very person who bought, signed in: a link proves nobody."""
        return self.person_id is not None and actor().person_id == self.person_id


def offer(sold: Sold) -> str:
    """What its page says of an invoice: `ready`, `ask`, or nothing at all."""
    stands = on_request.standing(*sold.origin)
    if stands.document is not None:
        return "" if sold.company_id else "ready"
    return "ask" if stands.is_under_way or _may_ask(sold, stands) else ""


def _may_ask(sold: Sold, stands: Standing) -> bool:
    return sold.is_paid and on_request.may_ask(of_tenant(), stands)


def _known(sold: Sold, stands: Standing) -> Party:
    """To whom it would be made out: as this draft or this sale says, or, for who is signed in, as
    they said last time."""
    if stands.draft is not None:
        return stands.draft.paper.buyer
    newest = stands.charges[-1]
    if sold.is_theirs:
        return drafts.buyer_of(newest.customer, newest.party)
    return newest.party


def page(sold: Sold, status: int = 200, fault: Refused | None = None) -> Response:
    """The page; 404 for what a company pays by the month and for what was never charged."""
    stands = on_request.standing(*sold.origin)
    if sold.company_id is not None or not stands.charges:
        abort(404)
    shown = stands.draft is not None and not stands.is_under_way
    return render.page(
        "invoicing/by_link.html",
        status,
        sold=sold,
        gross_cents=sum(one.gross_cents for one in stands.charges),
        stands=stands,
        known=_known(sold, stands),
        may_ask=_may_ask(sold, stands),
        typed=request.form,
        fault=fault,
        broken=faults.rows(stands.draft.faults) if shown and stands.draft else [],
    )


def ask(sold: Sold) -> Response:
    """Hand it to the worker, made out as typed; asked twice it is one invoice."""
    form = request.form.to_dict()

    def work() -> None:
        stands = on_request.standing(*sold.origin)
        if not sold.is_paid or not stands.charges:
            raise on_request.not_here()
        newest = stands.charges[-1]
        buyer = on_request.buyer(newest.party, form)
        made = on_request.ask(of_tenant(), sold.origin, buyer, lang(), actor().account_id)
        audit.note("document.asked", f"draft:{made.id}", actor_id=actor().account_id)
        if sold.is_theirs:
            drafts.remember(newest.customer, buyer, lang())

    try:
        edge.act(work)
    except Refused as refusal:
        return page(sold, refusal.status, refusal)
    return redirect(f"{sold.path}/facture", 303)


def file(sold: Sold, suffix: str) -> Response:
    """The bytes that were issued for this alone; a month's invoice is not a link's."""
    document = on_request.standing(*sold.origin).document
    if document is None or not on_request.is_alone(document, *sold.origin):
        abort(404)
    return files.sent(document, suffix)
