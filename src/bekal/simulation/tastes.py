"""What synthetic people want: the structure that a recommender may find, and what it can never see.

The utility of a training for a person is a sum: how much it is wanted at all and where it is on the shelf; what people of
this sex, age and schooling want, with interactions; what is wanted in this province; what was bought before; and traits that
nobody observes, such as what a price is worth. The leanings are made up to be plausible; no survey was asked.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bekal.catalogue.models import Field
from bekal.simulation.catalogue import FIELD_SHARES, FIELDS, Catalogue
from bekal.simulation.people import AGE_BANDS, EDUCATIONS, PROVINCE_CODES, cell_shares
from bekal.simulation.seeds import stream
from bekal.simulation.titles import LEVELS
from bekal.simulation.topics import TOPICS

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Leaning(NamedTuple):
    """Whom a field appeals to: logarithms of how much more it is wanted."""

    women: float = 0.0
    peak_age: int = 30
    narrow: float = 0.2  # how fast it is wanted less with the distance from that age
    schooling: float = 0.0
    women_schooling: float = 0.0


_LEANINGS: Final[dict[Field, Leaning]] = {
    Field.AGRICULTURE: Leaning(women=-0.4, peak_age=44, narrow=0.25, schooling=-0.3),
    Field.AUTOMOTIVE: Leaning(women=-1.3, peak_age=24, narrow=0.25, schooling=-0.4),
    Field.BEAUTY: Leaning(women=1.3, peak_age=27, narrow=0.25, schooling=-0.2),
    Field.CONSTRUCTION: Leaning(women=-1.2, peak_age=36, narrow=0.2, schooling=-0.2, women_schooling=0.3),
    Field.CRAFTS: Leaning(women=0.5, peak_age=38, schooling=-0.1),
    Field.DESIGN: Leaning(women=0.0, peak_age=23, narrow=0.4, schooling=0.2),
    Field.EDUCATION: Leaning(women=0.6, peak_age=31, schooling=0.6, women_schooling=0.2),
    Field.FINANCE: Leaning(women=0.2, peak_age=35, schooling=0.3, women_schooling=0.15),
    Field.FOOD_BEVERAGE: Leaning(women=0.5, peak_age=36, narrow=0.15, schooling=-0.3, women_schooling=-0.15),
    Field.FOREIGN_LANGUAGES: Leaning(women=0.1, peak_age=22, narrow=0.35, schooling=0.4),
    Field.HEALTH_SAFETY: Leaning(women=0.2, peak_age=33, schooling=0.1),
    Field.HOSPITALITY: Leaning(women=0.0, peak_age=24, narrow=0.3),
    Field.INFORMATION_TECHNOLOGY: Leaning(women=-0.5, peak_age=24, narrow=0.25, schooling=0.4, women_schooling=0.1),
    Field.LIFESTYLE: Leaning(women=0.3, peak_age=28, narrow=0.1),
    Field.LOGISTICS: Leaning(women=-1.0, peak_age=34, schooling=-0.1, women_schooling=0.3),
    Field.MANAGEMENT: Leaning(women=0.0, peak_age=26, narrow=0.15, schooling=0.4),
    Field.MUSIC: Leaning(women=-0.3, peak_age=22, narrow=0.35),
    Field.OFFICE: Leaning(women=0.6, peak_age=24, narrow=0.35, schooling=0.1),
    Field.SALES_MARKETING: Leaning(women=0.2, peak_age=31, narrow=0.1),
}
_PLACES: Final[dict[Field, dict[str, float]]] = {
    Field.AGRICULTURE: {"18": 0.6, "35": 0.3, "53": 0.6, "73": 0.5, "31": -1.2, "36": -0.4},
    Field.CONSTRUCTION: {"64": 0.5, "65": 0.5, "91": 0.4},
    Field.CRAFTS: {"33": 0.4, "34": 0.6, "51": 0.6, "52": 0.4},
    Field.DESIGN: {"31": 0.3, "32": 0.3, "34": 0.5},
    Field.FOOD_BEVERAGE: {"12": 0.2, "13": 0.4, "33": 0.2},
    Field.FOREIGN_LANGUAGES: {"21": 0.5, "51": 0.4, "52": 0.5},
    Field.HOSPITALITY: {"34": 0.6, "51": 1.3, "52": 0.8, "53": 0.6, "21": 0.4},
    Field.INFORMATION_TECHNOLOGY: {"31": 0.4, "32": 0.2, "34": 0.3, "36": 0.2},
    Field.LOGISTICS: {"21": 0.5, "31": 0.3, "64": 0.4},
    Field.MANAGEMENT: {"31": 0.3},
}
_NEXT_FIELDS: Final[dict[Field, tuple[Field, ...]]] = {
    Field.AGRICULTURE: (Field.FOOD_BEVERAGE, Field.SALES_MARKETING),
    Field.AUTOMOTIVE: (Field.LOGISTICS, Field.CONSTRUCTION),
    Field.BEAUTY: (Field.SALES_MARKETING, Field.LIFESTYLE),
    Field.CONSTRUCTION: (Field.HEALTH_SAFETY, Field.AUTOMOTIVE),
    Field.CRAFTS: (Field.SALES_MARKETING, Field.DESIGN),
    Field.DESIGN: (Field.SALES_MARKETING, Field.INFORMATION_TECHNOLOGY),
    Field.EDUCATION: (Field.FOREIGN_LANGUAGES, Field.LIFESTYLE),
    Field.FINANCE: (Field.MANAGEMENT, Field.OFFICE),
    Field.FOOD_BEVERAGE: (Field.SALES_MARKETING, Field.FINANCE),
    Field.FOREIGN_LANGUAGES: (Field.HOSPITALITY, Field.MANAGEMENT),
    Field.HEALTH_SAFETY: (Field.MANAGEMENT,),
    Field.HOSPITALITY: (Field.FOREIGN_LANGUAGES, Field.FOOD_BEVERAGE),
    Field.INFORMATION_TECHNOLOGY: (Field.DESIGN, Field.MANAGEMENT),
    Field.LIFESTYLE: (Field.MANAGEMENT, Field.BEAUTY),
    Field.LOGISTICS: (Field.MANAGEMENT, Field.FOREIGN_LANGUAGES),
    Field.MANAGEMENT: (Field.OFFICE, Field.FINANCE),
    Field.MUSIC: (Field.DESIGN, Field.EDUCATION),
    Field.OFFICE: (Field.INFORMATION_TECHNOLOGY, Field.FINANCE),
    Field.SALES_MARKETING: (Field.FINANCE, Field.DESIGN),
}

_BAND_STARTS: Final = np.array([first for first, _ in AGE_BANDS[1:]])
_BAND_AGES: Final = np.array([20, 24, 28, 33, 40, 52])
_SCHOOLING: Final = np.array([-1.6, -1.0, 0.0, 0.7, 1.2, 1.6])
_SEXES: Final = np.array([-1.0, 1.0])
_TOPIC_LEANING: Final = 0.4

_LATENTS: Final = 4
TRAITS: Final = _LATENTS + 2
"""Columns of a person's traits: four tastes that nobody observes, whether time is short, and what a price is worth."""
NO_TIME: Final = _LATENTS
PRICE: Final = _LATENTS + 1
_HOURS_WHEN_NO_TIME: Final = -0.05
_MERIT: Final = 0.8
_SHELF: Final = -0.5

