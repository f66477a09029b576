import numpy as np
import pytest
from numpy.typing import NDArray

from bekal.recommender.engine import kernels

PRICES = np.array([50, 100, 100, 200, 300, 700, 800])
EAGER = np.array([0.5, 1.0, 2.0, 4.0])
HISTORIES = [[5, 3, 1], [6, 0], [0, 1, 2, 3], [4], [3, 4, 0]]
BALANCES = [1_000, 0]


def by_hand(
    wanted: NDArray[np.float64], profiles: list[int], balances: NDArray[np.int64], reach: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    after, by_step = np.zeros((PRICES.size, PRICES.size)), np.zeros(EAGER.size)
    entry = 0
    for person, history in enumerate(HISTORIES):
        for place in range(len(history)):
            balance, chances = int(balances[entry]), wanted[profiles[person]].copy()
            steps = np.minimum(PRICES * EAGER.size // max(balance, 1), EAGER.size - 1)
            chances *= EAGER[steps] if balance else 1.0
            chances[reach[entry] :] = 0.0
            chances[history[:place]] = 0.0
            chances /= chances.sum()
            if place:
                after[history[:place]] += chances
                by_step += np.bincount(steps, chances, minlength=EAGER.size) if balance else 0.0
            entry += 1
    return after, by_step


@pytest.mark.parametrize("budget", [1_000, 0])
@pytest.mark.parametrize("much", [1.0, 1e14])
def test_expected_followers_and_parts_of_the_balance_are_those_of_the_definition(budget: int, much: float) -> None:
    """Where what is owned counts nearly all, differences of sums would be inexact."""
    wanted = np.exp(np.random.default_rng(2).normal(size=(2, PRICES.size)))
    wanted[:, 5] *= much
    profiles = [0, 0, 0, 1, 1]
    left = [max(budget - int(PRICES[h[:place]].sum()), 0) for h in HISTORIES for place in range(len(h))]
    balances, items = np.array(left), np.concatenate(HISTORIES).astype(np.int32)
    reach = np.maximum(np.searchsorted(PRICES, balances, side="right"), items + 1) if budget else np.full(items.size, PRICES.size)
    indptr = np.concatenate([[0], np.cumsum([len(h) for h in HISTORIES])])
    after, by_step = np.zeros((PRICES.size, PRICES.size)), np.zeros(EAGER.size)
    kernels.expect_followers(wanted, np.array(profiles), (indptr, items), (reach, balances), (PRICES, EAGER), (after, by_step))
    expected = by_hand(wanted, profiles, balances, reach)
    assert after == pytest.approx(expected[0], rel=1e-10, abs=1e-13)
    assert by_step == pytest.approx(expected[1], rel=1e-10, abs=1e-13)
