"""How often programs may ask: each token, and each network address whatever its tokens."""

from __future__ import annotations

import datetime as dt

from flask import current_app, g, request

from app.accounts import limits
from app.core.i18n import _
from app.web.actor import actor
from app.web.api import PREFIX

MINUTE = dt.timedelta(minutes=1)
VENUES = 2  # one machine may ask in the name of so many busy venues


def meter() -> None:
    """Count a call of the API before anything is done for it; refuse with 429 past the limit.

    Who has no valid token is counted by address alone, so that nobody tries tokens for long.
    """
    if "route" not in g or not request.path.startswith(f"{PREFIX}/"):
        return
    most = current_app.config["SETTINGS"].api_per_minute
    counts = {f"api:from:{request.remote_addr}": most * VENUES}
    if (token := actor().token_id) is not None:
        counts[f"api:token:{token}"] = most
    if seconds := limits.wait(counts, MINUTE):
        raise limits.TooMany(
            _("Trop de demandes : attendez %(n)d secondes.", n=seconds), retry_after=seconds
        )
