"""How the effect of the arms depends on how people take to shelves, on η, and on models that learn from what they caused."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bekal.recommender.engine.uplift import Comparison
from bekal.simulation.testbed.chance import Integers
from bekal.simulation.testbed.experiments import Coverage, Effect, all_under, coverage, effect, effects, experiments
from bekal.simulation.testbed.life import Habits, Source
from bekal.simulation.testbed.policies import Nothing, Policy, Served
from bekal.simulation.testbed.settings import PARTS, RESPONSES, SHIPPED, Learnt, Setting
from bekal.simulation.testbed.world import draw_people

SCENARIOS: Final = {"null": Habits(responsiveness=0.0), **RESPONSES}
"""Responsiveness from nothing to all, and people who turn away from what is made for them."""
SHARES: Final = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
"""η over the worth of a pair."""
_USUAL: Final = SCENARIOS["0.5"]
_TRUE: Final = 20_000
_GENERATIONS: Final = 3
_LEARNING: Final = 3_000_000
_WATCHED: Final = 4_000_000


@dataclass(frozen=True)
class Point:
    """One outcome of one arm against popularity in one scenario.

    Attributes:
        truth: what the arm does.
        said: what the first experiment says; None where none can: of the arm without a shelf, and of what no office sees.
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
        share: η over the worth of a pair.
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


@dataclass(frozen=True)
class Way:
    """Where people of an arm found what they bought once there were shelves.

    Attributes:
        arm: `personal`, or how many trainings a card may have.
        purchases: trainings bought for each person.
        price_idr: their mean price; 0 where there were none.
    """

    arm: str
    source: str
    purchases: float
    price_idr: float


def responsiveness_curve(
    learnt: Learnt,
    policies: Sequence[Policy],
    *,
    people: int,
    runs: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[Point]:
    """Every scenario: what each arm does against the first, what an experiment says, and how often experiments are right."""
    world, names = learnt.world, [policy.name for policy in policies]
    for scenario, habits in SCENARIOS.items():
        truth = effects(world, [*policies, Nothing()], habits=habits, people=people, crowds=max(1, -(-_TRUE // people)))
        found = []
        for comparisons in experiments(world, policies, habits=habits, people=people, runs=runs):
            found.append(comparisons)
            advance(1)
        judged, said = coverage(found, truth), {(each.outcome, each.treated): each for each in found[0]}
        for arm in ("nothing", *names[1:]):
            for outcome, of_arms in truth.items():
                true = of_arms[names.index(arm) if arm in names else -1]
                yield Point(scenario, arm, outcome, true, said.get((outcome, arm)), judged.get((outcome, arm)))


def eta_curve(learnt: Learnt, *, people: int) -> Iterator[EtaPoint]:
    """Bundles from those of the highest utility to those that use up the balance, against the list alone."""
    settings = [replace(SHIPPED, shares=replace(SHIPPED.shares, eta=share)) for share in SHARES]
    policies = [learnt.serving(setting, name="bundle") for setting in settings]
    listed = learnt.serving(SHIPPED.without_card, name="personal")
    found = effects(learnt.world, [listed, *policies], habits=_USUAL, people=people, crowds=1)
    usual_utility, _ = _cards(learnt, policies[0])
    for place, (share, policy) in enumerate(zip(SHARES, policies, strict=True), start=1):
        utility, left = _cards(learnt, policy)
        yield EtaPoint(share, left, utility / usual_utility, {outcome: each[place] for outcome, each in found.items()})


def ways(learnt: Learnt, *, people: int) -> Iterator[Way]:
    """What is bought from the list, from a card and beside the shelf, with no card and with cards of each size."""
    settings = {"personal": SHIPPED.without_card} | {str(parts): _of_parts(parts) for parts in PARTS}
    crowd, prices_idr = draw_people(learnt.world, count=people, crowd=_WATCHED), learnt.world.catalogue.prices_idr
    for arm, setting in settings.items():
        lives = all_under(learnt.world, crowd, learnt.serving(setting, name=arm), _USUAL)
        for source in Source:
            bought = lives.bought[(lives.sources == source) & (lives.visits > 0)]
            yield Way(arm, source.name.lower(), bought.size / people, float(prices_idr[bought].mean()) if bought.size else 0.0)


def feedback(learnt: Learnt, *, people: int) -> Iterator[Generation]:
    """Arms that learn, generation after generation, only from the crowd that they themselves served."""
    world, current = learnt.world, learnt.arms(SHIPPED)
    for generation in range(_GENERATIONS):
        members = draw_people(world, count=people, crowd=_LEARNING + generation)
        lives = [all_under(world, members, policy, _USUAL) for policy in current]
        for arm, policy in enumerate(current):
            gains = {name: values - lives[0].truth()[name] for name, values in lives[arm].truth().items()}
            yield Generation(
                generation,
                policy.name,
                {name: effect(of_outcome) for name, of_outcome in gains.items()},
                _most_sold(lives[arm].bought, items=world.items),
            )
        if generation + 1 < _GENERATIONS:
            current = [Learnt.from_lives(world, members, lived).arms(SHIPPED)[arm] for arm, lived in enumerate(lives)]


def _of_parts(parts: int) -> Setting:
    return replace(SHIPPED, shares=replace(SHIPPED.shares, parts=parts))


def _most_sold(bought: Integers, *, items: int) -> float:
    sold = np.sort(np.bincount(bought[bought >= 0], minlength=items))[::-1]
    return float(sold[: items // 10].sum() / sold.sum())


def _cards(learnt: Learnt, policy: Served) -> tuple[float, float]:
    """The mean utility, without η, of the bundles that people would see after the first visit, and the share of balance left."""
    asking, prices_idr = learnt.asking, learnt.world.catalogue.prices_idr
    bundles = policy.shelves(
        asking.demographics,
        asking.histories,
        catalogue=asking.catalogue,
        balances_idr=asking.balances_idr,
        allowed=asking.allowed,
    ).bundles
    on_card = bundles >= 0
    sums = learnt.model.tables.sums(asking.demographics, asking.histories)
    utility = np.where(on_card, np.take_along_axis(sums, bundles, axis=1), 0).sum(axis=1)
    spent_idr = np.where(on_card, prices_idr[bundles], 0).sum(axis=1)
    has_card = on_card.any(axis=1)
    return float(utility.mean()), float((1 - spent_idr / np.maximum(asking.balances_idr, 1))[has_card].mean())
