"""How sure a mean over people is: by drawing people again, with all that was measured of each.

A person may have been measured several times, under several seeds. These are no independent measurements, so people are drawn,
not measurements (a cluster bootstrap; Davison and Hinkley, *Bootstrap Methods and their Application*, 1997, sections 2.4 and
3.8); a mean is a sum over measurements divided by their number, both drawn anew. Equal input gives equal output.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 2_000
"""How often people are drawn anew: the ends of an interval of 95 % then have 50 draws beyond them."""
_BLOCK_NUMBERS: Final = 4_000_000


def drawn_means(
    values: NDArray[np.float64], people: NDArray[np.int64], *, of: NDArray[np.bool_] | None = None, seed: int = 0
) -> NDArray[np.float64]:
    """The means of columns under people drawn anew: float64[DRAWS, columns].

    All columns see the same draws, so differences of columns are paired by person.

    Args:
        values: float64[measurements, columns].
        people: int64[measurements], who was measured.
        of: bool[measurements, columns], which measurements belong to a column; all without it. A draw without any gives NaN.
        seed: of the draws.

    Raises:
        ValueError: nothing was measured, or shapes that do not fit.
    """
    if values.ndim != 2 or not values.size or people.shape != values.shape[:1] or (of is not None and of.shape != values.shape):
        raise ValueError("values must have one row for each measurement, and at least one")
    taken = np.ones(values.shape, dtype=np.bool_) if of is None else of
    rows = np.unique(people, return_inverse=True)[1]
    count = int(rows.max()) + 1
    both = np.zeros((count, 2 * values.shape[1]))
    np.add.at(both, rows, np.hstack([np.where(taken, values, 0.0), taken]))
    generator = np.random.default_rng(seed)
    sums = np.empty((DRAWS, both.shape[1]))
    step = max(1, _BLOCK_NUMBERS // count)
    for first in range(0, DRAWS, step):
        block = min(step, DRAWS - first)
        drawn = generator.integers(0, count, (block, count)) + np.arange(block)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=block * count).reshape(block, count)
        sums[first : first + block] = times.astype(np.float64) @ both
    numbers = sums[:, values.shape[1] :]
    means = np.full(numbers.shape, np.nan)
    np.divide(sums[:, : values.shape[1]], numbers, out=means, where=numbers > 0)
    return means


def interval(draws: NDArray[np.float64], *, confidence: float = 0.95) -> tuple[float, float]:
    """The percentile interval of one column of draws; those that are NaN are left out."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(draws, [tail, 1 - tail])
    return float(low), float(high)


def p_two_sided(draws: NDArray[np.float64]) -> float:
    """How surprising so large a mean difference would be if there were none: twice the smaller share of draws beyond 0.

    The share counts one draw more than there were, so that it is never 0 (Davison and Hinkley, 1997, section 4.2).
    """
    return min(1.0, 2 * min(p_below(draws, 0.0), p_below(-draws, 0.0)))


def p_below(draws: NDArray[np.float64], limit: float) -> float:
    """How surprising so low a mean difference would be if it were not below the limit: the share of draws at or above it."""
    return float((1 + (draws >= limit).sum()) / (1 + draws.size))


def holm(p_values: list[float]) -> list[float]:
    """The p-values of a family, corrected so that one false finding among all of them is as rare as one of them says.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
