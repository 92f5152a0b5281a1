"""What is one and what is many is not the same in French and in English."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core import i18n


@pytest.mark.parametrize(
    ("lang", "count", "said"),
    [
        ("fr", 0, "0 réservation"),
        ("fr", 1, "1 réservation"),
        ("fr", 2, "2 réservations"),
        ("en", 0, "0 bookings"),
        ("en", 1, "1 booking"),
        ("en", 2, "2 bookings"),
    ],
)
def test_a_count_takes_the_form_of_its_language(lang: str, count: int, said: str) -> None:
    app = Flask("words")
    i18n.install(app)
    with app.test_request_context(f"/?lang={lang}"):
        assert i18n._n("%(num)s réservation", "%(num)s réservations", count) == said
