"""Tests of what events need."""
