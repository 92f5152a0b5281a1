"""Write what an event, or a request, needs; keep the stock; refuse with words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select, update

from app.accounts.models import Account, Grant
from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import fold, one_line
from app.needs.models import Need, SharedThing, Shift, Supply
from app.spaces.models import Site

MOST = 100_000
LONGEST = dt.timedelta(days=2)


@dataclass(frozen=True)
class Of:
    """Whose need: one of the two."""

    event_id: int | None = None
    request_id: int | None = None

    @property
    def columns(self) -> dict[str, int | None]:
        """For a row."""
        return {"event_id": self.event_id, "request_id": self.request_id}


def line(raw: str, field: str, most: int = 120) -> str:
    """Words of one line. Refuses none."""
    text = one_line(raw, len(raw))
    if not text:
        raise Refused(_("Ce champ est nécessaire."), field=field)
    if len(text) > most:
        raise Refused(_("%(n)d caractères au plus.", n=most), field=field)
    return text


def stock(site_id: int, name: str, quantity: int) -> SharedThing:
    """A thing that a building has; the same name again changes its number."""
    if db.session.get(Site, site_id) is None:
        raise Refused(_("Choisissez un lieu."), field="site")
    name = line(name, "nom", 80)
    known = db.session.scalars(
        select(SharedThing).where(SharedThing.site_id == site_id, SharedThing.name == name)
    ).one_or_none()
    one = known or SharedThing(site_id=site_id, name=name, quantity=quantity)
    one.quantity = quantity
    db.session.add(one)
    return one


def drop_thing(one: SharedThing) -> None:
    """The building has it no more. Refuses while something needs it."""
    if db.session.scalar(select(Need.id).where(Need.thing_id == one.id).limit(1)) is not None:
        raise Refused(_("Un événement en a besoin : retirez d’abord ce besoin."))
    db.session.delete(one)


def need(of: Of, thing: SharedThing | None, quantity: int) -> Need:
    """So many of a thing; asked again, the new number counts. More than there is may be asked:
    it is shown as short."""
    if thing is None:
        raise Refused(_("Choisissez un matériel de la liste."), field="chose")
    mine = Need.event_id == of.event_id if of.event_id else Need.request_id == of.request_id
    known = db.session.scalars(
        select(Need).where(Need.thing_id == thing.id, mine).with_for_update()
    ).first()
    row = known or Need(**of.columns, thing_id=thing.id, quantity=quantity)
    row.quantity = quantity
    db.session.add(row)
    return row


def shift(of: Of, who: str, task: str, start: dt.datetime, end: dt.datetime) -> Shift:
    """Somebody works. Twice at once is written, and shown: a person may stand in for an hour."""
    if end <= start:
        raise Refused(_("La fin vient après le début."), field="fin")
    if end - start > LONGEST:
        raise Refused(_("Deux jours au plus."), field="fin")
    name = line(who, "qui", 80)
    row = Shift(
        **of.columns,
        who=name,
        account_id=next((id_ for id_, known in team() if fold(known) == fold(name)), None),
        task=one_line(task, 120),
        starts_at=start,
        ends_at=end,
    )
    db.session.add(row)
    return row


def team() -> list[tuple[int, str]]:
    """Who works here, by name."""
    return list(
        db.session.execute(
            select(Account.id, Account.name)
            .join(Grant, Grant.account_id == Account.id)
            .where(Grant.tenant_id == tenancy.tenant_id())
            .order_by(Account.name, Account.id)
        ).tuples()
    )


def supply(of: Of, supplier: str, what: str, order_by: dt.date, latest: dt.date) -> Supply:
    """Something that a supplier brings. Refuses a deadline after the day itself."""
    if order_by > latest:
        raise Refused(_("On commande avant l’événement."), field="avant")
    row = Supply(
        **of.columns,
        supplier=line(supplier, "fournisseur"),
        what=line(what, "quoi", 200),
        order_by=order_by,
    )
    db.session.add(row)
    return row


def ordered(row: Supply, by: int | None) -> None:
    """It was ordered; again, it was not."""
    row.ordered_at = None if row.ordered_at else clock.now()
    row.by_account = by if row.ordered_at else None


def hand_over(request_id: int, event_id: int) -> None:
    """What a request needed is its event's now."""
    for table in (Need, Shift, Supply):
        db.session.execute(
            update(table)
            .where(table.request_id == request_id)
            .values(request_id=None, event_id=event_id)
        )
