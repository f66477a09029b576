from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Catalogue, kernels
from bekal.recommender.engine.bundles import Bundle, best_bundle
from bekal.recommender.engine.choosing import use_of_balance
from tests.recommender.engine.exact import Best, by_money, enumerated

ADVERSARIAL = (
    "equal prices",
    "equal values",
    "negative",
    "gaussian",
    "follows the price",
    "one rupiah",
    "η-dominated",
    "ordinary",
)
LARGE = ("equal values", "follows the price", "residues", "root", "square", "two prices", "star", "η-dominated", "huge", "nearly")


def catalogue_of(prices: list[int], topics: list[int]) -> Catalogue:
    codes = tuple(f"T{item:04d}" for item in range(len(prices)))
    return Catalogue(codes=codes, prices_idr=np.array(prices, np.int64), topics=np.array(topics, np.int32))


def check(utilities: NDArray[np.int64], catalogue: Catalogue, *, balance_idr: int, most: int) -> None:
    """The best set is found, of equals the first, and it is a set that may be."""
    bundle = solved(utilities, catalogue, balance_idr=balance_idr, most=most)
    items = list(bundle.items)
    known = [int(catalogue.topics[item]) for item in items if catalogue.topics[item] != UNKNOWN]
    assert len(items) == len(set(items)) <= most
    assert len(known) == len(set(known))
    assert bundle.price_idr == int(catalogue.prices_idr[items].sum()) <= balance_idr
    assert bundle.utility == int(utilities[items].sum())
    reference = enumerated(utilities, catalogue.prices_idr, catalogue.topics, balance_idr=balance_idr, most=most)
    assert (bundle.utility, bundle.price_idr, bundle.items) == reference


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
    check(utilities, catalogue, balance_idr=balance * 5_000, most=most)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_no_set_is_better_in_adversarial_cases(kind: str) -> None:
    random = np.random.default_rng(ADVERSARIAL.index(kind))
    for _ in range(1_250):
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
        if kind == "η-dominated":
            utilities = use_of_balance(utilities, prices_idr=catalogue.prices_idr, balance_idr=balance_idr, eta=2**30)
        most = int(random.integers(1, 5))
        check(utilities, catalogue, balance_idr=balance_idr, most=most)


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_the_bounded_method_alone_finds_the_first_of_the_best_sets(kind: str) -> None:
    random = np.random.default_rng(100 + ADVERSARIAL.index(kind))
    for _ in range(150):
        count = int(random.integers(1, 13))
        scale = int(random.choice([1, 5_000, 2**36]))
        prices = random.integers(1, 12, count) * scale
        values = {"equal values": np.full(count, 7), "follows the price": prices}.get(kind, random.integers(1, 9, count))
        if kind == "equal prices":
            prices = np.full(count, scale)
        topics = random.integers(UNKNOWN, 7, count).astype(np.int32)
        balance_idr, most = int(random.integers(1, 40)) * scale, int(random.integers(1, 5))
        fits = prices <= balance_idr
        prices, values, topics = prices[fits], values[fits], topics[fits]
        found = bounded(values, prices, topics, balance_idr=balance_idr, most=most)
        assert found == enumerated(values, prices, topics, balance_idr=balance_idr, most=most)


def bounded(
    values: NDArray[np.int64], prices: NDArray[np.int64], topics: NDArray[np.int32], *, balance_idr: int, most: int
) -> Best:
    """The best set by the method alone that begins where the searches gave up."""
    candidates = np.stack([values, prices, np.arange(values.size)], axis=1)[np.lexsort((prices, -values))]
    chosen, best = np.zeros(kernels.MOST, dtype=np.int64), np.zeros(3, dtype=np.int64)
    if values.size:
        kernels.complete(candidates, topics, most, balance_idr, chosen, best)
    items = candidates[chosen[: best[2]], 2]
    return int(best[0]), int(best[1]), tuple(items[np.lexsort((items, prices[items]))].tolist())


