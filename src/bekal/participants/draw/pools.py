"""The pools of a draw: who may take which of the places that are kept free.

A pool is a priority group or a province, or several of one kind that are too small to stand alone. In the file it has two random
letters. Who is in no pool with a free place takes one of the general pool, which is open to everybody.
"""

import secrets
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GENERAL: Final = "general"
LEAST_PEOPLE: Final = 20
"""A smaller pool would say of few people who they are."""


class Kind(StrEnum):
    """What people have in common who are in one pool."""

    PRIORITY = "priority"
    PROVINCE = "province"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a wave's places are kept free for a priority group or a province."""

    kind: Kind
    code: str
    places: int


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool as the file has it.

    Attributes:
        letters: two random capital letters, or `general`.
        people: how many of the applications may take its places.
        places: how many are kept free for them.
    """

    letters: str
    people: int
    places: int

    def written(self) -> dict[str, object]:
        """As the header of a draw's file states it."""
        return {"people": self.people, "places": self.places, "pool": self.letters}


@dataclass(frozen=True, slots=True)
class Combination:
    """What decides in which pools an application is: its priority groups and its province."""

    groups: frozenset[str]
    province: str

    def is_in(self, kind: Kind, codes: frozenset[str]) -> bool:
        """Whether these are people of a pool that holds the codes."""
        return bool(self.groups & codes) if kind is Kind.PRIORITY else self.province in codes


@dataclass(frozen=True, slots=True)
class Formed:
    """The pools of a draw, the general one last, and those of each combination by their place among them, in order of trial."""

    pools: tuple[Pool, ...]
    pools_of: Mapping[Combination, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class _Whole:
    kind: Kind
    codes: frozenset[str]
    places: int
    people: int


def form_pools(*, shares: Sequence[Share], people: Mapping[Combination, int], places: int) -> Formed:
    """Merge what is too small, and give each pool its letters.

    Args:
        shares: groups in the order in which their pools are tried, then provinces; no more than `places` together.
        people: how many applications there are of each combination.
        places: of the wave.
    """
    wholes = [whole for kind in Kind for whole in _merged(kind, shares, people)]
    pools = [
        Pool(letters=letters, people=whole.people, places=whole.places)
        for letters, whole in zip(_new_letters(len(wholes)), wholes, strict=True)
    ]
    kept_free = sum(pool.places for pool in pools)
    return Formed(
        pools=(*pools, Pool(letters=GENERAL, people=sum(people.values()), places=places - kept_free)),
        pools_of={
            combination: tuple(place for place, whole in enumerate(wholes) if combination.is_in(whole.kind, whole.codes))
            for combination in people
        },
    )


def _merged(kind: Kind, shares: Sequence[Share], people: Mapping[Combination, int]) -> list[_Whole]:
    """The pools of one kind, each with enough people; none where all of the kind together are too few.

    As long as a pool is too small, the one with the fewest people is merged with the one with the next fewest, ties by code, and
    is tried where the earlier of both was.
    """
    wholes = [
        _whole(kind, frozenset([share.code]), share.places, people) for share in shares if share.kind is kind and share.places
    ]
    while wholes:
        smallest, *rest = sorted(wholes, key=lambda whole: (whole.people, min(whole.codes)))
        if smallest.people >= LEAST_PEOPLE:
            break
        wholes = _with_merged(wholes, smallest, rest[0], people) if rest else []
    return wholes


def _with_merged(wholes: list[_Whole], one: _Whole, other: _Whole, people: Mapping[Combination, int]) -> list[_Whole]:
    both = _whole(one.kind, one.codes | other.codes, one.places + other.places, people)
    first = min(wholes.index(one), wholes.index(other))
    return [
        both if place == first else whole for place, whole in enumerate(wholes) if place == first or whole not in (one, other)
    ]


def _whole(kind: Kind, codes: frozenset[str], places: int, people: Mapping[Combination, int]) -> _Whole:
    count = sum(number for combination, number in people.items() if combination.is_in(kind, codes))
    return _Whole(kind=kind, codes=codes, places=places, people=count)


def _new_letters(count: int) -> Iterable[str]:
    every = [first + second for first in string.ascii_uppercase for second in string.ascii_uppercase]
    return secrets.SystemRandom().sample(every, count)
