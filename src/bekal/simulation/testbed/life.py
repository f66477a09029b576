"""What synthetic people do: visits, limited attention, purchases, seats, completion.

At the first visit nobody has a shelf; what is bought there everybody knows before arms begin. At each later visit a person comes
across a dozen trainings by themselves, most of which their balance cannot buy, and looks at the places of the shelf with a chance
that falls from place to place. They take the best of what they looked at, or nothing. A bundle is taken where it is worth more
than its best part alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Demographics, Interactions
from bekal.simulation.testbed.chance import Floats, Integers, gumbel, uniform
from bekal.simulation.testbed.policies import MOST, SHOWN, Nothing, Policy, Shelves
from bekal.simulation.testbed.world import BALANCE_IDR, CROWD, People, World, histories, utilities

VISITS: Final = 5
"""The first one is before the experiment."""
_BROWSED: Final = 12
_COMES: Final = (0.95, 0.8)
_COMES_WITHOUT_TIME: Final = (0.9, 0.4)
_FALLS: Final = 0.25
# What doing without another training is worth to somebody who has none, one, two, three or more: set so that without any shelf
# 93 % buy, 55 % of them a second one, and 12 % of these a third, as in `simulation.behaviour`.
_WITHOUT: Final = np.array([2.4, 5.0, 6.9, 7.5])
_NO_TIME: Final = 1.5
_AT_ONCE: Final = 0.3
"""What one confirmation instead of several is worth, for each training of a bundle after the first."""
_FINISHES: Final = 2.8
_FINISHES_WITHOUT_TIME: Final = -1.2
_FINISHES_ABOVE_SCHOOLING: Final = -0.3
_FINISHES_WITH_ANOTHER: Final = -0.6


SURPLUS: Final = "surplus"
"""An outcome that no office sees: `Lives.surplus`."""


class Source(IntEnum):
    """Where somebody found what they bought."""

    BROWSED = 0
    LIST = 1
    PART = 2
    """One training of a card, bought alone."""
    CARD = 3
    """All of a card."""


@dataclass(frozen=True)
class Habits:
    """How people take to shelves.

    Attributes:
        responsiveness: 0 to 1, how much attention a shelf gets; at 0 nobody looks at one, so that no arm does anything.
        reactance: how much more doing without is worth to people who looked at a personal shelf; above 0 such a shelf does harm.
    """

    responsiveness: float = 0.5
    reactance: float = 0.0


@dataclass(frozen=True, eq=False)
class Lives:
    """What came of a crowd.

    Attributes:
        bought: int64[people, most], trainings in the order bought, -1 where there is none.
        visits: int64[people, most], when; 0 is before the experiment.
        sources: int64[people, most], a `Source`, -1 where there is none.
        finished: bool[people, most].
        before_idr: int64[people], the balance when the experiment began.
        unspent_idr: int64[people], the balance in the end.
        cards: int64[people], at how many visits they looked at a card.
        surplus: float64[people], what they bought was worth to them, less what doing without was, in the unit of utilities.
    """

    bought: Integers
    visits: Integers
    sources: Integers
    finished: NDArray[np.bool_]
    before_idr: Integers
    unspent_idr: Integers
    cards: Integers
    surplus: Floats

    def outcomes(self) -> dict[str, Floats]:
        """float64[people] each, what an office sees: rupiah unspent, second trainings bought (0 or 1), trainings finished."""
        return {
            "unspent_idr": self.unspent_idr.astype(np.float64),
            "second_purchase": (self.bought >= 0).sum(axis=1, dtype=np.float64).clip(0, 2) // 2,
            "finished": self.finished.sum(axis=1, dtype=np.float64),
        }

    def truth(self) -> dict[str, Floats]:
        """The outcomes, and what no office sees."""
        return {**self.outcomes(), SURPLUS: self.surplus}


def live(world: World, people: People, policies: Sequence[Policy], assigned: Integers, *, habits: Habits) -> Lives:
    """Let a crowd live, each under the policy assigned; all of them compete for the same seats."""
    crowd = _Crowd(world, people, habits)
    for visit in range(VISITS):
        crowd.visit(visit, comers(world, people, visit), [Nothing()] if visit == 0 else policies, assigned * (visit > 0))
    return crowd.lives()


def comers(world: World, people: People, visit: int) -> Integers:
    """int64: the rows of those who come to a visit."""
    chances = np.where(people.no_time, _COMES_WITHOUT_TIME[visit > 0], _COMES[visit > 0])
    return np.flatnonzero(uniform(world.seed, "comes", people.number, np.array(visit)) < chances)


class _Crowd:
    """Balances, purchases and seats."""

    def __init__(self, world: World, people: People, habits: Habits) -> None:
        self._world = world
        self._people = people
        self._habits = habits
        self._prices_idr = world.catalogue.prices_idr
        self._seats = np.maximum(world.seats * len(people) // CROWD, 1)
        self._left_idr = np.full(len(people), BALANCE_IDR)
        self._before_idr = self._left_idr
        self._bought = np.full((len(people), 0), UNKNOWN, dtype=np.int64)
        self._visits = self._bought
        self._sources = self._bought
        self._cards = np.zeros(len(people), dtype=np.int64)
        self._surplus = np.zeros(len(people))
        self._search = _searches(world)

    def lives(self) -> Lives:
        return Lives(
            bought=self._bought,
            visits=self._visits,
            sources=self._sources,
            finished=self._finished(),
            before_idr=self._before_idr,
            unspent_idr=self._left_idr,
            cards=self._cards,
            surplus=self._surplus,
        )

    def visit(self, visit: int, rows: Integers, policies: Sequence[Policy], assigned: Integers) -> None:
        """Let these people choose, with shelves as they are at the beginning of the visit."""
        allowed = self._seats > 0
        shelves = self._fill(rows, policies, assigned[rows], allowed)
        browsed = self._browse(rows, visit)
        looked = self._look(rows, visit, places=SHOWN + 1)
        has_card = shelves.bundles[:, 0] >= 0
        # A card takes a place, and what is below it stands one lower.
        at = np.arange(SHOWN) + (has_card[:, None] & (np.arange(SHOWN) >= shelves.above[:, None]))
        seen = np.where(np.take_along_axis(looked, at, axis=1), shelves.items, UNKNOWN)
        sees_card = has_card & looked[np.arange(len(rows)), shelves.above]
        self._cards[rows] += sees_card
        card = np.where(sees_card[:, None], shelves.bundles, UNKNOWN)
        personal = np.array([policy.is_personal for policy in policies])[assigned[rows]]
        noticed = personal & ((seen >= 0).any(axis=1) | sees_card)
        items = np.concatenate([card, seen, browsed], axis=1)
        values = self._values(rows, items, allowed)
        without = self._without(rows, visit) + self._habits.reactance * noticed
        single = values.argmax(axis=1)
        gain = values[np.arange(len(rows)), single] - without
        together = self._together(rows, values[:, :MOST], card, without)
        picks = np.full((len(rows), MOST), UNKNOWN, dtype=np.int64)
        is_single = (gain > 0) & (gain >= together)
        picks[is_single, 0] = items[is_single, single[is_single]]
        is_bundle = (together > 0) & (together > gain)
        picks[is_bundle] = card[is_bundle]
        sources = np.repeat([Source.PART, Source.LIST, Source.BROWSED], [MOST, SHOWN, _BROWSED])[single]
        sources[is_bundle] = Source.CARD
        self._sell(rows, visit, picks, sources, np.where(is_bundle, together, gain))
        if visit == 0:
            self._before_idr = self._left_idr.copy()

    def _fill(self, rows: Integers, policies: Sequence[Policy], arms: Integers, allowed: NDArray[np.bool_]) -> Shelves:
        items = np.full((len(rows), SHOWN), UNKNOWN, dtype=np.int64)
        bundles = np.full((len(rows), MOST), UNKNOWN, dtype=np.int64)
        above = np.zeros(len(rows), dtype=np.int64)
        for arm, policy in enumerate(policies):
            of_arm = np.flatnonzero(arms == arm)
            if of_arm.size:
                found = policy.shelves(
                    self._demographics(rows[of_arm]),
                    self._histories(rows[of_arm]),
                    catalogue=self._world.catalogue,
                    balances_idr=self._left_idr[rows[of_arm]],
                    allowed=allowed,
                )
                items[of_arm], bundles[of_arm], above[of_arm] = found.items, found.bundles, found.above
        return Shelves(items, bundles, above)

    def _demographics(self, rows: Integers) -> Demographics:
        return Demographics(self._people.demographics.attributes, self._people.demographics.codes[rows])

    def _histories(self, rows: Integers) -> Interactions:
        return histories(self._bought[rows], world=self._world)

    def _browse(self, rows: Integers, visit: int) -> Integers:
        """Two of three from what is in front, one of three from topics of one's own taste."""
        number = self._people.number[rows, None]
        chances = uniform(self._world.seed, "browses", number, np.array([[visit]]), np.arange(_BROWSED)[None])
        front = np.searchsorted(np.cumsum(self._world.visibility), chances)
        liked = self._search.liked(self._people.taste[rows], chances[:, : _BROWSED // 3])
        front[:, : _BROWSED // 3] = liked
        return np.minimum(front, self._world.items - 1)

    def _look(self, rows: Integers, visit: int, *, places: int) -> NDArray[np.bool_]:
        chance = uniform(self._world.seed, "looks", self._people.number[rows, None], np.array([[visit]]), np.arange(places)[None])
        reach = self._habits.responsiveness * self._people.attention[rows, None] / (1 + _FALLS * np.arange(places))
        return chance < reach

    def _values(self, rows: Integers, items: Integers, allowed: NDArray[np.bool_]) -> Floats:
        values = utilities(
            self._world,
            self._people,
            rows,
            np.maximum(items, 0),
            bought=self._bought[rows],
            left_idr=self._left_idr[rows],
        )
        possible = (items >= 0) & allowed[items] & (self._prices_idr[items] <= self._left_idr[rows, None])
        for earlier in self._bought[rows].T:
            possible &= items != earlier[:, None]
        return np.where(possible, values, -np.inf)

    def _without(self, rows: Integers, visit: int) -> Floats:
        people, owned = self._people, self._owned(rows)
        chance = gumbel(self._world.seed, "without", people.number[rows], np.array(visit))
        burden = _NO_TIME * (people.no_time[rows] & (owned > 0))
        return _WITHOUT[np.minimum(owned, len(_WITHOUT) - 1)] + chance + burden - people.eagerness[rows]

    def _owned(self, rows: Integers) -> Integers:
        return np.asarray((self._bought[rows] >= 0).sum(axis=1), dtype=np.int64)

    def _together(self, rows: Integers, values: Floats, card: Integers, without: Floats) -> Floats:
        """What a card's trainings gain together; each more must make up for doing without it, as if bought one by one."""
        owned, last = self._owned(rows), len(_WITHOUT) - 1
        gain = np.where(card[:, 1] >= 0, 0.0, -np.inf)
        for place in range(MOST):
            more = _WITHOUT[np.minimum(owned + place, last)] - _WITHOUT[np.minimum(owned, last)] - _AT_ONCE * (place > 0)
            gain += np.where(card[:, place] >= 0, values[:, place] - without - more, 0.0)
        return gain

    def _sell(self, rows: Integers, visit: int, picks: Integers, sources: Integers, gains: Floats) -> None:
        """Take seats in an order that chance decides; people who find one gone buy nothing of what they picked."""
        turn = np.argsort(uniform(self._world.seed, "turn", self._people.number[rows], np.array(visit)), kind="stable")
        picks = picks.copy()
        for item in np.flatnonzero(self._seats < len(rows)):
            wanting = turn[(picks[turn] == item).any(axis=1)]
            picks[wanting[self._seats[item] :]] = UNKNOWN
        taken = picks[picks >= 0]
        self._seats = self._seats - np.bincount(taken, minlength=self._world.items)
        self._left_idr = self._left_idr.copy()
        self._left_idr[rows] -= np.where(picks >= 0, self._prices_idr[picks], 0).sum(axis=1)
        self._surplus[rows] += np.where((picks >= 0).any(axis=1), gains, 0.0)
        bought = np.full((len(self._people), MOST), UNKNOWN, dtype=np.int64)
        bought[rows] = picks
        found = np.full(len(self._people), UNKNOWN, dtype=np.int64)
        found[rows] = sources
        kept = bought[:, (bought >= 0).any(axis=0)]
        self._bought = np.concatenate([self._bought, kept], axis=1)
        self._visits = np.concatenate([self._visits, np.where(kept >= 0, visit, UNKNOWN)], axis=1)
        self._sources = np.concatenate([self._sources, np.where(kept >= 0, found[:, None], UNKNOWN)], axis=1)

    def _finished(self) -> NDArray[np.bool_]:
        people, world = self._people, self._world
        has = self._bought >= 0
        at_once = (self._visits[:, :, None] == self._visits[:, None, :]).sum(axis=2) - 1
        gap = np.maximum(world.level[self._bought] - people.education[:, None], 0)
        chance = uniform(world.seed, "finishes", people.number[:, None], self._bought)
        push = _FINISHES + _FINISHES_WITHOUT_TIME * people.no_time[:, None] + _FINISHES_ABOVE_SCHOOLING * gap
        finished: NDArray[np.bool_] = has & (chance < 1 / (1 + np.exp(-push - _FINISHES_WITH_ANOTHER * at_once)))
        return finished


@dataclass(frozen=True, eq=False)
class _Searches:
    """Items in the order of topics, and what each topic is like."""

    order: Integers
    firsts: Integers
    centres: Floats

    def liked(self, taste: Floats, chances: Floats) -> Integers:
        """int64[people, any]: items drawn evenly from the four topics nearest to each taste."""
        best = np.argpartition(-taste @ self.centres.T, 4, axis=1)[:, :4]
        topic = np.take_along_axis(best, np.floor(chances * 4).astype(np.int64), axis=1)
        start, size = self.firsts[topic], self.firsts[topic + 1] - self.firsts[topic]
        return self.order[start + np.floor(chances * 4 % 1 * size).astype(np.int64)]


def _searches(world: World) -> _Searches:
    topics = world.catalogue.topics.astype(np.int64)
    counts = np.bincount(topics)
    centres = np.stack([np.bincount(topics, weights=column) for column in world.qualities.T], axis=1) / counts[:, None]
    return _Searches(np.argsort(topics, kind="stable"), np.concatenate([[0], np.cumsum(counts)]), centres)
