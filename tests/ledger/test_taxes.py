"""Receipts by rate: VAT is due when the money comes, to the cent, whatever comes in which order."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.ledger import rules, taxes
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Cause
from app.ledger.taxes import Standing
from app.tenants.models import Tenant
from tests.world import World

RATES = (0, 210, 550, 1000, 2000)


def tax(gross: int, rate: int) -> int:
    """By the book: gross × r / (1 + r), half up."""
    share = Decimal(rate) / 10_000
    return int((Decimal(gross) * share / (1 + share)).quantize(Decimal(1), ROUND_HALF_UP))


def held(source_id: int) -> dict[tuple[str, int | None], int]:
    """What each account holds for a source at each rate."""
    rows = db.session.execute(
        select(LedgerLine.account, LedgerLine.vat_bp, func.sum(LedgerLine.amount_cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.source == "test", LedgerEntry.source_id == source_id)
        .group_by(LedgerLine.account, LedgerLine.vat_bp)
    )
    return {(account, rate): int(cents) for account, rate, cents in rows if cents}


def sell(source_id: int, basket: dict[int, int]) -> None:
    account = taxes.vat_account()
    lines = [line for rate, cents in basket.items() for line in rules.sale(cents, rate, account)]
    assert rules.post(Cause("test", source_id, "sold"), "EUR", lines)


def pay(source_id: int, cents: int, event: str, **rates: int) -> bool:
    parts = {int(name[1:]): part for name, part in rates.items()}
    return taxes.receive(Cause("test", source_id, event), "EUR", "bank", cents, parts or None)


def test_what_is_sold_waits_and_what_is_paid_is_due(world: World) -> None:
    sell(1, {2000: 12_000, 1000: 5_500})
    assert held(1)["vat_pending", 2000] == -2000
    assert ("vat_collected", 2000) not in held(1)
    pay(1, 17_500, "captured:1")
    found = held(1)
    assert (found["vat_collected", 2000], found["vat_collected", 1000]) == (-2000, -500)
    assert not {name for name in found if name[0] == "vat_pending"}


def test_three_parts_leave_no_cent_behind(world: World) -> None:
    sell(1, {2000: 1001, 550: 333})
    for turn, cents in enumerate((445, 445, 444)):
        pay(1, cents, f"captured:{turn}")
    found = held(1)
    assert found["vat_collected", 2000] == -tax(1001, 2000)
    assert found["vat_collected", 550] == -tax(333, 550)
    assert not {name for name in found if name[0] == "vat_pending"}


def test_money_that_comes_before_the_sale_knows_its_rates(world: World) -> None:
    """A card is charged, then the booking is confirmed."""
    pay(1, 3900, "captured:1", r2000=3900)
    assert held(1)["vat_collected", 2000] == -650
    sell(1, {2000: 3900})
    assert not {name for name in held(1) if name[0] in ("vat_pending", "receivable")
                and held(1)[name]} - {("receivable", 2000), ("receivable", None)}  # fmt: skip
    assert rules.balance("receivable", "test", 1) == 0
    assert rules.balance("vat_pending", "test", 1) == 0


def test_a_refund_takes_the_tax_back_at_its_rate(world: World) -> None:
    sell(1, {2000: 6000, 1000: 1100})
    pay(1, 7100, "captured:1")
    rules.post(Cause("test", 1, "cancelled"), "EUR", rules.reversal(rules.sale(1100, 1000)))
    pay(1, -1100, "refunded:1")
    found = held(1)
    assert found["vat_collected", 2000] == -1000
    assert ("vat_collected", 1000) not in found
    assert rules.balance("receivable", "test", 1) == 0


def test_money_for_nothing_sold_owes_no_tax(world: World) -> None:
    pay(1, 5000, "captured:1")
    assert held(1) == {("bank", None): 5000, ("receivable", None): -5000}


def test_rates_that_are_not_the_amount_are_refused(world: World) -> None:
    with pytest.raises(ValueError, match="are not 5000"):
        pay(1, 5000, "captured:1", r2000=4999)


def test_under_the_option_for_debits_the_sale_owes_it(world: World) -> None:
    tenant = db.session.get_one(Tenant, world.a.id)
    today = clock.now().astimezone(tenant.books_zone).date()
    tenant.vat_debits_since = today + dt.timedelta(days=1)
    sell(1, {2000: 6000})
    tenant.vat_debits_since = today
    sell(2, {2000: 6000})
    for source in (1, 2):
        pay(source, 6000, "captured:1")
    assert held(1)["vat_collected", 2000] == -1000, "sold before the option: due by the money"
    assert held(2)["vat", 2000] == -1000
    assert ("vat_collected", 2000) not in held(2)
    assert taxes.vat_account_of("test", 1) == "vat_pending"
    assert taxes.vat_account_of("test", 2) == "vat"


@pytest.mark.parametrize("seed", range(20))
def test_random_lives_end_on_the_book(world: World, seed: int) -> None:
    """Any basket, paid in any parts, partly given back: what is collected is the tax of what was
    kept, each rate by itself, and nothing waits."""
    dice = Random(seed)
    basket = {rate: dice.randrange(1, 90_000) for rate in dice.sample(RATES, dice.randrange(1, 6))}
    sell(seed, basket)
    left, turn = sum(basket.values()), 0
    while left:
        part = min(left, dice.randrange(1, 60_000))
        pay(seed, part, f"captured:{turn}")
        left, turn = left - part, turn + 1
    rate = dice.choice(list(basket))
    back = dice.randrange(1, basket[rate] + 1)
    lines = rules.resale(basket[rate], basket[rate] - back, rate)
    rules.post(Cause("test", seed, "changed"), "EUR", lines)
    pay(seed, -back, "refunded:1")
    basket[rate] -= back
    found = held(seed)
    for one, gross in basket.items():
        assert -found.get(("vat_collected", one), 0) == tax(gross, one)
        assert -found.get(("sales", one), 0) == gross - tax(gross, one)
    assert not {name for name in found if name[0] == "vat_pending"}
    assert rules.balance("receivable", "test", seed) == 0


def test_an_overpayment_goes_to_the_rates_that_were_paid() -> None:
    known = Standing(sold={2000: 100}, paid={2000: 100})
    assert taxes.split(50, known) == {2000: 50}
    assert taxes.split(-30, known) == {2000: -30}
    assert taxes.split(50, Standing()) == {}
