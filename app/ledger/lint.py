"""Our own reading of a journal in FEC format, line by line: what the tax office's tool refuses, and
what it lets pass and an accountant would not (docs/money.md). Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum.fr import siren

from app.ledger.journal import COLUMNS, ENCODING

NAME = re.compile(r"(\d{9})FEC(\d{8})\.txt")
AMOUNT = re.compile(r"-?\d+,\d{2}")
FULL = (
    "JournalCode", "JournalLib", "EcritureNum", "CompteNum", "CompteLib", "PieceRef", "EcritureLib",
)  # fmt: skip
DATES = ("EcritureDate", "PieceDate", "ValidDate")
PAIRS = (("CompAuxNum", "CompAuxLib"), ("EcritureLet", "DateLet"), ("Montantdevise", "Idevise"))


@dataclass(frozen=True)
class Fault:
    """What is wrong, at which line (1 is the head, 0 the file's name) and column."""

    line: int
    column: str
    rule: str


Row = dict[str, str]
Check = Callable[[Row], Iterator[tuple[str, str]]]


def lint(name: str, content: bytes) -> list[Fault]:
    """Every fault of a file; none when an accountant may have it."""
    found = list(_name_faults(name))
    try:
        text = content.decode(ENCODING)
    except UnicodeDecodeError:
        return [*found, Fault(0, "", "encoding")]
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    if not lines or lines[0].split("\t") != list(COLUMNS):
        return [*found, Fault(1, "", "head")]
    rows: list[tuple[int, Row]] = []
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) != len(COLUMNS):
            found.append(Fault(number, "", "columns"))
            continue
        row = dict(zip(COLUMNS, fields, strict=True))
        rows.append((number, row))
        found += [Fault(number, column, rule) for check in CHECKS for column, rule in check(row)]
    return found + list(_entry_faults(rows)) + list(_order_faults(rows, name))


def _name_faults(name: str) -> Iterator[Fault]:
    match = NAME.fullmatch(name)
    if match is None:
        yield Fault(0, "", "name")
        return
    if not siren.is_valid(match[1]):
        yield Fault(0, "", "siren")
    if day(match[2]) is None:
        yield Fault(0, "", "name")


def day(text: str) -> dt.date | None:
    """A date as AAAAMMJJ; None when there is no such day."""
    if not re.fullmatch(r"[12]\d{7}", text):
        return None
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def cents(text: str) -> int | None:
    """An amount with a comma and two decimals; None when it is written otherwise."""
    return int(text.replace(",", "")) if AMOUNT.fullmatch(text) else None


def _filled(row: Row) -> Iterator[tuple[str, str]]:
    yield from ((column, "empty") for column in FULL if not row[column].strip())


def _dated(row: Row) -> Iterator[tuple[str, str]]:
    yield from ((column, "date") for column in DATES if day(row[column]) is None)
    if row["DateLet"] and day(row["DateLet"]) is None:
        yield "DateLet", "date"
    if row["ValidDate"] < row["EcritureDate"]:
        yield "ValidDate", "validated before it was written"


def _counted(row: Row) -> Iterator[tuple[str, str]]:
    debit, credit = cents(row["Debit"]), cents(row["Credit"])
    yield from ((c, "amount") for c, v in (("Debit", debit), ("Credit", credit)) if v is None)
    if debit and credit:
        yield "Credit", "both sides"


def _charted(row: Row) -> Iterator[tuple[str, str]]:
    if not re.fullmatch(r"[1-7]\d{2}\w*", row["CompteNum"]):
        yield "CompteNum", "account"


def _paired(row: Row) -> Iterator[tuple[str, str]]:
    yield from ((one, "pair") for one, other in PAIRS if bool(row[one]) != bool(row[other]))


CHECKS: tuple[Check, ...] = (_filled, _dated, _counted, _charted, _paired)


def _entry_faults(rows: list[tuple[int, Row]]) -> Iterator[Fault]:
    """Each entry balances and has one journal, one day and one piece of the file."""
    entries: dict[str, list[tuple[int, Row]]] = {}
    for number, row in rows:
        entries.setdefault(row["EcritureNum"], []).append((number, row))
    for lines in entries.values():
        first, last = lines[0][0], lines[-1][0]
        total = sum((cents(r["Debit"]) or 0) - (cents(r["Credit"]) or 0) for _n, r in lines)
        if total:
            yield Fault(first, "Debit", "balance")
        if last - first + 1 != len(lines):
            yield Fault(last, "EcritureNum", "torn")
        for column in ("JournalCode", "EcritureDate", "ValidDate"):
            if len({row[column] for _n, row in lines}) > 1:
                yield Fault(last, column, "differs within the entry")


def _order_faults(rows: list[tuple[int, Row]], name: str) -> Iterator[Fault]:
    """Numbers follow each other without gap; validation goes forward; nothing after the close."""
    match = NAME.fullmatch(name)
    close = match[2] if match else "99999999"
    before: Row | None = None
    for number, row in rows:
        if not row["EcritureNum"].isdigit():
            yield Fault(number, "EcritureNum", "number")
            continue
        if before is not None:
            step = int(row["EcritureNum"]) - int(before["EcritureNum"])
            if step not in (0, 1):
                yield Fault(number, "EcritureNum", "gap" if step > 1 else "order")
            if row["ValidDate"] < before["ValidDate"]:
                yield Fault(number, "ValidDate", "order")
        if row["EcritureDate"] > close:
            yield Fault(number, "EcritureDate", "after the close")
        before = row
