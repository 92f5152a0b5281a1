"""Find incidents, always of the entered venue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from app.accounts.models import Account
from app.core.db import db
from app.core.words import fold
from app.incidents.models import (
    PRIORITIES,
    STATES,
    Asset,
    Incident,
    IncidentAlert,
    IncidentComment,
    IncidentCost,
    IncidentFollower,
    IncidentRating,
    IncidentStep,
    Outage,
)
from app.spaces.models import Site, Space

OPEN = Incident.state != "resolved"


def incident(incident_id: int) -> Incident | None:
    """One of this venue; None for another's."""
    return db.session.scalars(select(Incident).where(Incident.id == incident_id)).one_or_none()


def locked(incident_id: int) -> Incident:
    """The row, for this transaction alone."""
    query = select(Incident).where(Incident.id == incident_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def by_code(code: str) -> Incident | None:
    """An incident by the code that its duplicates are offered under."""
    return db.session.scalars(
        select(Incident).where(Incident.code == code.strip().upper())
    ).one_or_none()


def asset_of_code(code: str) -> Asset | None:
    """The machine whose QR was scanned; none when it was retired."""
    return db.session.scalars(
        select(Asset).where(Asset.code == code.strip().upper(), Asset.retired_at.is_(None))
    ).one_or_none()


def follower(token: str) -> IncidentFollower | None:
    """Whose link it is."""
    return db.session.scalars(
        select(IncidentFollower).where(IncidentFollower.token == token)
    ).one_or_none()


def followers(incident_id: int) -> Sequence[IncidentFollower]:
    """Everybody who said that they saw it, the reporter first."""
    return db.session.scalars(
        select(IncidentFollower)
        .where(IncidentFollower.incident_id == incident_id)
        .order_by(IncidentFollower.id)
    ).all()


def steps(incident_id: int) -> Sequence[IncidentStep]:
    """What it went through, in order."""
    return db.session.scalars(
        select(IncidentStep)
        .where(IncidentStep.incident_id == incident_id)
        .order_by(IncidentStep.id)
    ).all()


def comments(incident_id: int, *, public: bool = False) -> Sequence[IncidentComment]:
    """What was said, in order; only what followers may read when asked for."""
    query = select(IncidentComment).where(IncidentComment.incident_id == incident_id)
    if public:
        query = query.where(IncidentComment.public)
    return db.session.scalars(query.order_by(IncidentComment.id)).all()


def costs(incident_id: int) -> Sequence[IncidentCost]:
    """What the repair took."""
    return db.session.scalars(
        select(IncidentCost)
        .where(IncidentCost.incident_id == incident_id)
        .order_by(IncidentCost.id)
    ).all()


def alerts(incident_id: int) -> Sequence[IncidentAlert]:
    """Deadlines that passed."""
    return db.session.scalars(
        select(IncidentAlert).where(IncidentAlert.incident_id == incident_id)
    ).all()


def ratings(incident_id: int) -> Sequence[IncidentRating]:
    """How satisfied people were."""
    return db.session.scalars(
        select(IncidentRating)
        .where(IncidentRating.incident_id == incident_id)
        .order_by(IncidentRating.id)
    ).all()


def outage(incident_id: int) -> Outage | None:
    """The outage that lasts, if any."""
    return db.session.scalars(
        select(Outage).where(Outage.incident_id == incident_id, Outage.ended_at.is_(None))
    ).one_or_none()


def outages(incident_id: int) -> Sequence[Outage]:
    """Every time a space was out of sale because of it."""
    return db.session.scalars(
        select(Outage).where(Outage.incident_id == incident_id).order_by(Outage.id)
    ).all()


# ── where it is ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Where:
    """The building, and the space and the thing in it, as far as they are known."""

    site: Site
    space: Space | None = None
    asset: Asset | None = None

    @property
    def name(self) -> str:
        """`Salle Lumière, vidéoprojecteur`."""
        parts = [self.space.name if self.space else self.site.name]
        return ", ".join([*parts, *([self.asset.name] if self.asset else [])])

    @property
    def detail(self) -> str:
        """The floor, or the building."""
        return (self.space.floor if self.space else "") or self.site.name


def where_of(one: Incident) -> Where:
    """Where an incident is."""
    site = db.session.scalars(select(Site).where(Site.id == one.site_id)).one()
    space = db.session.scalars(select(Space).where(Space.id == one.space_id)).one_or_none()
    asset = db.session.scalars(select(Asset).where(Asset.id == one.asset_id)).one_or_none()
    return Where(site, space, asset)


def where_of_asset(asset: Asset) -> Where:
    """Where a machine stands."""
    site = db.session.scalars(select(Site).where(Site.id == asset.site_id)).one()
    space = db.session.scalars(select(Space).where(Space.id == asset.space_id)).one_or_none()
    return Where(site, space, asset)


# ── lists ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Listed:
    """A line of the list."""

    incident: Incident
    place: str
    assignee: str
    followers: int


def alike(where: Where) -> list[tuple[Incident, int]]:
    """Incidents that are open at this very place, with how many people reported each."""
    count = func.count(IncidentFollower.id)
    query = (
        select(Incident, count)
        .outerjoin(IncidentFollower, IncidentFollower.incident_id == Incident.id)
        .where(OPEN, Incident.site_id == where.site.id)
        .group_by(Incident.id)
        .order_by(count.desc(), Incident.id.desc())
        .limit(5)
    )
    if where.asset is not None:
        query = query.where(Incident.asset_id == where.asset.id)
    elif where.space is not None:
        query = query.where(Incident.space_id == where.space.id)
    else:
        query = query.where(Incident.space_id.is_(None))
    return [(one, int(many)) for one, many in db.session.execute(query)]


def listed(filters: Mapping[str, str], *, limit: int, offset: int) -> tuple[list[Listed], int]:
    """Incidents by word, state, priority, space and assignee; the most pressing first."""
    query = _filtered(filters)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rank = case(
        *((Incident.priority == name, n) for n, name in enumerate(PRIORITIES)),
        else_=len(PRIORITIES),
    )
    many = (
        select(func.count())
        .where(IncidentFollower.incident_id == Incident.id)
        .correlate(Incident)
        .scalar_subquery()
    )
    rows = db.session.execute(
        query.add_columns(
            func.concat_ws(", ", func.coalesce(Space.name, Site.name), Asset.name),
            func.coalesce(Account.name, ""),
            many,
        )
        .order_by(Incident.state == "resolved", rank, Incident.resolve_by, Incident.id)
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in rows], total


def _filtered(filters: Mapping[str, str]) -> Select[tuple[Incident]]:
    query = (
        select(Incident)
        .join(Site, Site.id == Incident.site_id)
        .outerjoin(Space, Space.id == Incident.space_id)
        .outerjoin(Asset, Asset.id == Incident.asset_id)
        .outerjoin(Account, Account.id == Incident.assignee_id)
    )
    query = query.where(_state(filters.get("etat", "ouverts")))
    for word in fold(filters.get("q", "")).split():
        query = query.where(Incident.search.contains(word, autoescape=True))
    if filters.get("priorite") in PRIORITIES:
        query = query.where(Incident.priority == filters["priorite"])
    for name, column in (
        ("espace", Incident.space_id),
        ("machine", Incident.asset_id),
        ("qui", Incident.assignee_id),
    ):
        raw = filters.get(name, "")
        if raw.isdecimal() and len(raw) < 19:
            query = query.where(column == int(raw))
    return query


def _state(wanted: str) -> ColumnElement[bool]:
    if wanted in STATES:
        return Incident.state == wanted
    if wanted == "tous":
        return or_(OPEN, ~OPEN)
    return OPEN


def pressing(limit: int) -> list[Listed]:
    """Open incidents for the day's list of what is to be done."""
    return listed({}, limit=limit, offset=0)[0]
