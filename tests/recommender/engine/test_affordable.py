import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bekal.recommender.engine import Catalogue, top_affordable
from tests.recommender.engine.strategies import catalogue_of, catalogues

BALANCES_IDR = (0, 49, 50, 258_000, 1_000_000)


def everything(count: int) -> NDArray[np.bool_]:
    return np.ones(count, dtype=np.bool_)


def best(
    scores: list[float], catalogue: Catalogue, *, balance_idr: int = 1_000_000, owned: tuple[int, ...] = (), top: int = 10
) -> list[int]:
    found: list[int] = top_affordable(
        np.array(scores, dtype=np.float64),
        catalogue=catalogue,
        balance_idr=balance_idr,
        owned=owned,
        allowed=everything(len(scores)),
        top=top,
    ).tolist()
    return found


@given(catalogues(largest=12), st.data())
def test_equals_sorting_everything_by_score_price_and_code(catalogue: Catalogue, data: st.DataObject) -> None:
    count = len(catalogue.codes)
    scores = data.draw(st.lists(st.sampled_from((-np.inf, -1.5, -0.0, 0.0, 2.0)), min_size=count, max_size=count))
    owned = data.draw(st.lists(st.integers(0, count - 1), unique=True)) if count else []
    allowed = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    balance_idr = data.draw(st.sampled_from(BALANCES_IDR))
    top = data.draw(st.integers(1, count + 1))
    found = top_affordable(
        np.array(scores, dtype=np.float64),
        catalogue=catalogue,
        balance_idr=balance_idr,
        owned=owned,
        allowed=np.array(allowed, dtype=np.bool_),
        top=top,
    )
    can_buy = [item for item in range(count) if catalogue.prices_idr[item] <= balance_idr and item not in owned and allowed[item]]
    expected = sorted(can_buy, key=lambda item: (-scores[item], catalogue.prices_idr[item], catalogue.codes[item]))
    assert found.tolist() == expected[:top]
    assert found.dtype == np.int32


def test_equal_scores_stand_by_price_then_code() -> None:
    assert best([1.0, 1.0, 1.0, 2.0], catalogue_of([300, 200, 200, 900])) == [3, 1, 2, 0]


def test_a_tie_at_the_last_place_is_broken_the_same_way() -> None:
    assert best([1.0] * 5, catalogue_of([5, 4, 3, 3, 4]), top=3) == [2, 3, 1]


def test_with_no_balance_free_items_are_left() -> None:
    assert best([3.0, 1.0, 2.0], catalogue_of([50, 0, 0]), balance_idr=0) == [2, 1]


def test_nothing_is_left_of_an_empty_catalogue_or_one_that_is_owned() -> None:
    assert best([], catalogue_of([])) == []
    assert best([1.0, 2.0], catalogue_of([0, 0]), owned=(0, 1)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"scores": np.array([1.0])}, "scores must be 2 numbers, none of them NaN"),
        ({"scores": np.array([1.0, np.nan])}, "scores must be 2 numbers, none of them NaN"),
        ({"allowed": everything(3)}, "allowed must be 2 booleans"),
        ({"allowed": np.array([0, 1])}, "allowed must be 2 booleans"),
        ({"top": 0}, "top must be 1 or more, not 0"),
        ({"balance_idr": -1}, "balance_idr must be 0 or more, not -1"),
        ({"owned": [2]}, "owned must be 0 … 1"),
        ({"owned": [-1]}, "owned must be 0 … 1"),
    ],
)
def test_wrong_input_is_named(changes: dict[str, object], says: str) -> None:
    right = {
        "scores": np.array([1.0, 2.0]),
        "catalogue": catalogue_of([50, 60]),
        "balance_idr": 100,
        "owned": [],
        "allowed": everything(2),
    }
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        top_affordable(**(right | changes))  # type: ignore[arg-type]
