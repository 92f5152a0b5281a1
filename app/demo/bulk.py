"""The demonstration's name for writing many rows at once."""

from app.core.bulk import Row, ids, span, write

__all__ = ["Row", "ids", "span", "write"]
