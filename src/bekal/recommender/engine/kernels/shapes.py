"""What the arguments of kernels are: the same name is the same thing in all files. A test holds each kernel to its annotations.

An annotation gives the dtype, and the length of each axis; `int` is int64 or narrower, `float` is float64. A *column* is an
item's place among those that are offered, by price and then code. A *candidate* is an item that may be part of a bundle;
candidates come by value (highest first), price and code, which is also the order that breaks ties (`bundles`). The *reduced*
value of an item, for a slope, is value - slope × price.
"""

from typing import Annotated, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

MOST: Final = 4
"""No bundle is larger."""
SUMS: Final = 2**16 - 1
"""Sums of two prices are kept as bits in so many and one more words; higher sums wrap around."""

Columns: TypeAlias = Annotated[NDArray[np.int64], "any"]
"""Columns, rising unless it says otherwise."""
Prices: TypeAlias = Annotated[NDArray[np.int64], "columns"]
"""Rupiah, rising; in `solve` and below in steps of their greatest common divisor."""
Topics: TypeAlias = Annotated[NDArray[np.int32], "columns"]
"""Below 0: none."""
Levels: TypeAlias = Annotated[NDArray[np.int8], "columns"]
"""Below 0: unknown."""
Values: TypeAlias = Annotated[NDArray[np.int64], "columns"]

Candidates: TypeAlias = Annotated[NDArray[np.int64], "candidates", 3]
"""Value, price and column of each candidate, in their order; there may be more rows than candidates."""
Places: TypeAlias = Annotated[NDArray[np.int64], "any"]
"""Places among candidates, or in a line."""
Reduced: TypeAlias = Annotated[NDArray[np.float64], "candidates"]
"""Reduced values."""
Tops: TypeAlias = Annotated[NDArray[np.float64], "candidates + 1", "MOST + 1"]
"""From each candidate on, the best sums of 0 … MOST reduced values of different topics, none below 0."""
Few: TypeAlias = Annotated[NDArray[np.int64], "MOST or fewer"]
"""Places or topics, of the few best."""
FewValues: TypeAlias = Annotated[NDArray[np.int64] | NDArray[np.float64], "MOST or fewer"]
"""The few best values or reduced values, highest first."""
FewReduced: TypeAlias = Annotated[NDArray[np.float64], "MOST or fewer"]

Chosen: TypeAlias = Annotated[NDArray[np.int64], MOST]
"""The best set so far: places (in `solve_offered` and above, columns) of as many candidates as `best` says."""
Best: TypeAlias = Annotated[NDArray[np.int64], 3]
"""Value, price and size of the best set so far."""


class Line(NamedTuple):
    """The candidates that can be part of a set as good as the best, by price, after two empty places.

    Attributes:
        places: of candidates; -1 of an empty place.
        prices: 0 of an empty place.
        reduced: 0 of an empty place.
        tops: the best sums of 0 … MOST reduced values of different topics.
    """

    places: Annotated[NDArray[np.int64], "line"]
    prices: Annotated[NDArray[np.int64], "line"]
    reduced: Annotated[NDArray[np.float64], "line"]
    tops: Annotated[NDArray[np.float64], MOST + 1]


Words: TypeAlias = Annotated[NDArray[np.int64], SUMS + 1]
"""The bit of a price is set where it is a sum (`is_sum`)."""


class Sums(NamedTuple):
    """What prices of a line can add up to.

    Attributes:
        pairs: sums of two, one or none.
        others: the same; where three are the most, of one or none: with pairs they make all sets.
    """

    pairs: Words
    others: Words


Pairs: TypeAlias = Annotated[NDArray[np.int32], "room", 2]
"""Two places of a line."""
Keys: TypeAlias = Annotated[NDArray[np.int64], "line"]
"""Bounds on what a set can be (`join`)."""
Held: TypeAlias = tuple[
    Annotated[NDArray[np.int32], "room", 3],
    Annotated[NDArray[np.int32], "buckets"],
    Annotated[NDArray[np.int64], "buckets"],
    Annotated[NDArray[np.int64], "buckets"],
]
"""Pairs of one place, the other, and the pair held before in the same bucket (-1 at the end); of each bucket the last pair
held, the best key, and the best key up to there."""

Scores: TypeAlias = Annotated[NDArray[np.int32], "columns"]
"""What a person's rows of the tables add up to."""
Order: TypeAlias = Annotated[NDArray[np.int64], "any"]
"""Rows of people, in the order in which they are served; or what else is compared in order."""
Items: TypeAlias = Annotated[NDArray[np.int32], "columns"]
"""The item of each column."""
Table: TypeAlias = Annotated[NDArray[np.int32], "rows", "columns"]
Rows: TypeAlias = Annotated[NDArray[np.int64], "groups"]
"""Rows of a table; below 0: none."""
Etas: TypeAlias = tuple[int, int, int]
"""What using up the balance is worth in a bundle and in a list, and the least utility of a part of a bundle."""
Workspace: TypeAlias = tuple[
    Annotated[NDArray[np.int64], "top"],
    Annotated[NDArray[np.int64], "top"],
    Annotated[NDArray[np.int64], "most"],
    Annotated[NDArray[np.int64], "most"],
    Annotated[NDArray[np.int64], "most"],
    Annotated[NDArray[np.int64], "columns"],
    Annotated[NDArray[np.int64], "columns"],
]
"""Best sums and their columns; values, topics and places of `offer`; columns and values of the candidates."""

Offered: TypeAlias = tuple[int, Columns, Values]
"""How many candidates there are, their columns and values."""
Ranked: TypeAlias = tuple[Columns, int, Columns, Values]
"""The best columns; then as in `Offered`."""

Tables: TypeAlias = tuple[
    Annotated[NDArray[np.int32], "lengths", "rows", "columns"],
    Annotated[NDArray[np.int32], "lengths", "items", "columns"],
]
"""Rows of groups, and rows of what was taken."""
Shop: TypeAlias = tuple[
    Prices,
    Topics,
    Topics,
    Annotated[NDArray[np.int8], "columns"],
    Items,
    tuple[
        Annotated[NDArray[np.int64], "items"],
        Annotated[NDArray[np.int32], "items"],
        Annotated[NDArray[np.int8], "items"],
    ],
]
"""Prices, topics, topics of lists (below 0 where they are broad), levels and items by column; of each item taken the column (-1:
not offered), the topic of lists and the level."""
People: TypeAlias = tuple[
    Annotated[NDArray[np.int64], "people", "groups"],
    Annotated[NDArray[np.int64], "people"],
    Annotated[NDArray[np.int64], "people + 1"],
    Annotated[NDArray[np.int64], "any"],
    Annotated[NDArray[np.int64], "people"],
    Annotated[NDArray[np.int64], "people"],
]
"""Rows of groups, place of the length served, where what each took begins, what was taken, balances, and how many columns a
balance can buy."""
Out: TypeAlias = tuple[
    Annotated[NDArray[np.int32], "people", "top"],
    Annotated[NDArray[np.int32], "people", "most"],
    Annotated[NDArray[np.int64], "people"],
    Annotated[NDArray[np.int64], "people"],
]
"""Best items and the bundle's items (-1: none); the bundle's utility without η, and its price."""
