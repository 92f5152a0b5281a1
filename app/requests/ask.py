"""What an outsider's form says, as a wish: each field refused by its own name, nothing guessed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.addresses import mail_address
from app.core import clock, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.events import wishes
from app.events.wishes import Form
from app.requests.models import OPTIONS
from app.spaces.models import Site, Space

MOST_WORDS = 4000
FURTHEST = dt.timedelta(days=2 * 366)
LONGEST = dt.timedelta(days=14)
HIDDEN = dict.fromkeys([0, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True)
class Asked:
    """Who asks for what, when."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    people: int
    name: str
    email: str
    space_id: int | None = None
    phone: str = ""
    organisation: str = ""
    message: str = ""
    options: tuple[str, ...] = ()
    locale: str = "fr"


def spaces() -> list[Space]:
    """What an outsider may ask for, in the venue's order."""
    return list(
        db.session.scalars(
            select(Space)
            .where(Space.retired_at.is_(None), Space.audience != "staff")
            .where(Space.kind.in_(("event_hall", "meeting_room")))
            .order_by(Space.position, Space.id)
        )
    )


def _line(raw: str, most: int = 120) -> str:
    return words.one_line(raw, most)


def _space(raw: str) -> Space | None:
    """The space that was named; none for any. Refuses one that is not offered."""
    if not raw:
        return None
    found = [one for one in spaces() if str(one.id) == raw]
    if not found:
        raise Refused(_("Choisissez un espace de la liste."), field="espace")
    return found[0]


def read(form: Form, locale: str) -> Asked:
    """The wish of a form. Refuses a past or backward time, an hour that the clock skips, nobody,
    no name and no address, each beside its field."""
    title = _line(form.get("titre", ""))
    if not title:
        raise Refused(_("Dites ce que vous organisez."), field="titre")
    space = _space(form.get("espace", ""))
    people = wishes.whole(form.get("personnes", ""), "personnes", 1, 10_000)
    starts_at, ends_at = _when(form, space)
    name = _line(form.get("nom", ""))
    if not name:
        raise Refused(_("Indiquez votre nom."), field="nom")
    message = form.get("message", "").replace("\r\n", "\n").translate(HIDDEN).strip()
    if len(message) > MOST_WORDS:
        raise Refused(_("%(n)d caractères au plus.", n=MOST_WORDS), field="message")
    return Asked(
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        people=people,
        name=name,
        email=_address(form.get("email", "")),
        space_id=space.id if space else None,
        phone=_line(form.get("telephone", ""), 40),
        organisation=_line(form.get("organisation", "")),
        message=message,
        options=tuple(one for one in OPTIONS if one in form.getlist("options")),
        locale=locale,
    )


def _address(raw: str) -> str:
    try:
        return mail_address(raw)
    except Refused as error:
        raise Refused(error.text, field="email") from error


def _when(form: Form, space: Space | None) -> tuple[dt.datetime, dt.datetime]:
    typed = wishes.times(form)
    site = space.site if space else db.session.scalars(
        select(Site).order_by(Site.position, Site.id).limit(1)
    ).first()  # fmt: skip
    if site is None:
        raise Refused(_("Ce lieu ne prend pas encore de demandes."))
    starts_at, ends_at = typed.on(typed.day, site.zone)
    now = clock.now()
    if starts_at <= now:
        raise Refused(_("Cette date est passée."), field="jour")
    if starts_at > now + FURTHEST:
        raise Refused(_("Deux ans à l’avance au plus."), field="jour")
    if ends_at - starts_at > LONGEST:
        raise Refused(_("Deux semaines au plus : faites plusieurs demandes."), field="jour-fin")
    return starts_at, ends_at
