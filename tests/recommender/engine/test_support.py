import numpy as np

from bekal.recommender.engine.support import FALSE_SHARE, exceeding


def test_of_what_is_said_to_exceed_few_do_not() -> None:
    random = np.random.default_rng(1)
    expected = random.gamma(0.5, 0.02, size=300_000)
    lifted = random.random(expected.size) < 0.01
    observed = random.poisson(expected * np.where(lifted, 20.0, 1.0)).astype(np.float64)
    found = exceeding(observed, expected)
    assert found.sum() > 20
    assert (found & ~lifted).sum() <= 2 * FALSE_SHARE * found.sum()
    # One alone among so many proves nothing, however little was expected.
    assert not found[(observed == 1) & (expected > 1e-3)].any()


def test_where_nothing_exceeds_next_to_nothing_is_said_to() -> None:
    random = np.random.default_rng(2)
    expected = random.gamma(0.5, 0.02, size=300_000)
    assert exceeding(random.poisson(expected).astype(np.float64), expected).sum() <= 1


def test_what_was_not_expected_or_not_seen_exceeds_nothing() -> None:
    assert not exceeding(np.array([5.0, 0.0]), np.array([0.0, 3.0])).any()
    assert not exceeding(np.zeros((2, 2)), np.zeros((2, 2))).any()
    assert exceeding(np.array([50.0]), np.array([2.0])).tolist() == [True]
