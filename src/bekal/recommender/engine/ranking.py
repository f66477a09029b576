"""A compiled loop behind `validation`: the first places of weighted sums of scores, for thousands of questions and settings."""

import numpy as np

from bekal.recommender.engine.kernels import compiled


@compiled
def rank(scores, weights, shown, work, places):  # type: ignore[no-untyped-def]
    """Write the items with the highest sums into `places`, best first, the first item of equal ones; -1 where none is left.

    Args:
        scores: float32[models, questions, items], finite.
        weights: float32[models].
        shown: where each question's items begin, and the items: what is shown has no place.
        work: float32[items] and float32[places], overwritten.
        places: int32[questions, places], the result.
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
