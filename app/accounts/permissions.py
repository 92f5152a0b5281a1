"""The one table of who may do what."""

from __future__ import annotations

ROLES = ("visitor", "coworker", "front_desk", "manager", "owner", "operator")

_COWORKER = frozenset({"me"})
_FRONT_DESK = _COWORKER | {
    "desk.see",
    "desk.book",
    "desk.check_in",
    "desk.take_payment",
    "people.see",
    "spaces.see",
    "rates.see",
    "incidents.see",
    "incidents.edit",
    "upkeep.see",
    "upkeep.tick",
    "events.see",
}
_MANAGER = _FRONT_DESK | {
    "spaces.edit",
    "upkeep.edit",
    "events.edit",
    "rates.edit",
    "appearance.edit",
    "settings.edit",
    "people.export",
    "people.edit",
    "refund.exception",
    "data.import",
    "money.see",
    "money.bill",
    "api_tokens.edit",
}
_OWNER = _MANAGER | {"team.edit", "payments.connect"}

PERMISSIONS: dict[str, frozenset[str]] = {
    "visitor": frozenset(),
    "coworker": _COWORKER,
    "front_desk": _FRONT_DESK,
    "manager": _MANAGER,
    "owner": _OWNER,
}

# On the network's own host.
OPERATOR = _COWORKER | {"network.see", "network.support", "network.create"}

# Inside a venue during a support visit: look, or look and mend; never money or people's data.
SUPPORT_READ = frozenset({"desk.see", "spaces.see", "rates.see"})
SUPPORT_WRITE = SUPPORT_READ | {"spaces.edit", "rates.edit", "appearance.edit", "settings.edit"}

# What a bearer token may be given.
API_SCOPES = ("spaces:read", "availability:read", "quotes:write", "bookings:read", "bookings:write")
