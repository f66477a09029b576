"""How much lists and bundles should care for the balance, by what becomes of people: tried in several kinds of worlds.

A *kind* of world is how much people like to use a balance up (`World.use_up`, down to 0) and how they take to shelves (`Habits`).
Of each kind there are several worlds, one for each seed. In each of them everybody lives under every setting with the same
chances, and two settings are compared person by person.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from bekal.recommender.engine import Popularity
from bekal.recommender.engine.blended import Bekal
from bekal.recommender.training.worth import SHIPPED_SHARES, Asking, Shares, choosing_for
from bekal.simulation.testbed.chance import Floats
from bekal.simulation.testbed.experiments import Effect, all_under, effect, lived
from bekal.simulation.testbed.life import SURPLUS, Habits, Lives
from bekal.simulation.testbed.policies import SHOWN, Nothing, Policy, Ranked, Served
from bekal.simulation.testbed.world import BALANCE_IDR, USE_UP, People, World, draw_people, draw_world, histories

USES: Final = (0.0, USE_UP)
RESPONSES: Final = {
    "0.25": Habits(responsiveness=0.25),
    "0.5": Habits(responsiveness=0.5),
    "1": Habits(responsiveness=1.0),
    "harmful": Habits(responsiveness=0.5, reactance=0.5),
}
"""How people take to shelves, where they look at any."""
HARMFUL: Final = "harmful"
LIST_ETAS: Final = (0.0, 0.05, 0.1, 0.2, 0.3)
PARTS: Final = (2, 3, 4)
ETAS: Final = (0.0, 0.5, 2.0, 4.0)
PLACES: Final = (0, 1, 3, 6, SHOWN)
CHOSEN_ON: Final = (1, 2, 3)
JUDGED_ON: Final = (11, 12, 13)
"""Seeds of worlds."""
LEAST: Final = {"second_purchase": -0.003, "finished": -0.005}
"""No setting may lower these further, with confidence."""
_TRAINING: Final = 20_000
_ASKING: Final = 1_000


@dataclass(frozen=True)
class Setting:
    """How a platform serves.

    Attributes:
        shares: the parts of a bundle, and what using up the balance is worth.
        above: how many of the list stand above the card.
    """

    shares: Shares
    above: int = 0

    def __str__(self) -> str:
        shares = self.shares
        card = f"{shares.parts} parts, η {shares.eta:g}, below {self.above}" if shares.parts else "no card"
        return f"{card}, list {shares.list_eta:g}"

    @property
    def without_card(self) -> Self:
        return replace(self, shares=replace(self.shares, parts=0))


SHIPPED: Final = Setting(SHIPPED_SHARES, above=0)
"""What `choose` chose on the worlds of `CHOSEN_ON`, before those of `JUDGED_ON` were looked at."""


@dataclass(frozen=True)
class Kind:
    """A kind of world: see the module."""

    use_up: float
    response: str


KINDS: Final = tuple(Kind(use_up, response) for use_up in USES for response in RESPONSES)
STEPS: Final = 3 * len(KINDS)
"""How many times `choose` is done with a kind of world, at most."""


@dataclass(frozen=True, eq=False)
class Learnt:
    """A world, and what a crowd without shelves taught there.

    Attributes:
        asking: people after their first visit, from whom the worth of a bundle follows.
    """

    world: World
    model: Bekal
    popularity: Popularity
    asking: Asking

    @classmethod
    def of(cls, world: World, *, people: int = _TRAINING) -> Self:
        """Learn from a crowd that lived without shelves."""
        crowd = draw_people(world, count=people, crowd=0)
        return cls.from_lives(world, crowd, all_under(world, crowd, Nothing(), Habits()))

    @classmethod
    def from_lives(cls, world: World, crowd: People, lives: Lives) -> Self:
        taken = histories(lives.bought, world=world)
        popularity = Popularity.fit(taken, crowd.demographics)
        return cls(world, Bekal.fit(taken, crowd.demographics), popularity, asking(world))

    def arms(self, setting: Setting) -> list[Policy]:
        """The arms of the platform: popularity among affordable, the list, the list with its card."""
        return [
            Ranked("popularity", self.popularity, is_personal=False),
            self.serving(setting.without_card, name="personal"),
            self.serving(setting, name="bundle"),
        ]

    def serving(self, setting: Setting, *, name: str) -> Served:
        return Served(name, self.model, choosing_for(self.model, self.asking, shares=setting.shares), setting.above)


def asking(world: World) -> Asking:
    """A thousand people after their first visit, before they saw any shelf."""
    crowd = draw_people(world, count=_ASKING, crowd=1)
    first = all_under(world, crowd, Nothing(), Habits()).bought[:, :1]
    prices_idr = world.catalogue.prices_idr
    return Asking(
        demographics=crowd.demographics,
        histories=histories(first, world=world),
        balances_idr=BALANCE_IDR - np.where(first[:, 0] >= 0, prices_idr[first[:, 0]], 0),
        catalogue=world.catalogue,
        allowed=np.ones(world.items, dtype=np.bool_),
    )


@dataclass(frozen=True)
class Comparison:
    """What one arm does against another in one kind of world, over all its worlds.

    Attributes:
        arm, against: names.
        effects: by outcome, `SURPLUS` among them.
    """

    kind: Kind
    arm: str
    against: str
    effects: Mapping[str, Effect]

    @property
    def harms(self) -> bool:
        """Whether it leaves more unspent, or people with less, with confidence, or may lower what `LEAST` guards by too much."""
        return (
            self.effects["unspent_idr"].low > 0
            or self.effects[SURPLUS].high < 0
            or any(self.effects[outcome].low < least for outcome, least in LEAST.items())
        )

    @property
    def spends(self) -> bool:
        """Whether it leaves less unspent, with confidence."""
        return self.effects["unspent_idr"].high < 0


@dataclass(frozen=True)
class Step:
    """One thing that was chosen.

    Attributes:
        name: of what was chosen.
        tried: each setting by its name in `comparisons`, which are against `base`.
        chosen: `base` where nothing else may be chosen.
    """

    name: str
    base: Setting
    tried: Mapping[str, Setting]
    comparisons: tuple[Comparison, ...]
    chosen: Setting


def worlds(seeds: Sequence[int], *, uses: Sequence[float] = USES, people: int = _TRAINING) -> list[Learnt]:
    """One world for each seed and each worth of using a balance up."""
    return [Learnt.of(draw_world(seed=seed, use_up=use_up), people=people) for use_up in uses for seed in seeds]


def choose(learnt: Sequence[Learnt], *, people: int, advance: Callable[[int], None] = lambda _: None) -> Iterator[Step]:
    """One thing after the other: the price's weight in the list, parts and η of the card, the place of the card.

    A setting may be chosen that harms in no kind of world, and leaves less unspent in every kind where people respond and take no
    offence. Of those that leave the least in the mean over these kinds, or no more than a standard error above that, the one is
    chosen that people get the most out of; where none may be chosen, the base stays.
    """
    lists = [Setting(Shares(parts=0, eta=0.0, list_eta=list_eta)) for list_eta in LIST_ETAS]
    listed = _step("list_eta", lists[0], lists[1:], learnt, people=people, advance=advance)
    yield listed
    base = listed.chosen
    cards = [replace(base, shares=replace(base.shares, parts=parts, eta=eta)) for parts in PARTS for eta in ETAS]
    carded = _step("parts, eta", base, cards, learnt, people=people, advance=advance)
    yield carded
    if carded.chosen != base:
        places = [replace(carded.chosen, above=above) for above in PLACES]
        yield _step("above", base, places, learnt, people=people, advance=advance)


def _step(
    name: str,
    base: Setting,
    settings: Sequence[Setting],
    learnt: Sequence[Learnt],
    *,
    people: int,
    advance: Callable[[int], None],
) -> Step:
    tried = {str(setting): setting for setting in settings}

    def arms(each: Learnt) -> list[Policy]:
        return [each.serving(base, name="base"), *(each.serving(setting, name=name) for name, setting in tried.items())]

    pairs = [("base", name) for name in tried]
    found = tuple(compared(learnt, arms, pairs, people=people, advance=advance))
    of_each = {name: [each for each in found if each.arm == name] for name in tried}
    best = best_of(of_each)
    return Step(name, base, tried, found, tried[best] if best else base)


def best_of(tried: Mapping[str, Sequence[Comparison]]) -> str | None:
    """The name of the setting that is chosen by the rule of `choose`."""
    means = {name: mean_effect(found, "unspent_idr") for name, found in tried.items() if may_be_chosen(found)}
    if not means:
        return None
    least = min(means.values(), key=lambda mean: mean.value)
    enough = [name for name, mean in means.items() if mean.value <= least.value + least.standard_error]
    return max(enough, key=lambda name: mean_effect(tried[name], SURPLUS).value)


def may_be_chosen(comparisons: Sequence[Comparison]) -> bool:
    """Whether a setting harms in no kind of world, and leaves less unspent wherever people respond and take no offence."""
    return all(not each.harms and (each.kind.response == HARMFUL or each.spends) for each in comparisons)


def mean_effect(comparisons: Sequence[Comparison], outcome: str) -> Effect:
    """The mean over kinds of worlds where people respond and take no offence; the people are the same, so errors add up."""
    found = [each.effects[outcome] for each in comparisons if each.kind.response != HARMFUL]
    return Effect(float(np.mean([each.value for each in found])), float(np.mean([each.standard_error for each in found])))


def shipped(learnt: Sequence[Learnt], *, people: int, advance: Callable[[int], None] = lambda _: None) -> Iterator[Comparison]:
    """The arms of the platform as it is shipped: the list against popularity, the list with its card against the list."""

    def arms(each: Learnt) -> list[Policy]:
        return each.arms(SHIPPED)

    return compared(learnt, arms, (("popularity", "personal"), ("personal", "bundle")), people=people, advance=advance)


def compared(
    learnt: Sequence[Learnt],
    arms: Callable[[Learnt], Sequence[Policy]],
    pairs: Sequence[tuple[str, str]],
    *,
    people: int,
    advance: Callable[[int], None] = lambda _: None,
) -> Iterator[Comparison]:
    """What arms do against others, in each kind of world that these worlds are of.

    Args:
        pairs: names of arms, first the one that the other is compared with.
        people: in each world.
        advance: told of each kind of world that is done.
    """
    for use_up in dict.fromkeys(each.world.use_up for each in learnt):
        for response, habits in RESPONSES.items():
            gains: dict[tuple[str, str], dict[str, list[Floats]]] = {pair: {} for pair in pairs}
            for each in learnt:
                if each.world.use_up != use_up:
                    continue
                policies = arms(each)
                lives = lived(each.world, policies, habits=habits, people=people)
                by_name = {policy.name: of_policy for policy, of_policy in zip(policies, lives, strict=True)}
                for against, arm in pairs:
                    for outcome, values in by_name[arm].items():
                        gains[against, arm].setdefault(outcome, []).append(values - by_name[against][outcome])
            advance(1)
            for (against, arm), of_pair in gains.items():
                found = {outcome: effect(np.concatenate(values)) for outcome, values in of_pair.items()}
                yield Comparison(Kind(use_up, response), arm, against, found)
