import numpy as np
import pytest

from bekal.recommender.engine.uplift import Verdict, difference
from bekal.simulation.testbed.experiments import coverage, effects, experiments, known_before
from bekal.simulation.testbed.exploration import explored_rewards, foretold
from bekal.simulation.testbed.life import Habits, live
from bekal.simulation.testbed.policies import Ranked
from bekal.simulation.testbed.world import draw_people
from tests.simulation.testbed.worlds import two_arms, world

RUNS = 500
PEOPLE = 2_000
FEW_PEOPLE, FEW_ITEMS = 1_000, 60


def test_where_nobody_looks_the_truth_is_nothing() -> None:
    found = effects(world(), two_arms(), habits=Habits(responsiveness=0.0), people=PEOPLE, crowds=1)
    assert {(each.value, each.standard_error) for of_arms in found.values() for each in of_arms} == {(0.0, 0.0)}


def test_harm_is_found() -> None:
    habits = Habits(responsiveness=1.0, reactance=1.0)
    truth = effects(world(), two_arms(), habits=habits, people=10_000, crowds=1)
    assert truth["unspent_idr"][1].value > 25_000
    assert truth["second_purchase"][1].value < -0.03
    (found,) = experiments(world(), two_arms(), habits=habits, people=30_000, runs=1)
    assert [each.verdict for each in found] == [Verdict.WORSE] * 3


def test_a_small_experiment_concludes_nothing() -> None:
    (found,) = experiments(world(), two_arms(), habits=Habits(), people=PEOPLE, runs=1)
    assert {each.verdict for each in found} == {Verdict.UNDERPOWERED}


def test_what_was_known_before_narrows_the_interval() -> None:
    members = draw_people(world(), count=10_000, crowd=8)
    assigned = np.arange(10_000) % 2
    lives = live(world(), members, two_arms(), assigned, habits=Habits())
    values = lives.outcomes()["unspent_idr"]
    plain = difference(values, assigned == 1)
    adjusted = difference(values, assigned == 1, known_before(members, lives))
    assert adjusted.standard_error < 0.9 * plain.standard_error


@pytest.mark.slow
@pytest.mark.parametrize("habits", [Habits(responsiveness=1.0), Habits(responsiveness=0.0)], ids=["full", "null"])
def test_intervals_hold_the_truth_in_93_to_97_of_100_experiments(habits: Habits) -> None:
    # How sharp this is hangs on the number of experiments. Few people and trainings are quicker, and harder on the intervals.
    place, arms = world(FEW_ITEMS), two_arms(FEW_ITEMS)
    truth = effects(place, arms, habits=habits, people=FEW_PEOPLE, crowds=60 if habits.responsiveness else 1)
    judged = coverage(list(experiments(place, arms, habits=habits, people=FEW_PEOPLE, runs=RUNS)), truth)
    assert len(judged) == 3
    for each in judged.values():
        assert each.runs == RUNS
        assert 0.93 <= each.covered <= 0.97
        if habits.responsiveness == 0:
            assert 0.03 <= each.found <= 0.07


@pytest.mark.slow
def test_what_one_policy_logged_tells_what_another_would_have_earned() -> None:
    policy = two_arms()[1]
    assert isinstance(policy, Ranked)
    habits = Habits(responsiveness=1.0)
    earned, _ = explored_rewards(world(), policy.model, temperature=0.3, other=0.3, habits=habits, people=10_000, number=50)
    logged, _ = explored_rewards(world(), policy.model, temperature=1.0, other=0.3, habits=habits, people=10_000, number=51)
    found = [
        foretold(world(), policy.model, temperature=1.0, other=0.3, habits=habits, people=4_000, number=number)
        for number in range(4)
    ]
    error = earned.std() / np.sqrt(earned.size)
    for each in found:
        spread = np.hypot((each.snips.high - each.snips.low) / 3.92, error)
        assert abs(each.snips.value - earned.mean()) < 3.5 * spread
        assert abs(each.ips.value - earned.mean()) < 3.5 * np.hypot((each.ips.high - each.ips.low) / 3.92, error)
    # Taking the plain mean of what was logged for the other policy's would be wrong.
    assert abs(logged.mean() - earned.mean()) > 3.5 * np.hypot(error, logged.std() / np.sqrt(logged.size))
