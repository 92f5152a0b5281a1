"""Read a CSV file strictly: every fault with its file, line and column, and all of them at once."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.core.errors import Refused
from app.core.i18n import _

MOST_FAULTS = 200
LARGEST = 64 * 1024 * 1024
MOST_MONEY = 1_000_000_000  # cents: no single sale is ten millions
FIRST, LAST = 1990, 2100  # the years of a venue's past and future
Day = TypeVar("Day", bound=dt.date)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where."""

    file: str
    line: int
    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.text}"


class Unreadable(Refused):
    """The file is not applied; `faults` says why, line by line."""

    code = "unreadable"

    def __init__(self, text: str, faults: list[Fault]) -> None:
        super().__init__(text, faults=[str(f) for f in faults])
        self.faults = faults


@dataclass(frozen=True)
class Column:
    """How a column is read. `name` is its heading in the file; a constant needs no heading."""

    read: Callable[[str], Any]
    name: str
    required: bool = True
    default: Any = None


@dataclass
class Sheet:
    """Rows that were read, each with its line, and the faults found on the way. `headings` are
    the file's own words for what we read."""

    file: str
    rows: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, column: str, text: str) -> None:
        """Note one more fault, up to as many as a person reads."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(self.file, line, column, text))

    def refuse_faults(self) -> None:
        """All or nothing: with one fault nothing is applied."""
        if self.faults:
            raise Unreadable(
                _("%(n)d erreur(s) dans le fichier : rien n’a été importé.", n=len(self.faults)),
                self.faults,
            )


def decode(content: bytes) -> str:
    """The text of an upload: gzip or plain; UTF-8 or UTF-16 by its mark, else Windows-1252."""
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise Refused(_("Ce fichier compressé est abîmé.")) from error
    if len(content) > LARGEST:
        raise Refused(_("Le fichier envoyé est trop lourd."))
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read(file: str, content: bytes, columns: Mapping[str, Column]) -> Sheet:
    """Every row with its values read; faults are collected, not raised."""
    text = decode(content)
    sheet = Sheet(file, headings={ours: column.name for ours, column in columns.items()})
    try:
        dialect: Any = csv.Sniffer().sniff(text[:4096], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
    try:
        _read_rows(sheet, rows, columns)
    except csv.Error:
        sheet.fault(rows.line_num + 1, "", _("cette ligne est illisible"))
    return sheet


def _read_rows(sheet: Sheet, rows: Any, columns: Mapping[str, Column]) -> None:
    headings = {(h or "").strip(): h for h in rows.fieldnames or ()}
    missing = [c.name for c in columns.values() if c.required and c.name not in headings]
    if missing:
        for name in missing:
            sheet.fault(1, name, _("cette colonne manque"))
        return
    known = {column.name for column in columns.values()}
    sheet.ignored = [name for name in headings if name and name not in known]
    for raw in rows:
        _read_row(sheet, rows.line_num, raw, columns, headings)
    if not sheet.rows and not sheet.faults:
        sheet.fault(1, "", _("le fichier ne contient aucune ligne"))


def _read_row(
    sheet: Sheet,
    line: int,
    raw: dict[Any, Any],
    columns: Mapping[str, Column],
    headings: Mapping[str, str],
) -> None:
    if None in raw:
        sheet.fault(line, "", _("il y a plus de valeurs que de colonnes"))
        return
    found: dict[str, Any] = {}
    for name, column in columns.items():
        value = bare((raw.get(headings.get(column.name, "")) or "").strip())
        if not value:
            found[name] = column.default
            if column.required:
                sheet.fault(line, column.name, _("cette valeur manque"))
            continue
        try:
            found[name] = column.read(value)
        except ValueError as error:
            sheet.fault(line, column.name, f"{value[:60]!r} : {error}")
    sheet.rows.append((line, found))


def bare(value: str) -> str:
    """A cell without the quote that the export puts before what a spreadsheet would reckon."""
    return value[1:] if value[:1] == "'" and value[1:2] in DANGEROUS else value


def text(longest: int = 200) -> Callable[[str], str]:
    """Words of a bounded length."""

    def read_text(value: str) -> str:
        if len(value) > longest or "\x00" in value:
            raise ValueError(_("un texte de %(n)d caractères au plus est attendu", n=longest))
        return value

    return read_text


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number inside bounds."""

    def read_whole(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(_("un nombre entier est attendu")) from None
        if not low <= number <= high:
            raise ValueError(_("un nombre de %(low)d à %(high)d est attendu", low=low, high=high))
        return number

    return read_whole


def money(value: str) -> int:
    """Cents of an amount such as `39`, `39,50` or `39.5`; a third decimal is refused."""
    bare = value.replace("\u00a0", "").replace("\u202f", "").replace(" ", "").removesuffix("€")
    whole_part, _sep, decimals = bare.replace(",", ".").partition(".")
    digits = whole_part.removeprefix("-")
    if not digits.isdecimal() or (decimals and not decimals.isdecimal()):
        raise ValueError(_("un montant tel que 39,50 est attendu"))
    if len(decimals) > 2:
        raise ValueError(_("un montant a deux décimales au plus"))
    if bare.startswith("-"):
        raise ValueError(_("un montant négatif n’est pas permis ici"))
    if len(digits.lstrip("0")) > 7:
        raise ValueError(_("ce montant est trop grand"))
    return int(whole_part) * 100 + int(decimals.ljust(2, "0") or 0)


def instant_local(value: str) -> dt.datetime:
    """A wall-clock time without zone, or an instant with one."""
    for reader in (dt.datetime.fromisoformat, _french_time):
        try:
            found = reader(value)
        except ValueError:
            continue
        return in_range(found)
    raise ValueError(_("une date et une heure sont attendues, 2026-11-26 14:00"))


def amount(low: int, high: int) -> Callable[[str], int]:
    """Cents inside bounds."""

    def read_amount(value: str) -> int:
        found = money(value)
        if not low <= found <= high:
            bounds = {"low": f"{low / 100:.2f}", "high": f"{high / 100:.2f}"}
            raise ValueError(_("un montant de %(low)s à %(high)s est attendu", **bounds))
        return found

    return read_amount


def in_range(found: Day) -> Day:
    """A day or an instant of a year in which a booking can be; refuses any other."""
    if not FIRST <= found.year <= LAST:
        raise ValueError(_("une année de %(low)d à %(high)d est attendue", low=FIRST, high=LAST))
    return found


def _french_time(value: str) -> dt.datetime:
    return dt.datetime.strptime(value, "%d/%m/%Y %H:%M")  # noqa: DTZ007  # the zone is the site's


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of a few words."""

    def read_word(value: str) -> str:
        if value not in allowed:
            raise ValueError(_("une valeur parmi : %(list)s", list=", ".join(allowed)))
        return value

    return read_word
