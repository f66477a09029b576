from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bekal.recommender.engine.ridge import Moments, prefix_moments, subset_moments

ITEMS = 5

Pairs = list[tuple[NDArray[np.float64], NDArray[np.float64], float]]
"""What is shown beside the groups, what is to be predicted, and its weight."""


@st.composite
def histories(draw: st.DrawFn) -> list[list[int]]:
    history = st.permutations(range(ITEMS)).flatmap(lambda order: st.integers(1, ITEMS).map(lambda size: list(order[:size])))
    return draw(st.lists(history, min_size=1, max_size=6))


def indicator(items: list[int] | tuple[int, ...]) -> NDArray[np.float64]:
    row = np.zeros(ITEMS)
    row[list(items)] = 1
    return row


def matrix(rows: list[list[int]]) -> csr_array:
    return csr_array(np.stack([indicator(row) for row in rows]))


def groups_of(people: int) -> NDArray[np.float64]:
    return np.stack([np.ones(people), np.arange(people) % 2, np.arange(people) % 3 == 0], axis=1)


def enumerated(taken: list[list[int]], weights: NDArray[np.float64], length: int) -> Pairs:
    pairs: Pairs = []
    for history, groups, weight in zip(taken, groups_of(len(taken)), weights, strict=True):
        subsets = list(combinations(history, min(length, len(history) - 1)))
        for subset in subsets:
            rest = [item for item in history if item not in subset]
            pairs.append((np.concatenate([indicator(subset), groups]), indicator(rest), weight / len(subsets)))
    return pairs


def least_squares(pairs: Pairs, features: NDArray[np.int64], *, item_penalty: float, group_penalty: float) -> NDArray[np.float64]:
    columns = np.concatenate([features, ITEMS + np.arange(3)])
    gram = sum(weight * np.outer(shown[columns], shown[columns]) for shown, _, weight in pairs)
    cross = sum(weight * np.outer(shown[columns], rest) for shown, rest, weight in pairs)
    penalties = np.diag([item_penalty] * features.size + [0.0, group_penalty, group_penalty])
    solved: NDArray[np.float64] = np.linalg.solve(gram + penalties, cross)
    return solved


@given(histories(), st.integers(0, 4), st.sampled_from((0.0, 0.5, -1.0)), st.sampled_from((range(ITEMS), (0, 2, 3))))
def test_the_subset_view_is_the_mean_over_all_subsets(
    taken: list[list[int]], length: int, power: float, some: range | tuple[int, ...]
) -> None:
    features = np.array(some)
    weights = np.array([float(len(history)) ** power for history in taken])
    moments = subset_moments(matrix(taken), csr_array(groups_of(len(taken))), length=length, weights=weights, features=features)
    solved = moments.solved(item_penalty=2.0, group_penalty=3.0)
    expected = least_squares(enumerated(taken, weights, length), features, item_penalty=2.0, group_penalty=3.0)
    assert np.abs(solved - expected).max() < 1e-12


@given(histories(), st.integers(0, 4))
def test_the_prefix_view_shows_what_was_taken_first(taken: list[list[int]], length: int) -> None:
    cuts = [min(length, len(history) - 1) for history in taken]
    shown = [history[:cut] for history, cut in zip(taken, cuts, strict=True)]
    rest = [history[cut:] for history, cut in zip(taken, cuts, strict=True)]
    groups, features, weights = groups_of(len(taken)), np.arange(ITEMS), np.ones(len(taken))
    moments = prefix_moments(matrix(shown), matrix(rest), csr_array(groups), weights=weights, features=features)
    pairs: Pairs = [
        (np.concatenate([indicator(first), group]), indicator(then), 1.0)
        for first, then, group in zip(shown, rest, groups, strict=True)
    ]
    expected = least_squares(pairs, features, item_penalty=2.0, group_penalty=3.0)
    assert np.abs(moments.solved(item_penalty=2.0, group_penalty=3.0) - expected).max() < 1e-12


@pytest.mark.parametrize("people", [2, 50], ids=["fewer than items", "more than items"])
def test_what_is_predicted_while_choosing_is_what_the_solution_predicts(people: int) -> None:
    random = np.random.default_rng(3)
    taken = [random.permutation(ITEMS)[: random.integers(2, ITEMS)].tolist() for _ in range(40)]
    moments = subset_moments(matrix(taken), csr_array(groups_of(40)), length=2, weights=np.ones(40), features=np.arange(ITEMS))
    shown = csr_array(random.integers(0, 2, (people, ITEMS + 3)).astype(np.float64))
    predicted = moments.predicted(shown, item_penalty=5.0, group_penalty=1.0)
    assert predicted.dtype == np.float32
    assert predicted == pytest.approx(shown @ moments.solved(item_penalty=5.0, group_penalty=1.0), abs=1e-5)


def test_nobody_teaches_nothing() -> None:
    moments = Moments(np.zeros((4, 4)), np.zeros((4, 3)), 3)
    assert not moments.solved(item_penalty=1.0, group_penalty=1.0).any()
    assert not moments.predicted(csr_array(np.ones((2, 4))), item_penalty=1.0, group_penalty=1.0).any()


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="everybody must have taken an item"):
        subset_moments(matrix([[], [0]]), csr_array(groups_of(2)), length=1, weights=np.ones(2), features=np.arange(ITEMS))
    moments = Moments(np.ones((2, 2)), np.ones((2, 1)), 1)
    with pytest.raises(ValueError, match="penalties must be above 0"):
        moments.solved(item_penalty=0.0, group_penalty=1.0)
