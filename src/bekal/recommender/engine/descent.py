"""The lowest point of a smooth convex function of very many numbers.

L-BFGS by the two-loop recursion (Nocedal and Wright, *Numerical Optimization*, 2nd edition, algorithm 7.4), with steps shortened
until they gain enough. SciPy's L-BFGS-B also keeps bounds, of which there are none here: with 75,000 numbers it took more time
between two evaluations than the likelihood of `tastes` itself.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Loss = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]
"""The function's value and its slope, float64 shaped as the argument."""

_PAIRS: Final = 10
"""Of a step and the change of the slope along it, the last ones, are remembered."""
_LEAST_GAIN: Final = 1e-4
"""A step gains at least this share of what the slope promises (Armijo)."""
_SHORTEST: Final = 1e-10


def lowest(loss: Loss, start: NDArray[np.float64], *, iterations: int, tolerance: float) -> NDArray[np.float64]:
    """float64, shaped as `start`: the best point found.

    Args:
        start: float64[numbers].
        iterations: at most so many steps.
        tolerance: the search ends with a step that gains less than this share of the value.
    """
    point = start
    value, slope = loss(point)
    pairs: deque[tuple[NDArray[np.float64], NDArray[np.float64]]] = deque(maxlen=_PAIRS)
    for _ in range(iterations):
        direction = _direction(slope, pairs)
        promised, length = float(direction @ slope), 1.0
        while True:
            step = length * direction
            reached, steepness = loss(point + step)
            if reached <= value + _LEAST_GAIN * length * promised:
                break
            # The lowest point of the parabola through what is known.
            lower = -0.5 * promised * length**2 / (reached - value - length * promised)
            length = min(max(lower, 0.1 * length), 0.5 * length)
            if not length > _SHORTEST:
                return point
        change = steepness - slope
        if step @ change > 0:
            pairs.append((step, change))
        gain, scale = value - reached, max(abs(value), abs(reached), 1.0)
        point, value, slope = point + step, reached, steepness
        if gain <= tolerance * scale:
            break
    return point


def _direction(slope: NDArray[np.float64], pairs: deque[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> NDArray[np.float64]:
    direction = -slope
    shares = []
    for step, change in reversed(pairs):
        share = (step @ direction) / (step @ change)
        direction -= share * change
        shares.append(share)
    if pairs:
        step, change = pairs[-1]
        direction *= (step @ change) / (change @ change)
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        direction += (share - (change @ direction) / (step @ change)) * step
    return direction
