"""The door opens with the book of tickets that are sold."""

from app.doors import book

__all__ = ["book"]
