"""Who acts in this request, as far as the shell needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import g


@dataclass(frozen=True)
class Actor:
    """A visitor unless `account_id` is set. `may` holds the names of what is permitted."""

    account_id: int | None = None
    name: str = ""
    email: str = ""
    role: str = "visitor"
    may: frozenset[str] = field(default_factory=frozenset)
    person_id: int | None = None
    support_visit: int | None = None
    token_id: int | None = None

    @property
    def is_signed_in(self) -> bool:
        """True for people with an account, false for visitors and tokens."""
        return self.account_id is not None

    def can(self, permission: str) -> bool:
        """Whether this permission was granted."""
        return permission in self.may


def actor() -> Actor:
    """The actor of this request; a visitor with no right at all until accounts say otherwise."""
    found: Actor = g.get("actor") or Actor()
    return found
