import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.recommender.engine import UNKNOWN, Attribute, Catalogue, Demographics, Interactions, age_band
from bekal.recommender.engine.data import Spending
from tests.recommender.engine.strategies import catalogues

SEX = Attribute("sex", ("F", "M"))


def rows(interactions: Interactions) -> list[list[int]]:
    return [interactions.of(person).tolist() for person in range(interactions.people_count)]


def test_pairs_become_histories_ordered_by_time_then_position() -> None:
    interactions = Interactions.from_pairs(
        [2, 0, 0, 0], [1, 2, 1, 0], people_count=4, item_count=3, times=np.array([5, 9, 9, 1], dtype=np.int64)
    )
    assert rows(interactions) == [[0, 1, 2], [], [1], []]
    assert interactions.lengths.tolist() == [3, 0, 1, 0]
    assert (interactions.indptr.dtype.name, interactions.items.dtype.name) == ("int64", "int32")


def test_of_an_item_taken_twice_the_earliest_is_kept() -> None:
    days = np.array(["2021-03-03", "2021-03-02", "2021-03-01"], dtype="datetime64[D]")
    interactions = Interactions.from_pairs([0, 0, 0], [1, 0, 1], people_count=1, item_count=2, times=days)
    assert rows(interactions) == [[1, 0]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 2)), max_size=20), st.randoms())
def test_the_order_of_pairs_does_not_matter(pairs: list[tuple[int, int, int]], random: Random) -> None:
    def histories() -> list[list[int]]:
        table = np.array(pairs, dtype=np.int64).reshape(-1, 3)
        return rows(Interactions.from_pairs(table[:, 0], table[:, 1], people_count=4, item_count=5, times=table[:, 2]))

    first = histories()
    random.shuffle(pairs)
    assert histories() == first


