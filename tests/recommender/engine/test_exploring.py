import hashlib
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from bekal.recommender.engine.exploring import CANDIDATES, explore, probabilities

DRAWS = 4_000


def seeds(count: int) -> list[bytes]:
    return [b"draw %d" % number for number in range(count)]


@st.composite
def scores(draw: st.DrawFn) -> NDArray[np.float64]:
    return np.array(draw(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120)))


@given(scores(), st.binary(max_size=8), st.floats(1e-300, 1e6), st.integers(1, 12))
def test_a_shelf_holds_the_best_in_their_order_and_one_that_was_drawn(
    values: NDArray[np.float64], seed: bytes, temperature: float, shown: int
) -> None:
    found = explore(values, seed=seed, temperature=temperature, shown=shown)
    ranked = np.argsort(-values, kind="stable")
    places = found.order.tolist()
    assert len(places) == min(shown, len(values))
    assert places[found.slot] == found.drawn
    assert found.drawn in ranked[:CANDIDATES].tolist()
    assert [item for item in places if item != found.drawn] == [item for item in ranked if item != found.drawn][: len(places) - 1]
    assert found.probability == probabilities(values, temperature=temperature)[found.drawn]
    assert 0 < found.probability <= 1


@given(scores(), st.floats(1e-3, 1e6))
def test_probabilities_are_those_of_a_softmax_over_the_best(values: NDArray[np.float64], temperature: float) -> None:
    best = np.argsort(-values, kind="stable")[:CANDIDATES]
    weights = np.exp((values[best] - values.max()) / temperature)
    expected = np.zeros(len(values))
    expected[best] = weights / weights.sum()
    np.testing.assert_allclose(probabilities(values, temperature=temperature), expected, rtol=1e-12, atol=2**-55)


def test_equal_scores_have_exactly_equal_probabilities_and_nobody_has_none() -> None:
    assert probabilities(np.zeros(4), temperature=1.0).tolist() == [0.25] * 4
    assert (probabilities(np.array([0.0, -1e9]), temperature=1e-9) > 0).all()


def test_a_draw_is_the_same_on_every_machine() -> None:
    values = np.array([0.5, 0.25, 0.125, -1.0, 0.5])
    shelves = [explore(values, seed=seed, temperature=0.3, shown=3) for seed in seeds(50)]
    written = repr([(shelf.order.tolist(), shelf.slot, shelf.drawn, shelf.probability.hex()) for shelf in shelves])
    assert hashlib.sha256(written.encode()).hexdigest() == "8a6a569a032b5f4f80127da9bfaee3fab1d01b2b9474a3607d714d77bf482a13"


def test_probabilities_are_quotients_of_whole_weights() -> None:
    found = probabilities(np.array([2.0, 1.0, 0.0, -50.0]), temperature=1.0)
    weights = [2**56, int(2**56 * Decimal(-1).exp()), int(2**56 * Decimal(-2).exp()), 1]
    np.testing.assert_allclose(found, [weight / sum(weights) for weight in weights], rtol=2**-50)


def test_items_are_drawn_as_often_as_their_probabilities_say() -> None:
    values = np.random.default_rng(1).normal(size=60)
    expected = probabilities(values, temperature=0.7) * DRAWS
    drawn = [explore(values, seed=seed, temperature=0.7, shown=5).drawn for seed in seeds(DRAWS)]
    often = expected >= 20
    counts = np.bincount(drawn, minlength=60)
    observed = np.append(counts[often], counts[~often].sum())
    assert stats.chisquare(observed, np.append(expected[often], expected[~often].sum())).pvalue > 0.01


def test_each_place_is_drawn_equally_often_whatever_is_drawn_for_it() -> None:
    values = np.array([1.0, 0.5, 0.0, -0.5, -1.0, -1.5])
    shelves = [explore(values, seed=seed, temperature=1.0, shown=4) for seed in seeds(DRAWS)]
    table = np.zeros((6, 4), dtype=np.int64)
    np.add.at(table, ([shelf.drawn for shelf in shelves], [shelf.slot for shelf in shelves]), 1)
    assert stats.chisquare(table.sum(axis=0)).pvalue > 0.01
    assert stats.chi2_contingency(table).pvalue > 0.01


@pytest.mark.parametrize(
    ("values", "temperature", "shown"),
    [
        (np.array([]), 1.0, 3),
        (np.array([0.0, np.nan]), 1.0, 3),
        (np.array([0.0, np.inf]), 1.0, 3),
        (np.zeros((2, 2)), 1.0, 3),
        (np.zeros(2), 0.0, 3),
        (np.zeros(2), np.nan, 3),
        (np.zeros(2), np.inf, 3),
        (np.zeros(2), 1.0, 0),
    ],
)
def test_what_cannot_be_explored_is_refused(values: NDArray[np.float64], temperature: float, shown: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        explore(values, seed=b"", temperature=temperature, shown=shown)
