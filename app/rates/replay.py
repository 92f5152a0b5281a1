"""A price that was said, reckoned again from what it was reckoned from: the audit of a quote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pricing
from app.core.slots import local_day
from app.rates import tables
from app.rates.models import Quote
from app.spaces.models import Space

SAID = ("free", "kept")
"""Prices that no engine reckoned: a space that costs nothing, a price carried to another space."""


@dataclass(frozen=True)
class Replayed:
    """What came out. `outcome`: same, other, said (never reckoned), swept (its table is gone)."""

    quote: Quote
    outcome: str
    price_cents: int | None = None
    steps: tuple[tuple[str, int], ...] = ()
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """For programs and for the record."""
        quote = self.quote
        return {
            "quote": quote.token,
            "outcome": self.outcome,
            "said": {"price_cents": quote.price_cents, "steps": quote.steps},
            "replayed": {
                "price_cents": self.price_cents,
                "steps": [{"code": code, "cents": cents} for code, cents in self.steps],
            },
            "inputs": quote.inputs,
            "evidence": quote.evidence,
            "model_version": quote.model_version,
            "table_version": quote.table_version,
            "said_at": quote.created_at.isoformat(),
            "why": self.why,
        }


def again(quote: Quote, space: Space) -> Replayed:
    """Reckon a stored quote again, from its inputs and the very table that it was read from."""
    if quote.model_version in SAID:
        return Replayed(quote, "said")
    day = local_day(quote.starts_at, space.site.zone)
    table = tables.find(space.id, day, quote.table_version)
    if table is None:
        return Replayed(quote, "swept")
    quantity = int(quote.inputs.get("quantity", 1))
    try:
        found = pricing.replay(table, quote.inputs)
    except pricing.BadInput as error:
        return Replayed(quote, "other", why=str(error))
    steps = tuple((step.code, step.cents * quantity) for step in found.steps)
    price = found.price_cents * quantity
    said = tuple((step["code"], step["cents"]) for step in quote.steps)
    same = price == quote.price_cents and steps == said
    return Replayed(quote, "same" if same else "other", price, steps)
