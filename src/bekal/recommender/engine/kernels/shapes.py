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
NOTHING: Final = -(2**31)
"""The sum of an item that is not on offer; no real sum comes near it."""
NO_TOPIC: Final = -(2**31)
"""The topic of no column."""
ROOM: Final = 512
"""Among more columns no set is searched."""
SUMS: Final = 2**16 - 1
"""Sums of two prices are kept as bits in so many and one more words; higher sums wrap around."""

Columns: TypeAlias = Annotated[NDArray[np.int64], "any"]
"""Columns, rising unless it says otherwise."""
Prices: TypeAlias = Annotated[NDArray[np.int64], "columns"]
"""Rupiah, rising; in `solve` and below in steps of their greatest common divisor."""
Topics: TypeAlias = Annotated[NDArray[np.int32], "columns"]
"""Below 0: none."""
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

Padded: TypeAlias = Annotated[NDArray[np.int32], "padded"]
"""What a person's rows of the tables add up to, by column; `NOTHING` where a column is not on offer, and at the end, so that the
length is a multiple of 64."""
Worths: TypeAlias = Annotated[NDArray[np.float32], "padded"]
"""By column, nearly: sum + gain × price (`scoring.weigh`); -3e38 where a column does not count."""
PaddedTopics: TypeAlias = Annotated[NDArray[np.int32], "padded"]
"""Unknown ones are below -1 and all different, so that equal ones are the same."""
Lanes: TypeAlias = Annotated[NDArray[np.float32], 64]
"""The highest of each 64th column, or what else is done 64 at a time."""
LaneTopics: TypeAlias = Annotated[NDArray[np.int32], 64]
Order: TypeAlias = Annotated[NDArray[np.int32], "any"]
"""Rows of people, in the order in which they are served."""
Slots: TypeAlias = Annotated[NDArray[np.int32], "any"]
"""People by what they ask; -1 where nobody is."""
Codes: TypeAlias = Annotated[NDArray[np.int16], "people", "attributes"]
"""As `Demographics.codes`."""
PersonKeys: TypeAlias = Annotated[NDArray[np.int64], "any"]
"""A number for each person, equal for those of one bucket; or what else is counted."""
Items: TypeAlias = Annotated[NDArray[np.int32], "columns"]
"""The item of each column."""
Table: TypeAlias = Annotated[NDArray[np.int32], "rows", "padded"]
"""A person's or an item's rows; in `take_columns`, also by item."""
Rows: TypeAlias = Annotated[NDArray[np.int64], "any"]
"""Rows of a table; below 0: none."""
Warm: TypeAlias = Annotated[NDArray[np.float64], 4]
"""Where the search for one person begins, from the one before: the threshold of the list, slope × balance, the threshold of the
bundle over the balance's worth, what a part of a pair is worth at least."""


class Shelf(NamedTuple):
    """What is for sale, by column.

    Attributes:
        prices, prices_near: rupiah, and the nearest float32; 0 at the end.
        topics, list_topics: of which a bundle and a list hold one each.
        cheapest: the sums of so many lowest prices, 2^62 where there are not so many.
    """

    prices: Annotated[NDArray[np.int64], "padded"]
    prices_near: Worths
    topics: PaddedTopics
    list_topics: PaddedTopics
    cheapest: Annotated[NDArray[np.int64], MOST + 1]


class Known(NamedTuple):
    """What columns the items hide that somebody took.

    Attributes:
        column_of: of each item, -1 where it is not for sale.
        topic_of: of each item, a row of `topic_starts`; -1 where its topic is unknown, or topics hide nothing.
        level_of: of each item, below 0 where it is unknown.
        levels: of each column, the same.
        topic_starts, topic_columns: the columns of each topic, rising.
    """

    column_of: Annotated[NDArray[np.int64], "items"]
    topic_of: Annotated[NDArray[np.int64], "items"]
    level_of: Annotated[NDArray[np.int8], "items"]
    levels: Annotated[NDArray[np.int8], "columns"]
    topic_starts: Annotated[NDArray[np.int64], "topics + 1"]
    topic_columns: Annotated[NDArray[np.int64], "any"]


class Rules(NamedTuple):
    """How lists and bundles are chosen: `engine.choosing.Choosing`, and how long a list is."""

    top: int
    parts: int
    eta: int
    list_eta: int
    floor: int


