"""Synthetic trainings and people of the testbed, and what people want. No number here comes from a survey.

The utility of a training for a person bends where a linear model is straight: tastes are a saturating function of waves and
products of age, sex and education; much of taste is unobserved; what was bought before counts by its strongest link, not by a
sum; trainings of one topic replace each other; a level above one's schooling frightens off with its square; and prices weigh
differently on everybody.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bekal.recommender.engine import Attribute, Catalogue, Demographics, Interactions, age_band
from bekal.recommender.engine.data import Spending
from bekal.simulation.seeds import stream
from bekal.simulation.testbed.chance import Floats, Integers, gumbel

BALANCE_IDR: Final = 1_000_000
CROWD: Final = 20_000
"""Seats are stated for so many people; a smaller crowd finds fewer."""
UNLIMITED: Final = 2**40

_TASTES: Final = 5
_WAVES: Final = 9
_TOPIC_SIZE: Final = 5
_PROVINCES: Final = 34
_EDUCATION_SHARES: Final = np.array([0.05, 0.11, 0.57, 0.07, 0.18, 0.02])
_MEAN_PRICE_IDR: Final = 371_000
_LOWEST_IDR: Final = 25_000
_STEP_IDR: Final = 5_000

_MERIT: Final = 0.7
_OBSERVED: Final = 1.1
_UNOBSERVED: Final = 0.8
_ABOVE_SCHOOLING: Final = 0.25
_SAME_TOPIC: Final = -3.5
_NEXT_TOPIC: Final = 1.6
_PRICE: Final = 1.2
USE_UP: Final = 1.5
"""What it is worth to people, beside the training, to use up all of a balance that is not whole any more."""
_TEMPER: Final = 0.7

_ATTRIBUTES: Final = (
    Attribute("sex", ("F", "M")),
    Attribute.observed("age_band", (age_band(age) for age in range(18, 65))),
    Attribute("education", tuple(str(level) for level in range(len(_EDUCATION_SHARES)))),
    Attribute("province", tuple(f"{province:02}" for province in range(_PROVINCES))),
)


@dataclass(frozen=True, eq=False)
class World:
    """The trainings, which stay, and how people's tastes come about.

    Attributes:
        seed: of everything.
        use_up: what using up all that is left is worth to somebody who has bought something, in the unit of utilities.
        catalogue: prices and topics, as the recommender knows them.
        merit, qualities, level: float64[items], [items, tastes], [items]; nobody observes them.
        follows: int64[topics], the topic that is wanted more after this one.
        seats: int64[items] for 20,000 people, UNLIMITED for most.
        visibility: float64[items], the shares of what people come across by themselves.
        bends: float64[waves, tastes] and float64[provinces, tastes] in `home`: from what people are to what they like.
    """

    seed: int
    use_up: float
    catalogue: Catalogue
    merit: Floats
    qualities: Floats
    level: Floats
    follows: Integers
    seats: Integers
    visibility: Floats
    bends: Floats
    home: Floats

    @property
    def items(self) -> int:
        return len(self.catalogue.codes)


@dataclass(frozen=True, eq=False)
class People:
    """A crowd. `number` is nobody else's in any crowd of the same world; `demographics` is all that a model may know.

    Attributes:
        number: int64[people].
        age, education: int64[people].
        taste: float64[people, tastes].
        price_weight, eagerness, attention: float64[people].
        no_time: bool[people].
    """

    number: Integers
    demographics: Demographics
    age: Integers
    education: Integers
    taste: Floats
    price_weight: Floats
    eagerness: Floats
    attention: Floats
    no_time: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def __len__(self) -> int:
        return len(self.number)


def draw_world(*, seed: int, items: int = 300, use_up: float = USE_UP) -> World:
    """Make a catalogue of synthetic trainings, five for each topic, at Rp 371,000 on average."""
    rng = stream(seed, "testbed world")
    topics = np.sort(np.arange(items) // _TOPIC_SIZE)
    count = int(topics[-1]) + 1
    order = rng.permutation(items)
    topics = topics[order]
    prices = np.exp(rng.normal(0, 0.55, size=items))
    prices_idr = np.maximum(np.rint(prices / prices.mean() * _MEAN_PRICE_IDR / _STEP_IDR) * _STEP_IDR, _LOWEST_IDR)
    of_topic = rng.normal(0, 1, size=(count, _TASTES))
    merit = rng.normal(0, _MERIT, size=items)
    is_limited = rng.random(items) < 0.07
    visibility = np.exp(0.8 * merit + rng.normal(0, 0.8, size=items))
    return World(
        seed=seed,
        use_up=use_up,
        catalogue=Catalogue(
            codes=tuple(f"SIM-{item:04}" for item in range(items)),
            prices_idr=prices_idr.astype(np.int64),
            topics=topics.astype(np.int32),
        ),
        merit=merit,
        qualities=0.8 * of_topic[topics] + 0.6 * rng.normal(0, 1, size=(items, _TASTES)),
        level=rng.choice([0.0, 2.0, 3.5], size=items, p=[0.5, 0.35, 0.15]),
        follows=rng.permutation(count),
        seats=np.where(is_limited, rng.integers(100, 400, size=items), UNLIMITED),
        visibility=visibility / visibility.sum(),
        bends=rng.normal(0, 0.8, size=(_WAVES, _TASTES)),
        home=rng.normal(0, 0.4, size=(_PROVINCES, _TASTES)),
    )


def draw_people(world: World, *, count: int, crowd: int) -> People:
    """Draw a crowd, another one for each number."""
    rng = stream(world.seed, f"testbed people {crowd}")
    is_woman = rng.random(count) < 0.49
    age = np.clip(np.rint(18 + rng.gamma(2.0, 6.0, size=count)), 18, 64).astype(np.int64)
    education = rng.choice(len(_EDUCATION_SHARES), size=count, p=_EDUCATION_SHARES).astype(np.int64)
    province = np.minimum(np.floor(_PROVINCES * rng.random(count) ** 2), _PROVINCES - 1).astype(np.int64)
    sex, schooling = np.where(is_woman, 1.0, -1.0), education - 2.2
    young, middle = np.sin(age / 9), np.cos(age / 6)
    waves = np.stack(
        [
            sex,
            young,
            middle,
            schooling,
            schooling**2 / 3,
            sex * schooling,
            sex * young,
            schooling * middle,
            sex * schooling * young,
        ],
        axis=1,
    )
    burden = rng.normal(0, 1, size=count) + 0.6 * (is_woman & (np.abs(age - 34) <= 9))
    return People(
        number=np.arange(count) + crowd * 2**32,
        demographics=_observed(is_woman, age, education, province),
        age=age,
        education=education,
        taste=(
            _OBSERVED * np.tanh(waves @ world.bends + world.home[province])
            + _UNOBSERVED * rng.normal(0, 1, size=(count, _TASTES))
        ),
        price_weight=np.exp(0.5 * rng.normal(0, 1, size=count) - 0.15 * schooling),
        eagerness=rng.normal(0, 0.8, size=count) + 0.1 * schooling,
        attention=rng.beta(2, 2, size=count),
        no_time=burden > 1.1,
    )


def utilities(world: World, people: People, rows: Integers, items: Integers, *, bought: Integers, left_idr: Integers) -> Floats:
    """float64[rows, any]: what each of the items is worth to the people in these rows, chance included.

    Args:
        items: int64[rows, any].
        bought: int64[rows, most], -1 where there is none.
        left_idr: int64[rows].
    """
    prices_idr = world.catalogue.prices_idr[items]
    topics = world.catalogue.topics.astype(np.int64)
    found = world.merit[items] + _TEMPER * gumbel(world.seed, "taste", people.number[rows, None], items)
    found += np.einsum("pt,pit->pi", people.taste[rows], world.qualities[items]) / np.sqrt(_TASTES) * 1.5
    found -= _ABOVE_SCHOOLING * np.maximum(world.level[items] - people.education[rows, None], 0) ** 2
    first = (bought < 0).all(axis=1)
    wish = np.where(first, -_PRICE * people.price_weight[rows], 0.0)[:, None] * prices_idr / BALANCE_IDR
    wish += np.where(first, 0.0, world.use_up)[:, None] * prices_idr / np.maximum(left_idr, 1)[:, None]
    link = np.zeros(items.shape)
    replaced = np.zeros(items.shape, dtype=np.bool_)
    for earlier in bought.T:
        topic = np.where(earlier >= 0, topics[earlier], -1)
        replaced |= topics[items] == topic[:, None]
        wanted = np.where(topic >= 0, world.follows[topic], -1)
        link = np.maximum(link, _NEXT_TOPIC * (topics[items] == wanted[:, None]))
    return found + wish + link + _SAME_TOPIC * replaced


def histories(bought: Integers, *, world: World) -> Interactions:
    """The engine's form of purchases, with what was left before each: int64[people, most], -1 where there is none."""
    prices_idr = world.catalogue.prices_idr
    people, columns = np.nonzero(bought >= 0)
    spent_idr = np.where(bought >= 0, prices_idr[bought], 0)
    left_idr = BALANCE_IDR - spent_idr.cumsum(axis=1) + spent_idr
    return Interactions(
        indptr=np.concatenate([[0], np.cumsum((bought >= 0).sum(axis=1))]),
        items=bought[people, columns].astype(np.int32),
        item_count=world.items,
        spending=Spending(prices_idr, left_idr[people, columns]),
    )


def _observed(
    is_woman: np.ndarray[tuple[int], np.dtype[np.bool_]], age: Integers, education: Integers, province: Integers
) -> Demographics:
    bands = np.array([_ATTRIBUTES[1].codes[str(age_band(years))] for years in range(18, 65)])
    codes = np.stack([np.where(is_woman, 0, 1), bands[age - 18], education, province], axis=1)
    return Demographics(_ATTRIBUTES, codes.astype(np.int16))
