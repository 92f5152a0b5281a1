"""Bring a venue's past in, take everything out: files that say line and column of each fault."""
