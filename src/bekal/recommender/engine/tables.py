"""Scores as sums of whole numbers: what a trained linear model comes down to when it is served.

    score(item | person) = 2^-shift × (Σ rows of the person's groups + Σ rows of the person's history
                                       + Σ second rows of the last few items of that history)[item]

Learnt coefficients are rounded once, when the tables are made. From then on there are only whole numbers, whose sums do not
depend on their order, on the number of people asked about, or on how many threads add them; and a bundle's value is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.arrays import frozen_integers
from bekal.recommender.engine.data import UNKNOWN, Attribute, Demographics, Interactions

# Any sum of rows stays below this, so that 32 bits hold every score and every partial sum.
_BOUND: Final = 2**30
LARGEST_OFFSET: Final = 2**29
"""Of what `Tables.rounded` makes, any item can be lowered by so much."""


@dataclass(frozen=True)
class Layout:
    """Which row of a table of groups is for whom: row 0 for everybody, then each attribute's levels, then the crosses.

    Attributes:
        attributes: what is known of people.
        crosses: pairs of places among the attributes, each rising; a person belongs to the cell of the two levels, the second
            running fastest, and to none where one of the two is not known.
    """

    attributes: tuple[Attribute, ...]
    crosses: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if any(not 0 <= first < second < len(self.attributes) for first, second in self.crosses):
            raise ValueError("crosses must be rising pairs of places among the attributes")

    @cached_property
    def firsts(self) -> tuple[int, ...]:
        """The first row of each attribute, then of each cross, then the number of rows."""
        sizes = [len(attribute.levels) for attribute in self.attributes]
        cells = [sizes[first] * sizes[second] for first, second in self.crosses]
        return tuple(int(row) for row in np.cumsum([1, *sizes, *cells]))

    @property
    def row_count(self) -> int:
        return self.firsts[-1]

    def rows(self, demographics: Demographics) -> NDArray[np.int64]:
        """int64[people, 1 + attributes + crosses]: the rows of each person, `UNKNOWN` where a level is not known."""
        codes = demographics.codes.astype(np.int64)
        count = len(self.attributes)
        rows = np.full((len(codes), 1 + count + len(self.crosses)), UNKNOWN, dtype=np.int64)
        rows[:, 0] = 0
        for column in range(count):
            known = codes[:, column] != UNKNOWN
            rows[known, 1 + column] = self.firsts[column] + codes[known, column]
        for place, (first, second) in enumerate(self.crosses):
            known = (codes[:, first] != UNKNOWN) & (codes[:, second] != UNKNOWN)
            cells = codes[known, first] * len(self.attributes[second].levels) + codes[known, second]
            rows[known, 1 + count + place] = self.firsts[count + place] + cells
        return rows

    def traits(self, row: int) -> tuple[tuple[str, str], ...]:
        """What the people of a row have in common: pairs of attribute and level; empty for everybody.

        Raises:
            ValueError: no such row.
        """
        if not 0 <= row < self.row_count:
            raise ValueError(f"row must be 0 … {self.row_count - 1}, not {row}")
        if row == 0:
            return ()
        place = int(np.searchsorted(self.firsts, row, side="right")) - 1
        code = row - self.firsts[place]
        if place < len(self.attributes):
            attribute = self.attributes[place]
            return ((attribute.name, attribute.levels[code]),)
        first, second = (self.attributes[each] for each in self.crosses[place - len(self.attributes)])
        one, other = divmod(code, len(second.levels))
        return ((first.name, first.levels[one]), (second.name, second.levels[other]))


@dataclass(frozen=True, eq=False)
class Tables:
    """The rows that a score is added up from, for each history length served.

    Attributes:
        layout: what the rows of `groups` mean.
        lengths: the history lengths served, rising from 0. A person is served by the nearest one, of two equally near by the
            shorter (`length_index`).
        groups: int32[lengths, layout.row_count, items].
        history: int32[lengths - 1, items, items]: `history[l - 1, taken]` is the row of an item taken, for length l ≥ 1. Whom
            length 0 serves has no history, or one that is not used. Where what was taken last says more, there are twice as many
            rows, and `history[l - 1, items + taken]` is the second row of an item taken lately.
        shift: scores are sums times 2^-shift.
        spans: for each length, of how many items, the last ones, the second rows count, 0 or more, 0 at length 0; empty where
            there are no second rows.
        supported: int32[pairs, 2], ascending: an item taken, and one that follows it more often than groups and balances explain,
            with confidence (`lifts`). Nothing is added up from it; it says what may be called a reason.

    Raises:
        ValueError: shapes that do not fit, numbers so large that a sum could leave 32 bits, or a pair of no two items.
    """

    layout: Layout
    lengths: tuple[int, ...]
    groups: NDArray[np.int32]
    history: NDArray[np.int32]
    shift: int
    spans: tuple[int, ...] = ()
    supported: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int32))

    def __post_init__(self) -> None:
        object.__setattr__(self, "supported", frozen_integers(self.supported, np.int32, axes=2, name="supported"))
        self._check_supported()
        for name in ("groups", "history"):
            array = getattr(self, name)
            if not (array.dtype == np.int32 and array.flags.c_contiguous and not array.flags.writeable):
                object.__setattr__(self, name, frozen_integers(array, np.int32, axes=3, name=name))
        if not self.lengths or self.lengths[0] != 0 or any(one >= other for one, other in pairwise(self.lengths)):
            raise ValueError("lengths must rise from 0")
        served, rows, items = self.groups.shape
        if (served, rows) != (len(self.lengths), self.layout.row_count):
            raise ValueError("groups must have one table for each length and one row for each group")
        if self.spans and (len(self.spans) != served or self.spans[0] or min(self.spans) < 0):
            raise ValueError("spans must be one number of items for each length, 0 at the first")
        if self.history.shape != (served - 1, items * (2 if self.spans else 1), items):
            raise ValueError("history must have one table for each length above 0, with one row for each item, two with spans")
        if _reach(self.layout, self.groups, self.history, self.spans).max(initial=0) > _BOUND:
            raise ValueError("the numbers are too large to be added in 32 bits")

    @classmethod
    def rounded(
        cls,
        *,
        layout: Layout,
        lengths: Sequence[int],
        groups: NDArray[np.float64],
        history: NDArray[np.float64],
        spans: Sequence[int] = (),
        supported: NDArray[np.int32] | None = None,
    ) -> Self:
        """The tables nearest to these coefficients, with as many binary places as 32 bits leave (at most 24).

        Args:
            groups: float64[lengths, rows, items], finite.
            history: float64[lengths - 1, items or twice as many, items], finite.
            spans, supported: as above; None for no pair.

        Raises:
            ValueError: as above; not finite.
        """
        reach = float(_reach(layout, groups, history, spans).max(initial=0.0))
        if not np.isfinite(reach):
            raise ValueError("coefficients must be finite")
        # Rounding may add a half to each number that is added.
        terms = 1 + len(layout.attributes) + len(layout.crosses) + groups.shape[2] + max(spans, default=0)
        room = _BOUND - LARGEST_OFFSET - terms
        shift = min(24, int(np.floor(np.log2(room / reach)))) if reach > 0 else 24
        return cls(
            layout=layout,
            lengths=tuple(lengths),
            groups=np.rint(np.ldexp(groups, shift)).astype(np.int32),
            history=np.rint(np.ldexp(history, shift)).astype(np.int32),
            shift=shift,
            spans=tuple(spans),
            supported=np.empty((0, 2), dtype=np.int32) if supported is None else supported,
        )

    def offset(self, offsets: NDArray[np.int32]) -> Self:
        """The same tables with a number for each item added to the row of everybody, at every length.

        Args:
            offsets: int32[items], at most 2^29 in size.

        Raises:
            ValueError: another number of items, or sums that could leave 32 bits.
        """
        if offsets.shape != (self.item_count,) or offsets.dtype != np.int32:
            raise ValueError(f"offsets must be {self.item_count} numbers of int32")
        if np.abs(offsets.astype(np.int64)).max(initial=0) > LARGEST_OFFSET:
            raise ValueError(f"offsets must be at most {LARGEST_OFFSET} in size")
        groups = self.groups.copy()
        groups[:, 0] += offsets
        return replace(self, groups=groups)

    @property
    def item_count(self) -> int:
        return int(self.groups.shape[2])

    def length_index(self, taken: ArrayLike) -> NDArray[np.int64]:
        """int64, shaped as `taken`: the place in `lengths` that serves people who took so many items."""
        lengths = np.array(self.lengths, dtype=np.int64)
        # Up to the middle between two lengths, the middle included, the shorter one serves.
        middles = (lengths[:-1] + lengths[1:]) // 2
        return np.searchsorted(middles, np.asarray(taken, dtype=np.int64), side="left").astype(np.int64)

    def follows(self, taken: int) -> NDArray[np.bool_]:
        """bool[items]: which items people who took this one take more often than other people of their kind and balance."""
        first, last = np.searchsorted(self.supported[:, 0], [taken, taken + 1])
        found = np.zeros(self.item_count, dtype=np.bool_)
        found[self.supported[first:last, 1]] = True
        return found

    def _check_supported(self) -> None:
        pairs, items = self.supported, self.groups.shape[-1]
        if pairs.shape[1] != 2 or pairs.min(initial=0) < 0 or pairs.max(initial=-1) >= items:
            raise ValueError("supported must be pairs of items")
        if (np.diff(pairs[:, 0].astype(np.int64) * items + pairs[:, 1]) <= 0).any():
            raise ValueError("supported pairs must be in ascending order")

    def read(self, histories: Interactions) -> Interactions:
        """The rows of `history` that the scores of these people are made of, with as many columns as it has rows.

        What was taken comes first, in the order taken, then the second rows of the last items. Of those whom length 0 serves
        there are all the same: their rows are not looked at.
        """
        if not self.spans:
            return histories
        taken = histories.lengths
        again = np.minimum(np.array(self.spans, dtype=np.int64)[self.length_index(taken)], taken)
        indptr = np.concatenate([[0], np.cumsum(taken + again)])
        person = np.repeat(np.arange(taken.size), taken + again)
        places = np.arange(indptr[-1]) - indptr[person]
        second = places >= taken[person]
        entries = histories.indptr[person] + np.where(second, places - again[person], places)
        items = histories.items[entries] + np.where(second, self.item_count, 0).astype(np.int32)
        return Interactions(indptr, items, 2 * self.item_count)

    def sums(self, demographics: Demographics, histories: Interactions) -> NDArray[np.int64]:
        """int64[people, items]: the scores times 2^shift, exact. The plain definition; batches have faster kernels.

        Raises:
            ValueError: different numbers of people.
        """
        if demographics.people_count != histories.people_count:
            raise ValueError("demographics and histories must be of the same people")
        rows, read = self.layout.rows(demographics), self.read(histories)
        served = self.length_index(histories.lengths)
        sums = np.zeros((len(rows), self.item_count), dtype=np.int64)
        for person, length in enumerate(served):
            known = rows[person][rows[person] != UNKNOWN]
            sums[person] = self.groups[length, known].sum(axis=0, dtype=np.int64)
            if length:
                sums[person] += self.history[length - 1, read.of(person)].sum(axis=0, dtype=np.int64)
        return sums

    def parts(self, demographics: Demographics, history: Interactions) -> "Parts":
        """What one person's scores are added up from: the sum of the rows is `sums`.

        Raises:
            ValueError: not exactly one person.
        """
        if not demographics.people_count == history.people_count == 1:
            raise ValueError("parts are of one person")
        rows = self.layout.rows(demographics)[0]
        rows = rows[rows != UNKNOWN]
        length = int(self.length_index(history.lengths[0]))
        taken = history.of(0) if length else history.of(0)[:0]
        return Parts(rows, taken, min(self.spans[length], taken.size) if self.spans else 0, length)


@dataclass(frozen=True, eq=False)
class Parts:
    """The rows of the tables that one person's scores are the sum of.

    Attributes:
        groups: int64, rows of `Tables.groups[length]`: the person's groups, everybody first.
        taken: int32, what the person took, in that order; none at length 0.
        again: of how many of them, the last ones, the second row counts too.
        length: a place in `Tables.lengths`.
    """

    groups: NDArray[np.int64]
    taken: NDArray[np.int32]
    again: int
    length: int

    def of(self, tables: Tables, items: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64[groups + taken, items]: what each row adds to the score of each of these items, times 2^shift."""
        groups: NDArray[np.int64] = tables.groups[self.length][self.groups][:, items].astype(np.int64)
        if not self.taken.size:
            return groups
        history = tables.history[self.length - 1]
        taken = history[self.taken][:, items].astype(np.int64)
        if self.again:
            taken[-self.again :] += history[tables.item_count + self.taken[-self.again :]][:, items]
        return np.concatenate([groups, taken])


def _reach(
    layout: Layout,
    groups: NDArray[np.int32] | NDArray[np.float64],
    history: NDArray[np.int32] | NDArray[np.float64],
    spans: Sequence[int],
) -> NDArray[np.float64]:
    """float64[lengths, items]: no sum for any person is larger, whatever was taken."""
    reach = np.zeros((groups.shape[0], groups.shape[2]))
    bounds = (0, *layout.firsts)
    for first, last in pairwise(bounds):
        if last > first:
            reach += np.abs(groups[:, first:last].astype(np.float64)).max(axis=1)
    for length in range(history.shape[0]):
        rows = np.abs(history[length].astype(np.float64))
        reach[length + 1] += rows[: groups.shape[2]].sum(axis=0)
        if spans:
            reach[length + 1] += spans[length + 1] * rows[groups.shape[2] :].max(axis=0, initial=0)
    return reach
