"""SIREN, SIRET, VAT numbers and IBANs: their keys checked, their spelling made one. Pure.

A key proves that a number was typed well, not that anybody has it: for a VAT number VIES is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stdnum import iban as iban_number
from stdnum.eu import vat as vat_number
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from app.core.errors import Refused
from app.core.i18n import _


class WrongNumber(Refused):
    """A number whose key does not fit."""

    code = "wrong_number"


def _checked(raw: str, validate: Callable[[str], Any], words: str, field: str) -> str:
    try:
        return str(validate(raw.replace(".", "").strip().upper()))
    except ValidationError as error:
        raise WrongNumber(words, field=field) from error


def siren(raw: str) -> str:
    """Nine digits."""
    words = _("Ce SIREN ne tombe pas juste : vérifiez ses neuf chiffres.")
    return _checked(raw, siren_number.validate, words, "siren")


def siret(raw: str) -> str:
    """Fourteen digits, of which the first nine are a SIREN."""
    words = _("Ce SIRET ne tombe pas juste : vérifiez ses quatorze chiffres.")
    return _checked(raw, siret_number.validate, words, "siret")


def vat(raw: str) -> str:
    """Two letters of a country of the European Union, then its own number."""
    words = _("Ce numéro de TVA ne tombe pas juste : vérifiez-le, pays compris.")
    return _checked(raw, vat_number.validate, words, "vat")


def iban(raw: str) -> str:
    """An account, by its international number."""
    words = _("Cet IBAN ne tombe pas juste : vérifiez ses chiffres.")
    return _checked(raw, iban_number.validate, words, "iban")


def vat_of_siren(number: str) -> str:
    """The French VAT number that follows from a SIREN."""
    checked = siren(number)
    return f"FR{(12 + 3 * (int(checked) % 97)) % 97:02d}{checked}"
