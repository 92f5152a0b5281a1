"""What happens to looks and hosts by the clock."""

from __future__ import annotations

from app.core import outbox
from app.tenants import appearance, domains


@outbox.job("tenants.publish")
def publish(appearance_id: int, by: int | None) -> None:
    """Put a scheduled draft online, unless it was changed since."""
    appearance.publish_due(appearance_id, by)


@outbox.job("tenants.sweep")
def sweep() -> None:
    """Hosts that were given up long ago are free for others."""
    domains.sweep()
