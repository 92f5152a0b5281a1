"""Two languages: French is written in the code, English comes from each feature's catalogue."""

from __future__ import annotations

import datetime as dt
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

LOCALES = ("fr", "en")
APP = Path(__file__).resolve().parents[1]


class French(NullTranslations):
    """The words of the code. One and a half, one or none are singular: « 0 réservation »."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form for a count."""
        return msgid1 if abs(n) < 2 else msgid2

    ungettext = ngettext


@lru_cache
def catalogue(locale: str) -> NullTranslations:
    """Every feature's .po file of a locale, merged; French needs none."""
    merged: Any = French()
    for path in sorted(APP.glob(f"*/translations/{locale}/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            po = read_po(file, locale=locale)
        buffer = io.BytesIO()
        write_mo(buffer, po)
        buffer.seek(0)
        found = Translations(buffer)
        merged = found if type(merged) is French else merged.merge(found)
    return merged  # type: ignore[no-any-return]


class Catalogues(Domain):  # type: ignore[misc]  # the library ships no types
    """Flask-Babel's domain, reading .po files at boot instead of compiled ones on disk."""

    def get_translations(self) -> NullTranslations:
        """The catalogue of the request's locale."""
        locale = get_locale()
        return catalogue(locale.language if locale else "fr")


domain = Catalogues()


def _(text: str, **values: Any) -> str:
    """Translate a French sentence into the request's language and fill its blanks."""
    if not has_request_context() and not g:
        return text % values if values else text
    return domain.gettext(text, **values)  # type: ignore[no-any-return]


def _n(one: str, many: str, count: int, **values: Any) -> str:
    """Translate with a plural."""
    return domain.ngettext(one, many, count, **values)  # type: ignore[no-any-return]


def chosen() -> str:
    """The language of this request: asked for, remembered, of the person, of the tenant."""
    if forced := g.get("locale"):
        return str(forced)
    if has_request_context():
        for wish in (request.args.get("lang"), request.cookies.get("lang")):
            if wish in LOCALES:
                return wish
        if spoken := g.get("account_locale"):
            return str(spoken)
        default = g.get("tenant_locale", "fr")
        return request.accept_languages.best_match([default, *LOCALES]) or default
    return "fr"


def euros(cents: int, currency: str = "EUR", *, signed: bool = False) -> str:
    """`39 €`, `19,40 €`: no decimals when there are none to say."""
    text = _amount(abs(cents), currency, "fr_FR" if lang() == "fr" else "en_IE")
    if cents < 0:
        return f"− {text}"
    return f"+ {text}" if signed else text


def typed_amount(cents: int) -> str:
    """`1991,00`, as a field of a form holds an amount; `money.typed` reads it again."""
    text = f"{cents // 100}.{cents % 100:02d}"
    return text.replace(".", ",") if lang() == "fr" else text


@lru_cache(maxsize=4096)
def _amount(cents: int, currency: str, locale: str) -> str:
    """A price grid says the same few amounts a hundred times."""
    pattern = ("#,##0" if cents % 100 == 0 else "#,##0.00") + "\u00a0¤"
    text = numbers.format_currency(
        cents / 100, currency, format=pattern, locale=locale, currency_digits=False
    )
    return str(text)


def lang() -> str:
    """The language of this request as two letters."""
    found = get_locale()
    return found.language if found else "fr"


def day_name(day: dt.date, form: str = "long") -> str:
    """`jeudi 26 novembre`, or `jeu. 26 nov.` for form='short'; the first of a month is `1er`."""
    patterns = {"long": "EEEE d MMMM", "short": "EEE d MMM", "year": "d MMMM y"}
    text = dates.format_date(day, patterns[form], locale=lang())
    if lang() == "fr" and day.day == 1:
        text = text.replace(" 1 ", " 1er ", 1) if form != "year" else text.replace("1 ", "1er ", 1)
    return text


def clock_range(start: dt.datetime, end: dt.datetime, zone: dt.tzinfo) -> Markup:
    """`14:00 – 16:00` on the venue's clock, kept on one line."""
    a, b = start.astimezone(zone), end.astimezone(zone)
    first, last = (f"{one:%H:%M}{season(one)}" for one in (a, b))
    return Markup('<span class="nowrap">{} – {}</span>').format(first, last)


def season(local: dt.datetime) -> str:
    """Which of the two it is, for a time that the clock shows twice that day; else nothing."""
    first, second = (local.replace(fold=n).utcoffset() or dt.timedelta() for n in (0, 1))
    if first <= second:
        return ""
    return " " + (_("(heure d’hiver)") if local.fold else _("(heure d’été)"))


def hours(minutes: int) -> str:
    """`2 h`, `1 h 30`, `45 min`."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} min"
    return f"{whole} h {rest:02d}" if rest else f"{whole} h"


def install(app: Flask) -> None:
    """Choose a language per request and give templates their words."""
    Babel(app, default_locale="fr", locale_selector=chosen, default_domain=domain)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(_=_, ngettext=_n, gettext=_)
    app.jinja_env.filters.update(
        euros=euros,
        typed_amount=typed_amount,
        day_name=day_name,
        clock_range=clock_range,
        hours=hours,
    )
