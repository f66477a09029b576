"""The rule: in which order the applications of a draw come, and who takes which place. docs/draw.md states it for everybody."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bekal.participants.draw.spreading import spread

DOMAIN: Final = b"bekal-draw-1"
RESERVE: Final = -1
HOUSEHOLD_FULL: Final = -2
_CHUNK: Final = 4096

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What decides about the applications, by number: that of number 1 stands at 0.

    Attributes:
        pools_of: the combinations of pools that there are, each as the places of its pools in the header, in order of trial and
            without the general one.
        combination: which of them, int16.
        household: its token, int32; 0 where the household has places for all who applied.
        left: places left in that household, int16.
    """

    pools_of: Sequence[tuple[int, ...]]
    combination: Array
    household: Array
    left: Array

    @property
    def count(self) -> int:
        """How many applications there are."""
        return len(self.combination)


def order_of(*, root: bytes, value: bytes, count: int) -> Array:
    """The numbers 1 to `count` in the order of SHA-256(`bekal-draw-1` ‖ root ‖ value ‖ number as 8 bytes), ties by number."""
    before = DOMAIN + root + value
    starts = range(0, count, _CHUNK)
    calls = ((before, start, min(start + _CHUNK, count)) for start in starts)
    beginnings = np.concatenate([np.empty(0, dtype=np.uint64), *spread(beginnings_of, calls, count=len(starts))])
    order = np.argsort(beginnings, kind="stable")
    _settle_equal_beginnings(order, beginnings[order], before)
    return (order + 1).astype(np.int32)


def beginnings_of(before: bytes, start: int, end: int) -> Array:
    """The first eight bytes of the keys of the numbers `start` + 1 to `end`, as uint64."""
    return np.frombuffer(b"".join(_digests(before, start, end)), dtype=">u8")[::4].astype(np.uint64)


def _digests(before: bytes, start: int, end: int) -> list[bytes]:
    numbers = np.arange(start + 1, end + 1, dtype=">u8").tobytes()
    sha256 = hashlib.sha256
    return [sha256(before + numbers[at : at + 8]).digest() for at in range(0, len(numbers), 8)]


def _settle_equal_beginnings(order: Array, sorted_beginnings: Array, before: bytes) -> None:
    """Put what has the first eight bytes of its key in common into the order of the whole keys."""
    same = np.flatnonzero(sorted_beginnings[1:] == sorted_beginnings[:-1])
    for first in np.setdiff1d(same, same + 1).tolist():
        last = first + 1
        while last + 1 < len(order) and sorted_beginnings[last + 1] == sorted_beginnings[first]:
            last += 1
        tied = order[first : last + 1].tolist()
        order[first : last + 1] = sorted(tied, key=lambda at: (_digests(before, at, at + 1)[0], at))


def fill(*, rows: Rows, order: Array, places: Sequence[int]) -> Array:
    """Give out the places; whose household is full is passed over.

    Args:
        order: the numbers, as `order_of` gives them.
        places: of each pool in the header's order, the general one last.

    Returns:
        For each number, int16: the place in the header of the pool that it takes a place of, RESERVE, or HOUSEHOLD_FULL.
    """
    outcome = np.full(rows.count, RESERVE, dtype=np.int16)
    general = len(places) - 1
    tried = [(*pools, general) for pools in rows.pools_of]
    carrying = np.flatnonzero(rows.household)
    left = dict(zip(rows.household[carrying].tolist(), rows.left[carrying].tolist(), strict=True))
    free = list(places)
    _walk(rows, order, tried=tried, free=free, left=left, outcome=outcome)
    free = [0] * general + [sum(free)]
    _walk(rows, order, tried=tried, free=free, left=left, outcome=outcome)
    full = np.zeros(max(left, default=0) + 1, dtype=bool)
    full[[token for token, places_left in left.items() if not places_left]] = True
    outcome[(outcome == RESERVE) & full[rows.household]] = HOUSEHOLD_FULL
    return outcome


def _walk(
    rows: Rows, order: Array, *, tried: Sequence[tuple[int, ...]], free: list[int], left: dict[int, int], outcome: Array
) -> None:
    """Once along the order over those not placed yet; changes `free`, `left` and `outcome`."""
    for start in range(0, len(order), _CHUNK):
        if not any(free):
            return
        at = order[start : start + _CHUNK] - 1
        is_open = np.array([any(free[pool] for pool in pools) for pools in tried], dtype=bool)
        at = at[is_open[rows.combination[at]] & (outcome[at] == RESERVE)]
        for each, combination, household in zip(
            at.tolist(), rows.combination[at].tolist(), rows.household[at].tolist(), strict=True
        ):
            if household and not left[household]:
                continue
            pool = next((pool for pool in tried[combination] if free[pool]), None)
            if pool is None:
                continue
            outcome[each] = pool
            free[pool] -= 1
            if household:
                left[household] -= 1
