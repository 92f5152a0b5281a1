"""Papers before they are documents: made from charges, changed by staff, thrown away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import charges, clients, sellers, sums
from app.invoicing.models import BillingItem, Buyer, Charge, Document, DocumentLink, Draft
from app.invoicing.parts import Line, Paper, Party, Reference, freeze, priced, thaw
from app.tenants.models import Tenant


class NothingToBill(Refused):
    """There is no open charge that makes a line."""

    code = "nothing_to_bill"


class Frozen(Refused):
    """The draft was issued, or is being issued: it takes no change any more."""

    code = "frozen"


def locked(draft_id: int) -> Draft | None:
    """A draft of the entered venue, for this transaction alone."""
    return db.session.scalars(
        select(Draft)
        .where(Draft.id == draft_id, Draft.tenant_id == tenancy.tenant_id())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def changeable(draft_id: int) -> Draft:
    """A draft that staff may still change; refuses one that left their hands."""
    draft = locked(draft_id)
    if draft is None or draft.state not in ("open", "refused"):
        raise Frozen(gone())
    return draft


def gone() -> str:
    """What is said of a draft that left the hands of staff."""
    return _("Ce brouillon ne peut plus être modifié.")


def as_reference(document: Document) -> Reference:
    """A document as another one cites it."""
    return Reference(
        number=document.name,
        issued_on=document.issued_on,
        amount_cents=document.gross_cents,
        vat_cents=document.vat_cents,
    )


def open_deposits(draft: Draft) -> list[Document]:
    """Deposits of the draft's customer that no invoice deducted, as far as they fit, oldest
    first; those that were credited are none."""
    used = select(DocumentLink.earlier_id).where(DocumentLink.relation.in_(("deducts", "credits")))
    found = []
    room = sums.of(draft.paper).gross_cents
    for deposit in db.session.scalars(
        select(Document)
        .where(
            Document.kind == "deposit",
            Document.customer == draft.customer,
            Document.currency == draft.currency,
            Document.id.not_in(used),
        )
        .order_by(Document.id)
    ):
        if deposit.gross_cents <= room:
            found.append(deposit)
            room -= deposit.gross_cents
    return found


def buyer_of(customer: str, known: Party) -> Party:
    """A customer as staff last corrected it, else as the charge knew it."""
    card = db.session.scalars(select(Buyer).where(Buyer.customer == customer)).one_or_none()
    return thaw(Party, card.party) if card else known


def from_charges(
    tenant: Tenant,
    customer: str,
    currency: str,
    *,
    until: dt.date | None = None,
    only: tuple[str, int] | None = None,
    by: int | None,
) -> Draft | None:
    """One invoice for all that a customer may be billed, or for one thing `only`; None when nothing
    makes a line.

    Charges that cancel out are put aside; those that only take back wait for a credit note. What is
    outside the scope of VAT stands on a document of its own (BR-O-11): ask again for the rest.
    """
    found = charges.open_of(customer, currency, until)
    if only is not None:
        found = [charge for charge in found if (charge.source, charge.source_id) == only]
    bundles = charges.bundles(found)
    for bundle in bundles:
        if not bundle.gross_cents and not bundle.vat_cents:
            for charge in bundle.charges:
                charge.netted = True
    sold = _of_one_paper([bundle for bundle in bundles if bundle.gross_cents > 0])
    if not sold:
        return None
    newest = max((bundle.charges[-1] for bundle in sold), key=lambda charge: charge.id)
    orders = {charge.order_number for bundle in sold for charge in bundle.charges}
    paper = Paper(
        kind="invoice",
        seller=sellers.party(tenant, sellers.profile()),
        buyer=buyer_of(customer, newest.party),
        lines=tuple(bundle.line for bundle in sold),
        lang=newest.lang,
        currency=currency,
        order_number=orders.pop() if len(orders) == 1 else "",
    )
    people = {charge.person_id for bundle in sold for charge in bundle.charges}
    draft = keep(paper, customer, clients.person_of(customer, people), by)
    for number, bundle in enumerate(sold, 1):
        for charge in bundle.charges:
            charge.draft_id, charge.line = draft.id, number
    return draft


def _of_one_paper(sold: list[charges.Bundle]) -> list[charges.Bundle]:
    """What may stand on one document: all that has VAT, else all that is outside its scope."""
    within = [bundle for bundle in sold if bundle.rule.category != "O"]
    return within or sold


def keep(
    paper: Paper,
    customer: str,
    person_id: int | None,
    by: int | None,
    refers_to: int | None = None,
) -> Draft:
    """Write a paper down as a draft."""
    draft = Draft(
        kind=paper.kind,
        state="open",
        customer=customer,
        person_id=person_id,
        buyer_name=paper.buyer.name,
        gross_cents=sums.of(paper).gross_cents,
        currency=paper.currency,
        content=freeze(paper),
        faults=[],
        refers_to=refers_to,
        created_by=by,
    )
    db.session.add(draft)
    db.session.flush()  # id for the charges that it claims
    return draft


def quote(
    tenant: Tenant,
    customer: str,
    buyer: Party,
    lines: Sequence[Line],
    *,
    person_id: int | None = None,
    lang: str = "fr",
    note: str = "",
    by: int | None,
) -> Draft:
    """A quote of what staff typed."""
    paper = Paper(
        kind="quote",
        seller=sellers.party(tenant, sellers.profile()),
        buyer=buyer_of(customer, buyer),
        lines=tuple(lines),
        lang=lang,
        currency=tenant.currency,
        note=note,
    )
    return keep(paper, customer, person_id, by)


def deposit_fits(earlier: Document, gross_cents: int) -> None:
    """Refuse more than the quote has left beside the deposits that stand on it. Asked when one is
    drafted, and again when it is issued: two may have been drafted."""
    credited = select(DocumentLink.earlier_id).where(DocumentLink.relation == "credits")
    before = db.session.scalar(
        select(func.coalesce(func.sum(Document.gross_cents), 0))
        .where(Document.kind == "deposit", Document.refers_to == earlier.id)
        .where(Document.id.not_in(credited))
    )
    if earlier.kind != "quote" or not 0 < gross_cents <= earlier.gross_cents - int(before or 0):
        raise Refused(_("Les acomptes ne dépassent pas le total du devis."), field="montant")


def deposit(earlier: Document, tenant: Tenant, gross_cents: int, *, by: int | None) -> Draft:
    """A deposit on a quote, shared over its rates. Refuses more than the quote."""
    deposit_fits(earlier, gross_cents)
    said = earlier.paper
    lines = _deposit_lines(said, gross_cents)
    paper = replace(
        said,
        kind="deposit",
        seller=sellers.party(tenant, sellers.profile()),
        lines=lines,
        number="",
        issued_on=None,
        due_on=None,
        note="",
    )
    return keep(paper, earlier.customer, earlier.person_id, by, refers_to=earlier.id)


def _deposit_lines(said: Paper, gross_cents: int) -> tuple[Line, ...]:
    """One line per rate, in proportion."""
    from_rates = sums.of(said).rates
    parts = sums.share_over(from_rates, gross_cents)
    label = "Deposit on quote" if said.lang == "en" else "Acompte sur devis"
    return tuple(
        priced(f"{label} {said.number}", part, rate.tax)
        for rate, part in zip(from_rates, parts, strict=True)
        if part
    )


def change(
    draft_id: int,
    *,
    buyer: Party | None = None,
    note: str | None = None,
    order_number: str | None = None,
    lang: str | None = None,
) -> Draft:
    """What staff may change of a draft; who is billed is remembered for the next documents."""
    draft = changeable(draft_id)
    paper = draft.paper
    if buyer is not None:
        paper = replace(paper, buyer=buyer)
        remember(draft.customer, buyer, lang or paper.lang)
    if note is not None:
        paper = replace(paper, note=note.strip())
    if order_number is not None:
        paper = replace(paper, order_number=order_number.strip())
    if lang in ("fr", "en"):
        paper = replace(paper, lang=lang)
    write(draft, paper)
    return draft


def write(draft: Draft, paper: Paper) -> None:
    """Another text for a draft: what was wrong with the former one is forgotten."""
    draft.content, draft.buyer_name = freeze(paper), paper.buyer.name
    draft.state, draft.faults, draft.updated_at = "open", [], clock.now()


def remember(customer: str, buyer: Party, lang: str) -> None:
    """Keep who a customer is on paper."""
    values = {"party": freeze(buyer), "lang": lang, "updated_at": clock.now()}
    db.session.execute(
        insert(Buyer)
        .values(tenant_id=tenancy.tenant_id(), customer=customer, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "customer"], set_=values)
    )


def discard(draft_id: int) -> None:
    """Throw a draft away: what it would have billed is open again. No number is lost by it."""
    draft = changeable(draft_id)
    db.session.execute(
        update(Charge).where(Charge.draft_id == draft.id).values(draft_id=None, line=None)
    )
    db.session.execute(
        update(BillingItem).where(BillingItem.draft_id == draft.id).values(draft_id=None)
    )
    db.session.delete(draft)


def refuse(draft_id: int, faults: Sequence[dict[str, str]]) -> None:
    """Keep why a draft was not issued, for whoever mends it."""
    draft = locked(draft_id)
    if draft is not None and draft.state != "issued":
        draft.state, draft.faults, draft.updated_at = "refused", list(faults), clock.now()
