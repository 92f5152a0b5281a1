"""The papers of the desk as pictures: the receipt and the ticket of a booking, the contract of a
request. Nothing of a database: the rows are made here, and what is asked of the books is answered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import typst
from flask_babel import force_locale

from app.booking import receipt
from app.invoicing import figures, sums
from app.invoicing.models import Document
from app.invoicing.parts import Paper, freeze
from app.invoicing.pdf import Looks
from app.requests import contract
from app.spaces.models import Site, Space
from app.tenants.models import Tenant
from tests.invoicing import papers

WHEN = dt.datetime(2026, 12, 3, 13, tzinfo=dt.UTC)
LONG = "Salle de conférences Marie-Curie et Irène Joliot-Curie, dernier étage"
TERMS = (
    "Le lieu est rendu dans l’état où il a été remis, chaises empilées et poubelles vidées.\n"
    "Le niveau sonore reste sous 85 dB après 22 heures.\n"
)


def venue() -> Tenant:
    """Who hands them out."""
    legal = {
        "company": "Le Moulin Neuf", "street": "12 rue du Moulin", "postcode": "69001",
        "city": "Lyon", "siren": "732829320", "vat": "FR44732829320",
        "mediator": "Médiateur du commerce, 12 square Desnouettes, 75015 Paris",
    }  # fmt: skip
    return Tenant(
        name="Le Moulin Neuf", slug="moulin", legal=legal, free_cancel_hours=24,
        late_refund_percent=50, currency="EUR",
    )  # fmt: skip


def booking(many: int) -> Any:
    """A booking of one price line or of many, for a person or for a firm of a long name."""
    site = Site(
        name="Le Moulin", street="12 rue du Moulin", postcode="69001", city="Lyon",
        timezone="Europe/Paris", access={}, plan={},
    )  # fmt: skip
    space = Space(
        name=LONG if many > 1 else "Salle Curie", floor="2e étage", kind="meeting_room",
        base_cents=1800, capacity=12, door_code="4821A", nature="equipped_space",
    )  # fmt: skip
    steps = [{"code": "base", "cents": 3600}]
    if many > 1:
        codes = ("weekday_hour", "season", "pace", "last_minute", "member", "rounding", "goodwill")
        steps += [{"code": code, "cents": 137 * (-1) ** n} for n, code in enumerate(codes)]
    firm = {"name": papers.FIRM.name * 3, "siren": papers.FIRM.siren} if many > 1 else {}
    return SimpleNamespace(
        id=1, code="MX7K2P", space=SimpleNamespace(**_plain(space), site=site),
        starts_at=WHEN, ends_at=WHEN + dt.timedelta(hours=2), quantity=1, people=8,
        price_cents=sum(step["cents"] for step in steps), vat_bp=2000, steps=steps,
        person=SimpleNamespace(name="Maya Roux"), organisation=firm, currency="EUR",
        order_number="BC-2026-88" if many > 1 else None,
    )  # fmt: skip


def _plain(space: Space) -> dict[str, Any]:
    names = ("name", "floor", "kind", "base_cents", "capacity", "door_code", "nature")
    return {name: getattr(space, name) for name in names}


def asked(lang: str) -> Any:
    """A request for an evening, over whose quote the contract is made."""
    return SimpleNamespace(
        code="DM-7Q4T", locale=lang, title="Assemblée générale des Amis du Moulin", people=80,
        setup_minutes=60, clear_minutes=45, options=["catering"], starts_at=WHEN,
        ends_at=WHEN + dt.timedelta(hours=5),
    )  # fmt: skip


def quoted(lines: Any, lang: str) -> Document:
    """Its quote."""
    paper: Paper = papers.seven("moulin", lang)["to pay"]
    content = freeze(paper) | {"kind": "quote", "lines": freeze(lines)}
    summed = sums.of(replace(paper, lines=lines, deposits=(), settled=()))
    return Document(
        name="D-2026-0007", kind="quote", issued_on=papers.DAY, content=content, lang=lang,
        gross_cents=summed.gross_cents, vat_cents=summed.vat_cents, currency="EUR",
    )  # fmt: skip


def desk(looks: Looks, lang: str, lines: dict[int, Any]) -> Iterator[tuple[str, list[bytes]]]:
    """Each under its name, short and long."""
    compiled = partial(_pictures, typst.compile)
    with ExitStack() as stack:
        for target in ("app.booking.receipt.looks_of", "app.requests.contract.looks_of"):
            stack.enter_context(patch(target, lambda _tenant: looks))
        books = SimpleNamespace(
            due_now=lambda *_: 1_950, promised_on=lambda *_: 0, of_source=lambda *_: []
        )
        stack.enter_context(patch("app.booking.receipt.payments", books))
        bills = SimpleNamespace(
            legal_form="SCIC SARL à capital variable", capital="48 200 €",
            register="RCS Lyon 732 829 320",
        )  # fmt: skip
        stack.enter_context(patch("app.booking.receipt.sellers.profile", lambda: bills))
        stack.enter_context(patch("app.booking.receipt._movements", _movements))
        stack.enter_context(patch("typst.compile", compiled))
        site = booking(1).space.site
        policy = SimpleNamespace(terms_fr=TERMS * 3, terms_en=TERMS * 3, deposit_percent=30)
        stack.enter_context(patch("app.requests.contract.policy", lambda: policy))
        stack.enter_context(patch("app.requests.read.site_of", lambda _one: site))
        space = SimpleNamespace(name="Grande halle")
        stack.enter_context(patch("app.requests.read.space_of", lambda _one: space))
        stack.enter_context(force_locale(lang))
        for many in (1, 60):
            kept = booking(many)
            yield f"receipt-{many}", _whole(receipt.receipt(kept, venue(), invoice=True))
            yield (
                f"ticket-{many}",
                _whole(receipt.ticket(kept, venue(), f"https://x.example/{many}")),
            )
            said = contract.said(asked(lang), quoted(lines[many], lang), venue())
            yield f"contract-{many}", _whole(contract.drawn(said, venue()))


def _movements(_booking: Any) -> list[tuple[dt.datetime, str, str]]:
    return [
        (WHEN - dt.timedelta(days=9), receipt.method_name("card"), figures.amount(3_600, "EUR")),
        (WHEN - dt.timedelta(days=2), receipt.method_name("cash"), figures.amount(350, "EUR")),
    ]


_made: list[bytes] = []


def _pictures(compile_: Any, *given: Any, **named: Any) -> bytes:
    """Pictures instead of a PDF, kept aside; the paper itself is compiled as it would be."""
    done = bytes(compile_(*given, **named))
    drawn = {key: named[key] for key in ("root", "font_paths", "sys_inputs") if key in named}
    found = compile_(*given, **drawn, format="png", ppi=100)
    _made[:] = found if isinstance(found, list) else [found]
    return done


def _whole(content: bytes) -> list[bytes]:
    if not content.startswith(b"%PDF"):
        raise ValueError("no PDF was made")
    return list(_made)
