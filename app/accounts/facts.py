"""What accounts tell the features above them, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SignedIn:
    """Somebody whose e-mail is proved entered through a venue's (or the network's) door."""

    account_id: int
    email: str
    name: str
    locale: str
