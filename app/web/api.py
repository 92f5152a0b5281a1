"""What every JSON route shares: reading a body strictly, paging, and where the tokens look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.core.errors import Refused
from app.core.i18n import _

PREFIX = "/api/v1"
MOST = 100
LONGEST = 64 * 1024  # bytes of a body: the longest order has one


class BadRequest(Refused):
    """The request is not what the contract says; `errors` names each field and what is wrong."""

    status = 422
    code = "invalid"


class Unreadable(Refused):
    """The body is no JSON at all."""

    status = 400
    code = "unreadable"


class WrongType(Refused):
    """The body says that it is something else than JSON."""

    status = 415
    code = "unsupported_media_type"


@dataclass(frozen=True)
class Field:
    """One field of a body or query: how it is read and whether it must be there."""

    read: Callable[[Any], Any]
    required: bool = True
    default: Any = None


def text(longest: int = 200) -> Callable[[Any], str]:
    """A string that is not blank, of characters that can be written down."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise ValueError(_("un texte de 1 à %(n)d caractères est attendu", n=longest))
        if "\x00" in value:
            raise ValueError(_("le caractère nul n’est pas permis"))
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(_("ce texte n’est pas de l’Unicode"))
        return value.strip()

    return read


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A whole number inside bounds."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(_("un nombre entier est attendu"))  # noqa: TRY004  as every reader
        if not low <= value <= high:
            raise ValueError(_("un nombre de %(low)d à %(high)d est attendu", low=low, high=high))
        return value

    return read


def digits(low: int, high: int) -> Callable[[Any], int]:
    """A whole number as a query writes it."""
    number = whole(low, high)

    def read(value: Any) -> int:
        plain = value.isascii() and value.isdigit() and len(value) < 10
        return number(int(value) if plain else value)

    return read


def one_of(*allowed: str) -> Callable[[Any], str]:
    """One of a few words."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(_("une valeur parmi : %(list)s", list=", ".join(allowed)))
        return str(value)

    return read


def moment(value: Any) -> dt.datetime:
    """An instant with its offset, RFC 3339."""
    wrong = ValueError(_("un instant avec décalage est attendu, 2026-11-26T14:00+01:00"))
    try:
        found = dt.datetime.fromisoformat(value)
        if found.tzinfo is not None and 2000 <= found.year <= 2100:
            return found.astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        raise wrong from None
    raise wrong


def day(value: Any) -> dt.date:
    """A date."""
    try:
        found = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(_("une date est attendue, 2026-11-26")) from None
    if not 2000 <= found.year <= 2100:
        raise ValueError(_("une date de ce siècle est attendue"))
    return found


def check(given: Any, fields: dict[str, Field]) -> dict[str, Any]:
    """Every field read, or a refusal that names each wrong, missing and unknown one."""
    if not isinstance(given, dict):
        raise BadRequest(_("Un objet JSON est attendu."), errors=[])
    errors: list[dict[str, str]] = [
        {"field": name, "error": _("champ inconnu")} for name in given if name not in fields
    ]
    read: dict[str, Any] = {}
    for name, field in fields.items():
        if given.get(name) is None:
            read[name] = field.default
            if field.required:
                errors.append({"field": name, "error": _("ce champ est obligatoire")})
            continue
        try:
            read[name] = field.read(given[name])
        except ValueError as error:
            errors.append({"field": name, "error": str(error)})
    if errors:
        raise BadRequest(_("La demande n’est pas conforme."), errors=errors)
    return read


def body(fields: dict[str, Field]) -> dict[str, Any]:
    """The JSON body, read strictly. None at all is an object without fields."""
    if not request.content_length and not request.get_data(cache=True):
        return check({}, fields)
    if not request.is_json:
        raise WrongType(_("Le corps est du JSON : « Content-Type: application/json »."))
    try:
        given = request.get_json()
    except RequestEntityTooLarge:
        raise
    except (HTTPException, RecursionError) as error:
        raise Unreadable(_("Ce corps n’est pas du JSON lisible.")) from error
    return check(given, fields)


def query(fields: dict[str, Field]) -> dict[str, Any]:
    """The query string, read strictly."""
    return check(request.args.to_dict(), fields)


PAGING = {
    "page": Field(digits(1, 10_000), required=False, default=1),
    "per_page": Field(digits(1, MOST), required=False, default=50),
}
