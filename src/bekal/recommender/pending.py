"""TEMPORARY, deleted once engine/blended.py and engine/bundles.py are there: stands in for them so that everything imports."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import Catalogue, Demographics, Interactions, best_bundle, top_affordable, use_of_balance
from bekal.recommender.engine.tables import Tables


@dataclass(frozen=True, eq=False)
class Batch:
    items: NDArray[np.int32]
    scores: NDArray[np.int64]
    bundles: NDArray[np.int32]
    bundle_prices_idr: NDArray[np.int64]


def recommend_batch(
    tables: Tables,
    demographics: Demographics,
    histories: Interactions,
    *,
    catalogue: Catalogue,
    balances_idr: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    top: int = 10,
    most: int = 4,
    eta: int,
) -> Batch:
    sums = tables.sums(demographics, histories)
    n = len(sums)
    out = Batch(
        np.full((n, top), -1, np.int32), np.zeros((n, top), np.int64), np.full((n, most), -1, np.int32), np.zeros(n, np.int64)
    )
    for p in range(n):
        b = int(balances_idr[p])
        best = top_affordable(
            sums[p].astype(float), catalogue=catalogue, balance_idr=b, owned=histories.of(p), allowed=allowed, top=top
        )
        out.items[p, : best.size] = best
        bundle = best_bundle(
            use_of_balance(sums[p], prices_idr=catalogue.prices_idr, balance_idr=b, eta=eta),
            catalogue=catalogue,
            balance_idr=b,
            owned=histories.of(p),
            allowed=allowed,
            most=most,
        )
        out.bundles[p, : len(bundle.items)] = bundle.items
        out.bundle_prices_idr[p] = bundle.price_idr
    return out
