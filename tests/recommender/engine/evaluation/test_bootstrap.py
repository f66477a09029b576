import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.recommender.engine.evaluation.bootstrap import DRAWS, drawn_means, holm, interval, p_below, p_two_sided


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(3, 2, (400, 1))
    low, high = interval(drawn_means(values, np.arange(400))[:, 0])
    error = values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.1 * error)


def test_people_measured_thrice_are_drawn_with_all_their_measurements() -> None:
    values = np.random.default_rng(1).normal(size=(200, 1))
    once = drawn_means(values, np.arange(200))
    thrice = drawn_means(np.vstack([values] * 3), np.tile(np.arange(200), 3))
    assert thrice == pytest.approx(once)


def test_columns_see_the_same_draws_and_parts_of_them_their_own_people() -> None:
    values = np.random.default_rng(1).normal(size=(50, 1))
    of = np.stack([np.ones(50, dtype=bool), np.arange(50) < 20, np.arange(50) >= 20], axis=1)
    every, first, last = drawn_means(np.repeat(values, 3, axis=1), np.arange(50), of=of).T
    assert every.shape == (DRAWS,)
    assert first.mean() == pytest.approx(values[:20].mean(), abs=0.02)
    assert last.mean() == pytest.approx(values[20:].mean(), abs=0.02)
    shifted = drawn_means(np.hstack([values, values + 1]), np.arange(50))
    assert shifted[:, 1] - shifted[:, 0] == pytest.approx(1)


def test_a_group_that_a_draw_misses_is_left_out_of_its_interval() -> None:
    of = np.array([[True], [False], [False]])
    draws = drawn_means(np.array([[5.0], [1.0], [1.0]]), np.arange(3), of=of)[:, 0]
    assert 0 < np.isnan(draws).sum() < DRAWS
    assert interval(draws) == (5, 5)


def test_nothing_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        drawn_means(np.empty((0, 1)), np.empty(0, dtype=np.int64))


def test_p_values_count_draws_and_are_never_zero() -> None:
    draws = np.array([-1.0] * 2 + [1.0] * 97)
    assert p_two_sided(draws) == pytest.approx(0.06)
    assert p_below(draws, -0.5) == pytest.approx(0.98)
    assert p_below(draws, 2) == pytest.approx(0.01)
    assert p_two_sided(np.zeros(99)) == 1


def test_the_correction_is_that_of_the_textbook() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0.0001, 1), max_size=20))
def test_a_corrected_p_lies_between_the_plain_one_and_bonferroni(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(plain <= p <= min(1, len(p_values) * plain) for plain, p in zip(p_values, corrected, strict=True))
    assert sorted(corrected) == [corrected[place] for place in sorted(range(len(p_values)), key=lambda at: p_values[at])]
