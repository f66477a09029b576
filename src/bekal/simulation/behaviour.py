"""What synthetic people buy and when, calibrated on what is public about Prakerja's participants.

5.2 of 5.6 million accepted people bought something (by 30 October 2020). Of those asked in May 2021, 54.7 % took a second
training, and 29.1 % of the others had no time. At Rp 371,000 each, two trainings leave Rp 258,000 of Rp 1,000,000.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.simulation.catalogue import Catalogue
from bekal.simulation.people import EDUCATIONS, People, cell_shares
from bekal.simulation.seeds import stream
from bekal.simulation.tastes import NO_TIME, PRICE, TRAITS, Floats, Integers, Tastes, cells_of

BUYERS_SHARE: Final = 5.2 / 5.6
SECOND_SHARE: Final = 0.547
NO_TIME_SHARE: Final = 0.291
THIRD_SHARE: Final = 0.12
"""Of those who took a second training; no source says how many."""

_PRICE_SCHOOLING: Final = 0.2
_MEAN_EDUCATION: Final = cell_shares().sum(axis=(0, 1)) @ np.arange(len(EDUCATIONS))
_USE_UP: Final = 2.0
_MANY_CHOICES: Final = 0.5

_AT_ONCE: Final = 0.45
_LAST_MINUTE: Final = 0.15
_REST_DAYS: Final = 2
_UNLIMITED: Final = 2**40
_ROWS: Final = 1_024


@dataclass(frozen=True, slots=True)
class Plan:
    """Purchases in the order of their days, never two of one person on one day.

    `people` and `trainings` are positions; `days` are counted from the day of acceptance.
    """

    people: Integers
    trainings: Integers
    days: Integers


def plan_purchases(
    people: People, catalogue: Catalogue, tastes: Tastes, *, seed: int, balance_idr: int, first_day_by: int, day_by: int
) -> Plan:
    """Let people live from the day after they were accepted, which is day 1, to `day_by`.

    Nobody spends more than `balance_idr`, no training sells more seats than it has, and every buyer buys first by
    `first_day_by`. Who buys how often goes by rank, so that the calibrated shares hold whatever the seed.
    """
    rng = stream(seed, "behaviour")
    shop = _Shop(people, catalogue, tastes, balance_idr=balance_idr, rng=rng)
    eagerness = rng.normal(0, 1, size=len(people)) + 0.1 * people.education
    buyers = _foremost(eagerness, share=BUYERS_SHARE)
    _give_no_time(rng, people, shop, buyers)
    days = _first_days(rng, count=len(buyers), day_by=first_day_by)
    rounds = [(buyers, shop.sell(buyers, days), days)]
    for share in (SECOND_SHARE, THIRD_SHARE):
        earlier, _, days = rounds[-1]
        wish = eagerness[earlier] + _MANY_CHOICES * np.log1p(shop.affordable(earlier)) + rng.logistic(0, 1, size=len(earlier))
        wish[(shop.affordable(earlier) == 0) | (shop.traits[earlier, NO_TIME] > 0) | (days + _REST_DAYS > day_by)] = -np.inf
        again = _foremost(wish, share=share)
        room = day_by - days[again] - _REST_DAYS + 1
        days = days[again] + _REST_DAYS + np.floor(room * rng.random(len(again)) ** 1.3).astype(np.int64)
        rounds.append((earlier[again], shop.sell(earlier[again], days), days))
    buying, picks, days = (np.concatenate(column) for column in zip(*rounds, strict=True))
    order = np.lexsort((buying, days))
    return Plan(people=buying[order], trainings=picks[order], days=days[order])


def find_pair(
    catalogue: Catalogue, tastes: Tastes, *, is_woman: bool, age: int, education: int, province: int, sum_idr: int
) -> tuple[int, int]:
    """The two trainings without limited seats that together cost exactly `sum_idr` and suit this person best.

    Raises:
        ValueError: no two trainings cost that.
    """
    utilities = tastes.utilities(
        cells=cells_of(is_woman=np.array([is_woman]), age=np.array([age]), education=np.array([education])),
        provinces=np.array([province]),
        traits=np.zeros((1, TRAITS)),
        bought=np.empty((1, 0), dtype=np.int64),
    )[0]
    prices_idr = catalogue.prices_idr
    utilities[[training.seats is not None for training in catalogue.trainings]] = -np.inf
    best, pair = -np.inf, (-1, -1)
    for first, subject in enumerate(tastes.subjects):
        both = np.where(prices_idr == sum_idr - prices_idr[first], utilities[first] + utilities + tastes.after[subject], -np.inf)
        both[first] = -np.inf
        second = int(both.argmax())
        if both[second] > best:
            best, pair = both[second], (first, second)
    if np.isneginf(best):
        raise ValueError(f"no two trainings cost Rp {sum_idr} together")
    return pair


class _Shop:
    """The catalogue's seats, and what everyone has left and has bought."""

    def __init__(
        self, people: People, catalogue: Catalogue, tastes: Tastes, *, balance_idr: int, rng: np.random.Generator
    ) -> None:
        self._rng = rng
        self._tastes = tastes
        self._prices_idr = catalogue.prices_idr
        self._seats = np.array([_UNLIMITED if it.seats is None else it.seats for it in catalogue.trainings], dtype=np.int64)
        self._is_limited = self._seats < _UNLIMITED
        self._ascending_idr = np.sort(self._prices_idr[~self._is_limited])
        self._cells = cells_of(is_woman=people.is_woman, age=people.age, education=people.education)
        self._provinces = people.province
        self._left_idr = np.full(len(people), balance_idr, dtype=np.int64)
        self._bought = np.full((len(people), 0), -1, dtype=np.int64)
        self.traits = rng.normal(0, 1, size=(len(people), TRAITS))
        self.traits[:, NO_TIME] = 0
        self.traits[:, PRICE] += _PRICE_SCHOOLING * (people.education - _MEAN_EDUCATION)

    def affordable(self, people: Integers) -> Integers:
        """How many trainings without limited seats cost no more than each of them has left, and are not bought yet."""
        left_idr = self._left_idr[people]
        found: Integers = np.searchsorted(self._ascending_idr, left_idr, side="right")
        for earlier in self._bought[people].T:
            found -= (self._prices_idr[earlier] <= left_idr) & ~self._is_limited[earlier]
        return found

    def sell(self, people: Integers, days: Integers) -> Integers:
        """Let each of them, who can afford something, buy one training; limited seats go to the earliest days."""
        picks = np.full(len(people), -1, dtype=np.int64)
        choosing = np.arange(len(people))
        while len(choosing):
            picks[choosing] = -1
            picks[choosing] = self._choose(people[choosing], is_full=self._seats_over(picks) <= 0)
            choosing = self._turned_away(picks, days)
        self._seats = self._seats_over(picks)
        self._left_idr[people] -= self._prices_idr[picks]
        column = np.full((len(self._bought), 1), -1, dtype=np.int64)
        column[people, 0] = picks
        self._bought = np.hstack([self._bought, column])
        # What is left cannot be cashed: people who buy again try to use it up.
        self.traits[people, PRICE] += _USE_UP
        return picks

    def _seats_over(self, picks: Integers) -> Integers:
        """The seats that are left after these picks, below 0 where too many want them."""
        return self._seats - np.bincount(picks[picks >= 0], minlength=len(self._seats))

    def _turned_away(self, picks: Integers, days: Integers) -> Integers:
        """The positions whose pick is full when their day comes."""
        late = [np.empty(0, dtype=np.int64)]
        for training in np.flatnonzero(self._seats_over(picks) < 0):
            wanting = np.flatnonzero(picks == training)
            late.append(wanting[np.argsort(days[wanting], kind="stable")][self._seats[training] :])
        return np.concatenate(late)

    def _choose(self, people: Integers, *, is_full: NDArray[np.bool_]) -> Integers:
        """Each picks a training with a probability in proportion to exp(utility), among those affordable and not full."""
        chances = self._rng.random(len(people))
        picks = np.empty(len(people), dtype=np.int64)
        for start in range(0, len(people), _ROWS):
            rows = people[start : start + _ROWS]
            weights = self._tastes.utilities(
                cells=self._cells[rows], provinces=self._provinces[rows], traits=self.traits[rows], bought=self._bought[rows]
            )
            np.exp(weights, out=weights)
            weights *= self._prices_idr <= self._left_idr[rows, None]
            weights[:, is_full] = 0
            for earlier in self._bought[rows].T:
                weights[np.arange(len(rows)), earlier] = 0
            reached = np.cumsum(weights, axis=1, out=weights)
            aims = chances[start : start + _ROWS] * reached[:, -1]
            picks[start : start + _ROWS] = (reached <= aims[:, None]).sum(axis=1)
        return picks


