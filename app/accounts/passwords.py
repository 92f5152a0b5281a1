"""Passwords: argon2id to keep them, a list on disk to refuse the ones that everybody guesses."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import fold

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
SHORTEST, LONGEST = 12, 200
LIST = Path(__file__).with_name("common-passwords.txt.gz")


class WeakPassword(Refused):
    """Too short, or among the first that a stranger would try."""

    code = "weak_password"


@lru_cache
def common() -> frozenset[str]:
    """The 19,640 passwords seen most often in leaks (as Django ships them, BSD licence)."""
    with gzip.open(LIST, "rt", encoding="utf-8") as file:
        return frozenset(line.strip() for line in file)


def _is_guessable(password: str, about: Iterable[str]) -> bool:
    """Common as it is or below its decoration, one bit repeated, a keyboard run, or one's name."""
    plain = fold(password)
    stem = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    if plain in common() or stem in common() or len(set(plain)) < 5:
        return True
    if re.fullmatch(r"(.{1,6})\1+", plain) or stem in "abcdefghijklmnopqrstuvwxyz":
        return True
    own = {word for text in about for word in re.split(r"[\W_]+", fold(text)) if len(word) > 2}
    for word in sorted(own, key=len, reverse=True):
        plain = plain.replace(word, "")
    return len(re.sub(r"[\W_]", "", plain)) < 6


def refuse_weak(password: str, about: Iterable[str] = ()) -> None:
    """Refuse under 12 characters, over 200, and what is guessed first; any sign will do."""
    if len(password) < SHORTEST:
        raise WeakPassword(
            _("Choisissez un mot de passe d’au moins %(count)s caractères.", count=SHORTEST)
        )
    if len(password) > LONGEST:
        raise WeakPassword(_("Un mot de passe compte au plus %(count)s caractères.", count=LONGEST))
    if _is_guessable(password, about):
        raise WeakPassword(
            _("Ce mot de passe est parmi les premiers que l’on essaie : choisissez-en un autre.")
        )


def _canonical(password: str) -> str:
    """The same keys give the same bytes on every system."""
    return unicodedata.normalize("NFC", password)


def seal(password: str) -> str:
    """The only form in which a password is kept."""
    return HASHER.hash(_canonical(password))


@lru_cache
def _decoy() -> str:
    return HASHER.hash("nobody has this password")


def matches(sealed: str | None, password: str) -> bool:
    """Whether it is the one. As slow for an account that is not there as for one that is."""
    try:
        HASHER.verify(sealed or _decoy(), _canonical(password[:LONGEST]))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return sealed is not None


def is_dated(sealed: str) -> bool:
    """Sealed with older, weaker settings: seal again at the next sign-in."""
    return HASHER.check_needs_rehash(sealed)
