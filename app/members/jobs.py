"""What members do after the commit: VIES is asked, and asked again while it says nothing; whoever
asked to be forgotten is written to, and forgotten in time."""

from __future__ import annotations

import datetime as dt

from flask import current_app

from app.accounts.sessions import digest
from app.core import clock, outbox, tenancy
from app.core.db import db
from app.core.words import token as fresh_token
from app.members import erased, erasing, mails, vies
from app.members.models import Company, Erasure, VatCheck
from app.tenants.models import Tenant

# When a silent register is asked again; the last is within a day of the first.
PATIENCE = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(hours=6),
    dt.timedelta(hours=16),
)


@outbox.job("members.ask_vies")
def ask_vies(company_id: int, turn: int = 0) -> None:
    """Ask once about a company's number and keep the answer; later again when there was none."""
    company = db.session.get_one(Company, company_id)
    number, tenant = company.vat, db.session.get_one(Tenant, tenancy.tenant_id())
    asker = str(tenant.legal.get("vat", "")).replace(" ", "")
    if not number:
        return
    db.session.commit()  # no transaction stays open during the call
    found = vies.ask(current_app.config["SETTINGS"].vies_url, number, asker)
    db.session.add(
        VatCheck(
            company_id=company_id,
            vat=number,
            answer=found.answer,
            consultation=found.consultation,
            name=found.name,
            address=found.address,
            said=found.said,
        )
    )
    if found.answer == "unavailable" and turn < len(PATIENCE):
        outbox.defer(
            "members.ask_vies",
            company_id=company_id,
            turn=turn + 1,
            at=clock.now() + PATIENCE[turn],
        )


@outbox.job(erasing.LETTER)
def erasure_letter(erasure_id: int) -> None:
    """The link that confirms a wish, with a secret that was in no job."""
    one = db.session.get_one(Erasure, erasure_id)
    if one.confirmed_at is None and one.stopped_at is None:
        secret = fresh_token()
        if mails.post("link", one, secret):
            one.token_hash = digest(secret)


@outbox.job("members.erase")
def erase() -> None:
    """Every night, in each venue: wishes whose days are over. One transaction for each."""
    for erasure_id in erased.due():
        try:
            erased.carry_out(erasure_id)
        except erasing.StillNeeded as error:
            one = db.session.get_one(Erasure, erasure_id)
            mails.post("stopped", one, found=error.found)
            erasing.undo(one, by=None)
        db.session.commit()
