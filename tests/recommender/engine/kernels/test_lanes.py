"""What is compiled in place of the functions of `lanes` does what they do."""

from typing import Any

import numpy as np
import pytest
from numba import njit

from bekal.recommender.engine.kernels.lanes import (
    LANES,
    at_least,
    count_bits,
    highest,
    lowest_bit,
    raise_tops,
    touch,
    without_lowest,
)

MASKS = (1, 2**40, -1, -(2**63), 6, -(2**63) + 8)


def in_lanes(numbers: Any, start: int, least: float) -> tuple[int, int, float]:
    mask = at_least(numbers, start, least)
    return mask, count_bits(mask), highest(numbers[start : start + LANES])


def in_bits(mask: int) -> tuple[int, int, int]:
    return count_bits(mask), lowest_bit(mask), without_lowest(mask)


def touched(numbers: Any, place: int) -> Any:
    touch(numbers, place)
    return numbers


def raised(tops: Any, numbers: Any) -> Any:
    raise_tops(tops, numbers)
    return tops


compiled_raised: Any = njit(raised)
compiled_touched: Any = njit(touched)
compiled_in_lanes: Any = njit(in_lanes)
compiled_in_bits: Any = njit(in_bits)


@pytest.mark.parametrize("seed", range(4))
def test_masks_of_lanes(seed: int) -> None:
    draw = np.random.default_rng(seed)
    numbers = draw.integers(-20, 20, 3 * LANES).astype(np.float32)
    for start, least in ((0, 0.0), (LANES, -20.0), (2 * LANES, 19.5), (5, -20.5), (7, 21.0)):
        mask, count, _ = expected = in_lanes(numbers, start, least)
        assert compiled_in_lanes(numbers, start, least) == expected
        assert [mask >> lane & 1 for lane in range(LANES)] == (numbers[start : start + LANES] >= least).tolist()
        assert count == int((numbers[start : start + LANES] >= least).sum())


@pytest.mark.parametrize("mask", MASKS)
def test_bits_of_a_mask(mask: int) -> None:
    assert compiled_in_bits(mask) == in_bits(mask)
    assert bin(mask & (2**64 - 1)).count("1") == count_bits(mask) == count_bits(without_lowest(mask)) + 1


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32])
def test_nothing_shows_of_a_touch(dtype: type[np.generic]) -> None:
    numbers = np.arange(12, dtype=dtype).reshape(3, 4)
    for place in (0, 11, 2**40, -1):
        assert (touched(numbers, place) == np.arange(12).reshape(3, 4)).all()
        assert (compiled_touched(numbers, place) == np.arange(12).reshape(3, 4)).all()


@pytest.mark.parametrize("blocks", [0, 1, 3, 8])
def test_tops_are_the_highest_of_each_lane(blocks: int) -> None:
    draw = np.random.default_rng(blocks)
    numbers = draw.integers(-20, 20, blocks * LANES).astype(np.float32)
    tops = draw.integers(-20, 20, LANES).astype(np.float32)
    expected = np.array([max([tops[lane], *numbers[lane::LANES]]) for lane in range(LANES)])
    assert (raised(tops.copy(), numbers) == expected).all()
    assert (compiled_raised(tops.copy(), numbers) == expected).all()
