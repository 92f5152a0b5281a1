"""Who may be seen: the scope of a transaction, told to PostgreSQL at its beginning.

Row security does the filtering. Outside any scope a query returns nothing and an insert fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import BigInteger, event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from app.core.db import db


@dataclass(frozen=True)
class Scope:
    """One tenant to write in, a list of tenants to read, and the network whose accounts count."""

    tenant_id: int | None = None
    network_id: int | None = None
    readable: tuple[int, ...] = ()

    def settings(self) -> dict[str, str]:
        """The three transaction settings that the row policies read."""
        return {
            "tenant": str(self.tenant_id or ""),
            "network": str(self.network_id or ""),
            "readable": ",".join(map(str, self.readable)),
        }


NOWHERE = Scope()
_scope: ContextVar[Scope] = ContextVar("scope", default=NOWHERE)

SET = text(
    "select set_config('app.tenant', :tenant, true), set_config('app.network', :network, true),"
    " set_config('app.readable', :readable, true)"
)


def current() -> Scope:
    """The scope of this request or job."""
    return _scope.get()


def tenant_id() -> int:
    """The tenant that rows are written for; refuses outside a tenant."""
    found = _scope.get().tenant_id
    if found is None:
        raise LookupError("no tenant is entered")
    return found


class TenantOwned:
    """A row of one tenant. The column fills itself from the scope; row security checks it."""

    tenant_id: Mapped[int] = mapped_column(BigInteger, default=tenant_id, sort_order=-2)


@contextmanager
def _entered(scope: Scope) -> Iterator[Scope]:
    token = _scope.set(scope)
    _tell_open_transaction()
    try:
        yield scope
    finally:
        _scope.reset(token)
        try:
            _tell_open_transaction()
        except DBAPIError:  # the transaction had failed: nothing of it may go on
            db.session.rollback()


def _tell_open_transaction() -> None:
    """A scope entered in the middle of a transaction must hold from its next statement on."""
    session = db.session()
    if session.in_transaction() and session.is_active:
        session.execute(SET, _scope.get().settings())


def tenant(tenant_id: int, network_id: int) -> AbstractContextManager[Scope]:
    """Enter one tenant: everything read and written until the exit is its own."""
    return _entered(Scope(tenant_id, network_id, (tenant_id,)))


def network(network_id: int) -> AbstractContextManager[Scope]:
    """Enter a network without any of its tenants: accounts are visible, venues are not."""
    return _entered(Scope(None, network_id))


def across_tenants(
    tenants: tuple[int, ...], network_id: int | None, *, why: str
) -> AbstractContextManager[Scope]:
    """The one door through which several tenants are read at once. Writing stays impossible."""
    if not why:
        raise ValueError("crossing tenants needs a reason")
    return _entered(Scope(None, network_id, tenants))


def nowhere() -> AbstractContextManager[Scope]:
    """Forget the scope: what a job or a test does before it enters its own."""
    return _entered(NOWHERE)


@event.listens_for(Session, "after_begin")
def _announce(_session: Session, _begun: SessionTransaction, connection: Connection) -> None:
    scope = _scope.get()
    if scope is not NOWHERE:
        connection.execute(SET, scope.settings())
