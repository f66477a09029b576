"""Whether answers are right: pairs by trying them all, and sets of four by an earlier commit, for everybody."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine import UNKNOWN, Choosing
from bekal.recommender.engine.batch import Batch
from bekal.recommender.engine.choosing import offered
from harness import Goal, Samples, at_most
from recommender_before import Before
from recommender_world import THREADS, Served, World, served

_MISMATCHES: Final = "people whose answers differ"
_PAIRS, _LISTS, _BUNDLES = "pairs, from trying all", "lists, from an earlier commit", "sets of four, from an earlier commit"
_ASKED: Final = "people compared"
_NONE: Final = -(2**62)
_BLOCK_PEOPLE: Final = 2_000


def measure(*, quick: bool, rounds: int, old: Path | None) -> Samples:
    """Once, however many rounds: everybody as shipped, and with sets of four by field, no topic hidden, at the old η."""
    del rounds
    world, model = World.of(2_000 if quick else 1_000_000), served(quick=quick)
    by_training = world.by_training
    differ = {_PAIRS: [float(_other_pairs(by_training, model, replace(model.choosing, parts=2)))]}
    if old is not None:
        with Before(old) as before:
            before.read(model, world)
            there = before.found(topics=world.catalogue.topics, most=model.before.parts, eta=model.before.eta)
        here = model.batch(world, model.before)
        differ[_LISTS] = [float((here.items != there["items"]).any(axis=1).sum())]
        differ[_BUNDLES] = [float(_differ(here, there).sum())]
    return {_MISMATCHES: differ, _ASKED: {"everybody": [float(world.people)]}}


def judge(samples: Samples) -> list[Goal]:
    return [at_most(f"{_MISMATCHES}: {name}", 0, sum(counts)) for name, counts in samples.get(_MISMATCHES, {}).items()]


def _differ(here: Batch, there: Any) -> NDArray[np.bool_]:
    differ: NDArray[np.bool_] = (
        (here.bundles != there["bundles"]).any(axis=1)
        | (here.bundle_utilities != there["utilities"])
        | (here.bundle_prices_idr != there["prices_idr"])
    )
    return differ


def _other_pairs(world: World, model: Served, choosing: Choosing) -> int:
    """For how many people another pair or single training is better than what the engine says, or the engine's sums are wrong."""
    found = model.batch(world, choosing)
    catalogue, wrong = world.catalogue, np.zeros(world.people, dtype=np.bool_)
    prices, topics = catalogue.prices_idr, catalogue.topics
    items, known = catalogue.cheapest_first, topics >= 0
    topics_by_price = np.where(known, topics, -2 - np.arange(topics.size))[items]

    def check(first: int) -> None:
        rows = np.arange(first, min(first + _BLOCK_PEOPLE, world.people))
        sums = model.tables.sums(world.demographics.rows(rows), world.histories.rows(rows))
        for row, person in enumerate(rows.tolist()):
            balance = int(world.balances_idr[person])
            columns = offered(catalogue, balance_idr=balance, owned=world.histories.of(person), allowed=world.allowed)
            utilities = np.full(prices.size, _NONE, dtype=np.int64)
            utilities[columns] = sums[row, columns]
            utilities = utilities[items]
            values = np.where(utilities > _NONE, utilities + choosing.eta * prices[items] // max(balance, 1), 0)
            values[utilities < choosing.floor] = 0
            best = best_of_all_pairs(values, prices[items], topics_by_price, balance)
            chosen = items[np.sort(best[best >= 0])]
            theirs = found.bundles[person][found.bundles[person] != UNKNOWN]
            wrong[person] = (
                not np.array_equal(chosen, theirs)
                or found.bundle_utilities[person] != sums[row, chosen].sum()
                or found.bundle_prices_idr[person] != prices[chosen].sum()
            )

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(check, range(0, world.people, _BLOCK_PEOPLE)))
    return int(wrong.sum())


@numba.njit(nogil=True, error_model="numpy")
def best_of_all_pairs(values, prices, topics, balance):  # type: ignore[no-untyped-def]
    """int64[2]: the columns, by price, of the best pair or single; -1 for none. All pairs that the balance can buy are tried."""
    best, value, price = np.full(2, -1), 0, 0
    for one in range(values.size):
        if values[one] <= 0 or prices[one] > balance:
            continue
        fits = np.searchsorted(prices[:one], balance - prices[one], side="right")
        highest, topic = 0, topics[one]
        for other in range(fits):
            worth = values[other] if topics[other] != topic else 0
            highest = max(highest, worth)
        if values[one] + highest < value:
            continue
        for other in range(-1, fits):
            total, cost = values[one], prices[one]
            if other >= 0:
                if values[other] <= 0 or topics[other] == topic:
                    continue
                total, cost = total + values[other], cost + prices[other]
            if total < value or (total == value and cost > price):
                continue
            high, low = one, other
            if other >= 0 and (values[other] > values[one] or (values[other] == values[one] and other < one)):
                high, low = other, one
            if total == value and cost == price:
                # As good and as dear: the first as it is read, from its most valuable item down.
                if values[high] < values[best[0]] or (values[high] == values[best[0]] and high > best[0]):
                    continue
                if high == best[0] and (values[low] < values[best[1]] or (values[low] == values[best[1]] and low >= best[1])):
                    continue
            best[0], best[1], value, price = high, low, total, cost
    return best
