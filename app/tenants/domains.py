"""Hosts of a venue's own: claimed with a proof in the DNS, led by one owner at a time, kept from
others for a while after they are given up."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Protocol

import dns.resolver
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.tenants.models import Domain, DomainClaim
from app.tenants.rules import spelled

QUARANTINE = dt.timedelta(days=30)
MOST = 5
PROOF = "_preuve"
PATIENCE = 5.0  # seconds: somebody waits for the page that says whether the proof is there
NOBODYS = ("localhost", "local", "internal", "lan", "test", "example", "invalid", "onion", "arpa")


class Resolver(Protocol):
    """Who reads the DNS."""

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none when there are none or nobody answers."""


class PublicDns:
    """The system's resolvers."""

    def texts(self, name: str) -> list[str]:
        """See `Resolver.texts`."""
        try:
            found = dns.resolver.resolve(name, "TXT", lifetime=PATIENCE)
        except dns.exception.DNSException:
            return []
        return [b"".join(row.strings).decode("utf-8", "replace") for row in found]


class NotYours(Refused):
    """The host leads elsewhere, or may not be claimed by anybody."""

    status = 409
    code = "host_taken"


def hosts() -> Sequence[Domain]:
    """The hosts that lead here, the canonical one first."""
    return db.session.scalars(
        select(Domain)
        .where(Domain.tenant_id == tenancy.tenant_id(), Domain.verified_at.is_not(None))
        .order_by(Domain.canonical.desc(), Domain.host)
    ).all()


def claims() -> Sequence[DomainClaim]:
    """The hosts whose proof is still to be found."""
    return db.session.scalars(select(DomainClaim).order_by(DomainClaim.host)).all()


def proof_name(host: str) -> str:
    """Where the TXT record is looked for."""
    return f"{PROOF}.{host}"


def proof_text(claim: DomainClaim) -> str:
    """What it must say."""
    return f"lieu={claim.proof}"


def claim(raw: str, *, reserved: Sequence[str], by: int | None) -> DomainClaim:
    """Ask for a host. Nothing leads anywhere before the proof; two venues may ask for one.

    `reserved` are the platform's own hosts: neither they nor what is below them is for sale.
    """
    host = spelled(raw)
    if any(host == base or host.endswith(f".{base}") for base in (*NOBODYS, *reserved) if base):
        raise NotYours(_("Ce nom est réservé."), field="host")
    if len(claims()) >= MOST:
        raise Refused(_("Terminez d’abord les demandes en cours."), field="host")
    _refuse_led(host)
    db.session.execute(
        insert(DomainClaim)
        .values(tenant_id=tenancy.tenant_id(), host=host, proof=_fresh(), asked_by=by)
        .on_conflict_do_nothing()
    )
    return db.session.scalars(select(DomainClaim).where(DomainClaim.host == host)).one()


def _fresh() -> str:
    raw = secrets.token_hex(8)
    return "-".join(raw[at : at + 4] for at in range(0, 16, 4))


def _refuse_led(host: str) -> None:
    """Another's host stays another's, also for some weeks after it was given up."""
    found = db.session.scalars(select(Domain).where(Domain.host == host)).one_or_none()
    if found is None:
        return
    if found.tenant_id == tenancy.tenant_id() and found.verified_at is None:
        return
    raise NotYours(_("Ce nom d’hôte est déjà pris."), field="host")


def verify(claim_id: int, resolver: Resolver, by: int | None) -> bool:
    """Look for the proof; the host leads here from then on. False when it is not there (yet).

    The name servers are asked first: whoever waits for them locks nothing.
    """
    said = resolver.texts(proof_name(_claimed(claim_id).host))
    found = _claimed(claim_id, locked=True)
    found.checked_at = clock.now()
    if proof_text(found) not in said:
        return False
    _refuse_led(found.host)
    if not (_return(found) or _lead(found)):  # somebody else proved it meanwhile
        raise NotYours(_("Ce nom d’hôte est déjà pris."), field="host")
    db.session.delete(found)
    audit.note("domain.verified", f"domain:{found.host}", actor_id=by)
    return True


def _claimed(claim_id: int, *, locked: bool = False) -> DomainClaim:
    """A request for a host as it stands now; refuses one that is gone."""
    wanted = select(DomainClaim).where(DomainClaim.id == claim_id)
    wanted = wanted.with_for_update() if locked else wanted
    found = db.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Refused(_("Cette demande n’existe plus."))
    return found


def _return(proved: DomainClaim) -> bool:
    """A host that was this venue's and was given up leads here again."""
    done = db.session.execute(
        update(Domain)
        .where(
            Domain.host == proved.host,
            Domain.tenant_id == tenancy.tenant_id(),
            Domain.verified_at.is_(None),
        )
        .values(verified_at=clock.now(), released_at=None, proof=proved.proof)
        .returning(Domain.host)
    )
    return done.scalar_one_or_none() is not None


def _lead(proved: DomainClaim) -> bool:
    """The one row of a host: whoever writes it first has it."""
    scope = tenancy.current()
    made = db.session.execute(
        insert(Domain)
        .values(
            host=proved.host,
            network_id=scope.network_id,
            tenant_id=scope.tenant_id,
            proof=proved.proof,
            verified_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Domain.host)
    )
    return made.scalar_one_or_none() is not None


def withdraw(claim_id: int) -> None:
    """Forget a request."""
    db.session.execute(delete(DomainClaim).where(DomainClaim.id == claim_id))


def make_canonical(host: str, by: int | None) -> None:
    """Mails and links name this host from now on; the others lead to it."""
    found = _own(host)
    db.session.execute(
        update(Domain)
        .where(Domain.tenant_id == tenancy.tenant_id(), Domain.canonical)
        .values(canonical=False)
    )
    found.canonical = True
    audit.note("domain.canonical", f"domain:{host}", actor_id=by)


def release(host: str, by: int | None) -> None:
    """Give a host up: it leads nowhere at once, and to nobody else for 30 days."""
    found = _own(host)
    if found.canonical:
        raise Refused(_("Choisissez d’abord une autre adresse principale."))
    found.verified_at, found.released_at = None, clock.now()
    audit.note("domain.released", f"domain:{host}", actor_id=by)


def _own(host: str) -> Domain:
    found = db.session.scalars(
        select(Domain)
        .where(
            Domain.host == host,
            Domain.tenant_id == tenancy.tenant_id(),
            Domain.verified_at.is_not(None),
        )
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise Refused(_("Ce nom d’hôte ne mène pas ici."))
    return found


def sweep() -> None:
    """Forget hosts of this venue whose quarantine is over."""
    db.session.execute(
        delete(Domain).where(
            Domain.tenant_id == tenancy.tenant_id(),
            Domain.verified_at.is_(None),
            Domain.released_at < clock.now() - QUARANTINE,
        )
    )
