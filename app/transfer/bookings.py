"""A venue's past: bookings from any CSV whose columns a profile names.

One row may be a whole booking (start and end, or start and length), or one piece of it (a half
hour): pieces of the same booking that touch are joined. Times without a zone are the site's.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts.addresses import mail_address
from app.booking.models import Booking, Cancellation
from app.core import bulk, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import Interval
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import sale
from app.members import rules as members
from app.occupancy import bulk as seats
from app.occupancy import rules as occupancy
from app.spaces.models import Space
from app.transfer import nights
from app.transfer import sheet as sheets
from app.transfer.past import Past, Profile
from app.transfer.sheet import Column, Sheet

PROFILES = Path(__file__).parent / "profiles"
BATCH = 1_000


def profile(name: str) -> Profile:
    """A profile of this package, by name; refuses an unknown one."""
    path = PROFILES / f"{name}.toml"
    if not name.isidentifier() or not path.exists():
        raise Refused(_("Ce format d’import n’existe pas."))
    raw = tomllib.loads(path.read_text("utf-8"))
    return Profile(
        raw["kind"],
        raw["columns"],
        raw.get("constants", {}),
        raw.get("piece_minutes", 30),
        raw.get("check_in_minute", 15 * 60),
        raw.get("check_out_minute", 11 * 60),
    )


def profiles() -> list[str]:
    """Names of the formats that are known."""
    return sorted(p.stem for p in PROFILES.glob("*.toml"))


def _address(value: str) -> str:
    try:
        return mail_address(value)
    except Refused as error:
        raise ValueError(error.text) from None


READERS: dict[str, Callable[[str], Any]] = {
    "space": sheets.text(120),
    "booking": sheets.text(80),
    "starts_at": sheets.instant_local,
    "ends_at": sheets.instant_local,
    "booked_at": sheets.instant_local,
    "cancelled_at": sheets.instant_local,
    "price": sheets.money,
    "people": sheets.whole(1, 10_000),
    "units": sheets.whole(1, 500),
    "email": _address,
    "name": sheets.text(120),
    "lead_days": sheets.whole(0, 2_000),
}
REQUIRED = {"whole": {"starts_at", "ends_at"}, "pieces": {"booking", "starts_at"}, "nights": set()}


def read(file: str, content: bytes, by: Profile, zone: ZoneInfo) -> tuple[Sheet, list[Past]]:
    """The bookings of a file; the sheet holds every fault that was found."""
    if by.kind == "nights":
        return nights.read(file, content, by, zone)
    columns = {
        field: Column(READERS[field], heading, required=field in REQUIRED[by.kind])
        for field, heading in by.columns.items()
    }
    sheet = sheets.read(file, content, columns)
    if by.kind == "pieces":
        return sheet, list(_joined(sheet, by, zone))
    return sheet, list(_whole(sheet, by, zone))


def _at(value: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """An instant; a wall-clock time that the clock jumped over is moved to the end of the jump."""
    local = value if value.tzinfo else value.replace(tzinfo=zone)
    return local.astimezone(dt.UTC)


def _whole(sheet: Sheet, by: Profile, zone: ZoneInfo) -> Iterable[Past]:
    for line, row in sheet.rows:
        if row.get("starts_at") is None or row.get("ends_at") is None:
            continue
        start, end = _at(row["starts_at"], zone), _at(row["ends_at"], zone)
        if end <= start:
            sheet.fault(line, by.columns["ends_at"], _("la fin vient après le début"))
            continue
        booked = _at(row["booked_at"], zone) if row.get("booked_at") else start
        cancelled = _at(row["cancelled_at"], zone) if row.get("cancelled_at") else None
        yield Past(
            line,
            row.get("space") or str(by.constants.get("space", "")),
            start,
            end,
            min(booked, start),
            cancelled,
            row.get("price") or 0,
            row.get("people") or 1,
            row.get("email"),
            row.get("name"),
            row.get("units") or 1,
        )


def _joined(sheet: Sheet, by: Profile, zone: ZoneInfo) -> Iterable[Past]:
    """Pieces of one booking number in one space on end become one booking."""
    length = dt.timedelta(minutes=by.piece_minutes)
    pieces: dict[tuple[str, str], list[tuple[dt.datetime, int]]] = defaultdict(list)
    for line, row in sheet.rows:
        if row.get("starts_at") is not None and row.get("booking"):
            space = row.get("space") or str(by.constants.get("space", ""))
            pieces[space, row["booking"]].append((_at(row["starts_at"], zone), line))
    for (space, _number), found in pieces.items():
        found.sort()
        run: Past | None = None
        for start, line in found:
            if run is not None and start == run.ends_at:
                run = replace(run, ends_at=start + length)
                continue
            if run is not None:
                yield run
            run = Past(line, space, start, start + length, start, None, 0, 1, None, None)
        if run is not None:
            yield run


def apply(
    sheet: Sheet,
    found: list[Past],
    spaces: dict[str, Space],
    tell: Callable[[int], None] = lambda _rows: None,
    *,
    dry: bool = False,
) -> int:
    """Write the bookings, their seats and their sales; how many. All or nothing.

    Every name must be a space of the tenant, and no space may be fuller than it has units: that is
    found before anything is written, so that a trial and a refusal leave no dead rows behind.
    """
    column = sheet.headings.get("space", "space")
    for past in found:
        if past.space not in spaces:
            sheet.fault(past.line, column, _("aucun espace ne porte ce nom : %(n)s", n=past.space))
    sheet.refuse_faults()
    pairs = list(zip(found, bulk.ids(Booking, len(found)), strict=True))
    rows = _planned(sheet, pairs, spaces)
    if dry:
        return len(found)
    bulk.expect_many()
    _insert(pairs, spaces, tell)
    seats.seat(rows)
    return len(found)


def _planned(
    sheet: Sheet, pairs: list[tuple[Past, int]], spaces: dict[str, Space]
) -> list[bulk.Row]:
    """The seats of all that was not cancelled, space by space."""
    by_space: dict[str, list[seats.Wanted]] = defaultdict(list)
    for past, booking_id in pairs:
        if past.cancelled_at is None:
            during = Interval(past.starts_at, past.ends_at)
            by_space[past.space].append(seats.Wanted(booking_id, during, past.units, past.line))
    rows: list[bulk.Row] = []
    for name, wanted in by_space.items():
        try:
            rows += seats.plan(occupancy.place_of(spaces[name]), wanted)
        except seats.NoSeat as error:
            column = sheet.headings.get("space", "space")
            sheet.fault(int(error.detail["line"]), column, f"{spaces[name].name} : {error.text}")
            sheet.refuse_faults()
    return rows


def _insert(
    pairs: list[tuple[Past, int]], spaces: dict[str, Space], tell: Callable[[int], None]
) -> None:
    people = _people([past for past, _id in pairs])
    for start in range(0, len(pairs), BATCH):
        part = pairs[start : start + BATCH]
        bulk.write(
            Booking,
            [{"id": id_, **_booking(past, spaces[past.space], people)} for past, id_ in part],
        )
        _insert_cancellations(part)
        _insert_sales(part, spaces)
        if len(part) == BATCH:
            tell(start + BATCH)


def _booking(past: Past, space: Space, people: dict[str, int]) -> dict[str, Any]:
    cancelled = past.cancelled_at is not None
    return {
        "code": f"I{words.short_code(9)}",
        "token": words.token(),
        "space_id": space.id,
        "person_id": people.get(past.email or ""),
        "starts_at": past.starts_at,
        "ends_at": past.ends_at,
        "people": past.people,
        "quantity": past.units,
        "state": "cancelled" if cancelled else "confirmed",
        "payment_way": "desk" if past.price_cents else "free",
        "price_cents": past.price_cents,
        "vat_bp": space.vat_bp,
        "steps": [{"code": "base", "cents": past.price_cents}],
        "organisation": {},
        "origin": "import",
        "confirmed_at": past.booked_at,
        "created_at": past.booked_at,
        "refund_today": False,  # sold elsewhere, under other terms
    }


def _people(found: list[Past]) -> dict[str, int]:
    """The persons of the addresses in a file, as guests when the venue did not know them."""
    return members.people_by_email(
        {past.email: past.name or past.email[:120] for past in found if past.email}
    )


def _insert_cancellations(pairs: list[tuple[Past, int]]) -> None:
    rows = [
        {
            "booking_id": booking_id,
            "by": "person",
            "at": past.cancelled_at,
            "refund_cents": 0,
            "reason": "import",
        }
        for past, booking_id in pairs
        if past.cancelled_at is not None
    ]
    bulk.write(Cancellation, rows)


def _insert_sales(pairs: list[tuple[Past, int]], spaces: dict[str, Space]) -> None:
    """A past sale is posted and counted as paid: the venue was paid before we came."""
    sold = [(p, b) for p, b in pairs if p.cancelled_at is None and p.price_cents > 0]
    if not sold:
        return
    entries = bulk.ids(LedgerEntry, len(sold))
    bulk.write(
        LedgerEntry,
        [
            {
                "id": entry_id,
                "source": "booking",
                "source_id": booking_id,
                "event": "imported",
                "currency": "EUR",
                "memo": "import",
                "posted_at": past.starts_at,
            }
            for entry_id, (past, booking_id) in zip(entries, sold, strict=True)
        ],
    )
    lines = [
        {
            "entry_id": entry_id,
            "account": "bank" if line.account == "receivable" else line.account,
            "vat_bp": line.vat_bp,
            "amount_cents": line.amount_cents,
        }
        for entry_id, (past, _booking_id) in zip(entries, sold, strict=True)
        for line in sale(past.price_cents, spaces[past.space].vat_bp, "vat_collected")
        if line.amount_cents
    ]
    bulk.write(LedgerLine, lines, whole="entry_id")  # an entry in one statement: it has to balance


def by_name() -> dict[str, Space]:
    """The tenant's spaces under their names and their slugs."""
    found: dict[str, Space] = {}
    for space in db.session.scalars(select(Space)):
        found[space.slug] = found[space.name] = space
    return found