def _foremost(wishes: Floats, *, share: float) -> Integers:
    """The positions of the given share of people with the strongest wishes, but of nobody whose wish is minus infinity."""
    order = np.argsort(-wishes, kind="stable")
    most = min(round(share * len(wishes)), int(np.isfinite(wishes).sum()))
    return np.sort(order[:most])


def _give_no_time(rng: np.random.Generator, people: People, shop: _Shop, buyers: Integers) -> None:
    """Let so many have no time that they are 29.1 % of those who take no second training; mothers more often than others."""
    burden = rng.normal(0, 1, size=len(buyers)) + 0.5 * (people.is_woman & (np.abs(people.age - 34) <= 9))[buyers]
    shop.traits[buyers[_foremost(burden, share=NO_TIME_SHARE * (1 - SECOND_SHARE))], NO_TIME] = 1


def _first_days(rng: np.random.Generator, *, count: int, day_by: int) -> Integers:
    """Nearly half start at once, some at the last minute, the others in between."""
    at_once = rng.geometric(0.25, size=count)
    last_minute = day_by + 1 - rng.geometric(0.4, size=count)
    between = rng.integers(1, day_by, endpoint=True, size=count)
    kind = rng.random(count)
    days = np.where(kind < _AT_ONCE, at_once, np.where(kind < _AT_ONCE + _LAST_MINUTE, last_minute, between))
    return np.clip(days, 1, day_by)
