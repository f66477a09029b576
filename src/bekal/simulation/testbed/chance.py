"""Random numbers by name: what chance holds for a person and an item is the same in every arm, whatever was drawn before."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)


def uniform(seed: int, name: str, *keys: Integers) -> Floats:
    """Numbers in (0, 1), one for each element of the keys broadcast together: a function of seed, name and keys alone.

    The finaliser of SplitMix64 over one key after the other (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", OOPSLA 2014).
    """
    # The seed is mixed before a key meets it; otherwise seed 1 with one key could be seed 2 with another.
    state = _mixed(np.full((1,) * max(key.ndim for key in keys), np.uint64(seed)))
    for key in (*np.frombuffer(name.encode(), dtype=np.uint8), *keys):
        state = _mixed(state ^ np.asarray(key).astype(np.uint64))
    return (np.right_shift(state, np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def gumbel(seed: int, name: str, *keys: Integers) -> Floats:
    """The noise under which choosing the highest is choosing in proportion to exp(utility)."""
    return -np.log(-np.log(uniform(seed, name, *keys)))


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = state + _STEP
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
