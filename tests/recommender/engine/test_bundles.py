from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Catalogue
from bekal.recommender.engine.bundles import Bundle, best_bundle

ADVERSARIAL = ("equal prices", "equal values", "negative", "gaussian", "follows the price", "one rupiah", "ordinary")


def catalogue_of(prices: list[int], topics: list[int]) -> Catalogue:
    codes = tuple(f"T{item:04d}" for item in range(len(prices)))
    return Catalogue(codes=codes, prices_idr=np.array(prices, np.int64), topics=np.array(topics, np.int32))


def enumerated(utilities: NDArray[np.int64], catalogue: Catalogue, *, balance_idr: int, most: int) -> tuple[int, int]:
    """Value and price of the best set, by trying all of them."""
    best = (0, 0)
    candidates = [item for item in range(len(utilities)) if utilities[item] > 0 and catalogue.prices_idr[item] <= balance_idr]
    for size in range(1, most + 1):
        for chosen in combinations(candidates, size):
            topics = [int(catalogue.topics[item]) for item in chosen if catalogue.topics[item] != UNKNOWN]
            price_idr = sum(int(catalogue.prices_idr[item]) for item in chosen)
            if price_idr <= balance_idr and len(set(topics)) == len(topics):
                value = sum(int(utilities[item]) for item in chosen)
                best = max(best, (value, -price_idr))
    return best[0], -best[1]


def check(bundle: Bundle, utilities: NDArray[np.int64], catalogue: Catalogue, *, balance_idr: int, most: int) -> None:
    items = list(bundle.items)
    known = [int(catalogue.topics[item]) for item in items if catalogue.topics[item] != UNKNOWN]
    assert len(items) == len(set(items)) <= most
    assert len(known) == len(set(known))
    assert bundle.price_idr == int(catalogue.prices_idr[items].sum()) <= balance_idr
    assert bundle.utility == int(utilities[items].sum())
    assert (bundle.utility, bundle.price_idr) == enumerated(utilities, catalogue, balance_idr=balance_idr, most=most)


def solved(utilities: NDArray[np.int64], catalogue: Catalogue, *, balance_idr: int, most: int = 4) -> Bundle:
    allowed = np.ones(len(utilities), np.bool_)
    return best_bundle(utilities, catalogue=catalogue, balance_idr=balance_idr, owned=[], allowed=allowed, most=most)


@given(
    rows=st.lists(st.tuples(st.integers(0, 12), st.integers(-3, 9), st.integers(UNKNOWN, 3)), max_size=10),
    balance=st.integers(0, 40),
    most=st.integers(1, 4),
)
@settings(max_examples=300, deadline=None)
def test_no_set_is_better(rows: list[tuple[int, int, int]], balance: int, most: int) -> None:
    catalogue = catalogue_of([price * 5_000 for price, *_ in rows], [topic for *_, topic in rows])
    utilities = np.array([value for _, value, _ in rows], dtype=np.int64)
    check(
        solved(utilities, catalogue, balance_idr=balance * 5_000, most=most),
        utilities,
        catalogue,
        balance_idr=balance * 5_000,
        most=most,
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_no_set_is_better_in_adversarial_cases(kind: str) -> None:
    random = np.random.default_rng(ADVERSARIAL.index(kind))
    for _ in range(1_430):
        count = int(random.integers(1, 17))
        prices = random.integers(1, 201, count) * 5_000
        utilities = np.rint(random.gamma(2.0, 2.0**16, count)).astype(np.int64)
        match kind:
            case "equal prices":
                prices[:] = 250_000
            case "equal values":
                utilities[:] = 7
            case "negative":
                utilities -= 2**17
            case "gaussian":
                utilities = np.rint(random.normal(0, 2.0**20, count)).astype(np.int64)
            case "follows the price":
                prices = random.integers(1, 400_000, count)
                utilities = prices.astype(np.int64)
            case "one rupiah":
                prices[random.random(count) < 0.5] = 1
        topics = random.integers(UNKNOWN, max(count // 2, 1), count).tolist()
        catalogue = catalogue_of(prices.tolist(), topics)
        balance_idr = int(random.choice([0, 1, 258_000, 300_000, 1_000_000, 10**9]))
        most = int(random.integers(1, 5))
        check(
            solved(utilities, catalogue, balance_idr=balance_idr, most=most),
            utilities,
            catalogue,
            balance_idr=balance_idr,
            most=most,
        )


def test_what_is_owned_or_not_allowed_is_in_no_bundle() -> None:
    catalogue = catalogue_of([100_000, 100_000, 100_000], [UNKNOWN] * 3)
    bundle = best_bundle(
        np.array([5, 4, 3], np.int64),
        catalogue=catalogue,
        balance_idr=300_000,
        owned=[0],
        allowed=np.array([True, False, True]),
    )
    assert bundle == Bundle(items=(2,), utility=3, price_idr=100_000)
