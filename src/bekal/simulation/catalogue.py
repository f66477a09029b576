"""A synthetic catalogue, calibrated on Prakerja's of October 2020: 1,534 trainings of 147 providers, Rp 371,000 on average.

No training and no provider in it exists; every code begins with `SIM-`. Only the seven platforms bear their real names.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.catalogue.bulk import NewTraining
from bekal.catalogue.models import Field, Mode
from bekal.simulation.seeds import stream
from bekal.simulation.titles import compose_description, compose_provider_names, compose_titles
from bekal.simulation.topics import TOPICS

Integers = NDArray[np.int64]

TRAININGS: Final = 1_534
PROVIDERS: Final = 147
PLATFORMS: Final = ("Tokopedia", "Bukalapak", "Pintaria", "Sekolahmu", "Sisnaker", "MauBelajarApa", "Pijar Mahir")
MEAN_PRICE_IDR: Final = 371_000
PAIR_IDR: Final = (450_000, 250_000)
"""Every catalogue has a training without limited seats at each of these prices: together Rp 700,000."""

# What share of the trainings a field has. The first seven are the most wanted ones.
FIELD_SHARES: Final[dict[Field, float]] = {
    Field.LIFESTYLE: 0.115,
    Field.SALES_MARKETING: 0.110,
    Field.MANAGEMENT: 0.105,
    Field.FOOD_BEVERAGE: 0.100,
    Field.INFORMATION_TECHNOLOGY: 0.090,
    Field.FOREIGN_LANGUAGES: 0.085,
    Field.FINANCE: 0.080,
    Field.BEAUTY: 0.045,
    Field.DESIGN: 0.045,
    Field.OFFICE: 0.040,
    Field.EDUCATION: 0.030,
    Field.CRAFTS: 0.030,
    Field.AGRICULTURE: 0.025,
    Field.AUTOMOTIVE: 0.022,
    Field.HOSPITALITY: 0.020,
    Field.HEALTH_SAFETY: 0.020,
    Field.CONSTRUCTION: 0.018,
    Field.LOGISTICS: 0.012,
    Field.MUSIC: 0.008,
}
FIELDS: Final = tuple(FIELD_SHARES)
_PRICE_LEVELS: Final = {  # logarithms, against the whole catalogue
    Field.INFORMATION_TECHNOLOGY: 0.25,
    Field.FOREIGN_LANGUAGES: 0.15,
    Field.LOGISTICS: 0.15,
    Field.AUTOMOTIVE: 0.15,
    Field.MANAGEMENT: 0.10,
    Field.DESIGN: 0.10,
    Field.LIFESTYLE: -0.20,
    Field.FOOD_BEVERAGE: -0.10,
    Field.CRAFTS: -0.15,
    Field.AGRICULTURE: -0.15,
}
_MEDIAN_IDR: Final = 315_000
_SPREAD: Final = 0.5
_LOWEST_IDR: Final = 25_000
_HIGHEST_IDR: Final = 2_500_000
_THOUSAND_BELOW: Final = 0.3
_SHORT_SHARE: Final = 0.03
_SHORT_IDR: Final = (_LOWEST_IDR, 100_000)
_LEVEL_PRICES: Final = (-0.12, 0.0, 0.25)
_MODES: Final = (Mode.ONLINE, Mode.HYBRID, Mode.OFFLINE)
_MODE_SHARES: Final = (0.86, 0.08, 0.06)
_WITH_SEATS: Final = 0.5
_SEATS: Final = (15, 20, 25, 30, 40, 60)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Trainings in the order of their codes, and what a simulation knows of each: arrays of one element a training.

    `fields` are positions in FIELDS, `topics` positions in TOPICS[field], `levels` 0 to 2.
    """

    trainings: tuple[NewTraining, ...]
    fields: Integers
    topics: Integers
    levels: Integers

    @property
    def prices_idr(self) -> Integers:
        return np.array([training.price_idr for training in self.trainings], dtype=np.int64)


def build_catalogue(*, seed: int, trainings: int = TRAININGS, providers: int = PROVIDERS) -> Catalogue:
    """Compose a catalogue whose mean price is exactly Rp 371,000.

    Raises:
        ValueError: fewer providers than platforms, fewer trainings than providers, or more than there are names or titles.
    """
    if not len(PLATFORMS) <= providers <= trainings:
        raise ValueError(f"a catalogue needs {len(PLATFORMS)} providers or more, and a training or more of each")
    rng = stream(seed, "catalogue")
    fields = _draw_fields(rng, trainings)
    titles, topics, levels = _compose_titles(rng, fields)
    names = compose_provider_names(rng, providers)
    sellers = _draw_providers(rng, fields, providers)
    prices_idr = _draw_prices(rng, fields, levels, sellers)
    modes = [_MODES[mode] for mode in rng.choice(len(_MODES), size=trainings, p=_MODE_SHARES)]
    hours = np.clip(np.rint(prices_idr / 25_000 * rng.uniform(0.6, 1.6, trainings)), 2, 80).astype(np.int64)
    platforms = _draw_platforms(rng, sellers, providers)
    return Catalogue(
        trainings=tuple(
            NewTraining(
                code=f"SIM-{position + 1:05}",
                title=titles[position],
                provider=names[sellers[position]],
                price_idr=int(prices_idr[position]),
                field=FIELDS[fields[position]].value,
                platform=PLATFORMS[platforms[position]],
                description=compose_description(
                    rng,
                    topic=TOPICS[FIELDS[fields[position]]][topics[position]].name,
                    level=int(levels[position]),
                    hours=int(hours[position]),
                    mode=modes[position],
                ),
                hours=int(hours[position]),
                mode=modes[position].value,
                seats=None if prices_idr[position] in PAIR_IDR else _draw_seats(rng, modes[position]),
            )
            for position in range(trainings)
        ),
        fields=fields,
        topics=topics,
        levels=levels,
    )


