"""The cast is written for good, papers and all, and some of it may never be deleted again."""

from tests.apart import addresses, app, lasting_world, settings

__all__ = ["addresses", "app", "lasting_world", "settings"]
