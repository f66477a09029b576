from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from bekal.recommender.engine.exploring import explore, probabilities
from bekal.recommender.engine.uplift import (
    Comparison,
    Outcome,
    Verdict,
    compare,
    difference,
    holm,
    off_policy,
)

DEADLINE = date(2021, 12, 15)
AFTER = date(2021, 12, 16)


def two_arms(seed: int, *, people: int = 1_000) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Outcomes, arms and three covariates of which two matter."""
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(people, 3)) * [1, 1_000, 1]
    treated = rng.random(people) < 0.4
    values = covariates @ [2, 0.003, 0] + treated * (1 + covariates[:, 0]) + rng.standard_t(5, size=people) * (1 + treated)
    return values, treated, covariates


def compared(values: NDArray[np.float64], assigned: NDArray[np.int64], **changed: Any) -> Comparison:
    arguments: dict[str, Any] = {
        "arms": ("control", "treated"),
        "pairs": [(0, 1)],
        "today": AFTER,
        "deadline": DEADLINE,
        **changed,
    }
    (found,) = compare([Outcome("unspent_idr", values, of_interest=1.0, less_is_better=True)], assigned, **arguments)
    return found


def test_without_covariates_a_difference_is_welchs() -> None:
    values, treated, _ = two_arms(1)
    expected = stats.ttest_ind(values[treated], values[~treated], equal_var=False)
    interval = expected.confidence_interval(0.95)
    found = difference(values, treated)
    np.testing.assert_allclose(
        [found.low, found.high, found.p_value, found.freedom], [interval.low, interval.high, expected.pvalue, expected.df]
    )


def test_with_covariates_it_is_the_regression_with_all_interactions_and_hc2() -> None:
    values, treated, covariates = two_arms(2)
    centred = covariates - covariates.mean(axis=0)
    design = np.column_stack([np.ones(len(values)), treated, centred, centred * treated[:, None]])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ values
    leverage = np.einsum("ij,jk,ik->i", design, bread, design)
    meat = design.T @ (design * ((values - design @ beta) ** 2 / (1 - leverage))[:, None])
    found = difference(values, treated, covariates)
    np.testing.assert_allclose([found.value, found.standard_error], [beta[1], np.sqrt((bread @ meat @ bread)[1, 1])])
    assert found.covariates == 3
    assert found.standard_error < 0.8 * difference(values, treated).standard_error


def test_columns_that_say_nothing_new_are_left_out() -> None:
    values, treated, covariates = two_arms(3)
    rare = np.zeros(len(values))
    rare[:9] = 1
    noise = np.column_stack([covariates, np.full(len(values), 7.0), covariates[:, 0] * 3 - covariates[:, 2], rare, treated])
    found = difference(values, treated, noise)
    assert found.covariates == 3
    np.testing.assert_allclose(found.value, difference(values, treated, covariates).value)


def test_small_arms_are_not_adjusted_for_more_than_they_can_bear() -> None:
    values, treated, covariates = two_arms(4, people=100)
    assert min(treated.sum(), (~treated).sum()) // 20 == 1
    assert difference(values, treated, covariates).covariates == 1


def test_a_binary_outcome_is_a_difference_of_shares() -> None:
    treated = np.repeat([False, True], 1_000)
    values = np.concatenate([np.arange(1_000) < 300, np.arange(1_000) < 360]).astype(np.float64)
    found = difference(values, treated)
    error = np.sqrt(0.3 * 0.7 / 999 + 0.36 * 0.64 / 999)
    np.testing.assert_allclose([found.value, found.standard_error], [0.06, error])


def test_equal_outcomes_differ_by_nothing() -> None:
    found = difference(np.ones(10), np.arange(10) < 5)
    assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)


@given(st.integers(0, 1_000), st.floats(-1e3, 1e3), st.floats(1e-6, 1e6))
def test_units_and_origins_do_not_matter(seed: int, shift: float, scale: float) -> None:
    values, treated, covariates = two_arms(seed, people=200)
    plain = difference(values, treated, covariates)
    moved = difference((values + shift) * scale, treated, (covariates - shift) / scale)
    np.testing.assert_allclose([moved.value / scale, moved.high / scale], [plain.value, plain.high], rtol=1e-8, atol=1e-8)
    assert moved.covariates == plain.covariates


def test_the_minimum_detectable_difference_is_found_four_times_out_of_five() -> None:
    rng = np.random.default_rng(5)
    treated = np.arange(400) < 200
    detectable = difference(np.tile([-1.0, 1.0], 200), treated).minimum_detectable()
    found = sum(difference(rng.normal(size=400) + detectable * treated, treated).p_value < 0.05 for _ in range(1_000))
    assert found / 1_000 == pytest.approx(0.8, abs=0.04)


def test_with_more_tests_a_larger_difference_is_needed() -> None:
    found = difference(*two_arms(6)[:2])
    assert found.minimum_detectable(tests=6) > found.minimum_detectable()


def test_p_values_are_corrected_as_holm_says() -> None:
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


class TestVerdict:
    assigned = np.arange(2_000) % 2
    noise = np.repeat(np.random.default_rng(7).normal(size=1_000), 2)
    """The same in both arms."""

    def test_nothing_is_said_before_the_deadline_has_passed(self) -> None:
        found = compared(self.noise - 5.0 * self.assigned, self.assigned, today=DEADLINE)
        assert (found.verdict, found.difference, found.p_holm) == (Verdict.NOT_YET, None, None)
        assert found.minimum_detectable is not None

    @pytest.mark.parametrize(("effect", "verdict"), [(-0.5, Verdict.BETTER), (0.5, Verdict.WORSE), (0.0, Verdict.NOT_SHOWN)])
    def test_afterwards_it_is_said_what_was_found(self, effect: float, verdict: Verdict) -> None:
        assert compared(self.noise + effect * self.assigned, self.assigned).verdict is verdict

    def test_few_people_conclude_nothing(self) -> None:
        found = compared(self.noise - 5.0 * self.assigned, self.assigned, least_per_arm=1_001)
        assert found.verdict is Verdict.TOO_FEW
        assert found.difference is not None

    def test_one_person_in_an_arm_has_no_difference(self) -> None:
        found = compared(self.noise, (np.arange(2_000) == 0).astype(np.int64))
        assert (found.verdict, found.people, found.difference) == (Verdict.TOO_FEW, (1_999, 1), None)

    @pytest.mark.parametrize(("cases", "verdict"), [(9, Verdict.TOO_FEW), (10, Verdict.BETTER)])
    def test_a_rare_binary_outcome_concludes_nothing(self, cases: int, verdict: Verdict) -> None:
        lost = np.where(self.assigned == 1, np.arange(2_000) < 2 * cases, np.arange(2_000) < 400).astype(np.float64)
        assert compared(lost, self.assigned).verdict is verdict

    def test_an_experiment_too_weak_for_what_matters_concludes_nothing(self) -> None:
        found = compared(30 * self.noise - 10.0 * self.assigned, self.assigned)
        assert found.p_holm is not None
        assert found.p_holm < 0.05
        assert found.verdict is Verdict.UNDERPOWERED

    def test_all_comparisons_are_corrected_together(self) -> None:
        assigned = np.arange(3_000) % 3
        values = np.random.default_rng(8).normal(size=3_000)
        outcomes = [Outcome(name, values + shift * (assigned == 2), of_interest=1.0) for name, shift in (("a", 0.0), ("b", 0.2))]
        arguments: dict[str, Any] = {"arms": ("x", "y", "z"), "pairs": [(0, 1), (0, 2)], "today": AFTER, "deadline": DEADLINE}
        found = compare(outcomes, assigned, **arguments)
        assert [(each.outcome, each.control, each.treated) for each in found] == [
            ("a", "x", "y"), ("a", "x", "z"), ("b", "x", "y"), ("b", "x", "z"),
        ]  # fmt: skip
        plain = [each.difference.p_value for each in found if each.difference]
        assert [each.p_holm for each in found] == holm(plain)

    @pytest.mark.parametrize(
        "changed", [{"pairs": []}, {"pairs": [(0, 0)]}, {"pairs": [(0, 2)]}, {"arms": ("alone",)}, {"least_per_arm": 1}]
    )
    def test_questions_that_make_no_sense_are_refused(self, changed: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"must be|are needed"):
            compared(self.noise, self.assigned, **changed)


@pytest.mark.parametrize(
    ("values", "treated", "covariates"),
    [
        (np.array([1.0, 2.0]), np.array([True, False]), None),
        (np.array([1.0, np.nan, 1.0, 1.0]), np.array([True, False] * 2), None),
        (np.ones(4), np.array([1, 0, 1, 0]), None),
        (np.ones(4), np.array([True, False] * 2), np.ones((3, 1))),
    ],
)
def test_what_has_no_difference_is_refused(values: Any, treated: Any, covariates: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        difference(values, treated, covariates)


class TestOffPolicy:
    scores = np.array([1.0, 0.5, 0.2, 0.0, -0.4, -1.0])
    rewards = np.array([0.05, 0.30, 0.10, 0.40, 0.20, 0.02])
    """The chance of a purchase where each item is shown."""
    logging = probabilities(scores, temperature=1.0)
    other = probabilities(-scores, temperature=0.7)

    def logged(self, seed: int, rows: int) -> dict[str, NDArray[Any]]:
        rng = np.random.default_rng(seed)
        drawn = rng.choice(len(self.scores), size=rows, p=self.logging)
        return {
            "rewards": (rng.random(rows) < self.rewards[drawn]).astype(np.float64),
            "logged": self.logging[drawn],
            "other": self.other[drawn],
            "people": np.arange(rows) // 2,
        }

    def test_the_expectation_of_ips_is_the_truth(self) -> None:
        # Over all that can be drawn, with their probabilities: no chance is left.
        estimates = self.logging * (self.other / self.logging) * self.rewards
        assert estimates.sum() == pytest.approx(self.other @ self.rewards, abs=1e-15)

    def test_intervals_hold_the_truth_nineteen_times_out_of_twenty(self) -> None:
        truth = self.other @ self.rewards
        found = [off_policy(**self.logged(seed, 2_000)) for seed in range(600)]
        for estimates in ([each.ips for each in found], [each.snips for each in found]):
            assert np.mean([each.low <= truth <= each.high for each in estimates]) == pytest.approx(0.95, abs=0.025)
            errors = [each.value - truth for each in estimates]
            assert abs(np.mean(errors)) < 3.5 * np.std(errors) / np.sqrt(len(errors))

    def test_shelves_that_were_explored_estimate_another_policy(self) -> None:
        rng = np.random.default_rng(9)
        shelves = [explore(self.scores, seed=b"%d" % row, temperature=1.0, shown=3) for row in range(8_000)]
        drawn = np.array([shelf.drawn for shelf in shelves])
        found = off_policy(
            (rng.random(len(drawn)) < self.rewards[drawn]).astype(np.float64),
            logged=np.array([shelf.probability for shelf in shelves]),
            other=self.other[drawn],
            people=np.arange(len(drawn)),
        )
        truth = self.other @ self.rewards
        assert found.ips.low < truth < found.ips.high
        assert found.snips.low < truth < found.snips.high
        assert 0 < found.effective < len(drawn)

    def test_where_rewards_begin_does_not_matter_to_the_self_normalised_estimate(self) -> None:
        rows = self.logged(4, 2_000)
        found, moved = off_policy(**rows), off_policy(**{**rows, "rewards": rows["rewards"] + 10})
        assert moved.snips.low == pytest.approx(found.snips.low + 10)
        assert moved.ips.high - moved.ips.low > 2 * (moved.snips.high - moved.snips.low)

    def test_the_policy_that_was_logged_is_the_plain_mean(self) -> None:
        rows = self.logged(1, 500)
        found = off_policy(**{**rows, "other": rows["logged"], "people": np.arange(500)})
        mean, error = rows["rewards"].mean(), rows["rewards"].std(ddof=1) / np.sqrt(500)
        reach = stats.t.ppf(0.975, 499) * error
        np.testing.assert_allclose([found.ips.value, found.ips.low, found.ips.high], [mean, mean - reach, mean + reach])
        assert found.ips == found.snips
        assert found.effective == pytest.approx(500)

    def test_rows_of_one_person_count_together(self) -> None:
        rows = {name: np.tile(values, 4) for name, values in self.logged(2, 500).items()}
        once = off_policy(**self.logged(2, 500))
        assert off_policy(**rows).ips.high == pytest.approx(once.ips.high)

    @pytest.mark.parametrize(
        "changed",
        [
            {"logged": np.zeros(4)},
            {"logged": np.full(4, 1.5)},
            {"other": np.full(4, -0.1)},
            {"other": np.zeros(4)},
            {"people": np.zeros(4, dtype=np.int64)},
            {"rewards": np.full(4, np.inf)},
            {"rewards": np.zeros(3)},
        ],
    )
    def test_what_cannot_be_estimated_is_refused(self, changed: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=r"must be|are needed"):
            off_policy(**{**self.logged(3, 4), **changed})
