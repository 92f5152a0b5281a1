"""A host belongs to whoever proves it, to one venue at a time, and to nobody for a while after."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, text

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.tenants import domains, jobs
from app.tenants.models import Domain
from app.tenants.resolve import route_of

HOST = "reserver.moulin.fr"
RESERVED = ("plateforme.fr", "rhizome.coop")


class Dns(dict):
    """A resolver that knows what it is told."""

    def texts(self, name):
        return self.get(name, [])


def claim(raw=HOST):
    return domains.claim(raw, reserved=RESERVED, by=None)


def proved(row) -> Dns:
    return Dns({domains.proof_name(row.host): ["v=spf1 -all", domains.proof_text(row)]})


def lead_here(host=HOST):
    row = claim(host)
    assert domains.verify(row.id, proved(row), None)
    db.session.flush()


def test_a_claim_leads_nowhere_before_its_proof(world):
    row = claim()
    assert not domains.verify(row.id, Dns(), None)
    assert row.checked_at is not None
    assert route_of(HOST) is None


def test_the_proof_makes_it_lead_here(world):
    lead_here()
    assert route_of(HOST).tenant_id == world.a.id
    assert domains.claims() == []


LOCKED = text(
    "select count(*) from pg_locks where pid = pg_backend_pid() and mode = 'RowShareLock'"
    " and relation = 'domain_claim'::regclass"
)


def test_nothing_is_locked_while_name_servers_are_asked(world):
    row, seen = claim(), []

    class Watched(Dns):
        def texts(self, name):
            seen.append(db.session.scalar(LOCKED))
            return super().texts(name)

    assert domains.verify(row.id, Watched(proved(row)), None)
    assert seen == [0]
    assert db.session.scalar(LOCKED) == 1


def test_a_claim_that_was_withdrawn_meanwhile_is_not_proved(world):
    row = claim()
    answer = proved(row)

    class Slow(Dns):
        def texts(self, name):
            domains.withdraw(row.id)
            return super().texts(name)

    with pytest.raises(Refused):
        domains.verify(row.id, Slow(answer), None)
    assert route_of(HOST) is None


def test_another_venues_proof_proves_nothing(world):
    mine = claim()
    answer = proved(mine)
    with world.b.entered():
        theirs = claim()
        assert theirs.proof != mine.proof
        assert not domains.verify(theirs.id, answer, None)


def test_two_may_ask_and_the_second_to_prove_is_refused(world):
    with world.b.entered():
        theirs = claim().id
        seen = proved(domains.claims()[0])
        db.session.flush()
    lead_here()
    with world.b.entered(), pytest.raises(domains.NotYours):
        domains.verify(theirs, seen, None)
    assert route_of(HOST).tenant_id == world.a.id


def test_a_host_that_leads_elsewhere_cannot_be_asked_for(world):
    lead_here()
    with world.b.entered(), pytest.raises(domains.NotYours):
        claim()


@pytest.mark.parametrize(
    "raw",
    [
        "plateforme.fr",
        "lieu.plateforme.fr",
        "a.b.rhizome.coop",
        "b.localhost",
        "x.internal",
        "1.0.0.127.in-addr.arpa",
    ],
)
def test_reserved_names_are_nobodys(world, raw):
    with pytest.raises(domains.NotYours):
        claim(raw)


@pytest.mark.parametrize(
    "raw", ["", "localhost", "*.moulin.fr", "mou lin.fr", "a/b.fr", "é.fr", "x.fr:80", "127.0.0.1"]
)
def test_what_no_browser_could_ask_for_is_refused(world, raw):
    with pytest.raises(Refused):
        claim(raw)


def test_a_name_that_only_ends_like_a_reserved_one_is_free(world):
    assert claim("notplateforme.fr").host == "notplateforme.fr"


def test_a_released_host_leads_nowhere_and_to_nobody_else_for_thirty_days(world):
    lead_here()
    domains.release(HOST, None)
    db.session.flush()
    assert route_of(HOST) is None
    with world.b.entered(), pytest.raises(domains.NotYours):
        claim()
    lead_here()  # its own venue may come back
    domains.release(HOST, None)
    row = db.session.scalars(select(Domain).where(Domain.host == HOST)).one()
    jobs.sweep()
    assert db.session.scalars(select(Domain.host).where(Domain.host == HOST)).one_or_none()
    row.released_at = clock.now() - dt.timedelta(days=31)
    db.session.flush()
    jobs.sweep()
    with world.b.entered():
        assert claim().host == HOST


def test_the_canonical_host_is_not_given_up_and_moves(world):
    lead_here()
    with pytest.raises(Refused):
        domains.release("a.localhost", None)
    domains.make_canonical(HOST, None)
    domains.release("a.localhost", None)
    db.session.flush()
    assert [d.host for d in domains.hosts()] == [HOST]


def test_a_stranger_can_neither_release_nor_choose_it(world):
    lead_here()
    with world.b.entered():
        for act in (domains.release, domains.make_canonical):
            with pytest.raises(Refused):
                act(HOST, None)
