from collections import Counter
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from bekal.purchases.refunds import cancel_training
from bekal.recommender.dashboard.arms import assign_by_hand, drawn_arm, open_dashboard
from bekal.recommender.dashboard.uplift import Uplift, uplift_of
from bekal.recommender.engine.uplift import Comparison, Verdict
from bekal.recommender.models import Arm
from tests.builders import ACCEPTED_ON, TRAINING_IDR, GrantedWave, approve_and_post, day_after, grant_wave, make_trainings, on
from tests.recommender.dashboard.experiment import (
    DEADLINE,
    PER_ARM,
    SECOND_BUYERS,
    SPENT_MORE_IDR,
    build_experiment,
    open_by_hand,
)
from tests.web.village import buy

pytestmark = pytest.mark.django_db
OUTCOMES = ("unspent_idr", "second_purchase", "completion")


def people_of(found: Uplift) -> dict[Arm, int]:
    return {summary.arm: summary.people for summary in found.arms}


def of(found: Uplift, outcome: str, control: Arm, treated: Arm) -> Comparison:
    (comparison,) = (
        each for each in found.comparisons if (each.outcome, each.control, each.treated) == (outcome, control, treated)
    )
    return comparison


class TestFewPeople:
    @pytest.fixture
    def granted(self) -> GrantedWave:
        return grant_wave(count=14)

    def test_whoever_was_drawn_and_opened_counts_in_that_arm_whatever_came_later(self, granted: GrantedWave) -> None:
        *opening, by_hand, never = granted.enrolments
        dear, cheap = make_trainings(TRAINING_IDR, 100_000)
        with on(ACCEPTED_ON):
            for enrolment in opening:
                open_dashboard(enrolment=enrolment, balance_idr=TRAINING_IDR)
            assign_by_hand(enrolment=by_hand, arm=Arm.BUNDLE)
            open_dashboard(enrolment=by_hand, balance_idr=TRAINING_IDR)
            buy(opening[0], dear)
            buy(never, cheap)
        with on(day_after(ACCEPTED_ON)):  # with another balance, or none: the first time holds
            open_dashboard(enrolment=opening[0], balance_idr=0)

        with on(day_after(DEADLINE)):
            found = uplift_of(granted.wave)

        drawn = Counter(map(drawn_arm, opening))
        assert people_of(found) == {arm: drawn[arm] for arm in Arm}
        assert (found.wave, found.deadline) == (granted.wave, DEADLINE)

    def test_an_enrolment_of_another_wave_does_not_count(self, granted: GrantedWave) -> None:
        with on(ACCEPTED_ON):
            (other,) = grant_wave(count=1, number=13).enrolments
            open_dashboard(enrolment=other, balance_idr=TRAINING_IDR)
        assert people_of(uplift_of(granted.wave)) == dict.fromkeys(Arm, 0)

    def test_nobody_opened_and_nothing_is_known(self, granted: GrantedWave) -> None:
        with on(day_after(DEADLINE)):
            comparisons = uplift_of(granted.wave).comparisons
        assert [(each.outcome, each.control, each.treated) for each in comparisons] == [
            (outcome, *pair) for outcome in OUTCOMES for pair in combinations(Arm, 2)
        ]
        assert {(each.verdict, each.difference, each.minimum_detectable) for each in comparisons} == {
            (Verdict.TOO_FEW, None, None)
        }

    def test_a_difference_is_that_of_the_means_and_concludes_nothing(self, granted: GrantedWave) -> None:
        arms = {
            Arm.POPULARITY: granted.enrolments[:6],
            Arm.PERSONAL: granted.enrolments[6:10],
            Arm.BUNDLE: granted.enrolments[10:],
        }
        trainings = make_trainings(100_000, 150_000, 250_000, 400_000)
        spent: dict[Arm, list[int]] = {}
        with on(ACCEPTED_ON):
            for arm, people in arms.items():
                for place, person in enumerate(people):
                    open_by_hand(person, arm, balance_idr=TRAINING_IDR).save()
                    bought = trainings[: (place + len(people)) % (len(trainings) + 1)]
                    spent.setdefault(arm, []).append(sum(buy(person, training).price_idr for training in bought))

        with on(day_after(DEADLINE)):
            found = uplift_of(granted.wave)

        for control, treated in combinations(Arm, 2):
            expected = stats.ttest_ind(-np.array(spent[treated]), -np.array(spent[control]), equal_var=False)
            interval = expected.confidence_interval(0.95)
            comparison = of(found, "unspent_idr", control, treated)
            assert comparison.verdict is Verdict.TOO_FEW
            assert comparison.people == (len(spent[control]), len(spent[treated]))
            assert comparison.difference is not None
            assert comparison.difference.value == pytest.approx(np.mean(spent[control]) - np.mean(spent[treated]))
            assert (comparison.difference.low, comparison.difference.high) == pytest.approx((interval.low, interval.high))

    def test_a_training_that_was_refunded_is_unspent_again(self, granted: GrantedWave) -> None:
        kept, cancelled = make_trainings(100_000, 400_000)
        with on(ACCEPTED_ON):
            for place, person in enumerate(granted.enrolments):
                open_by_hand(person, list(Arm)[place % 2], balance_idr=TRAINING_IDR).save()
                buy(person, kept)
                if place % 2:
                    buy(person, cancelled)
            approve_and_post(cancel_training(training=cancelled, proposer=granted.operator), granted.approver)

        with on(day_after(DEADLINE)):
            found = uplift_of(granted.wave)

        for outcome in ("unspent_idr", "second_purchase"):
            unspent = of(found, outcome, Arm.POPULARITY, Arm.PERSONAL)
            assert unspent.difference is not None
            assert (unspent.difference.value, unspent.difference.p_value) == (0, 1)


def test_with_enough_people_an_effect_is_found_and_none_is_invented() -> None:
    wave = build_experiment()
    with on(DEADLINE):
        early = uplift_of(wave)
    with on(DEADLINE + timedelta(days=1)):
        found = uplift_of(wave)

    assert people_of(found) == dict.fromkeys(Arm, PER_ARM)
    for control in (Arm.POPULARITY, Arm.PERSONAL):
        unspent = of(found, "unspent_idr", control, Arm.BUNDLE)
        assert unspent.verdict is Verdict.BETTER
        assert unspent.difference is not None
        assert unspent.difference.value == pytest.approx(-SPENT_MORE_IDR * SECOND_BUYERS / PER_ARM)
        assert unspent.difference.low < unspent.difference.value < unspent.difference.high < -150_000
        # All three of what was known at the opening are in: only the balance tells people apart.
        assert unspent.difference.covariates == 1
    others = [each for each in found.comparisons if (each.outcome, each.treated) != ("unspent_idr", Arm.BUNDLE)]
    assert {each.verdict for each in others} == {Verdict.NOT_SHOWN}
    assert all(each.difference and each.difference.low < 0 < each.difference.high for each in others)

    # Before the last day is over, only what could be found is said, not what is.
    assert {(each.verdict, each.difference, each.p_holm) for each in early.comparisons} == {(Verdict.NOT_YET, None, None)}
    assert [each.minimum_detectable for each in early.comparisons] == [each.minimum_detectable for each in found.comparisons]
    limits = {"unspent_idr": 25_000, "second_purchase": 0.05, "completion": 0.05}
    assert all(0 < (each.minimum_detectable or 0) < limits[each.outcome] for each in early.comparisons)
