"""One leader keeps the clock: a lease and the ticks that were done, both in the database."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import locks
from app.core.db import Model, db, instant, stamp

# A leader frozen in the middle of a beat holds the row of the lease; it is cut off well before
# the lease ends, or nobody could ever take it over.
SILENCE = 6


class Lease(Model):
    """Who may tick, until when by the database's own clock."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[instant]


class Tick(Model):
    """A period of a scheduled job that was enqueued: at most one row each, so at most one run."""

    __tablename__ = "tick"

    job: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[instant] = mapped_column(primary_key=True)
    done_at: Mapped[stamp]


def take_lease(name: str, holder: str, length: dt.timedelta) -> bool:
    """Become or stay the leader; False while somebody else's lease runs."""
    locks.patience(SILENCE)
    until = func.now() + length
    statement = insert(Lease).values(name=name, holder=holder, until=until)
    taken = db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            where=(Lease.holder == holder) | (Lease.until < func.now()),
        ).returning(Lease.holder)
    ).scalar_one_or_none()
    return taken == holder


def is_leader(name: str, holder: str) -> bool:
    """Whether the lease still runs, asked and locked in the transaction of the effect: fencing.

    Who freezes after this wakes up in a transaction that is gone, with all of its effects.
    """
    locks.patience(SILENCE)
    row = db.session.execute(
        select(Lease.holder).where(Lease.name == name, Lease.until > func.now()).with_for_update()
    ).scalar_one_or_none()
    return row == holder


def claim(job: str, period: dt.datetime) -> bool:
    """Mark a period as done in this transaction; False when it was done before."""
    made = db.session.execute(
        insert(Tick).values(job=job, period=period).on_conflict_do_nothing().returning(Tick.job)
    ).scalar_one_or_none()
    return made is not None


def forget(before: dt.timedelta = dt.timedelta(days=40)) -> None:
    """Old ticks are of no use."""
    db.session.execute(text("delete from tick where period < now() - :age"), {"age": before})
