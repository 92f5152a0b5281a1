"""How figures, days and quantities are written on paper, in the language of the paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from babel import dates, numbers

from app.core.i18n import _, lang

NBSP = "\u00a0"


def locale() -> str:
    """Where the language of the paper is spoken."""
    return "fr_FR" if lang() == "fr" else "en_IE"


def figure(cents: int) -> str:
    """`1 165,70`: two decimals, no currency; the fonts of papers have no narrow blank."""
    text = numbers.format_decimal(Decimal(cents) / 100, "#,##0.00", locale=locale())
    return text.replace("\u202f", NBSP)


def price(unit: Decimal) -> str:
    """`16,25`; a price that cents cannot say shows up to four decimals: `0,3333`."""
    text = numbers.format_decimal(unit, "#,##0.00##", locale=locale())
    return text.replace("\u202f", NBSP)


def amount(cents: int, currency: str) -> str:
    """`1 165,70 €`."""
    symbol = numbers.get_currency_symbol(currency, locale())
    sign = f"−{NBSP}" if cents < 0 else ""
    if lang() == "fr":
        return f"{sign}{figure(abs(cents))}{NBSP}{symbol}"
    return f"{sign}{symbol}{figure(abs(cents))}"


def percent(bp: int) -> str:
    """`5,5 %`."""
    text = f"{Decimal(bp) / 100:f}".rstrip("0").rstrip(".") if bp % 100 else str(bp // 100)
    return text.replace(".", ",") + f"{NBSP}%" if lang() == "fr" else f"{text}%"


def day(day: dt.date, form: str = "d MMMM y") -> str:
    """`25 novembre 2026`; the first is `1er`."""
    text = dates.format_date(day, form, locale=lang())
    return f"1er{text[1:]}" if lang() == "fr" and form[0] == "d" and day.day == 1 else text


def short_day(day: dt.date) -> str:
    """`25/11/2026`, for tables whose rows may be years apart."""
    return dates.format_date(day, "dd/MM/y", locale="fr")


def span(first: dt.date, last: dt.date) -> str:
    """`du 3 au 25 novembre 2026`: what both days share is said once."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        start = _("1er") if first.day == 1 and lang() == "fr" else str(first.day)
    else:
        start = day(first, "d MMMM" if first.year == last.year else "d MMMM y")
    return _("du %(first)s au %(last)s", first=start, last=day(last))


def quantity(count: Decimal, unit: str) -> str:
    """`2 h`, `1,5 j`, `12 pers.`; a piece needs no word."""
    text = f"{count.normalize():f}"
    words = {
        "hour": _("h"),
        "day": _("j"),
        "month": _("mois"),
        "person": _("pers."),
        "piece": "",
    }
    said = text.replace(".", ",") if lang() == "fr" else text
    return f"{said}{NBSP}{words[unit]}" if words[unit] else said


def spaced(siren: str) -> str:
    """`732 829 320`."""
    return NBSP.join(siren[i : i + 3] for i in range(0, len(siren), 3))
