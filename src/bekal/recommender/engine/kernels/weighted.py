"""The first places of weighted sums of scores, for thousands of questions and settings (`validation`)."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.kernels.compiling import compiled


@compiled
def rank_weighted(
    scores: Annotated[NDArray[np.float32], "models", "questions", "items"],
    weights: Annotated[NDArray[np.float32], "models"],
    shown: tuple[Annotated[NDArray[np.int32], "questions + 1"], Annotated[NDArray[np.int32], "any"]],
    work: tuple[Annotated[NDArray[np.float32], "items"], Annotated[NDArray[np.float32], "places"]],
    places: Annotated[NDArray[np.int32], "questions", "places"],
) -> None:
    """Write the items with the highest sums into `places`, best first, the first item of equal ones; -1 where none is left.

    Args:
        scores: finite.
        shown: where each question's items begin, and the items: what is shown has no place.
        work: overwritten.
        places: the result.
    """
    starts, taken = shown
    sums, best = work
    depth = places.shape[1]
    for question in range(places.shape[0]):
        sums[:] = 0.0
        for model in range(scores.shape[0]):
            if weights[model] != 0.0:
                for item in range(sums.size):
                    sums[item] += weights[model] * scores[model, question, item]
        for entry in range(starts[question], starts[question + 1]):
            sums[taken[entry]] = -np.inf
        best[:] = -np.inf
        places[question] = -1
        for item in range(sums.size):
            at = depth
            while at and sums[item] > best[at - 1]:
                at -= 1
            if at < depth:
                for place in range(depth - 1, at, -1):
                    best[place] = best[place - 1]
                    places[question, place] = places[question, place - 1]
                best[at] = sums[item]
                places[question, at] = item
