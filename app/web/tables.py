"""Lists out again as files that a spreadsheet opens: comma and semicolon where French is read,
point and comma elsewhere, so that a double click shows columns and sums add up."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from werkzeug.wrappers import Response

from app.core.i18n import lang

MARK, WIDEST = 4, 48
"""Room for the mark of a filter, and what no column of words goes past."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def as_table(form: str, name: str, heads: list[str], rows: Iterable[list[Any]]) -> Response:
    """Rows under their headings as a file: amounts are floats, days are dates."""
    make = {"csv": as_csv, "xlsx": _xlsx}[form]
    return sent(make(heads, rows), form, name)


def sent(content: bytes, form: str, name: str) -> Response:
    """A file for whoever asked, and for nobody's cache."""
    answer = Response(content, content_type=TYPES[form])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def cell(value: Any) -> str:
    """What no spreadsheet takes for a formula; amounts as the language writes them, ISO days."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", "," if lang() == "fr" else ".")
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(heads: list[str], rows: Iterable[list[Any]]) -> bytes:
    """UTF-8 with its mark, the separator that the language's spreadsheets expect."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if lang() == "fr" else ",")
    writer.writerow(heads)
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _xlsx(heads: list[str], rows: Iterable[list[Any]]) -> bytes:
    """Loaded when asked for: a web process does without most of the time. Columns are as wide as
    what is in them, and can be filtered."""
    library = import_module("xlsxwriter")
    out = io.BytesIO()
    book = library.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("Documents")
    money = book.add_format({"num_format": "#,##0.00"})
    day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
    strong = book.add_format({"bold": True, "bottom": 1})
    widths = [len(heading) + MARK for heading in heads]
    number = 0
    for column, heading in enumerate(heads):
        sheet.write_string(0, column, heading, strong)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            widths[column] = max(widths[column], _width(value))
            if isinstance(value, float):
                sheet.write_number(number, column, value, money)
            elif isinstance(value, int):
                sheet.write_number(number, column, value)
            elif isinstance(value, dt.date):
                sheet.write_datetime(number, column, dt.datetime.combine(value, dt.time()), day)
            else:
                sheet.write_string(number, column, str(value or ""))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, number, len(heads) - 1)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, WIDEST))
    book.close()
    return out.getvalue()


def _width(value: Any) -> int:
    """How many signs a cell shows."""
    if isinstance(value, float):
        return len(f"{value:,.2f}") + 1
    return len(str(value or "")) + 1
