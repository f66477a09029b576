import numpy as np
import pytest
from numpy.typing import NDArray

from bekal.recommender.engine.descent import lowest


def test_the_lowest_point_of_a_parabola_is_found() -> None:
    random = np.random.default_rng(3)
    root = random.normal(size=(60, 40))
    curved, goal = root.T @ root + np.eye(40), random.normal(size=40)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        away = point - goal
        return float(0.5 * away @ curved @ away), curved @ away

    found = lowest(loss, np.zeros(40), iterations=200, tolerance=1e-14)
    assert found == pytest.approx(goal, abs=1e-5)


def test_steps_are_shortened_where_the_slope_promises_too_much() -> None:
    """log(e^x + e^-2x), whose curvature changes much: a full step of the slope from far away overshoots."""

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = np.array([10.0, -20.0]) * point
        value = np.logaddexp(*scores)
        return float(value), np.array([np.exp(scores - value) @ [10.0, -20.0]])

    found = lowest(loss, np.array([3.0]), iterations=100, tolerance=1e-12)
    assert found == pytest.approx([np.log(2) / 30], abs=1e-5)


def test_no_step_is_taken_without_iterations() -> None:
    assert lowest(lambda point: (float(point @ point), 2 * point), np.ones(2), iterations=0, tolerance=1e-6).tolist() == [1, 1]
