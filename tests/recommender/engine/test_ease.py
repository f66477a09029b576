import numpy as np
import pytest

from bekal.recommender.engine import EASE, Demographics, Interactions
from bekal.recommender.engine.ease import PENALTIES, autoencoder


def test_each_item_is_the_ridge_regression_on_all_others() -> None:
    random = np.random.default_rng(5)
    taken = (random.random((60, 6)) < 0.4).astype(np.float64)
    effects = autoencoder(taken.T @ taken, 7.0)
    for item in range(6):
        others = [other for other in range(6) if other != item]
        inputs = taken[:, others]
        expected = np.linalg.solve(inputs.T @ inputs + 7.0 * np.eye(5), inputs.T @ taken[:, item])
        assert effects[others, item] == pytest.approx(expected, abs=1e-12)
    assert not np.diag(effects).any()


def test_the_penalty_must_be_above_nothing() -> None:
    with pytest.raises(ValueError, match="the penalty must be above 0"):
        autoencoder(np.zeros((2, 2)), 0.0)


def test_what_goes_together_is_predicted_and_popularity_without_history() -> None:
    taken = Interactions.from_lists([[0, 1]] * 40 + [[2, 3]] * 50, item_count=4)
    model = EASE.fit(taken, Demographics((), np.zeros((90, 0), dtype=np.int16)))
    assert model.parameters["penalty"] in PENALTIES
    scores = model.scores(
        Demographics((), np.zeros((3, 0), dtype=np.int16)), Interactions.from_lists([[0], [2], []], item_count=4)
    )
    assert scores.argmax(axis=1).tolist() == [1, 3, 2]
