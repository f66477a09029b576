import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.participants.draw import rule
from bekal.participants.draw.rule import HOUSEHOLD_FULL, RESERVE, Rows, fill, order_of

ROOT, VALUE = bytes(range(32)), bytes(range(32, 64))


def key(number: int) -> bytes:
    return hashlib.sha256(b"bekal-draw-1" + ROOT + VALUE + number.to_bytes(8, "big")).digest()


def rows(people: Sequence[tuple[tuple[int, ...], int]], left: int = 1) -> Rows:
    """People as (their pools, their household or 0)."""
    known = sorted({pools for pools, _ in people})
    households = np.array([household for _, household in people], dtype=np.int32)
    return Rows(
        pools_of=known,
        combination=np.array([known.index(pools) for pools, _ in people], dtype=np.int16),
        household=households,
        left=np.where(households > 0, left, 0).astype(np.int16),
    )


def filled(people: Sequence[tuple[tuple[int, ...], int]], places: Sequence[int], left: int = 1) -> list[int]:
    """What becomes of people who are drawn in this order."""
    order = np.arange(1, len(people) + 1, dtype=np.int32)
    return [int(each) for each in fill(rows=rows(people, left), order=order, places=places)]


@pytest.mark.parametrize("count", [0, 1, 2, 5000])
def test_the_order_is_that_of_the_hashes(count: int) -> None:
    order = order_of(root=ROOT, value=VALUE, count=count)
    assert order.tolist() == sorted(range(1, count + 1), key=lambda number: (key(number), number))


def test_equal_beginnings_are_told_apart_by_the_rest_and_then_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = [b"\1" * 8 + b"\2" * 24, b"\1" * 8 + b"\1" * 24, b"\0" * 32, b"\1" * 8 + b"\2" * 24, b"\1" * 8 + b"\1" * 24]
    monkeypatch.setattr(rule, "_digests", lambda _before, start, end: digests[start:end])
    assert order_of(root=ROOT, value=VALUE, count=5).tolist() == [3, 2, 5, 1, 4]


def test_people_take_a_place_of_their_first_pool_with_one() -> None:
    # Pool 0 and 1 have a place each, the general one (2) two.
    people = [((0, 1), 0), ((0, 1), 0), ((0, 1), 0), ((), 0), ((0,), 0)]
    assert filled(people, [1, 1, 2]) == [0, 1, 2, 2, RESERVE]


def test_places_that_nobody_may_take_go_to_the_general_pool_in_a_second_walk() -> None:
    people = [((), 0), ((1,), 0), ((), 0), ((), 0), ((), 0)]
    assert filled(people, [2, 1, 1]) == [2, 1, 2, 2, RESERVE]


def test_a_full_household_is_passed_over() -> None:
    people = [((), 7), ((), 7), ((), 7), ((), 8), ((), 0)]
    assert filled(people, [4], left=2) == [0, 0, HOUSEHOLD_FULL, 0, 0]
    # Places that stay free do not open a full household.
    assert filled(people, [9, 9], left=1) == [1, HOUSEHOLD_FULL, HOUSEHOLD_FULL, 1, 1]


def test_whose_household_has_a_place_left_is_a_reserve() -> None:
    assert filled([((), 7), ((), 0), ((), 7), ((), 7)], [2], left=2) == [0, 0, RESERVE, RESERVE]


def test_a_household_without_any_place_left() -> None:
    assert filled([((), 7), ((), 0)], [2], left=0) == [HOUSEHOLD_FULL, 0]


_PERSON = st.tuples(st.sets(st.integers(0, 2)).map(lambda pools: tuple(sorted(pools))), st.integers(0, 4))


@given(st.lists(_PERSON, max_size=40), st.lists(st.integers(0, 8), min_size=4, max_size=4), st.integers(0, 3))
def test_what_holds_of_every_draw(people: list[tuple[tuple[int, ...], int]], places: list[int], left: int) -> None:
    found = filled(people, places, left)
    placed = [number for number, outcome in enumerate(found) if outcome >= 0]
    by_household = {token: sum(people[number][1] == token for number in placed) for token in range(1, 5)}
    assert all(count <= left for count in by_household.values())
    assert all(found[number] in (*people[number][0], 3) for number in placed)
    # Nobody is left out while a place is free that he could have.
    for number, outcome in enumerate(found):
        household = people[number][1]
        if outcome == HOUSEHOLD_FULL:
            assert by_household[household] == left
        elif outcome == RESERVE:
            assert len(placed) == sum(places)
            assert not household or by_household[household] < left
    # A pool's places go to its own people first.
    for pool in range(3):
        members = sum(pool in pools for pools, household in people if not household)
        assert sum(outcome == pool for outcome in found) <= places[pool]
        if not any(household for _, household in people):
            held = sum(pool in people[number][0] for number in placed)
            assert held >= min(members, places[pool])
