"""Front desk: a walk-in without a mouse, an arrival checked in and taken back."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from scripts.house import House
from tests.journeys.conftest import Opener, sign_in

TENANT = "(select id from tenant where slug = 'quai12')"
FREE_HOUR = f"""
    select to_char(hour at time zone 'Europe/Paris', 'YYYY-MM-DD HH24')
      from generate_series(date_trunc('day', now() at time zone 'Europe/Paris')
             at time zone 'Europe/Paris' + interval '2 days 11 hours',
             now() + interval '9 days', interval '1 hour') as hour
     where extract(hour from hour at time zone 'Europe/Paris') between 11 and 15
       and extract(isodow from hour at time zone 'Europe/Paris') < 6
       and not exists (select from occupancy o join space s on s.id = o.space_id
             where s.slug = 'passerelle' and o.tenant_id = {TENANT}
               and o.during && tstzrange(hour, hour + interval '1 hour'))
     order by hour limit 1
"""
EXPECTED = f"""
    with stay as (
      select tstzrange(now() + interval '1 minute', now() + interval '31 minutes') as during
    ), free as (
      select s.id as space, u.id as unit, during
        from stay, space s join composition c on c.space_id = s.id join unit u on u.id = c.unit_id
       where s.slug = 'open-space' and s.tenant_id = {TENANT}
         and not exists (select from occupancy o where o.unit_id = u.id and o.during && stay.during)
       limit 1
    ), made as (
      insert into booking (tenant_id, code, token, space_id, person_id, starts_at, ends_at, state,
                           payment_way, price_cents, vat_bp, steps, organisation, confirmed_at)
      select {TENANT}, %(code)s, %(code)s, space,
             (select min(id) from person where tenant_id = {TENANT}),
             lower(during), upper(during), 'confirmed', 'free', 0, 2000, '[]', '{{}}', now()
        from free
      returning id, space_id, starts_at, ends_at
    )
    insert into occupancy (tenant_id, unit_id, space_id, during, starts_at, ends_at,
                           kind, source, source_id)
    select {TENANT}, free.unit, m.space_id, free.during, m.starts_at, m.ends_at,
           'booking', 'booking', m.id
      from made m, free
    returning source_id
"""  # somebody whom the desk expects at this very minute, whatever the hour of the run


def test_a_walk_in_without_a_mouse(house: House, person: Opener) -> None:
    desk = person(wide=True)
    page = desk.page
    sign_in(desk, house, "quai12", "jeanne")
    page.goto(house.url("quai12", "/gestion"))
    day, hour = house.ask(FREE_HOUR)[0][0].split(" ")
    desk.press("n")
    page.wait_for_url("**/gestion/reservations/nouvelle")
    expect(page.get_by_label("Réservation", exact=True)).to_be_focused()
    page.keyboard.type(f"{day} pass {int(hour)}-{int(hour) + 1} zoe clavier")
    desk.press("Enter")
    button = page.get_by_role("button", name="Réserver pour")
    expect(button).to_be_focused()
    desk.press("Enter")
    page.wait_for_url(lambda url: "nouvelle" not in url)
    assert desk.moves == 3
    found = house.ask(
        "select state, payment_way from booking where organisation->>'name' = 'Zoe Clavier'"
    )
    assert found == [("confirmed", "desk")]
    page.goto(house.url("quai12", f"/gestion/jour/{day}"))
    expect(page.locator("[data-timeline] .slot", has_text="Zoe Clavier")).to_be_visible()


def test_an_arrival_is_noted_in_one_tap_and_taken_back(house: House, person: Opener) -> None:
    code = f"J{secrets.token_hex(3).upper()}"
    booking = house.ask(EXPECTED, code=code)[0][0]
    count = "select count(*) from check_in where booking_id = %(id)s"
    desk = person()
    page = desk.page
    sign_in(desk, house, "quai12", "jeanne")
    page.goto(house.url("quai12", "/gestion"))
    form = page.locator(f"form[action='/gestion/reservations/{code}/arrivee']").first
    desk.tap(form.get_by_role("button"))
    assert desk.moves == 1
    undo = page.locator("#flashes").get_by_role("button")
    expect(undo).to_be_visible()
    assert house.ask(count, id=booking) == [(1,)]
    desk.tap(undo)
    page.wait_for_load_state()
    expect(
        page.locator(f"form[action='/gestion/reservations/{code}/arrivee']").first
    ).to_be_visible()
    assert house.ask(count, id=booking) == [(0,)]
