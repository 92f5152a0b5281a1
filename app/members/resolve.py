"""The actor of a request, completed: which person of this venue the account is."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, g

from app.members import companies
from app.members.rules import of_account
from app.web.actor import actor


def complete() -> None:
    """Add the person's id to the actor of a venue's page."""
    who = actor()
    if who.account_id is not None and g.get("tenant") is not None:
        found = of_account(who.account_id)
        g.actor = replace(who, person_id=found.id if found else None)


def my_company() -> bool:
    """Whether this person keeps the seats of a company: their pages then lead there."""
    who = actor().person_id
    return who is not None and companies.kept_by(who) is not None


def install(app: Flask) -> None:
    """After the account is known and the policy has passed."""
    app.before_request(complete)
    app.jinja_env.globals.update(my_company=my_company)
