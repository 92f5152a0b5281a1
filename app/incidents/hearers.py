"""Incidents hear that somebody is forgotten, or takes their data away."""

from app.incidents import forgotten

__all__ = ["forgotten"]