# What a first training costs in the mean, so that Rp 258,000 are left after the second, whose price the rest limits.
_MEAN_IDR: Final = 405_000
_ROUNDS: Final = 30
_LARGEST_STEP: Final = 2.0

# After a training: the same again, the next level, the next topic, its field, the fields that follow it, and some topics there.
_SAME_AGAIN: Final = -4.0
_NEXT_LEVEL: Final = 1.8
_NEXT_TOPIC: Final = 2.2
_SAME_FIELD: Final = 0.6
_NEXT_FIELD: Final = 0.7
_LINKED_TOPIC: Final = 2.2
_LINKS: Final = 2


@dataclass(frozen=True, slots=True)
class Tastes:
    """Tables of one column a training.

    `by_cell` has a row for each cell (see `cells_of`), `by_province` for each of PROVINCE_CODES, `by_trait` for each trait, and
    `after` for each subject: `subjects[training]` says which topic and level a training is.
    """

    by_cell: Floats
    by_province: Floats
    by_trait: Floats
    after: Floats
    subjects: Integers

    def utilities(self, *, cells: Integers, provinces: Integers, traits: Floats, bought: Integers) -> Floats:
        """People × trainings. `bought` has a row for each person and a column for each earlier purchase."""
        found = traits @ self.by_trait
        found += self.by_cell[cells]
        found += self.by_province[provinces]
        for earlier in bought.T:
            found += self.after[self.subjects[earlier]]
        return found


def cells_of(*, is_woman: NDArray[np.bool_], age: Integers, education: Integers) -> Integers:
    """The row of `by_cell` for each person: sex × age band × education."""
    bands = np.searchsorted(_BAND_STARTS, age, side="right")
    return (is_woman * len(_BAND_AGES) + bands) * len(EDUCATIONS) + education


def draw_tastes(catalogue: Catalogue, *, seed: int, balance_idr: int) -> Tastes:
    """Draw what cannot be written down, and put the tables together."""
    rng = stream(seed, "tastes")
    first_topics = np.cumsum([0, *(len(TOPICS[field]) for field in FIELDS)])
    topics = first_topics[catalogue.fields] + catalogue.topics
    by_cell = _by_cell(rng)[:, topics]
    return Tastes(
        by_cell=by_cell + _wanted(rng, catalogue, by_cell, balance_idr=balance_idr),
        by_province=_by_province(rng)[:, topics],
        by_trait=_by_trait(rng, catalogue, topics),
        after=_after(rng, catalogue, first_topics),
        subjects=topics * LEVELS + catalogue.levels,
    )


