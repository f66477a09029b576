"""Prices and values chosen to make the search for the best set long: what a request must bear, whatever the prices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Catalogue, use_of_balance
from recommender_world import synthetic_catalogue

BALANCES_IDR: Final = (258_000, 1_000_000, 3_500_000)
_SEED: Final = 1


@dataclass(frozen=True, eq=False)
class Question:
    """Which set is best?

    Attributes:
        values: int64[items], for each item of the catalogue.
    """

    name: str
    values: NDArray[np.int64]
    catalogue: Catalogue
    balance_idr: int

    @property
    def useful(self) -> "Useful":
        kept = (self.values > 0) & (self.catalogue.prices_idr <= self.balance_idr)
        return Useful(self.values[kept], self.catalogue.prices_idr[kept], self.catalogue.topics[kept], self.balance_idr)


@dataclass(frozen=True, eq=False)
class Useful:
    """The same without what cannot be bought or is worth nothing."""

    values: NDArray[np.int64]
    prices_idr: NDArray[np.int64]
    topics: NDArray[np.int32]
    balance_idr: int


def adversaries(items: int, *, balances_idr: Sequence[int] = BALANCES_IDR) -> Iterator[Question]:
    """Every family of questions with so many items, at each balance."""
    draw = np.random.default_rng(_SEED)
    for about_idr in balances_idr:
        for name, prices, values, topics, balance_idr in _families(draw, items, about_idr):
            drawn = draw.integers(0, topics, items) if topics else np.full(items, UNKNOWN)
            catalogue = synthetic_catalogue(prices, drawn)
            yield Question(f"{name}; balance {balance_idr}", values.astype(np.int64), catalogue, balance_idr)


Family = tuple[str, NDArray[np.int64], NDArray[np.int64], int, int]
"""Name, prices, values, from how many topics each item draws one (0: none has any), balance."""


def _families(draw: np.random.Generator, items: int, balance: int) -> Iterator[Family]:
    prices = draw.integers(10_000, 1_000_000, items)
    noise = draw.normal(0, 1e6, items).astype(np.int64)
    yield "values without a pattern", prices, noise, 0, balance
    yield "values are the prices", prices, prices, 0, balance
    yield "values are the prices, in thousands", prices // 1_000 * 1_000, prices // 1_000 * 1_000, 0, balance
    yield "equal prices", np.full(items, 100_000), np.arange(items), 0, balance
    yield "equal values", prices, np.full(items, 5), 0, balance
    yield "Rp 1 each", np.ones(items, dtype=np.int64), np.abs(noise), 0, balance
    yield "values are roots of prices", prices, np.sqrt(prices).astype(np.int64) * 1_000, 0, balance
    yield "values are squares of prices", prices, prices * prices // 1_000, 0, balance
    yield from _residues(draw, items, balance)
    yield from _used_up(draw, items, balance)
    yield from _clustered(draw, items, balance)
    yield from _nearly(draw, items, balance)


def _residues(draw: np.random.Generator, items: int, balance: int) -> Iterator[Family]:
    """Prices that share a residue, and a balance that none of their sums reaches exactly."""
    for step in (6, 10, 97, 1_000):
        out_of_reach = balance // step * step + step - 1
        for most, up_to in ((1_000_000, "1,000,000"), (500_000, "500,000"), (balance // 2, "half the balance")):
            prices = draw.integers(0, most // step, items) * step + 1
            yield f"one residue of {step}, up to {up_to}", prices, prices * 7, 0, out_of_reach
            prices = draw.integers(0, most // step, items) * step + draw.integers(0, 2, items)
            yield f"two residues of {step}, up to {up_to}", prices, prices * 7, 0, out_of_reach
            yield f"two residues of {step}, up to {up_to}, topics", prices, prices * 7, 30, out_of_reach
    prices = draw.integers(0, balance // 18, items) * 6 + draw.integers(0, 2, items)
    values = prices * 7
    prices[0], values[0] = 5, 10**9
    yield "one that everybody takes", prices, values, 0, balance // 6 * 6 + 5


def _used_up(draw: np.random.Generator, items: int, balance: int) -> Iterator[Family]:
    """Using up the balance is worth more than all else."""
    thousands = draw.integers(10, 1_000, items) * 1_000
    for name, prices in (("any prices", thousands + draw.integers(0, 1_000, items)), ("prices below thousands", thousands - 100)):
        for tastes, deviation in (("tastes", 1e3), ("no tastes", 0.0)):
            own = draw.normal(0, deviation, items).astype(np.int64)
            values = use_of_balance(own, prices_idr=prices, balance_idr=balance, eta=2**30)
            yield f"used up, {name}, {tastes}", prices, values, 0, balance
            yield f"used up, {name}, {tastes}, topics", prices, values, 40, balance


def _clustered(draw: np.random.Generator, items: int, balance: int) -> Iterator[Family]:
    """Prices near parts of the balance, so that a great many sets just fit."""
    near = np.where(draw.random(items) < 0.5, int(0.34 * balance), int(0.1 * balance)) + draw.integers(0, balance // 500, items)
    yield "two clusters", near, near * 3, 0, balance
    yield "two clusters, nearly", near, near * 3 + draw.integers(0, 500, items), 0, balance
    quarters = int(balance * 0.26) + draw.integers(0, balance // 20, items)
    yield "a little above a quarter", quarters, quarters * 3, 0, balance
    below = draw.integers(balance // 5, balance // 3, items) // 100 * 100 + 99
    yield "prices that end in 99", below, below * 11, 0, balance


def _nearly(draw: np.random.Generator, items: int, balance: int) -> Iterator[Family]:
    """Values that follow prices but for a rupiah or so: many prices are reached, few of them by the best values."""
    prices = draw.integers(1_000, balance // 2, items)
    tens, odd = draw.integers(100, balance // 20, items) * 10, draw.integers(0, 2, items)
    for topics, name in ((0, ""), (4, ", four topics")):
        yield f"a rupiah up or down{name}", prices, prices * 7 + draw.integers(-1, 2, items), topics, balance
        yield f"one residue of 10, nearly{name}", tens + 1, tens * 7 + draw.integers(0, 5, items), topics, balance
        yield f"a residue that is worth more{name}", tens + odd, tens * 7 + odd * 10, topics, balance // 10 * 10 + 9
    steps = draw.integers(100, 2_001, items) * 500 + 1
    tastes = draw.normal(0, 1e3, items).astype(np.int64)
    values = use_of_balance(tastes, prices_idr=steps, balance_idr=balance, eta=2**30)
    yield "used up, prices just above 500s", steps, values, 0, balance
    rare = tens + 1
    rare[0] = prices[0]
    yield "one residue of 10 but for one", rare, rare * 7, 0, balance
