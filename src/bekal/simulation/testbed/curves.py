"""How the effect of the arms depends on how people take to shelves, on η, and on models that learn from what they caused."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bekal.recommender.engine import Demographics, Interactions, Popularity
from bekal.recommender.engine.blended import Bekal
from bekal.recommender.engine.uplift import Comparison
from bekal.simulation.testbed.chance import Integers
from bekal.simulation.testbed.experiments import Coverage, Effect, all_under, coverage, effects, experiments
from bekal.simulation.testbed.life import Habits
from bekal.simulation.testbed.policies import Bundled, Nothing, Policy, Ranked
from bekal.simulation.testbed.world import BALANCE_IDR, World, draw_people, histories

SCENARIOS: Final = {
    "null": Habits(responsiveness=0.0),
    "0.25": Habits(responsiveness=0.25),
    "0.5": Habits(responsiveness=0.5),
    "0.75": Habits(responsiveness=0.75),
    "1": Habits(responsiveness=1.0),
    "harmful": Habits(responsiveness=0.5, reactance=0.5),
}
"""Responsiveness from nothing to all, and people who turn away from what is made for them."""
SHARES: Final = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
"""η over the mean utility of a bundle at η = 0."""
_SHARE: Final = 0.1
_USUAL: Final = SCENARIOS["0.5"]
_TRAINING: Final = 20_000
_GENERATIONS: Final = 3
_LEARNING: Final = 3_000_000


@dataclass(frozen=True)
class Point:
    """One outcome of one arm against popularity in one scenario.

    Attributes:
        truth: what the arm does.
        said: what the first experiment says; None for the arm without a shelf, which is in no experiment.
        coverage: over all experiments; None likewise.
    """

    scenario: str
    arm: str
    outcome: str
    truth: Effect
    said: Comparison | None = None
    coverage: Coverage | None = None


@dataclass(frozen=True)
class EtaPoint:
    """What a bundle arm with one η does against the list alone, in truth.

    Attributes:
        share: η over the mean utility of a bundle at η = 0.
        left_of_balance: the share of the balance that the bundles shown would leave, mean over people with a card.
        utility: the mean utility of the bundles shown, without η, over that at η = 0.
        effects: by outcome.
    """

    share: float
    left_of_balance: float
    utility: float
    effects: dict[str, Effect]


@dataclass(frozen=True)
class Generation:
    """What an arm has become that learns only from the crowd it served before.

    Attributes:
        generation: 0 learnt from a crowd without shelves.
        effects: against the popularity arm of the same generation, by outcome.
        sold_share: the share of all purchases that went to the tenth of trainings sold most.
    """

    generation: int
    arm: str
    effects: dict[str, Effect]
    sold_share: float


def arms(taken: Interactions, demographics: Demographics) -> list[Policy]:
    """The programme's three arms, learnt from these people: popularity among affordable, the model's list, list and bundle."""
    model = Bekal.fit(taken, demographics)
    return [
        Ranked("popularity", Popularity.fit(taken, demographics), is_personal=False),
        Ranked("ridge", model, is_personal=True),
        Bundled("ridge_bundle", model, eta=0),
    ]


def first_arms(world: World, *, people: int = _TRAINING) -> list[Policy]:
    """The arms as a crowd without shelves taught them, with the η that is usual here."""
    crowd = draw_people(world, count=people, crowd=0)
    lives = all_under(world, crowd, Nothing(), Habits())
    popularity, ridge, bundle = arms(histories(lives.bought, items=world.items), crowd.demographics)
    return [popularity, ridge, with_eta(world, bundle, _SHARE)]


def with_eta(world: World, policy: Policy, share: float) -> Bundled:
    """The same bundle arm with η as a share of the mean utility of a bundle at η = 0."""
    if not isinstance(policy, Bundled):
        raise TypeError(f"{policy.name} has no bundles")
    plain = Bundled(policy.name, policy.model, eta=0)
    utility, _ = _cards(world, plain, plain)
    return Bundled(policy.name, policy.model, eta=round(share * utility))


def responsiveness_curve(
    world: World,
    policies: Sequence[Policy],
    *,
    people: int,
    runs: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[Point]:
    """Every scenario: what each arm does against the first, what an experiment says, and how often experiments are right."""
    for scenario, habits in SCENARIOS.items():
        truth = effects(world, [*policies, Nothing()], habits=habits, people=people, crowds=max(1, -(-_TRAINING // people)))
        found = []
        for comparisons in experiments(world, policies, habits=habits, people=people, runs=runs):
            found.append(comparisons)
            advance(1)
        judged = coverage(found, truth)
        for outcome, of_arms in truth.items():
            yield Point(scenario, "nothing", outcome, of_arms[-1])
        for said in found[0]:
            place = [policy.name for policy in policies].index(said.treated)
            yield Point(
                scenario, said.treated, said.outcome, truth[said.outcome][place], said, judged[said.outcome, said.treated]
            )


def eta_curve(world: World, policies: Sequence[Policy], *, people: int) -> Iterator[EtaPoint]:
    """Bundles from those of the highest utility to those that use up the balance, against the list alone."""
    listed, bundled = policies[1], policies[2]
    plain = with_eta(world, bundled, 0.0)
    usual_utility, _ = _cards(world, plain, plain)
    for share in SHARES:
        policy = with_eta(world, bundled, share)
        utility, left = _cards(world, policy, plain)
        found = effects(world, [listed, policy], habits=_USUAL, people=people, crowds=1)
        yield EtaPoint(share, left, utility / usual_utility, {outcome: each[1] for outcome, each in found.items()})


def feedback(world: World, policies: Sequence[Policy], *, people: int) -> Iterator[Generation]:
    """Arms that learn, generation after generation, only from the crowd that they themselves served."""
    current = list(policies)
    for generation in range(_GENERATIONS):
        members = draw_people(world, count=people, crowd=_LEARNING + generation)
        lives = [all_under(world, members, policy, _USUAL) for policy in current]
        for arm, policy in enumerate(current):
            gains = {name: values - lives[0].outcomes()[name] for name, values in lives[arm].outcomes().items()}
            found = {name: Effect(float(gain.mean()), float(gain.std() / np.sqrt(people))) for name, gain in gains.items()}
            yield Generation(generation, policy.name, found, _most_sold(lives[arm].bought, items=world.items))
        if generation + 1 < _GENERATIONS:
            current = [
                _learnt_again(world, policy, arm, histories(lived.bought, items=world.items), members.demographics)
                for arm, (policy, lived) in enumerate(zip(current, lives, strict=True))
            ]


def _learnt_again(world: World, policy: Policy, arm: int, taken: Interactions, demographics: Demographics) -> Policy:
    learnt = arms(taken, demographics)[arm]
    return with_eta(world, learnt, _SHARE) if isinstance(policy, Bundled) else learnt


def _most_sold(bought: Integers, *, items: int) -> float:
    sold = np.sort(np.bincount(bought[bought >= 0], minlength=items))[::-1]
    return float(sold[: items // 10].sum() / sold.sum())


def _cards(world: World, policy: Bundled, plain: Bundled) -> tuple[float, float]:
    """The mean utility, without η, of the bundles that people would see after the first visit, and the share of balance left."""
    crowd = draw_people(world, count=1_000, crowd=1)
    lives = all_under(world, crowd, Nothing(), Habits())
    first = lives.bought[:, :1]
    taken = histories(first, items=world.items)
    prices_idr = world.catalogue.prices_idr
    balances_idr = BALANCE_IDR - np.where(first[:, 0] >= 0, prices_idr[first[:, 0]], 0)
    allowed = np.ones(world.items, dtype=np.bool_)
    shelves = policy.shelves(crowd.demographics, taken, catalogue=world.catalogue, balances_idr=balances_idr, allowed=allowed)
    on_card = shelves.bundles >= 0
    sums = plain.model.tables.sums(crowd.demographics, taken)
    utility = np.where(on_card, np.take_along_axis(sums, shelves.bundles, axis=1), 0).sum(axis=1)
    spent_idr = np.where(on_card, prices_idr[shelves.bundles], 0).sum(axis=1)
    has_card = on_card.any(axis=1)
    return float(utility.mean()), float((1 - spent_idr / balances_idr)[has_card].mean())
