"""Small random people, catalogues and purchases."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Attribute, Catalogue, Demographics, Interactions

ATTRIBUTES = (Attribute("sex", ("F", "M")), Attribute("education", ("D3", "S1", "SMA", "SMP")))


@dataclass(frozen=True)
class World:
    """People, what each bought, what each is, what each has left, what each may take, and what can be bought."""

    catalogue: Catalogue
    histories: list[list[int]]
    codes: list[list[int]]
    balances_idr: list[int]
    allowed: NDArray[np.bool_]

    @property
    def interactions(self) -> Interactions:
        return Interactions.from_lists(self.histories, item_count=len(self.catalogue.codes))

    @property
    def demographics(self) -> Demographics:
        return Demographics(ATTRIBUTES, np.array(self.codes, dtype=np.int16).reshape(-1, len(ATTRIBUTES)))

    def only(self, people: list[int]) -> "World":
        return World(
            self.catalogue,
            [self.histories[person] for person in people],
            [self.codes[person] for person in people],
            [self.balances_idr[person] for person in people],
            self.allowed[people],
        )


def catalogues(*, largest: int = 8) -> st.SearchStrategy[Catalogue]:
    # Few different prices, so that they are often equal, and some are nothing.
    prices = st.lists(st.sampled_from((0, 50, 200_000, 258_000, 371_000)), max_size=largest)
    return prices.map(catalogue_of)


def catalogue_of(prices_idr: list[int]) -> Catalogue:
    count = len(prices_idr)
    return Catalogue(
        tuple(f"c{item:02}" for item in range(count)),
        np.array(prices_idr, dtype=np.int64),
        np.full(count, UNKNOWN, dtype=np.int32),
    )


@st.composite
def worlds(draw: st.DrawFn, *, largest: int = 6) -> World:
    catalogue = draw(catalogues())
    count = len(catalogue.codes)
    people = draw(st.integers(0, largest))
    history = st.lists(st.integers(0, count - 1), unique=True) if count else st.just([])
    levels = st.tuples(*(st.integers(UNKNOWN, len(attribute.levels) - 1) for attribute in ATTRIBUTES)).map(list)
    allowed = draw(st.lists(st.booleans(), min_size=people * count, max_size=people * count))
    return World(
        catalogue,
        draw(st.lists(history, min_size=people, max_size=people)),
        draw(st.lists(levels, min_size=people, max_size=people)),
        draw(st.lists(st.sampled_from((0, 49, 50, 258_000, 1_000_000)), min_size=people, max_size=people)),
        np.array(allowed, dtype=np.bool_).reshape(people, count),
    )
