"""Which of very many ratios of an observed to an expected count exceed 1 with confidence.

n_c ~ Poisson(λ_c e_c). How large such ratios λ are at all is learnt from all counts together: the distribution of λ, of any
form, that makes them most likely (Kiefer and Wolfowitz, Annals of Mathematical Statistics 27(4), 1956; on a grid, as a convex
programme: Koenker and Mizera, JASA 109(506), 2014). With it each count has a posterior probability of λ ≤ 1. Those with the
smallest are said to exceed 1, as many as keep the mean of these probabilities, the share of them that is expected to be wrong,
within a limit (Newton, Noueiry, Sarkar and Ahlquist, "Detecting differential gene expression with a semiparametric hierarchical
mixture method", Biostatistics 5(2), 2004). One pair among a million may so need more than chance can do to any of them.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

FALSE_SHARE: Final = 0.05
"""Of what is said to exceed 1, at most so much is expected not to."""
_RATIOS: Final = 2.0 ** np.arange(-3, 6.5, 0.5)
_LEAST_SHARE: Final = 1e-12
"""Of a ratio, so that no count becomes impossible."""
_BINS: Final = 8.0
"""Expected counts are told apart, for the distribution of λ alone, by an eighth of their logarithm."""


def exceeding(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.bool_]:
    """bool, shaped as both: where the observed count exceeds the expected one with confidence. Nowhere where either is 0.

    Args:
        observed, expected: float64, of equal shape, 0 or more.
    """
    found = np.zeros(observed.shape, dtype=np.bool_)
    possible = expected > 0
    seen = possible & (observed > 0)
    if not seen.any():
        return found
    weights = _distribution(observed[possible], expected[possible])
    below = _posterior(observed[seen], expected[seen], weights)[:, _RATIOS <= 1].sum(axis=1)
    order = np.argsort(below, kind="stable")
    shares = np.cumsum(below[order]) / np.arange(1, order.size + 1)
    kept = np.zeros(order.size, dtype=np.bool_)
    # Means of ascending numbers ascend, so these are a beginning.
    kept[order[shares <= FALSE_SHARE]] = True
    found[seen] = kept
    return found


def _distribution(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[ratios]: the shares of the ratios among all counts."""
    bins = np.floor(np.log(expected) * _BINS).astype(np.int64)
    bins -= bins.min()
    cells, places = np.unique(bins * (int(observed.max()) + 1) + observed.astype(np.int64), return_inverse=True)
    times = np.bincount(places)
    likely = _likelihood((cells % (int(observed.max()) + 1)).astype(np.float64), np.bincount(places, expected) / times)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sums = likely @ weights
        return -float(times @ np.log(sums)), -(likely.T @ (times / sums))

    count = _RATIOS.size
    found = minimize(
        loss,
        np.full(count, 1 / count),
        jac=True,
        # Expectation-maximisation, which needs no constraint, is still far from the solution after 30,000 steps.
        method="SLSQP",
        bounds=[(_LEAST_SHARE, 1.0)] * count,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1, "jac": np.ones_like},
        options={"maxiter": 500, "ftol": 1e-6},
    )
    weights: NDArray[np.float64] = found.x / found.x.sum()
    return weights


def _likelihood(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[counts, ratios]: of each count under each ratio, the largest 1."""
    logs = observed[:, None] * np.log(_RATIOS) - expected[:, None] * _RATIOS
    likely: NDArray[np.float64] = np.exp(logs - logs.max(axis=1, keepdims=True))
    return likely


def _posterior(observed: NDArray[np.float64], expected: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64[counts, ratios]: how probable each ratio is."""
    joint = _likelihood(observed, expected) * weights
    posterior: NDArray[np.float64] = joint / joint.sum(axis=1, keepdims=True)
    return posterior