class People(NamedTuple):
    """Who is asked about, in buckets of those who are served by the same length and share all rows of groups.

    Attributes:
        order: rows of people, bucket by bucket.
        starts: where each bucket begins in `order`.
        served: of each bucket, the place of its length.
        rows: of each bucket, rows of groups.
        indptr, taken: where what each took begins, and the items taken, earliest first.
        balances: rupiah.
        spans: of each length, of how many items taken last the second rows count; below 0 where history is not read.
        row_of: of each item, its row in the table of history; its second row is `rows // 2` further on.
    """

    order: Order
    starts: Annotated[NDArray[np.int64], "buckets + 1"]
    served: Annotated[NDArray[np.int64], "buckets"]
    rows: Annotated[NDArray[np.int64], "buckets", "groups"]
    indptr: Annotated[NDArray[np.int64], "people + 1"]
    taken: Annotated[NDArray[np.int32], "any"]
    balances: Annotated[NDArray[np.int64], "people"]
    spans: Annotated[NDArray[np.int64], "lengths"]
    row_of: Annotated[NDArray[np.int64], "items"]


class Tables(NamedTuple):
    """Rows of groups, and rows of what was taken, for each length that serves somebody."""

    groups: Annotated[NDArray[np.int32], "lengths", "rows", "padded"]
    history: Annotated[NDArray[np.int32], "lengths", "rows", "padded"]


class Out(NamedTuple):
    """Best items and the bundle's items (-1: none); the bundle's utility without η, and its price.

    Where a bundle is not settled, its price is -1, and the utility is a person who asks the same, whose bundle is to be found.
    """

    items: Annotated[NDArray[np.int32], "people", "top"]
    bundles: Annotated[NDArray[np.int32], "people", "parts"]
    utilities: Annotated[NDArray[np.int64], "people"]
    bundle_prices: Annotated[NDArray[np.int64], "people"]


class Few64(NamedTuple):
    """Up to 64 columns with high reduced values, side by side; -3e38, 0 and -2^31 beyond them.

    Attributes:
        values, prices: nearly.
        reduced: overwritten by whoever works with a slope.
    """

    values: Lanes
    prices: Lanes
    topics: LaneTopics
    reduced: Lanes


Selection: TypeAlias = Annotated[NDArray[np.int64], MOST + 1]
"""Places in `Few64`, and in the last place how many these are."""


class Lined(NamedTuple):
    """What is looked at one by one, the highest reduced value first."""

    reduced: Annotated[NDArray[np.float64], "room"]
    values: Annotated[NDArray[np.int64], "room"]
    prices: Annotated[NDArray[np.int64], "room"]
    topics: Annotated[NDArray[np.int32], "room"]


class Work(NamedTuple):
    """Room for one person's list and bundle.

    Attributes:
        worths, tops: of all columns; the highest of each lane.
        nothing, partial: a row of zeros; the sum of some rows.
        columns, values, prices, topics, reduced: of the columns that are looked at one by one.
        few: the best of them, to find a slope and a first set.
        keys, ranks, ranked: to put some in order: what they are ordered by, the place of each, and in order.
        listed_values, listed: the best values and their columns, best first.
        dear, fair, first: sets of these.
        order, lined, tails: for the search: places by reduced value; what these are; from each on, the best sums of 1 … MOST
            reduced values.
        seconds: for pairs, as `order` (`pairing`).
        read, read_now: places of the best set and of another, as they are compared: by value, then by column.
        chosen, best: the set, by columns; value, price and size.
    """

    worths: Worths
    tops: Lanes
    nothing: Padded
    partial: Padded
    columns: Annotated[NDArray[np.int64], "padded"]
    values: Annotated[NDArray[np.int64], "padded"]
    prices: Annotated[NDArray[np.int64], "padded"]
    topics: Annotated[NDArray[np.int32], "padded"]
    reduced: Annotated[NDArray[np.float64], "padded"]
    few: Few64
    keys: Annotated[NDArray[np.int64], 64]
    ranks: Annotated[NDArray[np.int64], 64]
    ranked: Annotated[NDArray[np.int64], 64]
    listed_values: Annotated[NDArray[np.int64], "top"]
    listed: Annotated[NDArray[np.int64], "top"]
    dear: Selection
    fair: Selection
    first: Selection
    order: Annotated[NDArray[np.int64], "padded"]
    seconds: Annotated[NDArray[np.int64], "padded"]
    lined: Lined
    tails: Annotated[NDArray[np.float64], "room + 1", MOST]
    read: Few
    read_now: Few
    chosen: Chosen
    best: Best


Offered: TypeAlias = tuple[int, Columns, Values]
"""How many candidates there are, their columns and values."""
