"""What a basket costs, as it is shown before anybody pays: the same sums as the order will have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.booking import words as booking_words
from app.core.errors import Refused
from app.core.i18n import _
from app.core.money import vat_inside
from app.ticketing import pricing, promo, words
from app.ticketing.basket import Basket
from app.ticketing.models import TicketCategory


@dataclass(frozen=True)
class Bill:
    """Lines with their cents, the total TTC, and the VAT inside it."""

    lines: list[tuple[str, int]]
    price_cents: int
    taxes: list[tuple[str, int]]
    vat: str | None
    code: str = ""
    cut: str = ""


def of(found: Basket, event_id: int, raw_code: str) -> Bill:
    """The sums of a basket with a promo code; a code that does not count is a fault of it."""
    cut = None
    if raw_code.strip():
        try:
            cut = promo.find(raw_code, event_id)
        except Refused as refusal:
            found.faults["promo"] = refusal.text
    listed = [line.cents for line in found.lines]
    prices = pricing.discounted(listed, cut)
    sold = [(line.kind, cents) for line, cents in zip(found.lines, prices, strict=True)]
    made = bill([(line.kind, line.cents) for line in found.lines], sold, cut.code if cut else "")
    return Bill(**{**made.__dict__, "cut": promo.words(cut) if cut else ""})


def bill(
    listed: Sequence[tuple[TicketCategory, int]],
    sold: Sequence[tuple[TicketCategory, int]],
    code: str = "",
) -> Bill:
    """One line for each kind at each price, one for the code, and VAT as it is posted: rounded on
    each ticket."""
    groups: dict[tuple[str, int], int] = defaultdict(int)
    for kind, cents in listed:
        groups[words.category(kind), cents] += 1
    lines = [(f"{many} × {name}", many * cents) for (name, cents), many in groups.items()]
    total = sum(cents for _kind, cents in sold)
    off = sum(cents for _kind, cents in listed) - total
    if off:
        lines.append((_("Code %(code)s", code=code) if code else _("Code promo"), -off))
    vat: dict[int, int] = defaultdict(int)
    for kind, cents in sold:
        vat[kind.vat_bp] += vat_inside(cents, kind.vat_bp)
    charged = {rate: cents for rate, cents in sorted(vat.items()) if cents}
    return Bill(
        lines,
        total,
        [(_("Total HT"), total - sum(charged.values())), *_taxes(charged)] if charged else [],
        _inside(charged),
        code,
    )


def _taxes(charged: dict[int, int]) -> list[tuple[str, int]]:
    return [
        (_("TVA %(rate)s %%", rate=booking_words.percent(rate)), cents)
        for rate, cents in charged.items()
    ]


def _inside(charged: dict[int, int]) -> str | None:
    said = [booking_words.vat_said(rate, cents) for rate, cents in charged.items()]
    return ", ".join(said) or None
