"""Say that something does not work: anybody, in a few taps, without losing a word of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.accounts.addresses import mail_address
from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import fold
from app.incidents import deadlines, promises
from app.incidents.models import (
    CATEGORIES,
    USABLE,
    Incident,
    IncidentFollower,
    IncidentStep,
)
from app.incidents.read import Where

MOST_WORDS = 2000


@dataclass(frozen=True)
class Reporter:
    """Who says it: nobody in particular, somebody with an address, a person of the venue."""

    name: str = ""
    email: str = ""
    person_id: int | None = None
    account_id: int | None = None
    staff: bool = False
    locale: str = "fr"


@dataclass(frozen=True)
class Wish:
    """What is said to be wrong, where; a picture that was kept already."""

    where: Where
    category: str
    usable: str
    description: str = ""
    photo_id: int | None = None


def read(where: Where, typed: Mapping[str, str]) -> Wish:
    """What a form says. Refuses without a category and without whether it can still be used."""
    category, usable = typed.get("categorie", ""), typed.get("utilisable", "")
    if category not in CATEGORIES:
        raise Refused(_("Dites ce qui ne va pas."), field="categorie")
    if usable not in USABLE:
        raise Refused(_("Dites si on peut encore s’en servir."), field="utilisable")
    text = _readable(typed.get("precisions", ""))
    if len(text) > MOST_WORDS:
        words_ = _("Écrivez moins long : %(n)d signes au plus.", n=MOST_WORDS)
        raise Refused(words_, field="precisions")
    return Wish(where, category, usable, text)


def _readable(raw: str) -> str:
    """The text without what no reader sees but readers of pages and mails obey: direction marks
    that are left open would turn what follows, and a NUL is no letter for PostgreSQL."""
    hidden = dict.fromkeys([0, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
    return raw.replace("\r\n", "\n").translate(hidden).strip()


def address(raw: str) -> str:
    """An e-mail, or none. Refuses what is no address."""
    return mail_address(raw) if raw.strip() else ""


def whole(who: Reporter, typed: Mapping[str, str]) -> Reporter:
    """The reporter with the address that was typed, when they had none."""
    if who.email:
        return who
    return replace(who, email=address(typed.get("email", "")))


def report(wish: Wish, who: Reporter) -> IncidentFollower:
    """Write it down with its deadlines; the reporter follows it from now on."""
    at = clock.now()
    priority = _priority(wish, who)
    answer, repair = promises.targets(promises.policy())[priority]
    where = wish.where
    made = Incident(
        code=words.short_code(),
        site_id=where.site.id,
        space_id=where.space.id if where.space else None,
        asset_id=where.asset.id if where.asset else None,
        category=wish.category,
        usable=wish.usable,
        description=wish.description,
        photo_id=wish.photo_id,
        priority=priority,
        search="",
        reported_at=at,
        respond_by=deadlines.due(where.site, where.space, at, answer),
        resolve_by=deadlines.due(where.site, where.space, at, repair),
    )
    made.search = fold(f"{made.code} {where.name} {wish.description} {who.name} {who.email}")
    db.session.add(made)
    db.session.flush()  # id for its first step
    step = IncidentStep(
        incident_id=made.id, state="reported", at=at, by_account=who.account_id, by_name=who.name
    )
    db.session.add(step)
    first = _follow(made, who, reporter=True)
    db.session.flush()  # ids for the letter
    outbox.defer("incidents.letter", incident_id=made.id, step_id=step.id, lane="mail")
    return first


def _priority(wish: Wish, who: Reporter) -> str:
    if wish.usable == "no":
        return "urgent" if who.staff else "high"
    return "normal" if wish.usable == "partly" else "low"


def follow(incident: Incident, who: Reporter) -> IncidentFollower:
    """Add somebody who saw it too; a person whom we know is added once.

    A typed address proves nothing: whoever types another's gets a page of their own, never theirs.
    """
    rows = db.session.scalars(
        select(IncidentFollower).where(IncidentFollower.incident_id == incident.id)
    ).all()
    mine = [r for r in rows if who.person_id is not None and r.person_id == who.person_id]
    if mine:
        mine[0].stopped_at = None
        return mine[0]
    if any(row.email == who.email for row in rows):
        who = replace(who, email="")  # nobody is written to twice
    made = _follow(incident, who)
    db.session.flush()  # id for whoever shows the page
    return made


def _follow(incident: Incident, who: Reporter, *, reporter: bool = False) -> IncidentFollower:
    made = IncidentFollower(
        incident_id=incident.id,
        token=words.token(),
        person_id=who.person_id,
        name=who.name,
        email=who.email,
        locale=who.locale,
        reporter=reporter,
    )
    db.session.add(made)
    return made
