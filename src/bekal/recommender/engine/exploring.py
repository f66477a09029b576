"""One place of a shelf is drawn by chance, so that what is logged can tell later what another model would have done there.

The place is drawn evenly among all that are shown, the item by a softmax of the scores of the best candidates:

    p(item) = w(item) / Σ w,  w(item) = max(1, ⌊2^56 e^((score - best score) / temperature)⌋)

(the softmax or Boltzmann policy; Sutton and Barto, *Reinforcement Learning*, 2nd edition 2018, section 2.8). Weights are whole
numbers, the exponential is made of operations that IEEE 754 rounds correctly, and the draw is SHA-256 of a seed: equal scores and
seeds give equal shelves and probabilities on every machine, and the probability is that of this draw, not of an approximation to
it. No candidate's probability is zero, so that every policy over the same candidates can be estimated from what is logged
(`uplift.off_policy`). All other places hold the best items in their order; they say nothing about another policy.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CANDIDATES: Final = 50
"""The item is drawn among at most so many, those with the highest scores."""

_SCALE_BITS: Final = 56
# Below this, 2^56 e^x is less than 1.
_LOWEST: Final = -39.0
# The logarithm of 2 in two parts, the first short enough that its multiples are exact.
_LN2_HIGH: Final = float.fromhex("0x1.62e42fee00000p-1")
_LN2_LOW: Final = float.fromhex("0x1.a39ef35793c76p-33")
_TERMS: Final = 15


@dataclass(frozen=True, eq=False)
class Exploration:
    """A shelf with one place that was drawn.

    Attributes:
        order: int32[at most `shown`], positions of candidates in the order they are shown, none twice.
        slot: the place in `order` that was drawn, from 0; each place with the same chance, whatever the scores.
        drawn: the candidate in that place, `order[slot]`.
        probability: that this candidate was drawn for it, above 0, at most 1.
    """

    order: NDArray[np.int32]
    slot: int
    drawn: int
    probability: float


def explore(scores: NDArray[np.float64], *, seed: bytes, temperature: float, shown: int) -> Exploration:
    """Compose a shelf of the best candidates, and draw one place of it.

    Args:
        scores: float64[candidates], one or more, finite, higher is better. All of them fit the person: affordable, allowed, not
            owned. The earlier of two equal ones counts as the better.
        seed: what the draw hangs on, for instance person, shelf and day; another seed is another draw.
        temperature: above 0, in the unit of the scores. Near 0 the best is nearly always drawn; high, all candidates alike.
        shown: how many places the shelf has, 1 or more. With fewer candidates all are shown.

    Raises:
        ValueError: any of this does not hold.
    """
    if shown < 1:
        raise ValueError(f"shown must be 1 or more, not {shown}")
    best = _best(scores)
    weights = _weights(scores[best], temperature)
    reached = np.cumsum(weights)
    total = int(reached[-1])
    place = int(np.searchsorted(reached, _number(seed, b"item", total), side="right"))
    filled = min(shown, best.size)
    slot = _number(seed, b"slot", filled)
    # The others keep their order; where the drawn one was among them, the next best moves up.
    others = np.delete(best, place)[: filled - 1]
    return Exploration(
        order=np.insert(others, slot, best[place]),
        slot=slot,
        drawn=int(best[place]),
        probability=int(weights[place]) / total,
    )


def probabilities(scores: NDArray[np.float64], *, temperature: float) -> NDArray[np.float64]:
    """float64[candidates]: the probability with which `explore` draws each; 0 for those beyond the best 50.

    Raises:
        ValueError: as for `explore`.
    """
    best = _best(scores)
    weights = _weights(scores[best], temperature).tolist()
    total = sum(weights)
    found = np.zeros(scores.size)
    # Quotients of whole numbers, rounded once.
    found[best] = [weight / total for weight in weights]
    return found


def _best(scores: NDArray[np.float64]) -> NDArray[np.int32]:
    if scores.ndim != 1 or scores.size == 0 or not np.isfinite(scores).all():
        raise ValueError("scores must be one or more finite numbers")
    return np.argsort(-scores, kind="stable")[:CANDIDATES].astype(np.int32)


def _weights(scores: NDArray[np.float64], temperature: float) -> NDArray[np.int64]:
    """int64[candidates]: whole numbers in proportion to the probabilities, for at most 50 scores that begin with the best."""
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be a finite number above 0, not {temperature}")
    with np.errstate(over="ignore"):
        exponents = np.maximum((scores - scores[0]) / temperature, _LOWEST)
    return np.maximum(np.ldexp(_exp(exponents), _SCALE_BITS).astype(np.int64), 1)


def _exp(exponents: NDArray[np.float64]) -> NDArray[np.float64]:
    """e^x for -39 ≤ x ≤ 0 to within 2^-50, from additions, multiplications and divisions alone.

    The exponential of the C library differs in its last bits between machines; one such operation after another does not.
    """
    halvings = np.rint(exponents / _LN2_HIGH)
    rest = (exponents - halvings * _LN2_HIGH) - halvings * _LN2_LOW
    found = np.ones(exponents.shape)
    for term in range(_TERMS, 0, -1):
        found = 1 + rest * found / term
    return np.ldexp(found, halvings.astype(np.int64))


def _number(seed: bytes, purpose: bytes, below: int) -> int:
    """A number of 0 … below - 1, each equally likely to within 2^-190 for fewer than 2^64."""
    return int.from_bytes(hashlib.sha256(purpose + b"\0" + seed).digest(), "big") % below
