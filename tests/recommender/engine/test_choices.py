import numpy as np
import pytest
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Interactions
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.data import NO_BALANCE, Spending
from bekal.recommender.engine.popularity import log_popularity

PRICES = np.array([300, 100, 200, 100, UNKNOWN])


def bought(*histories: list[int], balances: list[int], prices: NDArray[np.int64] = PRICES) -> Interactions:
    taken = Interactions.from_lists(histories, item_count=prices.size)
    return Interactions(taken.indptr, taken.items, taken.item_count, Spending(prices, np.array(balances, dtype=np.int64)))


def test_what_could_be_bought_is_a_beginning_of_the_cheapest_first() -> None:
    choices = Choices.of(bought([0, 1], [2], [3, 1], balances=[1_000, 199, NO_BALANCE, 100, 0]))
    assert choices.cheapest_first.tolist() == [1, 3, 2, 0, 4]
    # What has no price nobody can buy with a balance that is known; what was taken could be bought, whatever prices are now.
    assert choices.reach.tolist() == [4, 2, 5, 2, 1]
    assert choices.balances.tolist() == [1_000, 199, 0, 100, 0]


def test_without_balances_worth_is_popularity() -> None:
    taken = Interactions.from_lists([[0, 1], [1], [1, 2, 3]], item_count=5)
    choices = Choices.of(taken)
    assert np.log(choices.worth) == pytest.approx(log_popularity(taken), abs=1e-12)
    assert choices.shares == pytest.approx(np.ones(6))
    assert choices.chances(np.array([0, 0, 1, UNKNOWN, 1, 1]), 3) == pytest.approx(np.array([[2.0] * 5, [3.0] * 5, [0.0] * 5]))


def test_what_few_could_buy_is_worth_more_than_how_often_it_was_taken() -> None:
    random = np.random.default_rng(3)
    prices = np.array([100, 200, 300, 400, 500, 600])
    truth = np.array([0.1, 0.2, 0.1, 0.3, 0.2, 0.1])
    balances = random.choice([250, 450, 1_000], size=40_000)
    weights = truth * (prices <= balances[:, None])
    ends = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    items = (random.random((balances.size, 1)) > ends).sum(axis=1)
    taken = bought(*([int(item)] for item in items), balances=balances.tolist(), prices=prices)
    choices = Choices.of(taken)
    assert choices.worth == pytest.approx(truth, abs=0.01)
    assert np.abs(np.exp(log_popularity(taken)) - truth).max() > 0.05
    # Times what items are worth, the chances are as often as each was taken.
    expected = choices.chances(np.zeros(items.size, dtype=np.int64), 1)[0] * choices.worth
    assert expected == pytest.approx(np.bincount(items), rel=0.01)
