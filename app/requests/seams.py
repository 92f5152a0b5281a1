"""What features above bring to requests. They add their functions at boot."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from app.requests.models import SpaceRequest

STAFF: list[Callable[[SpaceRequest], Markup]] = []
"""Cards on a request's page: what it needs."""