@pytest.mark.parametrize("most", [1, 2, 3])
def test_of_many_candidates_the_first_of_the_best_sets_is_found(most: int) -> None:
    random = np.random.default_rng(most)
    for _ in range(30):
        prices = random.integers(1, 200, 90) * 5_000
        # Values that rise with the price, so that hardly any item dominates another, and often tie.
        utilities = prices // 5_000 * 2 + random.integers(0, 6, 90)
        catalogue = catalogue_of(prices.tolist(), random.integers(UNKNOWN, 40, 90).tolist())
        balance_idr = int(random.integers(400_000, 1_500_000))
        check(utilities, catalogue, balance_idr=balance_idr, most=most)


def large(kind: str, *, count: int, balance_idr: int) -> tuple[Catalogue, NDArray[np.int64]]:
    """As many items, none of them dominated, in the ways that search longest."""
    random = np.random.default_rng(LARGE.index(kind))
    prices = random.integers(balance_idr // 350, balance_idr // 3, count)
    topics = np.full(count, UNKNOWN)
    match kind:
        case "equal values":
            utilities = np.full(count, 5)
        case "follows the price":
            utilities = prices
        case "residues":
            prices = prices // 6 * 6 + random.integers(0, 2, count)
            utilities, topics = prices * 7, random.integers(UNKNOWN, 30, count)
        case "root":
            utilities = (np.sqrt(prices) * 1_000).astype(np.int64)
        case "square":
            utilities = prices * prices // 1_000
        case "two prices":
            prices = np.where(random.random(count) < 0.5, balance_idr * 34 // 100, balance_idr // 10)
            prices += random.integers(0, balance_idr // 500, count)
            utilities = prices * 3 + random.integers(0, 500, count)
        case "star":
            prices = prices // 6 * 6 + random.integers(0, 2, count)
            utilities = prices * 7
            prices[0], utilities[0] = 5, 10**9
        case "η-dominated":
            utilities = use_of_balance(
                np.rint(random.normal(0, 1_000, count)).astype(np.int64), prices_idr=prices, balance_idr=balance_idr, eta=2**30
            )
        case "nearly":
            prices = prices // 10 * 10 + 1
            utilities, topics = (prices - 1) * 7 + random.integers(0, 5, count), random.integers(0, 4, count)
        case _:
            utilities = prices // 3 + random.integers(0, 5, count)
    return catalogue_of(prices.tolist(), topics.tolist()), utilities.astype(np.int64)


@pytest.mark.slow
@pytest.mark.parametrize("most", [3, 4])
@pytest.mark.parametrize("kind", LARGE)
def test_of_6000_items_no_set_is_better(kind: str, most: int) -> None:
    balance_idr = 9_001
    catalogue, utilities = large(kind, count=6_000, balance_idr=balance_idr)
    bundle = solved(utilities, catalogue, balance_idr=balance_idr, most=most)
    reference = by_money(utilities, catalogue.prices_idr, catalogue.topics, balance_idr=balance_idr, most=most)
    assert (bundle.utility, bundle.price_idr) == reference
    assert (int(utilities[list(bundle.items)].sum()), int(catalogue.prices_idr[list(bundle.items)].sum())) == reference


@pytest.mark.alone
@pytest.mark.parametrize("kind", LARGE)
def test_hard_families_do_not_explode(kind: str) -> None:
    balance_idr = 2**41 if kind == "huge" else 3_500_000
    for most in (3, 4):
        catalogue, utilities = large(kind, count=1_500, balance_idr=balance_idr)
        solved(utilities[:0], catalogue_of([], []), balance_idr=0)  # compiles
        begun = perf_counter()
        solved(utilities, catalogue, balance_idr=balance_idr, most=most)
        # Generous, because the machine may be busy. It notices an explosion, and is no proof of a bound.
        assert perf_counter() - begun < 0.5


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
