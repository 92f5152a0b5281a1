"""Tests of requests for space."""
