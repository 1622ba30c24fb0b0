"""Places in an order: always room between two, whatever was done before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursecove.courses.positions import DIGITS, NoRoom, after, between, spread


@given(st.lists(st.integers(0, 30), max_size=200))
def test_there_is_room_between_any_two(choices: list[int]) -> None:
    order: list[str] = []
    for choice in choices:
        place = choice % (len(order) + 1)
        low = order[place - 1] if place else ""
        high = order[place] if place < len(order) else None
        order.insert(place, between(low, high))
    assert order == sorted(set(order))
    assert not any(each.endswith(DIGITS[0]) for each in order)


def test_appending_keeps_places_short() -> None:
    last = ""
    for _ in range(1000):
        following = after(last)
        assert following > last
        last = following
    assert len(last) <= 40


@given(st.integers(0, 3000))
def test_spread_places_are_in_order(count: int) -> None:
    places = spread(count)
    assert len(places) == count
    assert places == sorted(set(places))
    assert all(between(low, high) for low, high in zip(["", *places], [*places, None], strict=True))


def test_two_at_one_place_leave_no_room() -> None:
    with pytest.raises(NoRoom):
        between("V", "V")
