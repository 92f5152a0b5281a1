"""E-mail addresses as people type them."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from app.core.errors import Refused
from app.core.i18n import _


class BadAddress(Refused):
    """Nobody can be reached under this address."""

    code = "bad_address"


def mail_address(raw: str) -> str:
    """The address in the one form that is stored: checked, without blanks, in lower case."""
    try:
        found = validate_email(raw.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise BadAddress(
            _("Cette adresse e-mail est incomplète : elle s’écrit nom@exemple.fr.")
        ) from None
    return found.normalized.lower()
