"""Set a space up, change it, let it go: never deleted, so that what was sold keeps its place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from app.core import clock, outbox, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.files import StoredFile, describe
from app.core.i18n import _
from app.core.signals import publish
from app.core.words import free_slug
from app.spaces import build
from app.spaces.facts import SpaceRetiring, UnitsLeaving
from app.spaces.models import Composition, DatedHours, Opening, Photo, Site, Space, Unit

PRICED = frozenset(
    {
        "base_cents",
        "floor_percent",
        "ceiling_percent",
        "rounding_cents",
        "step_minutes",
        "min_minutes",
        "max_minutes",
        "buffer_minutes",
        "pricing",
        "kind",
        "horizon_days",
    }
)


def solve_later(space_id: int) -> None:
    """Its prices are to be reckoned anew; wishes made before that happens are one."""
    outbox.defer("rates.solve_space", space_id=space_id, once=f"solve:{space_id}", lane="solve")


def solve_site(site_id: int) -> None:
    """The same for every space of a building."""
    for space_id in db.session.scalars(
        select(Space.id).where(Space.site_id == site_id, Space.retired_at.is_(None))
    ):
        solve_later(space_id)


def sites() -> Sequence[Site]:
    """Where the venue is, in its order."""
    return db.session.scalars(select(Site).order_by(Site.position, Site.id)).all()


def site(site_id: int) -> Site | None:
    """A building of the entered venue."""
    return db.session.scalars(select(Site).where(Site.id == site_id)).one_or_none()


def add_site(facts: Mapping[str, Any]) -> Site:
    """A building more, closed until its hours are said."""
    given = dict(facts)
    given["slug"] = free_slug(given["name"], set(db.session.scalars(select(Site.slug))))
    given["position"] = 1 + (db.session.scalar(select(func.max(Site.position))) or 0)
    return build.site(given.pop("name"), {}, **given)


def change_site(where: Site, facts: Mapping[str, Any]) -> None:
    """Another name, address or way in. Its clock stays: what was sold was sold by it."""
    abroad = facts["country"] != where.country
    for name, value in facts.items():
        setattr(where, name, value)
    if abroad:
        where.subdivision = None
        solve_site(where.id)  # other public holidays


def space(space_id: int) -> Space | None:
    """A space of the entered venue, retired or not."""
    return db.session.scalars(select(Space).where(Space.id == space_id)).one_or_none()


def spaces(*, retired: bool = False) -> Sequence[Space]:
    """Spaces in the order the venue chose."""
    which = Space.retired_at.is_not(None) if retired else Space.retired_at.is_(None)
    return db.session.scalars(select(Space).where(which).order_by(Space.position, Space.id)).all()


def unit_counts() -> dict[int, int]:
    """Units in use, by space."""
    rows = db.session.execute(
        select(Composition.space_id, func.count())
        .join(Unit, Unit.id == Composition.unit_id)
        .where(Unit.retired_at.is_(None))
        .group_by(Composition.space_id)
    )
    return {space_id: count for space_id, count in rows}  # noqa: C416  rows are no pairs


def create(
    where: Site, facts: Mapping[str, Any], *, units: int = 1, parts: Sequence[Space] = ()
) -> Space:
    """A new space with units of its own, or made of the parts of others."""
    given = dict(facts)
    name, kind = given.pop("name"), given.pop("kind")
    given["slug"] = free_slug(name, set(db.session.scalars(select(Space.slug))))
    given["position"] = 1 + (db.session.scalar(select(func.max(Space.position))) or 0)
    if len(parts) == 1:
        raise Refused(_("Un espace combiné réunit au moins deux espaces."), field="parts")
    if parts:
        made = build.whole(where, name, kind, parts, **given)
    else:
        made = build.space(where, name, kind, units=units, **given)
    solve_later(made.id)
    return made


def change(one: Space, facts: Mapping[str, Any], *, units: int | None = None) -> Space:
    """Write what changed; prices are reckoned anew when it concerns them.

    A new name keeps the old address: links and programs hold it.
    """
    moved = {name for name, value in facts.items() if getattr(one, name) != value}
    for name in moved:
        setattr(one, name, facts[name])
    recount = units is not None and one.takes == "any" and _resize(one, units)
    if recount or moved & PRICED:
        solve_later(one.id)
    return one


def _resize(one: Space, wanted: int) -> bool:
    """More or fewer alike units; the last ones leave first, and only when nothing takes them."""
    units = list(
        db.session.scalars(
            select(Unit)
            .join(Composition, Composition.unit_id == Unit.id)
            .where(Composition.space_id == one.id, Unit.retired_at.is_(None))
            .order_by(Composition.position, Unit.id)
        )
    )
    if wanted == len(units):
        return False
    if wanted < len(units):
        leaving = units[wanted:]
        publish(UnitsLeaving(tuple(unit.id for unit in leaving)))
        for unit in leaving:
            unit.retired_at = clock.now()
        return True
    cluster = units[0].cluster if units else 0
    for number in range(len(units) + 1, wanted + 1):
        unit = Unit(site_id=one.site_id, cluster=cluster, name=f"{one.name} {number}")
        db.session.add(unit)
        db.session.flush()  # id for its place in the space
        unit.cluster = cluster = cluster or unit.id
        db.session.add(Composition(space_id=one.id, unit_id=unit.id, position=number))
    return True


def retire(one: Space) -> None:
    """Out of sale for good. Refuses while somebody is expected there."""
    publish(SpaceRetiring(one.id))
    one.retired_at = clock.now()


def restore(one: Space) -> None:
    """Back on sale."""
    one.retired_at = None
    solve_later(one.id)


# ── hours ─────────────────────────────────────────────────────────────────────────────────────


def weekly(site_id: int) -> dict[int, list[tuple[int, int]]]:
    """Open minutes of a building by weekday."""
    found: dict[int, list[tuple[int, int]]] = {day: [] for day in range(7)}
    for row in db.session.scalars(
        select(Opening)
        .where(Opening.site_id == site_id, Opening.space_id.is_(None))
        .order_by(Opening.opens)
    ):
        found[row.weekday].append((row.opens, row.closes))
    return found


def set_week(where: Site, week: Mapping[int, Iterable[tuple[int, int]]]) -> None:
    """The weekly hours of a building, all of them at once. What is sold stays sold."""
    db.session.execute(
        delete(Opening).where(Opening.site_id == where.id, Opening.space_id.is_(None))
    )
    db.session.add_all(
        Opening(site_id=where.id, weekday=day, opens=opens, closes=closes)
        for day, pairs in week.items()
        for opens, closes in pairs
    )
    solve_site(where.id)


@dataclass(frozen=True)
class DatedWish:
    """Other hours on one date, of the building or of one space; no pair means closed."""

    day: dt.date
    pairs: Sequence[tuple[int, int]]
    reason: str
    space_id: int | None = None


def set_exception(where: Site, wish: DatedWish) -> None:
    """Write the exception of a date, replacing the one it had."""
    drop_exception(where, wish.day, wish.space_id)
    pairs: Sequence[tuple[int | None, int | None]] = wish.pairs or [(None, None)]
    db.session.add_all(
        DatedHours(
            site_id=where.id,
            space_id=wish.space_id,
            day=wish.day,
            opens=opens,
            closes=closes,
            reason=wish.reason,
        )
        for opens, closes in pairs
    )
    solve_site(where.id)


def drop_exception(where: Site, day: dt.date, space_id: int | None = None) -> None:
    """The date is like the others of its weekday again."""
    same = DatedHours.space_id.is_(None) if space_id is None else DatedHours.space_id == space_id
    db.session.execute(
        delete(DatedHours).where(DatedHours.site_id == where.id, DatedHours.day == day, same)
    )
    solve_site(where.id)


def exceptions(site_id: int, since: dt.date) -> Sequence[DatedHours]:
    """Exceptions to come."""
    return db.session.scalars(
        select(DatedHours)
        .where(DatedHours.site_id == site_id, DatedHours.day >= since)
        .order_by(DatedHours.day, DatedHours.space_id, DatedHours.opens)
    ).all()


# ── photos ────────────────────────────────────────────────────────────────────────────────────


def add_photo(one: Space, content: bytes, alt: str) -> StoredFile:
    """The row of a redrawn picture; the caller puts the bytes under its name."""
    if not alt.strip():
        raise Refused(_("Décrivez la photo pour ceux qui ne la voient pas."), field="alt")
    stored = describe(tenancy.tenant_id(), content, "image/jpeg", ".jpg", "space photo")
    db.session.add(stored)
    db.session.flush()  # id for the photo
    last = db.session.scalar(select(func.max(Photo.position)).where(Photo.space_id == one.id))
    db.session.add(
        Photo(space_id=one.id, file_id=stored.id, alt=alt.strip()[:300], position=1 + (last or 0))
    )
    return stored


def photos(space_id: int) -> Sequence[Photo]:
    """Pictures of a space in order."""
    return db.session.scalars(
        select(Photo).where(Photo.space_id == space_id).order_by(Photo.position, Photo.id)
    ).all()


def photo_file(photo_id: int) -> StoredFile | None:
    """What is stored of a picture of the entered venue."""
    return db.session.scalars(
        select(StoredFile).join(Photo, Photo.file_id == StoredFile.id).where(Photo.id == photo_id)
    ).one_or_none()


def drop_photo(one: Space, photo_id: int) -> str | None:
    """Forget a picture of this space; the name of its bytes, for the caller to drop."""
    found = db.session.scalars(
        select(Photo).where(Photo.id == photo_id, Photo.space_id == one.id)
    ).one_or_none()
    if found is None:
        return None
    stored = photo_file(photo_id)
    db.session.delete(found)
    db.session.flush()  # the photo lets go of its file first
    if stored is not None:
        db.session.delete(stored)
    return stored.name if stored else None
