"""Synthetic people, trainings and purchases for the benchmark of the recommender: none of them exists.

What people want is not of the form of any model that learns from it: tastes bend with age, depend on sex, education and region
together and on a trait that nobody observes; prices repel some more than others; a first training leads to a next one. The
shares of histories and the mean price are those of public figures.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine import UNKNOWN, Attribute, Bekal, Catalogue, Choosing, Demographics, Interactions, Tables
from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.batch import Batch, recommend_batch
from bekal.recommender.engine.choosing import MOST_PARTS
from bekal.recommender.training.worth import Asking, choosing_for

ITEMS: Final = 1_500
THREADS: Final = 2
TOP: Final = 10
BALANCE_IDR: Final = 1_000_000
LENGTH_SHARES: Final = (0.35, 0.37, 0.19, 0.09)
"""People without history, with one training, two, three."""
ATTRIBUTES: Final = tuple(
    Attribute(name, tuple(f"{level:02}" for level in range(count)))
    for name, count in (("sex", 2), ("age_band", 7), ("education", 6), ("province", 34))
)
_AGE_SHARES: Final = (0.01, 0.36, 0.22, 0.15, 0.17, 0.07, 0.02)
_EDUCATION_SHARES: Final = (0.04, 0.12, 0.52, 0.12, 0.18, 0.02)
_MEAN_PRICE_IDR: Final = 371_000
_CHEAP_IDR: Final = 100_000
"""What people keep in hand for each training that is still to come."""
_TOPICS: Final = 24
_TOPIC_SIZE: Final = 4
_REGIONS: Final = 6
_TRAITS: Final = 4
_DRAWS: Final = 8
"""A person who finds nothing new that fits in so many draws takes anything that does."""
_BLOCK_PEOPLE: Final = 100_000
_SEED: Final = 4


@dataclass(frozen=True, eq=False)
class World:
    """People in rows; what each bought; and what that left of the balance."""

    catalogue: Catalogue
    demographics: Demographics
    histories: Interactions
    balances_idr: NDArray[np.int64]

    @classmethod
    def of(cls, people: int) -> Self:
        """So many people. A smaller world is the beginning of a larger one, as far as its blocks go."""
        truth = _Truth()
        codes, buyers, bought = [], [], []
        for block, first in enumerate(range(0, people, _BLOCK_PEOPLE)):
            count = min(_BLOCK_PEOPLE, people - first)
            who, pairs = truth.people(np.random.default_rng([_SEED, block]), count)
            codes.append(who)
            buyers.append(pairs[0] + first)
            bought.append(pairs[1])
        histories = Interactions.from_pairs(
            np.concatenate(buyers),
            np.concatenate(bought),
            people_count=people,
            item_count=ITEMS,
            times=np.concatenate([np.arange(each.size) for each in buyers]),
        )
        return cls(truth.catalogue, Demographics(ATTRIBUTES, np.concatenate(codes)), histories, truth.left(histories))

    def buyers(self, count: int) -> Self:
        """The first so many people who bought anything."""
        rows = np.flatnonzero(self.histories.lengths)[:count]
        return type(self)(self.catalogue, self.demographics.rows(rows), self.histories.rows(rows), self.balances_idr[rows])

    @property
    def people(self) -> int:
        return self.balances_idr.size

    def first(self, count: int) -> Self:
        rows = np.arange(min(count, self.people))
        return type(self)(self.catalogue, self.demographics.rows(rows), self.histories.rows(rows), self.balances_idr[rows])

    @property
    def by_training(self) -> Self:
        """The same with topics as fine as titles are, and with levels."""
        return replace(self, catalogue=_by_training(self.catalogue))

    @property
    def allowed(self) -> NDArray[np.bool_]:
        return np.ones(len(self.catalogue.codes), dtype=np.bool_)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it, to be written to a file and read by `restored`."""
        return {
            "prices_idr": self.catalogue.prices_idr,
            "topics": self.catalogue.topics,
            "codes": self.demographics.codes,
            "indptr": self.histories.indptr,
            "items": self.histories.items,
            "balances_idr": self.balances_idr,
        }

    @classmethod
    def restored(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        return cls(
            synthetic_catalogue(arrays["prices_idr"], arrays["topics"]),
            Demographics(ATTRIBUTES, arrays["codes"]),
            Interactions(arrays["indptr"], arrays["items"], ITEMS),
            arrays["balances_idr"],
        )


@dataclass(frozen=True, eq=False)
class Served:
    """A trained model, how it chooses, and how commit 9f28391 chose with it: four parts, and an η for these.

    Attributes:
        choosing, before: for worlds by training, and for worlds by field.
    """

    tables: Tables
    choosing: Choosing
    before: Choosing

    def batch(self, world: World, choosing: Choosing | None = None) -> Batch:
        """Everybody's list and bundle, chosen as the model does or otherwise."""
        return recommend_batch(
            self.tables,
            world.demographics,
            world.histories,
            catalogue=world.catalogue,
            balances_idr=world.balances_idr,
            allowed=world.allowed,
            top=TOP,
            choosing=choosing or self.choosing,
            threads=THREADS,
        )


@cache
def served(*, quick: bool) -> Served:
    """What all parts serve: the platform's own model, trained on some of the people, choosing as the platform does."""
    buyers = 600 if quick else 50_000
    world = World.of(2 * buyers)
    learnt, some = world.buyers(buyers), world.first(50 if quick else 300)
    model = Bekal.fit(learnt.histories, learnt.demographics)
    by_training = some.by_training
    asking = Asking(some.demographics, some.histories, some.balances_idr, by_training.catalogue, some.allowed)
    found = Served(model.tables, choosing_for(model, asking), Choosing(parts=MOST_PARTS, eta=0))
    return replace(found, before=replace(found.before, eta=_eta_before(found, some)))


def _eta_before(model: Served, some: World) -> int:
    """The largest η that costs a fiftieth of what sets of four are worth, or less: their mean worth over a power of √2."""

    def worth(eta: int) -> float:
        return float(model.batch(some, replace(model.before, eta=eta)).bundle_utilities.mean())

    most = worth(0)
    etas = [round(most * 2 ** (-step / 2)) for step in range(16)] if most > 0 else []
    return max((eta for eta in etas if worth(eta) >= 0.98 * most), default=0)


def _by_training(catalogue: Catalogue) -> Catalogue:
    """Every field's trainings in topics of about so many, some alone; levels 0 … 2, many unknown."""
    draw = np.random.default_rng(_SEED)
    topics = catalogue.topics.astype(np.int64) * ITEMS + draw.integers(0, ITEMS // (_TOPICS * _TOPIC_SIZE), ITEMS)
    return Catalogue(
        catalogue.codes,
        catalogue.prices_idr,
        np.where(draw.random(ITEMS) < 0.1, UNKNOWN, topics).astype(np.int32),
        draw.choice(4, ITEMS, p=(0.4, 0.3, 0.2, 0.1)).astype(np.int8) - 1,
    )


class _Truth:
    """What trainings there are and what people want."""

    def __init__(self) -> None:
        draw = np.random.default_rng(_SEED)
        prices = draw.lognormal(0.0, 0.6, ITEMS)
        prices = np.clip(prices * _MEAN_PRICE_IDR / prices.mean(), 20_000, BALANCE_IDR)
        topics = np.sort(draw.integers(0, _TOPICS, ITEMS))
        self.catalogue = synthetic_catalogue((np.rint(prices / 1_000) * 1_000).astype(np.int64), topics.astype(np.int32))
        self._region_of = draw.integers(0, _REGIONS, len(ATTRIBUTES[3].levels))
        self._province_shares = draw.dirichlet(np.full(len(ATTRIBUTES[3].levels), 1.5))
        self._topic_ends = np.cumsum(self._topic_shares(draw), axis=1)
        self._following = draw.integers(0, _TOPICS, (_TRAITS, _TOPICS))
        popular = (1.0 / (1 + draw.permutation(ITEMS))) ** 0.8
        self._item_ends = np.concatenate(
            [
                trait * _TOPICS + _ends(popular * np.exp(-dislike * self.catalogue.prices_idr / BALANCE_IDR), topics)
                for trait, dislike in enumerate((0.0, 1.5, 3.0, 5.0))
            ]
        )

    def _topic_shares(self, draw: np.random.Generator) -> NDArray[np.float64]:
        """float64[kinds of people, topics]: a bell over the age, the product of sex and education, thresholds, the unobserved."""
        sex, age, education, region, trait = np.meshgrid(
            np.arange(2), np.arange(7), np.arange(6), np.arange(_REGIONS), np.arange(_TRAITS), indexing="ij"
        )
        taste = np.zeros((sex.size, _TOPICS))
        for topic in range(_TOPICS):
            peak, width = draw.uniform(0, 6), draw.uniform(0.8, 3)
            bell = 2.0 * np.exp(-(((age - peak) / width) ** 2))
            both = draw.normal(0, 0.6) * (2 * sex - 1) * (education - 2.5)
            degree = draw.normal(0, 1.0) * (education >= draw.integers(2, 5)) * (age >= draw.integers(1, 4))
            place = draw.normal(0, 0.5, (_REGIONS, 2))[region, sex]
            hidden = draw.normal(0, 1.2, (_TRAITS, 3))[trait, age // 3]
            taste[:, topic] = (bell + both + degree + place + hidden).ravel()
        shares: NDArray[np.float64] = np.exp(taste)
        shares /= shares.sum(axis=1, keepdims=True)
        return shares

    def people(
        self, draw: np.random.Generator, count: int
    ) -> tuple[NDArray[np.int16], tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Codes of so many people, and pairs of person and training in the order bought."""
        codes = np.stack(
            [
                draw.choice(2, count, p=(0.51, 0.49)),
                draw.choice(7, count, p=_AGE_SHARES),
                draw.choice(6, count, p=_EDUCATION_SHARES),
                draw.choice(self._province_shares.size, count, p=self._province_shares),
            ],
            axis=1,
        )
        traits = draw.integers(0, _TRAITS, count)
        regions = self._region_of[codes[:, 3]]
        kinds = np.ravel_multi_index((codes[:, 0], codes[:, 1], codes[:, 2], regions, traits), (2, 7, 6, _REGIONS, _TRAITS))
        wanted = draw.choice(4, count, p=LENGTH_SHARES)
        left = np.full(count, BALANCE_IDR, dtype=np.int64)
        bought = np.full((count, 3), -1, dtype=np.int64)
        for step in range(3):
            rows = np.flatnonzero(wanted > step)
            spendable = left[rows] - (wanted[rows] - step - 1) * _CHEAP_IDR
            bought[rows, step] = self._choices(draw, kinds[rows], traits[rows], spendable, bought[rows, :step])
            left[rows] -= self.catalogue.prices_idr[bought[rows, step]]
        rows, steps = np.nonzero(bought >= 0)
        return codes.astype(np.int16), (rows, bought[rows, steps])

    def _choices(
        self,
        draw: np.random.Generator,
        kinds: NDArray[np.int64],
        traits: NDArray[np.int64],
        spendable: NDArray[np.int64],
        before: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """What each takes next: often of the topic that follows the last one, else of a topic to their taste."""
        prices = self.catalogue.prices_idr
        chosen = np.full(kinds.size, -1, dtype=np.int64)
        for _ in range(_DRAWS):
            open_ = np.flatnonzero(chosen < 0)
            topic = (self._topic_ends[kinds[open_]] < draw.random(open_.size)[:, None] * (1 - 1e-9)).sum(axis=1)
            if before.shape[1]:
                follows = draw.random(open_.size) < 0.4
                last = self.catalogue.topics[before[open_, -1]]
                topic[follows] = self._following[traits[open_], last][follows]
            place = traits[open_] * _TOPICS + topic + draw.random(open_.size) * (1 - 1e-9)
            item = np.searchsorted(self._item_ends, place, side="left") % ITEMS
            fits = (prices[item] <= spendable[open_]) & (item[:, None] != before[open_]).all(axis=1)
            chosen[open_[fits]] = item[fits]
        rest = np.flatnonzero(chosen < 0)
        cheapest = self.catalogue.cheapest_first
        counts = np.searchsorted(prices[cheapest], spendable[rest], side="right")
        places = (draw.random(rest.size) * counts).astype(np.int64)
        item = cheapest[places].astype(np.int64)
        # Of the few who meet their own again, each takes the next cheaper one that is new.
        while (again := (item[:, None] == before[rest]).any(axis=1)).any():
            places[again] = (places[again] - 1) % counts[again]
            item = cheapest[places].astype(np.int64)
        chosen[rest] = item
        return chosen

    def left(self, histories: Interactions) -> NDArray[np.int64]:
        spent = np.bincount(
            histories.people, weights=self.catalogue.prices_idr[histories.items], minlength=histories.people_count
        )
        return BALANCE_IDR - spent.astype(np.int64)


def _ends(weights: NDArray[np.float64], topics: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of items sorted by topic: the topic plus the share of its weight up to each item, itself included."""
    ends = np.empty(weights.size)
    for topic in range(_TOPICS):
        of_it = topics == topic
        ends[of_it] = topic + np.cumsum(weights[of_it]) / weights[of_it].sum()
    return ends


def synthetic_catalogue(prices_idr: ArrayLike, topics: ArrayLike) -> Catalogue:
    """One item for each price and topic."""
    prices_idr = frozen_integers(prices_idr, np.int64, axes=1, name="prices_idr")
    return Catalogue(
        tuple(f"T{item:05}" for item in range(prices_idr.size)),
        prices_idr,
        frozen_integers(topics, np.int32, axes=1, name="topics"),
        topics_are_broad=True,
    )
