"""Truth and experiments on synthetic people: what arms do, and whether the statistics of `recommender.engine.uplift` find it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from bekal.recommender.engine.uplift import Comparison, Outcome, compare
from bekal.simulation.testbed.chance import Floats, uniform
from bekal.simulation.testbed.life import Habits, Lives, live
from bekal.simulation.testbed.policies import Policy
from bekal.simulation.testbed.world import People, World, draw_people

OF_INTEREST: Final = {"unspent_idr": 25_000.0, "second_purchase": 0.03, "finished": 0.05}
"""The smallest differences that would matter, fixed before any was measured."""
_LESS_IS_BETTER: Final = frozenset({"unspent_idr"})
_DEADLINE: Final = date(2021, 12, 15)
_AFTER: Final = date(2021, 12, 16)
_WIDTH: Final = 1.96
# Crowds are numbered from here for truth and from there for experiments, so that nobody lives in both.
_TRUTH: Final = 1_000_000
_EXPERIMENTS: Final = 2_000_000


@dataclass(frozen=True)
class Effect:
    """What an arm does against another, in truth.

    Attributes:
        value: the mean over people of their own difference between living under the one and under the other.
        standard_error: of the value, because so many people were asked and no more.
    """

    value: float
    standard_error: float

    @property
    def low(self) -> float:
        """The lower bound of 95 %."""
        return self.value - _WIDTH * self.standard_error

    @property
    def high(self) -> float:
        """The upper bound of 95 %."""
        return self.value + _WIDTH * self.standard_error


@dataclass(frozen=True)
class Coverage:
    """How the intervals of many experiments behave.

    Attributes:
        runs: how many experiments.
        covered: the share whose 95 % interval holds the truth.
        found: the share whose p-value is below 5 %; where nothing is to be found, the false ones.
        bias: mean estimate minus truth, in standard errors of one experiment.
    """

    runs: int
    covered: float
    found: float
    bias: float


def effects(world: World, policies: Sequence[Policy], *, habits: Habits, people: int, crowds: int) -> dict[str, list[Effect]]:
    """The truth: what each policy does against the first, outcome by outcome, `SURPLUS` among them."""
    gathered = [lived(world, policies, habits=habits, people=people, crowd=crowd) for crowd in range(crowds)]
    found = {}
    for name in gathered[0][0]:
        values = np.concatenate([np.stack([of_policy[name] for of_policy in of_crowd]) for of_crowd in gathered], axis=1)
        found[name] = [effect(of_policy - values[0]) for of_policy in values]
    return found


def lived(world: World, policies: Sequence[Policy], *, habits: Habits, people: int, crowd: int = 0) -> list[dict[str, Floats]]:
    """Everybody of a crowd lives under every policy, with the same chances and with everybody else under it too.

    Returns:
        For each policy, by outcome: float64[people].
    """
    members = draw_people(world, count=people, crowd=_TRUTH + crowd)
    lives = [all_under(world, members, policy, habits) for policy in policies]
    return [each.truth() for each in lives]


def effect(gains: Floats) -> Effect:
    """The mean of everybody's own difference."""
    return Effect(float(gains.mean()), float(gains.std() / np.sqrt(gains.size)))


def experiments(
    world: World, policies: Sequence[Policy], *, habits: Habits, people: int, runs: int
) -> Iterator[tuple[Comparison, ...]]:
    """Assign a crowd by chance, let it live, and compare each policy with the first as an analyst would."""
    for number in range(runs):
        members = draw_people(world, count=people, crowd=_EXPERIMENTS + number)
        assigned = np.floor(uniform(world.seed, "assigned", members.number) * len(policies)).astype(np.int64)
        lives = live(world, members, policies, assigned, habits=habits)
        yield compare(
            [
                Outcome(name, values, of_interest=OF_INTEREST[name], less_is_better=name in _LESS_IS_BETTER)
                for name, values in lives.outcomes().items()
            ],
            assigned,
            arms=[policy.name for policy in policies],
            pairs=[(0, arm) for arm in range(1, len(policies))],
            today=_AFTER,
            deadline=_DEADLINE,
            covariates=known_before(members, lives),
        )


def coverage(found: Sequence[tuple[Comparison, ...]], truth: Mapping[str, Sequence[Effect]]) -> dict[tuple[str, str], Coverage]:
    """Hold the intervals of many experiments against the truth: by outcome and arm.

    Args:
        found: of each experiment, in the order of `compare`.
        truth: by outcome, of the first policy and the others in the order of the arms.
    """
    judged = {}
    arms = list(dict.fromkeys(each.treated for each in found[0]))
    for of_comparison in zip(*found, strict=True):
        outcome, arm = of_comparison[0].outcome, of_comparison[0].treated
        target = truth[outcome][1 + arms.index(arm)].value
        intervals = [each.difference for each in of_comparison if each.difference]
        errors = np.array([each.standard_error for each in intervals])
        judged[outcome, arm] = Coverage(
            runs=len(intervals),
            covered=float(np.mean([each.low <= target <= each.high for each in intervals])),
            found=float(np.mean([each.p_value < 0.05 for each in intervals])),
            bias=float(np.mean((np.array([each.value for each in intervals]) - target) / np.maximum(errors, 1e-12))),
        )
    return judged


def known_before(people: People, lives: Lives) -> Floats:
    """float64[people, 7]: what is known when the first shelf is shown, to adjust for."""
    education = people.education
    return np.stack(
        [
            lives.before_idr,
            lives.before_idr < lives.before_idr.max(initial=0),
            people.demographics.codes[:, 0],
            people.age,
            people.age**2,
            education,
            education >= 4,
        ],
        axis=1,
    ).astype(np.float64)


def all_under(world: World, members: People, policy: Policy, habits: Habits) -> Lives:
    """Let everybody live under one policy."""
    return live(world, members, [policy], np.zeros(len(members), dtype=np.int64), habits=habits)
