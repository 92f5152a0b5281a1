"""F28: 400 good numbers pass, 400 bad ones do not. Both are made here by the books' own arithmetic,
without the library that checks them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from app.members import numbers
from app.members.numbers import WrongNumber

EACH = 100


def luhn(body: str) -> str:
    """The digit that makes the sum of digits, every second doubled, a multiple of ten."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def digits(dice: Random, count: int) -> str:
    return str(dice.randrange(1, 10)) + "".join(str(dice.randrange(10)) for _ in range(count - 1))


def a_siren(dice: Random) -> str:
    body = digits(dice, 8)
    return body + luhn(body)


def a_siret(dice: Random) -> str:
    body = a_siren(dice) + f"{dice.randrange(1, 9999):04d}"
    return body + luhn(body)


def a_vat(dice: Random) -> str:
    number = a_siren(dice)
    return f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


def mod97(text: str) -> int:
    rest = 0
    for sign in text:
        for digit in str(int(sign, 36)):
            rest = (rest * 10 + int(digit)) % 97
    return rest


def a_french_iban(dice: Random) -> str:
    """Bank 5, branch 5, account 11 and the old key of two, then the international key."""
    bank, branch, account = digits(dice, 5), digits(dice, 5), digits(dice, 11)
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    body = f"{bank}{branch}{account}{key:02d}"
    return f"FR{98 - mod97(body + 'FR00'):02d}{body}"


Maker = Callable[[Random], str]
KINDS: dict[str, tuple[Maker, Callable[[str], str]]] = {
    "siren": (a_siren, numbers.siren),
    "siret": (a_siret, numbers.siret),
    "vat": (a_vat, numbers.vat),
    "iban": (a_french_iban, numbers.iban),
}


def spoiled(good: str, dice: Random) -> str:
    """One digit another: every one of these keys sees that."""
    place = dice.choice([n for n, sign in enumerate(good) if sign.isdigit()])
    other = dice.choice([d for d in "0123456789" if d != good[place]])
    return good[:place] + other + good[place + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_f28_a_hundred_good_ones_pass_however_they_are_typed(kind: str) -> None:
    make, check = KINDS[kind]
    dice = Random(kind)
    for _turn in range(EACH):
        good = make(dice)
        typed = " ".join(good[n : n + 3] for n in range(0, len(good), 3)).lower()
        assert check(good) == check(typed) == good


@pytest.mark.parametrize("kind", KINDS)
def test_f28_a_hundred_bad_ones_do_not(kind: str) -> None:
    make, check = KINDS[kind]
    dice = Random(kind + " bad")
    for _turn in range(EACH):
        bad = spoiled(make(dice), dice)
        with pytest.raises(WrongNumber) as refusal:
            check(bad)
        assert refusal.value.detail["field"] == kind


@pytest.mark.parametrize("typed", ["", "12", "x" * 40, "732829320000000000", "ＦＲ"])
@pytest.mark.parametrize("kind", KINDS)
def test_f28_what_is_no_number_at_all_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(WrongNumber):
        KINDS[kind][1](typed)


@pytest.mark.parametrize(
    "number", ["DE 136 695 976", "BE 0428 759 497", "ES 54362315 K", "IT 0074 3110 157"]
)
def test_f28_vat_numbers_of_other_countries_are_known(number: str) -> None:
    """Numbers published as examples."""
    assert numbers.vat(number)
    with pytest.raises(WrongNumber):
        numbers.vat(number[:-1] + ("1" if number[-1] != "1" else "2"))


def test_f28_digits_of_another_script_become_ours() -> None:
    assert numbers.siren("7328293２0") == "732829320"


def test_a_siren_gives_its_vat_number() -> None:
    dice = Random(5)
    for _turn in range(20):
        good = a_vat(dice)
        assert numbers.vat_of_siren(good[4:]) == good
