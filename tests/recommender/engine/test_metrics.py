import re
from math import log2

import numpy as np
import pytest

from bekal.recommender.engine import UNKNOWN, Interactions
from bekal.recommender.engine.metrics import ndcg, recall

TARGETS = Interactions.from_lists([[0, 1, 2], [5]], item_count=6)


def places(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.int32)


def test_by_hand() -> None:
    ranked = places([3, 0, 2], [4, UNKNOWN, UNKNOWN])
    assert ndcg(ranked, TARGETS, k=3).tolist() == [pytest.approx((1 / log2(3) + 1 / 2) / (1 + 1 / log2(3) + 1 / 2)), 0.0]
    assert recall(ranked, TARGETS, k=3).tolist() == [pytest.approx(2 / 3), 0.0]


def test_all_places_right_is_one_although_fewer_targets_or_places_are_left() -> None:
    ranked = places([2, 1], [5, 0])
    assert ndcg(ranked, TARGETS, k=2).tolist() == [1.0, 1.0]
    assert recall(ranked, TARGETS, k=2).tolist() == [pytest.approx(2 / 3), 1.0]


def test_places_after_k_do_not_count() -> None:
    assert ndcg(places([3, 0], [4, 5]), TARGETS, k=1).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("ranked", "targets", "k", "says"),
    [
        (places([0], [1]), TARGETS, 2, "ranked must have 2 rows and at least k columns, k being 1 or more"),
        (places([0]), TARGETS, 1, "ranked must have 2 rows and at least k columns, k being 1 or more"),
        (places([0], [1]), TARGETS, 0, "ranked must have 2 rows and at least k columns, k being 1 or more"),
        (places([0], [6]), TARGETS, 1, "ranked must be -1 … 5"),
        (places([0, 0], [1, 2]), TARGETS, 2, "ranked must not name one item twice for one person"),
        (places([0], [1]), Interactions.from_lists([[0], []], item_count=6), 1, "every person must have a target"),
    ],
)
def test_wrong_input_is_named(ranked: np.ndarray, targets: Interactions, k: int, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        recall(ranked, targets, k=k)
