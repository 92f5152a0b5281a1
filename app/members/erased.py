"""The erasure itself: what is left of somebody is a number without a name.

Issued documents, the ledger and the audit stay as they are: the law asks for the first two for ten
years, and all three are append-only. Bookings, payments and sales keep their figures, so that no
statistic changes. Each feature hears `PersonErased` and drops what it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, text, update

from app.accounts.models import Account, Grant, LoginLink, LoginSession
from app.core import audit, clock, mail, tenancy
from app.core.db import db
from app.core.i18n import _
from app.core.mail import Mail
from app.core.signals import publish
from app.members.erasing import StillNeeded, in_the_way_of_wish, people_of, venues
from app.members.facts import AccountErased, PersonErased
from app.members.models import WAITING, Company, Erasure, Person, Seat
from app.web.idempotency import IdempotentCall

SHORT = 4


def due() -> Sequence[int]:
    """Wishes whose days are over, in reach of the scope."""
    return db.session.scalars(
        select(Erasure.id).where(WAITING, Erasure.due_at <= clock.now()).order_by(Erasure.id)
    ).all()


def carry_out(erasure_id: int, *, at_once: bool = False) -> bool:
    """Do one wish whose time has come; whether it was done. Refuses with `StillNeeded` when
    something came in between. Safe to run twice and from two workers."""
    one = db.session.scalars(
        select(Erasure).where(Erasure.id == erasure_id, WAITING).with_for_update(skip_locked=True)
    ).one_or_none()
    if one is None or one.due_at is None or (one.due_at > clock.now() and not at_once):
        return False
    if found := in_the_way_of_wish(one):
        raise StillNeeded(found)
    if one.account_id is not None:
        _account(one.account_id)
    else:
        forget(db.session.get_one(Person, one.person_id))
    one.done_at, one.token_hash = clock.now(), None
    return True


def _account(account_id: int) -> None:
    """An account, everywhere in its network."""
    account = db.session.get_one(Account, account_id)
    for venue in venues(account.network_id):
        with tenancy.tenant(venue.id, account.network_id):
            for person in people_of(account):
                forget(person)
            publish(AccountErased(account_id))
            db.session.execute(
                delete(Grant).where(Grant.account_id == account_id, Grant.tenant_id == venue.id)
            )
            _scrub(account.email, account.name)
            db.session.flush()  # written while the venue is entered
    with tenancy.network(account.network_id):
        _mails(account.email, account.name)
        db.session.execute(delete(LoginSession).where(LoginSession.account_id == account_id))
        db.session.execute(
            delete(LoginLink).where(
                LoginLink.network_id == account.network_id,
                or_(LoginLink.email == account.email, LoginLink.account_id == account_id),
            )
        )
        account.email, account.name = f"efface-{account_id}{mail.NOBODY}", _("Compte effacé")
        account.password_hash, account.email_verified_at = None, None
        account.state, account.settings = "erased", {}
        audit.note("account.erased", f"account:{account_id}")
        db.session.flush()  # written while the network is entered


def forget(person: Person) -> None:
    """One person of the entered venue. The row stays for what points to it, without a name."""
    publish(PersonErased(person.id, person.email, person.name))
    email, name, phone = person.email, person.name, person.phone
    db.session.execute(
        delete(Seat).where(Seat.person_id == person.id, Seat.tenant_id == person.tenant_id)
    )
    db.session.execute(
        update(Company)
        .where(Company.tenant_id == person.tenant_id, Company.email == email)
        .values(email="")
    )
    person.email, person.name = f"efface-{person.id}{mail.NOBODY}", _("Personne effacée")
    person.search, person.account_id = "", None
    person.phone = person.organisation = person.siren = person.notes = None
    person.settings = {}
    audit.note("person.erased", f"person:{person.id}")
    db.session.flush()  # its address is free before the sweep looks for it
    _scrub(email, name, phone)


def _scrub(email: str, name: str, phone: str | None = None) -> None:
    """Letters, links and answers of the entered venue, then whatever text still has the address."""
    _mails(email, name)
    tenant_id = tenancy.tenant_id()
    db.session.execute(
        delete(LoginLink).where(LoginLink.tenant_id == tenant_id, LoginLink.email == email)
    )
    holds = [IdempotentCall.body.icontains(word, autoescape=True) for word in _words(email, name)]
    db.session.execute(
        delete(IdempotentCall).where(IdempotentCall.tenant_id == tenant_id, or_(*holds))
    )
    for word in filter(None, (email, _dialled(phone))):
        sweep(word)


def _words(email: str, name: str) -> list[str]:
    """What tells that a text is about them; a short name stands in too many words."""
    return [email, name] if len(name) >= SHORT else [email]


def _dialled(phone: str | None) -> str | None:
    """A number that names somebody; what is too short to is left alone."""
    return phone if phone and len(re.sub(r"\D", "", phone)) >= 9 else None


def _mails(email: str, name: str) -> None:
    """Letters to them, sent or not, and sent ones that name them: the row stays, so that none is
    written twice; nothing of what it said does."""
    scope = tenancy.current()
    named = Mail.sent_at.is_not(None) & or_(
        *(
            column.icontains(word, autoescape=True)
            for word in _words(email, name)
            for column in (Mail.text, Mail.subject)
        )
    )
    db.session.execute(
        update(Mail)
        .where(
            Mail.network_id == scope.network_id,
            Mail.tenant_id.is_not_distinct_from(scope.tenant_id),
        )
        .where(or_(func.lower(Mail.recipient) == email, named))
        .values(
            recipient=mail.NOBODY,
            reply_to=None,
            subject="",
            text="",
            html="",
            attachments=[],
            sent_at=func.coalesce(Mail.sent_at, clock.now()),
        )
        .execution_options(synchronize_session=False)
    )


# ── what nobody thought of ────────────────────────────────────────────────────────────────────

# Columns of text of the tables that may be changed; what is frozen by trigger is not among them.
COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, null) from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
  and format_type(a.atttypid, null) in ('text', 'jsonb', 'character varying')
  and has_table_privilege(c.oid, 'update')
  and exists (select from pg_attribute t where t.attrelid = c.oid and t.attname = 'tenant_id')
  and not exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = 'stays')
order by 1, 2
"""


def sweep(word: str) -> int:
    """Take a word that is somebody's alone, an address or a number, out of every text of the
    entered venue that may be changed; how many rows had it. The last resort, after each feature
    dropped what it knows of: free words, and what a feature forgot."""
    asked = {
        "tenant": tenancy.tenant_id(),
        "like": "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%",
        "word": r"(?<![\w.+-])" + re.escape(word) + r"(?![\w-])",
    }
    by_table: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in db.session.execute(text(COLUMNS)):
        by_table.setdefault(table, []).append((column, kind))
    return sum(_swept(table, columns, asked) for table, columns in sorted(by_table.items()))


def _swept(table: str, columns: list[tuple[str, str]], asked: dict[str, object]) -> int:
    clean = ", ".join(
        f"{name} = regexp_replace({name}::text, :word, '', 'gi')::{kind}" for name, kind in columns
    )
    held = " or ".join(f"{name}::text ilike :like" for name, _kind in columns)
    statement = f"update {table} set {clean} where tenant_id = :tenant and ({held}) returning 1"  # noqa: S608  names of the catalogue
    return len(db.session.execute(text(statement), asked).all())
