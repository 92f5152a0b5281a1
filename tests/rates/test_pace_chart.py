"""Labels of the pace chart are never written over each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.rates.pace_chart import HIGHEST, LOWEST, _edges, _meet, apart

NOTES = st.lists(
    st.fixed_dictionaries(
        {
            "x": st.floats(0, 100),
            "y": st.floats(LOWEST, HIGHEST),
            "text": st.text("abc %", min_size=3, max_size=14),
            "anchor": st.sampled_from(["start", "end"]),
        }
    ),
    max_size=4,
)


@given(NOTES)
def test_notes_give_way(notes):
    placed = apart(notes)
    assert [n["text"] for n in placed] == [n["text"] for n in notes]
    for number, one in enumerate(placed):
        assert not any(_meet(one, other) for other in placed[:number])


def test_nothing_sold_and_nothing_usual_is_read():
    sold = {"x": 84, "y": 6, "text": "0 % vendu", "anchor": "end"}
    usual = {"x": 75, "y": 2, "text": "d’habitude"}
    assert _meet(sold, usual)
    first, second = apart([sold, usual])
    assert first == sold
    assert not _meet(first, second)
    assert _edges(second) == _edges(usual)
