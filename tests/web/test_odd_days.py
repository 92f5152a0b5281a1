"""A day that no calendar knows, in any address: an answer, never a fault of ours."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.at_desk import Colleague
from tests.world import World

DAYS = ("du", "au", "jour", "le", "semaine", "premier", "dernier", "jour-fin", "debut", "date")
MONTHS = ("mois", "periode")
FORMS = "<any(csv, xlsx):form>"


def addresses(app: Flask) -> list[str]:
    """Every page that one opens without a name of something, its files too."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    plain = {rule.rule.replace(FORMS, "csv") for rule in rules}
    return sorted(one for one in plain if "<" not in one and one != "/deconnexion")


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_no_page_stumbles_over_a_day(world: World, app: Flask, client, year: str) -> None:
    end = "01-01" if year == "0001" else "12-31"
    asked = dict.fromkeys(DAYS, f"{year}-{end}") | dict.fromkeys(MONTHS, f"{year}-{end[:2]}")
    asked |= {"annee": year, "heure": "10:00", "de": "10:00", "a": "12:00"}
    alice = Colleague(client(world.a.host), "alice")
    found = {one: alice.client.get(one, query_string=asked).status_code for one in addresses(app)}
    assert {one: status for one, status in found.items() if status >= 500} == {}
    assert sum(status == 200 for status in found.values()) > 50
