"""The venues of a network side by side: how full, for how much, at which pace. Worst first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.accounts.models import LoginSession, NetworkGrant
from app.core import clock, tenancy
from app.core.db import db
from app.core.slots import local_day
from app.core.words import fold
from app.reporting import figures
from app.reporting.figures import ZONE, Figures, Pace, Period
from app.tenants import brand
from app.tenants.models import Domain, Tenant

LATE, LATE_SHARE = -3, 0.75
QUIET = dt.timedelta(days=7)


@dataclass(frozen=True)
class Venue:
    """One line of the table."""

    id: int
    name: str
    slug: str
    mark: brand.Mark
    town: str
    host: str
    state: str
    figures: Figures
    former: Figures
    pace: Pace
    unpaid_cents: int
    seen_at: dt.datetime | None

    @property
    def is_late(self) -> bool:
        """Clearly behind last year: by points, or by a quarter of what was sold by then."""
        pace = self.pace
        weak = pace.then_percent >= 1 and pace.now_percent < LATE_SHARE * pace.then_percent
        return pace.gap <= LATE or weak

    def is_quiet(self, now: dt.datetime) -> bool:
        """Nobody of the team came for a week."""
        return self.seen_at is None or self.seen_at < now - QUIET


def of_network() -> Sequence[Tenant]:
    """The tenants of the entered network; none but its own, by row security."""
    return db.session.scalars(
        select(Tenant).where(Tenant.state != "closed").order_by(Tenant.name)
    ).all()


def one(tenant_id: int) -> Tenant | None:
    """A tenant of the entered network; None for another network's."""
    return db.session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one_or_none()


def month(first: dt.date) -> Period:
    """A calendar month."""
    after = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
    return Period(first.replace(day=1), after - dt.timedelta(days=1))


def elapsed(period: Period, today: dt.date) -> Period:
    """The part of a month that has been lived, today included; all of a month that is over."""
    return Period(period.first, max(period.first, min(period.last, today)))


def listed(network_id: int, period: Period, now: dt.datetime | None = None) -> list[Venue]:
    """Every venue of the network with its figures, in a constant number of queries; the one that
    is furthest behind comes first."""
    now = now or clock.now()
    tenants = of_network()
    hosts = _hosts([tenant.id for tenant in tenants])
    today = local_day(now, ZONE)
    lived, coming = elapsed(period, today), month(period.last + dt.timedelta(days=1))
    facts = [(t.id, t.name, t.slug, t.state) for t in tenants]
    with tenancy.across_tenants(
        tuple(t.id for t in tenants), network_id, why="the operator compares the network's venues"
    ):
        current, former = figures.of_period(lived), figures.of_period(lived.before())
        pace, owed, towns = figures.pace(coming, now), figures.unpaid(now), figures.towns()
        seen, looks = _seen(), brand.all_published()
        marks = {id_: brand.mark(name, looks.get(id_)) for id_, name, _slug, _state in facts}
    still = Pace([0.0] * 9, 0.0, 0.0)
    rows = [
        Venue(
            id_,
            name,
            slug,
            marks[id_],
            towns.get(id_, ""),
            hosts.get(id_, ""),
            state,
            current.get(id_, Figures()),
            former.get(id_, Figures()),
            pace.get(id_, still),
            owed.get(id_, 0),
            seen.get(hosts.get(id_, "")),
        )
        for id_, name, slug, state in facts
    ]
    return sorted(rows, key=lambda v: (v.pace.gap, v.figures.occupancy, v.name))


def _hosts(tenants: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Domain.tenant_id, Domain.host).where(Domain.tenant_id.in_(tenants), Domain.canonical)
    )
    return {tenant: host for tenant, host in rows if tenant is not None}


def _seen() -> dict[str, dt.datetime]:
    """When somebody of the team was last there, by host; operators' visits do not count."""
    operators = select(NetworkGrant.account_id)
    rows = db.session.execute(
        select(LoginSession.host, func.max(LoginSession.seen_at))
        .where(LoginSession.staff, LoginSession.account_id.not_in(operators))
        .group_by(LoginSession.host)
    )
    return dict(rows.tuples().all())


def matching(venues: Sequence[Venue], words: str, group: str) -> list[Venue]:
    """Those whose name or town holds the words, of a group: all, late, or quiet."""
    now, wanted = clock.now(), fold(words).split()
    found = [v for v in venues if all(w in fold(f"{v.name} {v.town}") for w in wanted)]
    if group == "retard":
        return [v for v in found if v.is_late]
    if group == "silence":
        return [v for v in found if v.is_quiet(now)]
    return found
