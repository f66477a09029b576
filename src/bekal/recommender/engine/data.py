"""What the recommender learns from and serves: immutable containers that are checked once, when they are made.

People are rows and trainings are *items*: both are positions, counted from 0. An item's position is its place in the catalogue
ordered by code, so that comparing positions compares codes.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import lt
from typing import Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bekal.recommender.engine.arrays import frozen_integers

UNKNOWN: Final = -1
"""The code of a demographic level, a topic or an item that is not known."""

NO_BALANCE: Final = int(np.iinfo(np.int64).min)
"""What somebody had to spend of whom nobody knows it. Any other number below zero buys nothing, not even what is free."""

AGE_BAND_STARTS: Final = (18, 25, 30, 35, 45, 55)
"""The first age of each band, in years. Narrow where most participants are (18 to 35), wide above."""


@dataclass(frozen=True, eq=False)
class Spending:
    """What things cost, and what people had to spend when they took them.

    Attributes:
        prices: int64[items], whole currency units, 0 or more; `UNKNOWN` where an item has none, so that nobody can buy it.
        balances: int64[interactions], what was left just before each entry of the interactions; `NO_BALANCE` where nobody knows.

    Raises:
        ValueError: no whole numbers, or a price below zero.
    """

    prices: NDArray[np.int64]
    balances: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("prices", "balances"):
            object.__setattr__(self, name, frozen_integers(getattr(self, name), np.int64, axes=1, name=name))
        if (self.prices < UNKNOWN).any():
            raise ValueError(f"prices must be 0 or more, or {UNKNOWN}")

    def at(self, entries: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """The same of these entries, in this order."""
        return type(self)(self.prices, self.balances[entries])


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who took what: people × items, compressed by rows.

    Attributes:
        indptr: int64[people + 1], from 0, never falling. Person `p` took `items[indptr[p]:indptr[p + 1]]`.
        items: int32[interactions], each in `0 … item_count - 1`, none twice for one person; earliest first
            where times were given.
        item_count: number of items in the catalogue.
        spending: of the same entries and items; None where nobody knows what anybody had to spend.

    Raises:
        ValueError: any of this does not hold.
    """

    indptr: NDArray[np.int64]
    items: NDArray[np.int32]
    item_count: int
    spending: Spending | None = None

    def __post_init__(self) -> None:
        indptr = frozen_integers(self.indptr, np.int64, axes=1, name="indptr")
        items = frozen_integers(self.items, np.int32, axes=1, name="items")
        object.__setattr__(self, "indptr", indptr)
        object.__setattr__(self, "items", items)
        if indptr.size == 0 or indptr[0] != 0 or indptr[-1] != items.size or (np.diff(indptr) < 0).any():
            raise ValueError("indptr must rise from 0 to the number of items taken")
        _check_positions(items, self.item_count, name="items")
        if np.unique(self.keys).size != items.size:
            raise ValueError("items must not name one item twice for one person")
        if self.spending is not None and (self.spending.balances.size, self.spending.prices.size) != (
            items.size,
            self.item_count,
        ):
            raise ValueError("spending must have a balance for each item taken and a price for each item there is")

    @classmethod
    def from_lists(cls, histories: Sequence[Sequence[int]], *, item_count: int) -> Self:
        """One list of items for each person, in the order taken. For a few people; `from_pairs` is for many.

        Raises:
            ValueError: an item is out of range, or twice in one list.
        """
        lengths = [len(history) for history in histories]
        items = np.array([item for history in histories for item in history], dtype=np.int64)
        indptr = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
        return cls(indptr, frozen_integers(items, np.int32, axes=1, name="items"), item_count)

    @classmethod
    def from_pairs(
        cls,
        people: ArrayLike,
        items: ArrayLike,
        *,
        people_count: int,
        item_count: int,
        times: NDArray[np.int64] | NDArray[np.datetime64] | None = None,
    ) -> Self:
        """Pairs of person and item in any order; equal sets of pairs make equal results.

        Args:
            people: integer[pairs], each in `0 … people_count - 1`.
            items: integer[pairs], each in `0 … item_count - 1`. Of an item taken twice by one person the earliest is kept.
            times: int64 or datetime64[pairs] of any unit. Items of equal time, and all without times, are in the order of
                positions.

        Raises:
            ValueError: out of range, of different lengths, or a time that is none.
        """
        people = frozen_integers(people, np.int64, axes=1, name="people")
        items = frozen_integers(items, np.int32, axes=1, name="items")
        times = np.zeros(items.size, np.int64) if times is None else times
        if not people.shape == items.shape == times.shape:
            raise ValueError("people, items and times must be equally long")
        if times.dtype.kind == "M" and np.isnat(times).any():
            raise ValueError("times must all be known")
        _check_positions(people, people_count, name="people")
        _check_positions(items, item_count, name="items")
        order = np.lexsort((items, times, people))
        people, items = people[order], items[order]
        kept = np.sort(np.unique(people * item_count + items, return_index=True)[1])
        lengths = np.bincount(people[kept], minlength=people_count)
        return cls(np.concatenate([[0], np.cumsum(lengths)]), items[kept], item_count)

    @property
    def people_count(self) -> int:
        return self.indptr.size - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """int64[people]: how many items each person took."""
        return np.diff(self.indptr)

    @property
    def people(self) -> NDArray[np.int64]:
        """int64[interactions]: the person of each entry of `items`."""
        return np.repeat(np.arange(self.people_count), self.lengths)

    @property
    def keys(self) -> NDArray[np.int64]:
        """int64[interactions]: `person * item_count + item`, one number for each pair."""
        return self.people * self.item_count + self.items

    def of(self, person: int) -> NDArray[np.int32]:
        """int32: what this person took, a view."""
        return self.items[self.indptr[person] : self.indptr[person + 1]]

    def rows(self, people: NDArray[np.int64]) -> Self:
        """The histories of these people, in this order."""
        lengths = self.lengths[people]
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        entries = np.repeat(self.indptr[people] - indptr[:-1], lengths) + np.arange(indptr[-1])
        return type(self)(indptr, self.items[entries], self.item_count, self.spending and self.spending.at(entries))


