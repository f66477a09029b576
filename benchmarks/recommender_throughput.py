"""How many people a second: Bekal with and without bundles, the memory floor, `implicit` with and without a budget."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from harness import Goal, Samples, at_least, at_most, interleaved, is_installed, ratio
from recommender_floor import Floor
from recommender_world import ITEMS, THREADS, TOP, Served, World, served

_BOTH, _LIST = "Bekal: list and bundle", "Bekal: list"
_BOTH_UNUSED = "Bekal: list and bundle, using up the balance being worth nothing"
_FLOOR, _FLOOR_APART = "memory floor, shared rows added once", "memory floor, each person's rows added"
_PEER, _PEER_AFFORDABLE = "implicit: recommend", "implicit: what each can pay"
_PEER_DROPPING = "implicit: longer lists, owned items dropped afterwards"
_TITLE: Final = f"people per second, {ITEMS} trainings, {THREADS} threads"
_GROWTH: Final = "microseconds for a person's list and bundle, by the number of people"
_LEAST_OF_PEER, _LEAST_OF_FLOOR, _MOST_GROWTH = 15.0, 0.2, 1.3


def speed(people: int, work: Callable[[], object]) -> float:
    """People per second."""
    start = time.perf_counter()
    work()
    return people / (time.perf_counter() - start)


def measure(*, quick: bool, rounds: int) -> Samples:
    """All contenders in turn; those of `implicit`, if it is there, have a fifth of the people, at the same cost for each."""
    world, model = World.of(20_000 if quick else 1_000_000), served(quick=quick)
    people, some = world.people, world.first(world.people // 5)
    floor = Floor(model.tables, world, threads=THREADS)
    _check(world, model, floor)
    listing = replace(model, choosing=replace(model.choosing, parts=0))
    without_use = replace(model, choosing=replace(model.choosing, eta=0))
    contenders: dict[str, Callable[[], float]] = {
        _BOTH: lambda: speed(people, lambda: model.batch(world)),
        _BOTH_UNUSED: lambda: speed(people, lambda: without_use.batch(world)),
        _LIST: lambda: speed(people, lambda: listing.batch(world)),
        _FLOOR: lambda: speed(people, lambda: floor.read(shared=True)),
        _FLOOR_APART: lambda: speed(people, lambda: floor.read(shared=False)),
    }
    if is_installed("implicit", name="implicit"):
        from peers.als_lists import Lists

        peer = Lists(some.histories, catalogue=world.catalogue, balances_idr=some.balances_idr, top=TOP, threads=THREADS)
        lists = peer.affordable()
        assert (world.catalogue.prices_idr[lists] <= some.balances_idr[:, None])[lists >= 0].all()
        contenders |= {
            _PEER: lambda: speed(peer.people, peer.by_its_call),
            _PEER_DROPPING: lambda: speed(peer.people, peer.dropping_after),
            _PEER_AFFORDABLE: lambda: speed(peer.people, peer.affordable),
        }
    return {_TITLE: interleaved(rounds, contenders)}


def measure_growth(*, quick: bool, rounds: int) -> Samples:
    """What a person costs among ever more people; among the most people, in one round."""
    sizes = (5_000, 10_000, 20_000) if quick else (100_000, 500_000, 1_000_000, 5_000_000)
    model, everybody = served(quick=quick), World.of(sizes[-1])
    worlds = {str(size): everybody.first(size) for size in sizes[:-1]}
    model.batch(everybody.first(100))
    measured = interleaved(rounds, {name: partial(_cost, model, world) for name, world in worlds.items()})
    return {_GROWTH: {**measured, str(sizes[-1]): [_cost(model, everybody)]}}


def _cost(model: Served, world: World) -> float:
    """Microseconds for each person."""
    return 1e6 / speed(world.people, lambda: model.batch(world))


def judge(samples: Samples) -> list[Goal]:
    goals = []
    if found := samples.get(_TITLE):
        if _PEER in found:
            goals.append(
                at_least("list and bundle / recommend of implicit, no budget", _LEAST_OF_PEER, ratio(found, _BOTH, _PEER))
            )
        goals.append(at_least("list and bundle / memory floor", _LEAST_OF_FLOOR, ratio(found, _BOTH, _FLOOR)))
    if found := samples.get(_GROWTH):
        first, *others = (statistics.median(values) for values in found.values())
        goals.append(at_most(f"{_GROWTH}: highest / first", _MOST_GROWTH, max(others) / first))
    return goals


def _check(world: World, model: Served, floor: Floor) -> None:
    """That all do the work they are timed for. It compiles what is compiled, too."""
    found = replace(model, choosing=replace(model.choosing, parts=0)).batch(world)
    model.batch(world)
    # The floor knows nothing of what people own, so it can only be higher.
    shared, apart = floor.read(shared=True), floor.read(shared=False)
    assert (shared == apart).all()
    without = np.flatnonzero(world.histories.lengths == 0)[:200]
    sums = model.tables.sums(world.demographics.rows(without), world.histories.rows(without))
    assert (shared[without] == sums[np.arange(without.size), found.items[without, 0]]).all()
