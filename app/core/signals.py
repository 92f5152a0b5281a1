"""Typed facts, heard in the same transaction: how news travels up the stack of features."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Fact = TypeVar("Fact")
_hearers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def hear(kind: type[Fact]) -> Callable[[Callable[[Fact], None]], Callable[[Fact], None]]:
    """Register a function that is called with each published fact of this type."""

    def register(function: Callable[[Fact], None]) -> Callable[[Fact], None]:
        if function not in _hearers[kind]:
            _hearers[kind].append(function)
        return function

    return register


def publish(fact: object) -> None:
    """Tell every hearer, in order. One that raises undoes the whole transaction."""
    for function in _hearers[type(fact)]:
        function(fact)