def _wanted(rng: np.random.Generator, catalogue: Catalogue, by_cell: Floats, *, balance_idr: int) -> Floats:
    """How much each training is wanted by everyone: by its own merit and its place on the shelf.

    Then each field is moved to its share of the demand, and the price counts as much as the calibrated mean price asks for, which
    is not little: rupiah that cannot be cashed are spent.
    """
    shelf = np.zeros(len(FIELDS), dtype=np.int64)
    wanted = rng.normal(0, _MERIT, size=len(catalogue.trainings))
    for training in rng.permutation(len(wanted)):
        wanted[training] += _SHELF * np.log(1 + shelf[catalogue.fields[training]])
        shelf[catalogue.fields[training]] += 1
    shares = np.log(list(FIELD_SHARES.values()))[catalogue.fields]
    millions = catalogue.prices_idr / 1_000_000
    for _ in range(_ROUNDS):
        chances = np.exp(by_cell + wanted) * (catalogue.prices_idr <= balance_idr)
        demand = cell_shares().ravel() @ (chances / chances.sum(axis=1, keepdims=True))
        mean = demand @ millions
        step = (_MEAN_IDR / 1_000_000 - mean) / (demand @ (millions - mean) ** 2)
        wanted += np.clip(step, -_LARGEST_STEP, _LARGEST_STEP) * millions
        wanted += shares - np.log(np.bincount(catalogue.fields, weights=demand)[catalogue.fields])
    return wanted


def _by_cell(rng: np.random.Generator) -> Floats:
    """Cells × all topics."""
    sex = _SEXES[:, None, None, None]
    age = _BAND_AGES[None, :, None, None]
    schooling = _SCHOOLING[None, None, :, None]
    shape = (len(_SEXES), len(_BAND_AGES), len(_SCHOOLING))
    tables = []
    for field in FIELDS:
        leaning = _LEANINGS[field]
        women, older, schooled = (
            _TOPIC_LEANING * np.array([getattr(topic, name) for topic in TOPICS[field]], dtype=np.float64)
            for name in ("women", "older", "schooling")
        )
        table = sex * (leaning.women + women)
        table = table - leaning.narrow * ((age - leaning.peak_age) / 10) ** 2 + older * np.tanh((age - 30) / 10)
        table = table + schooling * (leaning.schooling + schooled + leaning.women_schooling * sex)
        # What no rule explains: some cells simply like a field, or a topic.
        table = table + rng.normal(0, 0.35, size=(*shape, 1)) + rng.normal(0, 0.2, size=(*shape, len(TOPICS[field])))
        tables.append(table.reshape(-1, len(TOPICS[field])))
    return np.concatenate(tables, axis=1)


def _by_province(rng: np.random.Generator) -> Floats:
    """Provinces × all topics."""
    tables = []
    for field in FIELDS:
        known = _PLACES.get(field, {})
        table = np.array([[known.get(code, 0.0)] for code in PROVINCE_CODES])
        table = table + rng.normal(0, 0.15, size=table.shape)
        tables.append(table + rng.normal(0, 0.15, size=(len(PROVINCE_CODES), len(TOPICS[field]))))
    return np.concatenate(tables, axis=1)


def _by_trait(rng: np.random.Generator, catalogue: Catalogue, topics: Integers) -> Floats:
    of_field = rng.normal(0, 0.3, size=(_LATENTS, len(FIELDS)))
    of_topic = rng.normal(0, 0.2, size=(_LATENTS, sum(len(TOPICS[field]) for field in FIELDS)))
    hours = np.array([training.hours for training in catalogue.trainings], dtype=np.float64)
    millions = catalogue.prices_idr / 1_000_000
    return np.vstack([of_field[:, catalogue.fields] + of_topic[:, topics], _HOURS_WHEN_NO_TIME * hours, millions])


def _after(rng: np.random.Generator, catalogue: Catalogue, first_topics: Integers) -> Floats:
    """Subjects × trainings: how much more a training is wanted after one of that topic and level was bought."""
    after = np.zeros((int(first_topics[-1]) * LEVELS, len(catalogue.trainings)))
    for number, field in enumerate(FIELDS):
        in_field = catalogue.fields == number
        in_next = np.isin(catalogue.fields, [FIELDS.index(other) for other in _NEXT_FIELDS[field]])
        for topic in range(len(TOPICS[field])):
            links = _draw_links(rng, catalogue, np.flatnonzero(in_next))
            for level in range(LEVELS):
                row = after[(first_topics[number] + topic) * LEVELS + level]
                row += _SAME_FIELD * in_field + _NEXT_FIELD * in_next + _LINKED_TOPIC * links
                row += _NEXT_TOPIC * (in_field & (catalogue.topics == topic + 1))
                same = in_field & (catalogue.topics == topic)
                row[same & (catalogue.levels <= level)] = _SAME_AGAIN
                row[same & (catalogue.levels == level + 1)] += _NEXT_LEVEL
    return after


def _draw_links(rng: np.random.Generator, catalogue: Catalogue, candidates: Integers) -> NDArray[np.bool_]:
    """The trainings of some topics of the fields that follow."""
    linked = np.zeros(len(catalogue.trainings), dtype=np.bool_)
    if len(candidates):
        for pick in rng.choice(candidates, size=_LINKS):
            linked |= (catalogue.fields == catalogue.fields[pick]) & (catalogue.topics == catalogue.topics[pick])
    return linked
