"""F22: a price that looks at the person says so before the order; 500 orders, none without."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from random import Random

import pytest

from app.core import clock
from app.core.db import db
from app.core.slots import Interval
from app.members.models import Person
from app.rates import rules as rates
from app.rates import words
from app.tenants.models import Tenant
from tests.at_desk import Colleague
from tests.world import World, space, tomorrow

NOTICE, NEVER = "Prix personnalisé automatiquement", "votre profil"


def test_f22_no_price_of_500_looks_at_the_person_and_keeps_silent(world: World) -> None:
    dice, told = Random(22), 0
    place = space(world.a.room)
    wednesday = (2 - clock.now().weekday()) % 7
    for _turn in range(500):
        start = tomorrow(dice.randrange(9, 17), days=7 * dice.randrange(1, 6) + wednesday)
        wish = Interval(start, start + dt.timedelta(hours=dice.randrange(1, 3)))
        percent = dice.choice((100, 100, 95, 90, 70))
        quote = rates.ask(rates.Asked(place, wish, 1, "members", percent))
        plain = rates.ask(rates.Asked(place, wish, 1, "members", 100))
        said = words.why(quote)
        personal = quote.price_cents != plain.price_cents
        assert (NOTICE in said) >= personal
        assert (NOTICE in said) is not (NEVER in said)
        assert NOTICE not in words.why(plain)
        told += personal
    assert told > 100


def test_f22_a_rule_that_nobody_classified_counts_as_personal() -> None:
    assert not words.is_personal([{"code": "base"}, {"code": "pace"}])
    assert words.is_personal([{"code": "base"}, {"code": "age_of_the_customer"}])
    assert words.is_personal([{"code": "member"}])
    engine = Path(words.__file__).parents[2].joinpath("pricing", "quote.py").read_text("utf-8")
    parts = re.findall(r'^ +\("(\w+)", ', engine.partition("parts = (")[2], re.MULTILINE)
    assert len(parts) == 10
    assert set(parts) - words.IMPERSONAL == {"member"}  # what the engine can say is classified


@pytest.mark.parametrize("standing", ["member", "guest"])
def test_f22_the_checkout_says_it_to_members_and_to_nobody_else(
    client, world: World, standing: str
) -> None:
    with world.a.entered():
        db.session.get_one(Person, world.carla_person).standing = standing
        db.session.get_one(Tenant, world.a.id).member_percent = 80
        db.session.commit()
    carla = Colleague(client("a.localhost"), "carla")
    day = tomorrow(10, days=3).date()
    page = carla.read(f"/reserver?quoi=salle&duree=120&debut={day}")
    slots = re.findall(r'name="creneau" value="([^"]+)"', page)
    page = carla.read(f"/reserver?quoi=salle&duree=120&debut={day}&creneau={slots[0]}")
    is_member = standing == "member"
    assert (NOTICE in page, NEVER in page) == (is_member, not is_member)
