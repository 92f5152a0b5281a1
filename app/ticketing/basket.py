"""What a buyer typed: how many of each kind, at which price, for whom, with which answers. Nothing
typed is lost: what cannot be understood becomes a fault beside its field. No session here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core import money
from app.core.errors import Refused
from app.core.i18n import _
from app.ticketing import pricing, rules
from app.ticketing.models import TicketCategory
from app.ticketing.rules import Place

COUNT, AMOUNT, NAME, ANSWER = "n-", "p-", "nom-", "q-"


@dataclass(frozen=True)
class Line:
    """One ticket that is wanted; `key` names its fields."""

    key: str
    kind: TicketCategory
    number: int
    name: str
    answers: tuple[str, ...]
    cents: int


@dataclass
class Basket:
    """The tickets that were asked for, and what is wrong with what was typed, by field."""

    typed: Mapping[str, str]
    lines: list[Line] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def many(self) -> dict[int, int]:
        """Tickets of each category."""
        found: dict[int, int] = {}
        for line in self.lines:
            found[line.kind.id] = found.get(line.kind.id, 0) + 1
        return found

    def places(self) -> tuple[Place, ...]:
        """The same as the rule takes them."""
        return tuple(
            Place(
                line.kind.id,
                line.name,
                answers=line.answers,
                cents=line.cents if line.kind.pricing == "open" else None,
            )
            for line in self.lines
        )


def read(typed: Mapping[str, str], kinds: Iterable[TicketCategory], most: int) -> Basket:
    """Understand a form. A number that is none, below zero, or of a kind that is not sold here is a
    fault; never more than `most` tickets are laid out, whatever was typed."""
    found = Basket(typed)
    known = {one.id: one for one in kinds}
    sold = {f"{COUNT}{id_}" for id_ in known}
    asked = {name for name in typed if name.startswith(COUNT) and _count(typed[name]) != 0}
    if asked - sold:
        found.faults["billets"] = _("Ce billet n’est plus en vente.")
    for one in known.values():
        _lay_out(found, one, most)
    if not found.lines and not found.faults:
        found.faults["billets"] = _("Choisissez au moins un billet.")
    return found


def _count(raw: str) -> int | None:
    text = raw.strip()
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def _lay_out(found: Basket, one: TicketCategory, most: int) -> None:
    asked = _count(found.typed.get(f"{COUNT}{one.id}", ""))
    if asked is None:
        found.faults[f"{COUNT}{one.id}"] = _("Indiquez un nombre entier, zéro ou plus.")
        return
    if asked == 0:
        return
    if asked + len(found.lines) > most:
        found.faults[f"{COUNT}{one.id}"] = _("%(n)s billets au plus par commande.", n=most)
        asked = most - len(found.lines)
    cents = _amount(found, one)
    for number in range(asked):
        key = f"{one.id}-{number}"
        answers = tuple(
            found.typed.get(f"{ANSWER}{key}-{n}", "") for n in range(len(one.questions))
        )
        name = found.typed.get(f"{NAME}{key}", "")
        found.lines.append(Line(key, one, number + 1, name, answers, cents))


def _amount(found: Basket, one: TicketCategory) -> int:
    """What each costs before a code: where people choose it, what they typed."""
    name = f"{AMOUNT}{one.id}"
    raw = found.typed.get(name, "").strip()
    if one.pricing != "open" or not raw:
        return one.price_cents
    cents = money.typed(raw)
    if cents is None:
        found.faults[name] = _("Indiquez un montant en euros, avec deux décimales au plus.")
        return one.price_cents
    try:
        return pricing.list_price(one, cents)
    except Refused as refusal:
        found.faults[name] = refusal.text
        return one.price_cents


def check_answers(found: Basket) -> None:
    """A question that must be answered, and an answer that was not offered, are faults."""
    for line in found.lines:
        for n, question in enumerate(line.kind.questions):
            try:
                rules.answer(question, line.answers[n], required=True)
            except Refused as refusal:
                found.faults[f"{ANSWER}{line.key}-{n}"] = refusal.text
