"""The engine of an earlier commit, in a process that does what lines of JSON tell it and answers each with one.

recommender_before.py CHECKOUT
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def main() -> None:
    checkout = Path(sys.argv[1]).resolve()
    sys.path[:0] = [str(checkout / "src"), str(checkout / "benchmarks")]
    held: dict[str, Any] = {}
    for line in sys.stdin:
        verb, said = json.loads(line)
        print(json.dumps(globals()[f"do_{verb}"](held, **said)), flush=True)


def do_read(held: dict[str, Any], *, file: str) -> None:
    """Read people, and the tables that serve them."""
    from bekal.recommender.engine import Attribute, Demographics, Interactions, Layout, Tables

    with np.load(file) as read:
        arrays = dict(read)
    attributes = tuple(Attribute(str(name), tuple(levels.split())) for name, levels in arrays["attributes"])
    crosses = tuple((int(first), int(second)) for first, second in arrays["crosses"].reshape(-1, 2))
    held["tables"] = Tables(
        Layout(attributes, crosses),
        tuple(arrays["lengths"].tolist()),
        arrays["groups"],
        arrays["history"],
        int(arrays["shift"]),
        tuple(arrays["spans"].tolist()),
    )
    held["people"] = (
        Demographics(attributes, arrays["codes"]),
        Interactions(arrays["indptr"], arrays["items"], held["tables"].item_count),
    )
    held["balances_idr"], held["prices_idr"] = arrays["balances_idr"], arrays["prices_idr"]


def do_batch(held: dict[str, Any], *, topics: list[int], most: int, eta: int, top: int, threads: int, into: str | None) -> float:
    """Everybody's list and bundle; returns the seconds it took, and writes to a file what was found, if told to."""
    from bekal.recommender.engine import Catalogue
    from bekal.recommender.engine.batch import recommend_batch

    prices = held["prices_idr"]
    catalogue = Catalogue(tuple(f"T{item:05}" for item in range(prices.size)), prices, np.array(topics, dtype=np.int32))
    start = time.perf_counter()
    found = recommend_batch(  # type: ignore[call-arg] # as it was called then
        held["tables"],
        *held["people"],
        catalogue=catalogue,
        balances_idr=held["balances_idr"],
        allowed=np.ones(prices.size, dtype=np.bool_),
        top=top,
        most=most,
        eta=eta,
        threads=threads,
    )
    seconds = time.perf_counter() - start
    if into:
        np.savez(
            into,
            items=found.items,
            bundles=found.bundles,
            utilities=found.bundle_utilities,
            prices_idr=found.bundle_prices_idr,
        )
    return seconds


def do_part(_held: dict[str, Any], *, name: str, quick: bool) -> Any:
    """One round of a part of that commit's own benchmark."""
    import recommender_one

    return getattr(recommender_one, name)(quick=quick, rounds=1)


if __name__ == "__main__":
    main()