def _draw_fields(rng: np.random.Generator, trainings: int) -> Integers:
    """As many of each field as its share says, in a random order."""
    shares = np.array(list(FIELD_SHARES.values()))
    bounds = np.rint(np.cumsum(shares) / shares.sum() * trainings).astype(np.int64)
    return rng.permutation(np.repeat(np.arange(len(FIELDS)), np.diff(bounds, prepend=0)))


def _compose_titles(rng: np.random.Generator, fields: Integers) -> tuple[list[str], Integers, Integers]:
    """Different titles, and the topic and the level of each."""
    titles = [""] * len(fields)
    topics, levels = np.zeros_like(fields), np.zeros_like(fields)
    for number, field in enumerate(FIELDS):
        places = np.flatnonzero(fields == number)
        names = [topic.name for topic in TOPICS[field]]
        composed, topics[places], levels[places] = compose_titles(rng, topics=names, count=len(places))
        for place, title in zip(places, composed, strict=True):
            titles[place] = title
    return titles, topics, levels


def _draw_providers(rng: np.random.Generator, fields: Integers, providers: int) -> Integers:
    """A provider for each training: each has at least one, a few have many, and each teaches mostly its own field."""
    trainings = len(fields)
    sellers = np.full(trainings, -1, dtype=np.int64)
    first = rng.permutation(trainings)[:providers]
    sellers[first] = np.arange(providers)
    own_field, second_field = fields[first], rng.choice(fields, size=providers)
    sizes = rng.permutation(1 / (2 + np.arange(providers)) ** 0.8)
    for position in np.flatnonzero(sellers < 0):
        field = fields[position]
        weights = sizes * ((own_field == field) + 0.4 * (second_field == field) + 0.01)
        sellers[position] = rng.choice(providers, p=weights / weights.sum())
    return sellers


def _draw_platforms(rng: np.random.Generator, sellers: Integers, providers: int) -> Integers:
    """A platform for each training, one of the two on which its provider sells."""
    home = np.arange(providers) % len(PLATFORMS)
    other = rng.integers(len(PLATFORMS), size=providers)
    at_home = rng.random(len(sellers)) < 0.7
    # The first training of each provider is sold at home, so that every platform sells something.
    at_home[np.unique(sellers, return_index=True)[1]] = True
    return np.where(at_home, home[sellers], other[sellers])


def _draw_seats(rng: np.random.Generator, mode: Mode) -> int | None:
    if mode is Mode.ONLINE or rng.random() >= _WITH_SEATS:
        return None
    return int(rng.choice(_SEATS))


def _draw_prices(rng: np.random.Generator, fields: Integers, levels: Integers, sellers: Integers) -> Integers:
    """Right-skewed, rounded as people price, and exactly right in the mean."""
    count = len(fields)
    of_field = np.array([_PRICE_LEVELS.get(field, 0.0) for field in FIELDS])
    of_provider = rng.normal(0, 0.2, size=sellers.max() + 1)
    wanted = np.log(_MEDIAN_IDR) + of_field[fields] + np.array(_LEVEL_PRICES)[levels] + of_provider[sellers]
    prices = np.exp(wanted + rng.normal(0, _SPREAD, size=count))
    short = round(_SHORT_SHARE * count)
    order = rng.permutation(count)
    pair, shorts, others = np.split(order, [len(PAIR_IDR), len(PAIR_IDR) + short])
    target_idr = MEAN_PRICE_IDR * count
    prices[shorts] = rng.uniform(*_SHORT_IDR, size=short)
    prices[others] *= (target_idr - sum(PAIR_IDR) - prices[shorts].sum()) / prices[others].sum()
    prices_idr = _rounded(np.clip(prices, _LOWEST_IDR, _HIGHEST_IDR))
    prices_idr -= 1_000 * ((rng.random(count) < _THOUSAND_BELOW) & (prices_idr >= 100_000))
    prices_idr[pair] = PAIR_IDR
    _correct_sum(prices_idr, order=others, target_idr=target_idr)
    return prices_idr


def _rounded(prices: NDArray[np.float64]) -> Integers:
    """To Rp 5,000 below Rp 100,000, to Rp 25,000 below Rp 500,000, to Rp 50,000 above."""
    steps = np.where(prices < 100_000, 5_000, np.where(prices < 500_000, 25_000, 50_000))
    return (np.rint(prices / steps) * steps).astype(np.int64)


def _correct_sum(prices_idr: Integers, *, order: Integers, target_idr: int) -> None:
    """Move prices by Rp 25,000 each until less than that is missing, then one price by the rest."""
    step_idr = 25_000
    missing_idr = target_idr - int(prices_idr.sum())
    direction = 1 if missing_idr > 0 else -1
    movable = [n for n in order if 100_000 <= prices_idr[n] <= _HIGHEST_IDR - step_idr]
    turn = 0
    while abs(missing_idr) >= step_idr:
        n = movable[turn % len(movable)]
        if prices_idr[n] + direction * step_idr >= _LOWEST_IDR:
            prices_idr[n] += direction * step_idr
            missing_idr -= direction * step_idr
        turn += 1
    prices_idr[movable[turn % len(movable)]] += missing_idr
