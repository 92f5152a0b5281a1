"""Operators of venues, their networks, hosts, brand and settings."""