def test_nobody_and_nothing_are_fine() -> None:
    assert rows(Interactions.from_lists([], item_count=0)) == []
    assert rows(Interactions.from_pairs([], [], people_count=2, item_count=0)) == [[], []]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Interactions.from_lists([[3]], item_count=3), "items must be 0 … 2"),
        (lambda: Interactions.from_lists([[-1]], item_count=3), "items must be 0 … 2"),
        (lambda: Interactions.from_lists([[1, 1]], item_count=3), "items must not name one item twice for one person"),
        (lambda: Interactions.from_lists([[2**31]], item_count=3), "items must fit int32"),
        (
            lambda: replace(
                Interactions.from_lists([[1]], item_count=3), spending=Spending(np.ones(3, np.int64), np.ones(2, np.int64))
            ),
            "spending must have a balance for each item taken and a price for each item there is",
        ),
        (lambda: Spending(np.array([-2]), np.array([1])), "prices must be 0 or more, or -1"),
        (lambda: Interactions.from_lists([[]], item_count=-1), "the number of items must be 0 or more, not -1"),
        (
            lambda: Interactions(np.array([0, 2, 1, 3]), np.arange(3, dtype=np.int32), 3),
            "indptr must rise from 0 to the number of items taken",
        ),
        (
            lambda: Interactions(np.array([0, 2]), np.arange(3, dtype=np.int32), 3),
            "indptr must rise from 0 to the number of items taken",
        ),
        (
            lambda: Interactions.from_pairs([0.5], [0], people_count=1, item_count=1),
            "people must be whole numbers, not float64",
        ),
        (lambda: Interactions.from_pairs([[0]], [0], people_count=1, item_count=1), "people must have 1 axes, not 2"),
        (lambda: Interactions.from_pairs([1], [0], people_count=1, item_count=1), "people must be 0 … 0"),
        (
            lambda: Interactions.from_pairs([0], [0, 1], people_count=1, item_count=2),
            "people, items and times must be equally long",
        ),
        (
            lambda: Interactions.from_pairs(
                [0], [0], people_count=1, item_count=1, times=np.array(["NaT"], dtype="datetime64[s]")
            ),
            "times must all be known",
        ),
        (lambda: Attribute("", ("a",)), "an attribute must have a name"),
        (
            lambda: Attribute("sex", ("M", "F")),
            "levels of sex must be at most 32,767 different texts in ascending order, none empty",
        ),
        (lambda: Demographics((SEX,), np.array([[2]], dtype=np.int16)), "codes of sex must be -1 … 1"),
        (lambda: Demographics((SEX,), np.array([[-2]], dtype=np.int16)), "codes of sex must be -1 … 1"),
        (
            lambda: Demographics((SEX,), np.zeros((1, 2), dtype=np.int16)),
            "codes must have 1 columns, one for each attribute, not 2",
        ),
        (lambda: Demographics((SEX, SEX), np.zeros((1, 2), dtype=np.int16)), "attributes must have different names"),
        (
            lambda: Demographics.encode((SEX,), [{"sex": "F"}, {}]),
            "every person must have the attribute sex, None where it is not known",
        ),
        (lambda: catalogue(("b", "a"), [1, 1]), "codes must be different and in ascending order"),
        (lambda: catalogue(("a", "a"), [1, 1]), "codes must be different and in ascending order"),
        (lambda: catalogue(("a",), [1, 1]), "codes, prices_idr, topics and levels must be equally long"),
        (lambda: catalogue(("a", "b"), [1, -1]), "prices_idr must be 0 or more"),
        (
            lambda: Catalogue(("a",), np.zeros(1, dtype=np.int64), np.array([-2], dtype=np.int32)),
            "topics must be -1 or more",
        ),
        (
            lambda: Catalogue(("a",), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int32), np.array([-2], dtype=np.int8)),
            "levels must be -1 or more",
        ),
        (lambda: catalogue(("a",), [1]).affordable(-1), "balance_idr must be 0 or more, not -1"),
        (lambda: age_band(-1), "age_years must be 0 or more, not -1"),
    ],
)
def test_wrong_input_is_named(make: Callable[[], object], says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        make()


def catalogue(codes: tuple[str, ...], prices_idr: list[int]) -> Catalogue:
    return Catalogue(codes, np.array(prices_idr, dtype=np.int64), np.full(len(prices_idr), UNKNOWN, dtype=np.int32))


def test_without_levels_all_are_unknown() -> None:
    assert catalogue(("a", "b"), [1, 1]).levels.tolist() == [UNKNOWN, UNKNOWN]


def test_containers_keep_their_own_copy_that_cannot_be_written() -> None:
    given_items = np.array([0, 1], dtype=np.int32)
    interactions = Interactions(np.array([0, 2]), given_items, 2)
    given_items[0] = 1
    assert interactions.of(0).tolist() == [0, 1]
    with pytest.raises(ValueError, match="read-only"):
        interactions.of(0)[0] = 1


def test_levels_are_the_values_that_occur() -> None:
    assert Attribute.observed("sex", ["M", None, "F", "", "M"]) == SEX


def test_values_that_are_no_level_are_not_known() -> None:
    people: list[dict[str, str | None]] = [{"sex": "M", "age": "30"}, {"sex": None}, {"sex": ""}, {"sex": "X"}, {"sex": "F"}]
    encoded = Demographics.encode((SEX,), people)
    assert encoded.codes.tolist() == [[1], [UNKNOWN], [UNKNOWN], [UNKNOWN], [0]]
    assert encoded.codes.dtype == np.int16


def test_people_can_be_encoded_without_attributes() -> None:
    assert Demographics.encode((), [{"sex": "M"}, {}]).codes.shape == (2, 0)


@given(catalogues(), st.sampled_from((0, 50, 257_999, 258_000, 2**63 - 1)))
def test_affordable_items_stand_by_price_then_code(catalogue: Catalogue, balance_idr: int) -> None:
    expected = sorted(
        (price, code, item)
        for item, (price, code) in enumerate(zip(catalogue.prices_idr.tolist(), catalogue.codes, strict=True))
        if price <= balance_idr
    )
    assert catalogue.affordable(balance_idr).tolist() == [item for _, _, item in expected]


def test_items_are_found_by_code_and_others_left_out() -> None:
    assert catalogue(("a", "b", "c"), [1, 1, 1]).items_of(["c", "x", "a"]) == [2, 0]


def test_catalogues_are_the_same_when_their_codes_are() -> None:
    assert catalogue(("a", "b"), [1, 2]).sha256 == catalogue(("a", "b"), [5, 0]).sha256
    assert catalogue(("a", "b"), [1, 2]).sha256 != catalogue(("a,b",), [1]).sha256


@pytest.mark.parametrize(
    ("age_years", "band"),
    [
        (None, None),
        (0, "-17"),
        (17, "-17"),
        (18, "18-24"),
        (24, "18-24"),
        (25, "25-29"),
        (34, "30-34"),
        (54, "45-54"),
        (55, "55-"),
    ],
)
def test_age_bands(age_years: int | None, band: str | None) -> None:
    assert age_band(age_years) == band
