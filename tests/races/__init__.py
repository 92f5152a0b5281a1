"""Races are raced: real threads, real commits, a real server."""