@dataclass(frozen=True)
class Attribute:
    """One thing known about people, such as sex or province.

    Attributes:
        name: not empty.
        levels: the values it can take, ascending, none empty or twice, at most 32,767.

    Raises:
        ValueError: any of this does not hold.
    """

    name: str
    levels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("an attribute must have a name")
        if "" in self.levels or not _ascending(self.levels) or len(self.levels) > np.iinfo(np.int16).max:
            raise ValueError(f"levels of {self.name} must be at most 32,767 different texts in ascending order, none empty")

    @classmethod
    def observed(cls, name: str, values: Iterable[str | None]) -> Self:
        """The attribute whose levels are the values that occur; None and the empty text are not known, so no level."""
        return cls(name, tuple(sorted({value for value in values if value})))

    @cached_property
    def codes(self) -> Mapping[str, int]:
        """The code of each level: its place among the levels."""
        return {level: code for code, level in enumerate(self.levels)}


@dataclass(frozen=True, eq=False)
class Demographics:
    """What is known about people, as codes: one-hot vectors written as the place of the one.

    Attributes:
        attributes: what the columns mean, names all different.
        codes: int16[people, attributes], each a level's place or `UNKNOWN`.

    Raises:
        ValueError: any of this does not hold.
    """

    attributes: tuple[Attribute, ...]
    codes: NDArray[np.int16]

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", frozen_integers(self.codes, np.int16, axes=2, name="codes"))
        _check_names(self.attributes)
        if self.codes.shape[1] != len(self.attributes):
            raise ValueError(f"codes must have {len(self.attributes)} columns, one for each attribute, not {self.codes.shape[1]}")
        for column, attribute in enumerate(self.attributes):
            if ((self.codes[:, column] < UNKNOWN) | (self.codes[:, column] >= len(attribute.levels))).any():
                raise ValueError(f"codes of {attribute.name} must be {UNKNOWN} … {len(attribute.levels) - 1}")

    @classmethod
    def encode(cls, attributes: tuple[Attribute, ...], rows: Sequence[Mapping[str, str | None]]) -> Self:
        """Look up each person's values. A value that is no level of its attribute is not known; other keys of a row are ignored.

        Args:
            attributes: those of the model that will be asked, or of all the people it will learn from (`Attribute.observed`).
            rows: one mapping from attribute name to value for each person; None and the empty text are not known.

        Raises:
            ValueError: a row lacks an attribute.
        """
        codes = np.full((len(rows), len(attributes)), UNKNOWN, dtype=np.int16)
        for column, attribute in enumerate(attributes):
            try:
                codes[:, column] = [attribute.codes.get(row[attribute.name] or "", UNKNOWN) for row in rows]
            except KeyError:
                raise ValueError(f"every person must have the attribute {attribute.name}, None where it is not known") from None
        return cls(attributes, codes)

    def rows(self, people: NDArray[np.int64]) -> Self:
        """The demographics of these people, in this order."""
        return type(self)(self.attributes, self.codes[people])

    @property
    def people_count(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What can be bought now. The order of codes fixes what an item is; prices and topics may change without a new model.

    Building one sorts it; keep it for as long as no price changes.

    Attributes:
        codes: ascending as Python compares texts (PostgreSQL: COLLATE "C"), none twice. An item is a place in it.
        prices_idr: int64[items], whole rupiah, 0 or more.
        topics: int32[items], what an item is about; `UNKNOWN` where nothing is said.
        levels: int8[items], the place of an item on the way through its topic, from 0; `UNKNOWN` where nothing is said. Where
            none are given, all are unknown.
        topics_are_broad: whether a topic is as broad as a field of work. Then a bundle still holds one item of each topic, but a
            list may hold several, and owning one hides no other.
        cheapest_first: int32[items], the items by price, then code. What a balance can buy is a prefix of it.

    Raises:
        ValueError: any of this does not hold.
    """

    codes: tuple[str, ...]
    prices_idr: NDArray[np.int64]
    topics: NDArray[np.int32]
    levels: NDArray[np.int8] = field(default_factory=lambda: np.empty(0, dtype=np.int8))
    topics_are_broad: bool = False
    cheapest_first: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        prices_idr = frozen_integers(self.prices_idr, np.int64, axes=1, name="prices_idr")
        topics = frozen_integers(self.topics, np.int32, axes=1, name="topics")
        given = self.levels if self.levels.size else np.full(topics.size, UNKNOWN)
        levels = frozen_integers(given, np.int8, axes=1, name="levels")
        if not _ascending(self.codes):
            raise ValueError("codes must be different and in ascending order")
        if not prices_idr.size == topics.size == levels.size == len(self.codes):
            raise ValueError("codes, prices_idr, topics and levels must be equally long")
        if (prices_idr < 0).any():
            raise ValueError("prices_idr must be 0 or more")
        if (topics < UNKNOWN).any():
            raise ValueError(f"topics must be {UNKNOWN} or more")
        if (levels < UNKNOWN).any():
            raise ValueError(f"levels must be {UNKNOWN} or more")
        order = frozen_integers(np.argsort(prices_idr, kind="stable"), np.int32, axes=1, name="cheapest_first")
        for name, array in (("prices_idr", prices_idr), ("topics", topics), ("levels", levels), ("cheapest_first", order)):
            object.__setattr__(self, name, array)

    def affordable(self, balance_idr: int) -> NDArray[np.int32]:
        """int32: the items that cost at most this balance, cheapest first, then by code. With no balance, those that are free.

        Raises:
            ValueError: the balance is below zero.
        """
        if balance_idr < 0:
            raise ValueError(f"balance_idr must be 0 or more, not {balance_idr}")
        return self.cheapest_first[: np.searchsorted(self._prices_ascending, balance_idr, side="right")]

    def items_of(self, codes: Iterable[str]) -> list[int]:
        """The items with these codes, in the order given; codes of another catalogue are left out."""
        return [self._items[code] for code in codes if code in self._items]

    @cached_property
    def sha256(self) -> str:
        """64 hexadecimal digits, equal for equal codes: two catalogues with it give every item the same place."""
        return codes_sha256(self.codes)

    @cached_property
    def _items(self) -> Mapping[str, int]:
        return {code: item for item, code in enumerate(self.codes)}

    @cached_property
    def _prices_ascending(self) -> NDArray[np.int64]:
        return self.prices_idr[self.cheapest_first]


def age_band(age_years: int | None) -> str | None:
    """The band of an age, `"25-29"`; `"-17"` is below and `"55-"` above all others. An age that is not known has none.

    Raises:
        ValueError: an age below zero.
    """
    if age_years is None:
        return None
    if age_years < 0:
        raise ValueError(f"age_years must be 0 or more, not {age_years}")
    starts = [None, *AGE_BAND_STARTS, None]
    at = sum(age_years >= start for start in AGE_BAND_STARTS)
    first, following = starts[at], starts[at + 1]
    return f"{'' if first is None else first}-{'' if following is None else following - 1}"


def codes_sha256(codes: Sequence[str]) -> str:
    """64 hexadecimal digits of the SHA-256 of the codes as a JSON list, so that no two lists share a text."""
    return hashlib.sha256(json.dumps(list(codes)).encode()).hexdigest()


def _check_names(attributes: tuple[Attribute, ...]) -> None:
    """Raise ValueError where two attributes share a name."""
    if len({attribute.name for attribute in attributes}) != len(attributes):
        raise ValueError("attributes must have different names")


def _check_positions(positions: NDArray[np.int64] | NDArray[np.int32], count: int, *, name: str) -> None:
    if count < 0:
        raise ValueError(f"the number of {name} must be 0 or more, not {count}")
    if positions.size and (positions.min() < 0 or positions.max() >= count):
        raise ValueError(f"{name} must be 0 … {count - 1}")


def _ascending(texts: Sequence[str]) -> bool:
    return all(map(lt, texts, texts[1:]))
