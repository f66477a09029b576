from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bekal.recommender.engine import Interactions
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.data import NO_BALANCE, Spending
from bekal.recommender.engine.lifts import PRICE_STEPS, Followers, Setting

ONE = csr_array(np.ones((1, 1)))
"""All people are of one profile."""
PRICES = np.array([700, 300, 200, 100, 50, 800])


def spent(*histories: list[int], budget: int | None, prices: NDArray[np.int64] = PRICES) -> Interactions:
    """Everybody begins with a budget; None where nobody knows."""
    taken = Interactions.from_lists(histories, item_count=prices.size)
    balances = [
        NO_BALANCE if budget is None else budget - int(prices[h[:place]].sum()) for h in histories for place in range(len(h))
    ]
    return Interactions(taken.indptr, taken.items, taken.item_count, Spending(prices, np.array(balances, dtype=np.int64)))


def expected_by_hand(taken: Interactions, wanted: NDArray[np.float64], profiles: list[int]) -> NDArray[np.float64]:
    assert taken.spending is not None
    found = np.zeros((taken.item_count, taken.item_count))
    for person, profile in enumerate(profiles):
        history = taken.of(person).tolist()
        for place in range(1, len(history)):
            balance = int(taken.spending.balances[taken.indptr[person] + place])
            chances = wanted[profile].copy()
            if balance != NO_BALANCE:
                chances[max(balance, int(PRICES[history[place]])) < PRICES] = 0
            chances[history[:place]] = 0
            for earlier in history[:place]:
                found[earlier] += chances / chances.sum()
    return found


@pytest.mark.parametrize("budget", [1_000, None])
def test_expected_followers_are_those_of_the_definition(budget: int | None) -> None:
    random = np.random.default_rng(4)
    histories = [random.permutation(PRICES.size)[: random.integers(1, 5)].tolist() for _ in range(60)]
    taken = spent(*histories, budget=budget)
    scores = random.normal(size=(3, PRICES.size))
    profiles = random.integers(0, 3, 60)
    found = Setting(taken, Choices.of(taken), profiles, csr_array(np.eye(3)), scores).followers()
    assert found == pytest.approx(expected_by_hand(taken, np.exp(scores), profiles.tolist()), rel=1e-12)


def shoppers(count: int, *, lift: float, seed: int = 5) -> list[list[int]]:
    """Budget 1,000: all take an item and then another that the rest can buy; after item 1, item 4 so much more often."""
    random = np.random.default_rng(seed)
    popular = np.array([3.0, 2.0, 2.0, 2.0, 1.0, 3.0])
    histories = []
    for _ in range(count):
        first = int(random.choice(PRICES.size, p=popular / popular.sum()))
        chances = popular * (1_000 - PRICES[first] >= PRICES)
        chances[first] = 0
        if first == 1:
            chances[4] *= lift
        histories.append([first, int(random.choice(PRICES.size, p=chances / chances.sum()))])
    return histories


def followers(taken: Interactions, *, price_steps: int = 1) -> Followers:
    choices = Choices.of(taken)
    setting = Setting(taken, choices, np.zeros(taken.people_count, dtype=np.int64), ONE, np.log(choices.worth)[None])
    observed = np.zeros((PRICES.size, PRICES.size))
    for person in range(taken.people_count):
        for first, second in pairwise(taken.of(person).tolist()):
            observed[first, second] += 1
    return Followers(observed, setting.followers(price_steps=price_steps))


def test_what_the_rest_can_buy_anyway_is_no_lift() -> None:
    histories = shoppers(20_000, lift=4.0)
    known = followers(spent(*histories, budget=1_000)).log_lifts(prior=1.0, is_directed=True)
    # After the dearest item, 800 of 1,000, only three others can be bought.
    assert known[5, [2, 3]] == pytest.approx(np.zeros(2), abs=0.15)
    assert known[1, 4] > 0.8
    unknown = followers(spent(*histories, budget=None)).log_lifts(prior=1.0, is_directed=True)
    assert (unknown[5, [2, 3]] > 0.3).all()


def test_only_what_follows_more_often_is_supported() -> None:
    taken = spent(*shoppers(20_000, lift=4.0), budget=1_000)
    assert followers(taken, price_steps=PRICE_STEPS).supported(is_directed=True).tolist() == [[1, 4]]
    blind = spent(*shoppers(20_000, lift=4.0), budget=None)
    assert [5, 2] in followers(blind).supported(is_directed=True).tolist()
    none = spent(*shoppers(20_000, lift=1.0), budget=1_000)
    assert followers(none, price_steps=PRICE_STEPS).supported(is_directed=True).tolist() == []


def test_that_people_use_a_balance_up_is_no_lift() -> None:
    random = np.random.default_rng(6)
    prices = np.array([800, 400, *range(10, 210, 10), *range(310, 610, 20)])
    histories = []
    for _ in range(30_000):
        first = int(random.integers(0, 2))
        left = 1_000 - prices[first]
        chances = np.where(prices <= left, np.exp(3.0 * prices / left), 0.0)
        chances[:2] = 0
        histories.append([first, int(random.choice(prices.size, p=chances / chances.sum()))])
    taken = spent(*histories, budget=1_000, prices=prices)
    choices = Choices.of(taken)
    setting = Setting(taken, choices, np.zeros(taken.people_count, dtype=np.int64), ONE, np.zeros((1, prices.size)))
    observed = np.zeros((prices.size, prices.size))
    np.add.at(observed, (taken.items[::2], taken.items[1::2]), 1.0)
    found = {
        steps: Followers(observed, setting.followers(price_steps=steps)).log_lifts(prior=5.0, is_directed=True)
        for steps in (1, PRICE_STEPS)
    }
    near_200 = (prices > 150) & (prices <= 200)
    assert found[1][0, near_200].mean() > 0.25
    assert abs(found[PRICE_STEPS][0, near_200].mean()) < 0.1
