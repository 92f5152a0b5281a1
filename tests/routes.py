"""A word of a route may stand for another row than elsewhere: a ticket’s `token` is its own."""

from __future__ import annotations

ALIASES = (
    ("/billets/attente/", "token", "wait_token"),
    ("/billets/", "token", "order_token"),
    ("/billets/", "code", "ticket_code"),
    ("/agenda/", "secret", "feed"),
)


def named(rule: str, name: str) -> str:
    """Which row a variable of a route means."""
    found = (row for start, word, row in ALIASES if rule.startswith(start) and word == name)
    return next(found, name)
