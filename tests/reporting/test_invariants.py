"""Each invariant finds the breach that was planted for it; nothing else is wrong then."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.booking.models import Booking, Cancellation
from app.core.mail import Mail
from app.events.models import Event
from app.invoicing import seal as paper_seal
from app.invoicing.models import Document, DocumentSeries
from app.ledger.chain import GENESIS, Keys
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.seal import seal
from app.occupancy.models import Occupancy
from app.payments.models import GatewayEvent, Payment, Refund
from app.reporting import invariants
from app.ticketing.models import Ticket, TicketCategory, TicketOrder, TicketSale
from tests.world import World

START = dt.datetime(2031, 3, 3, 9, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=2)


class Saboteur:
    """Writes what no rule of ours would, as the owner of the tables, and takes it back."""

    def __init__(self, session: Session, world: World) -> None:
        self.s, self.world, self.tenant = session, world, {"tenant_id": world.a.id}
        self.keys = Keys.of(["the ledger's key, which the database does not know"])

    def add(self, row: Any) -> Any:
        self.s.add(row)
        self.s.flush()
        return row

    def do(self, statement: str) -> None:
        self.s.execute(text(statement))

    def booking(self, state: str = "held") -> Booking:
        return self.add(
            Booking(
                **self.tenant, code=secrets.token_hex(4), token=secrets.token_hex(8), vat_bp=2000,
                space_id=self.world.a.room, starts_at=START, ends_at=END, state=state,
                price_cents=1000, steps=[], organisation={},
            )
        )  # fmt: skip

    def seat(self, source_id: int, unit: int, kind: str = "booking") -> Occupancy:
        return self.add(
            Occupancy(
                **self.tenant, unit_id=unit, during=Range(START, END), starts_at=START, ends_at=END,
                kind=kind, source="booking", source_id=source_id,
            )
        )  # fmt: skip

    def payment(self, source_id: int, **more: Any) -> Payment:
        row = {
            **self.tenant, "source": "booking", "source_id": source_id, "method": "card",
            "state": "captured", "amount_cents": 1000, "idempotency_key": secrets.token_hex(8),
            "detail": {}, "captured_at": START.replace(year=2021),
        }  # fmt: skip
        return self.add(Payment(**row | more))

    def sale(self, taken: int = 0) -> TicketSale:
        """An event with a kind of ticket, of which so many places are said to be taken."""
        event = self.add(
            Event(
                **self.tenant, site_id=self.world.a.site, title_fr="Fête",
                slug=secrets.token_hex(6), uid=secrets.token_hex(9), capacity=9,
                starts_at=START, ends_at=END, state="published",
                published_at=START.replace(year=2026),
            )
        )  # fmt: skip
        self.add(
            TicketCategory(
                **self.tenant, event_id=event.id, name_fr="Plein", pricing="fixed", quota=9,
                price_cents=1000, vat_bp=2000, taken=taken,
            )
        )  # fmt: skip
        return self.add(TicketSale(**self.tenant, event_id=event.id, quota=9, taken=taken))

    def order(self, state: str, ticket: str = "held", taken: int = 0) -> TicketOrder:
        """An order of one ticket."""
        sale = self.sale(taken)
        kind = self.s.scalars(select(TicketCategory).filter_by(event_id=sale.event_id)).one()
        name = secrets.token_hex(8)
        order = self.add(
            TicketOrder(
                **self.tenant, event_id=sale.event_id, code=name, token=name, form_key=name,
                state=state, price_cents=1000, organisation={},
            )
        )  # fmt: skip
        self.add(
            Ticket(
                **self.tenant, event_id=sale.event_id, order_id=order.id, category_id=kind.id,
                code=name, holder_name="x", state=ticket, list_cents=1000, price_cents=1000,
                vat_bp=2000, answers=[],
            )
        )  # fmt: skip
        return order

    def document(self, number: int, **more: Any) -> Document:
        """An invoice without lines over nothing, sealed as it should be."""
        series = {"series": "fiscal", "year": 2031, **self.tenant}
        counter = self.s.scalars(select(DocumentSeries).filter_by(**series)).one_or_none()
        counter = counter or DocumentSeries(**series, last=0, last_on=START.date())
        counter.last = number
        before = self.s.scalars(select(Document).filter_by(**series, number=number - 1)).first()
        row = Document(
            **series | {
                "kind": "invoice", "number": number, "name": f"F-2031-{number}", "fired": {},
                "issued_on": START.date(), "issued_at": START, "customer": "person:1", "lang": "fr",
                "buyer_name": "", "search": "", "currency": "EUR", "net_cents": 0, "vat_cents": 0,
                "gross_cents": 0, "due_cents": 0, "content": {"lines": []}, "law_version": "",
                "xml_sha256": "", "pdf_sha256": "", "key_id": self.keys.current,
                "previous": before.seal if before else GENESIS,
            } | more
        )  # fmt: skip
        row.seal = row.seal or paper_seal.mac(self.keys, row, self.world.a.id)
        self.s.add(counter)
        return self.add(row)

    def entry(
        self, *cents: int, event: str = "sold", source: str = "booking", source_id: int = 1
    ) -> LedgerEntry:
        made = self.add(
            LedgerEntry(
                **self.tenant, source=source, source_id=source_id, event=event, currency="EUR"
            )
        )
        self.s.add_all(
            LedgerLine(**self.tenant, entry_id=made.id, account="receivable", amount_cents=amount)
            for amount in cents
        )
        self.s.flush()
        return made

    @property
    def unit(self) -> int:
        return self.s.scalars(
            text("select unit_id from composition where space_id = :id limit 1"),
            {"id": self.world.a.room},
        ).one()


def posted(s: Saboteur, payment: Payment) -> None:
    said = {"source": payment.source, "source_id": payment.source_id}
    s.entry(1000, -1000, event=f"captured:{payment.id}", **said)


def overlap(s: Saboteur) -> None:
    s.do("alter table occupancy drop constraint occupancy_no_overlap")
    s.seat(1, s.unit, "closure")
    s.seat(2, s.unit, "closure")


def confirmed_without_a_seat(s: Saboteur) -> None:
    s.booking("confirmed")


def cancelled_with_a_seat(s: Saboteur) -> None:
    s.seat(s.booking("cancelled").id, s.unit)


def unbalanced(s: Saboteur) -> None:
    s.do("alter table ledger_line disable trigger lines_fit")
    s.entry(500, -499)


def entry_without_lines(s: Saboteur) -> None:
    s.entry()


def captured_and_not_posted(s: Saboteur) -> None:
    s.payment(s.booking().id, captured_at=dt.datetime.now(dt.UTC))


def paid_and_lost(s: Saboteur) -> None:
    posted(s, s.payment(s.booking("lapsed").id))


def refunded_too_much(s: Saboteur) -> None:
    payment = s.payment(s.booking().id, captured_at=dt.datetime.now(dt.UTC))
    posted(s, payment)
    s.add(
        Refund(
            **s.tenant, payment_id=payment.id, amount_cents=1001, reason="x", idempotency_key="k",
            state="done",
        )
    )  # fmt: skip


def one_mail_twice(s: Saboteur) -> None:
    s.do("alter table mail drop constraint uq_mail_once")
    for _ in range(2):
        s.add(
            Mail(
                **s.tenant, network_id=s.world.network_id, template="t", entity="e", version=1,
                sender_name="", recipient="x@example.org", subject="", text="", html="",
                attachments=[],
            )
        )  # fmt: skip


def one_event_twice(s: Saboteur) -> None:
    s.do("alter table gateway_event drop constraint uq_gateway_event_tenant_id_event_id")
    for _ in range(2):
        s.add(GatewayEvent(**s.tenant, event_id="evt_1", type="t", object_id="o"))


def back_from_the_dead(s: Saboteur) -> None:
    s.add(
        Cancellation(
            **s.tenant, booking_id=s.booking("held").id, by="staff", at=START, refund_cents=0
        )
    )


def key_that_leaves_the_tenant(s: Saboteur) -> None:
    s.do("create table stray (tenant_id bigint, space_id bigint references space (id))")


def one_tick_twice(s: Saboteur) -> None:
    s.do("alter table tick drop constraint pk_tick")
    s.do("insert into tick (job, period) select 'j', now() from generate_series(1, 2)")


def changeable(s: Saboteur) -> None:
    s.do("grant update (memo) on ledger_entry to coulisse_app")
    s.do("grant delete on ledger_seal to coulisse_app")


def without_its_trigger(s: Saboteur) -> None:
    s.do("alter table audit_entry disable trigger stays")


def changed_after_it_was_sealed(s: Saboteur) -> None:
    made = s.entry(1000, -1000)
    seal(s.s.connection(), s.world.a.id, s.keys, settle=dt.timedelta(hours=-1))
    s.do("alter table ledger_entry disable trigger stays")
    s.do(f"update ledger_entry set memo = 'another' where id = {made.id}")
    s.do("alter table ledger_entry enable trigger stays")


def passed_on_and_lost(s: Saboteur) -> None:
    made = s.entry()
    for account, cents in (("receivable", -100), ("transfer", 100)):
        s.s.add(LedgerLine(**s.tenant, entry_id=made.id, account=account, amount_cents=cents))
    s.s.flush()


def yesterdays_number(s: Saboteur) -> None:
    s.document(1)
    s.document(2, issued_on=START.date() - dt.timedelta(days=1))


def counted_too_far(s: Saboteur) -> None:
    s.do(
        "insert into document_series (tenant_id, series, year, last, last_on)"
        f" values ({s.world.a.id}, 'fiscal', 2029, 1, '2029-01-01')"
    )


def document_edited(s: Saboteur) -> None:
    s.document(1, seal="0" * 64)


def total_of_no_lines(s: Saboteur) -> None:
    s.document(1, gross_cents=100, net_cents=100)


def asked_for_and_not_booked(s: Saboteur) -> None:
    s.document(1, due_cents=100)


def paid_for_tickets_and_lost(s: Saboteur) -> None:
    order = s.order("lapsed", ticket="lapsed")
    posted(s, s.payment(order.id, source="ticket_order"))


def places_that_nobody_has(s: Saboteur) -> None:
    s.sale(taken=1)


def good_without_being_paid(s: Saboteur) -> None:
    s.order("held", ticket="valid", taken=1)


PLANTED: tuple[tuple[str, Callable[[Saboteur], None]], ...] = (
    ("I2c", passed_on_and_lost),
    ("I5", yesterdays_number),
    ("I5", counted_too_far),
    ("I6c", document_edited),
    ("I7", total_of_no_lines),
    ("I7", asked_for_and_not_booked),
    ("I1", overlap),
    ("I1b", confirmed_without_a_seat),
    ("I1b", cancelled_with_a_seat),
    ("I2", unbalanced),
    ("I2", entry_without_lines),
    ("I2b", captured_and_not_posted),
    ("I3", paid_and_lost),
    ("I3b", paid_for_tickets_and_lost),
    ("I13", places_that_nobody_has),
    ("I13b", good_without_being_paid),
    ("I4", refunded_too_much),
    ("I6", changeable),
    ("I6", without_its_trigger),
    ("I6b", changed_after_it_was_sealed),
    ("I8", one_mail_twice),
    ("I9", one_event_twice),
    ("I9", back_from_the_dead),
    ("I10", key_that_leaves_the_tenant),
    ("I12", one_tick_twice),
)


@pytest.fixture
def saboteur(settings, lasting_world: World) -> Iterator[Saboteur]:
    engine = create_engine(settings.owner_database_url)
    with Session(engine) as session:
        yield Saboteur(session, lasting_world)
        session.rollback()
    engine.dispose()


def broken(saboteur: Saboteur) -> set[str]:
    return {b.invariant.id for b in invariants.breaches(saboteur.s.connection(), saboteur.keys)}


def test_nothing_is_broken_to_begin_with(saboteur: Saboteur) -> None:
    """I1-I12 hold over everything that other tests committed here."""
    assert broken(saboteur) == set()


@pytest.mark.parametrize(("rule", "plant"), PLANTED, ids=[f.__name__ for _, f in PLANTED])
def test_a_planted_breach_is_found(saboteur: Saboteur, rule: str, plant) -> None:
    """I1-I12: exactly the rule that was broken is named, with an example."""
    plant(saboteur)
    found = invariants.breaches(saboteur.s.connection(), saboteur.keys)
    assert {b.invariant.id for b in found} == {rule}
    assert all(b.count and b.examples for b in found)


def test_every_invariant_has_a_breach_planted_for_it() -> None:
    """A rule without a breach proves nothing."""
    assert {rule for rule, _ in PLANTED} == {i.id for i in invariants.INVARIANTS}
