"""How many people a second: Bekal as shipped and with sets of four, an earlier commit, the memory floor, `implicit`."""

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from harness import Goal, Samples, at_least, at_most, interleaved, is_installed, ratio
from recommender_before import Before
from recommender_floor import Floor
from recommender_world import ITEMS, THREADS, TOP, Served, World, served

_SHIPPED, _FOUR = "as shipped", "sets of four, by field"
_BOTH: Final = {name: f"Bekal {name}: list and bundle" for name in (_SHIPPED, _FOUR)}
_LIST: Final = {name: f"Bekal {name}: list" for name in (_SHIPPED, _FOUR)}
_OLD: Final = {name: f"earlier commit {name}: list and bundle" for name in (_SHIPPED, _FOUR)}
_FLOOR, _FLOOR_APART = "memory floor, shared rows added once", "memory floor, each person's rows added"
_PEER, _PEER_AFFORDABLE = "implicit: recommend", "implicit: what each can pay"
_PEER_DROPPING = "implicit: longer lists, owned items dropped afterwards"
_TITLE: Final = f"people per second, {ITEMS} trainings, {THREADS} threads"
_GROWTH: Final = "microseconds for a person's list and bundle, by the number of people"
_LEAST_OF_OLD, _LEAST_OF_PEER, _LEAST_OF_FASTEST, _MOST_GROWTH = 3.5, 10.0, 1.7, 1.3
_LEAST_OF_FLOOR, _LEAST_LIST_OF_FLOOR = 0.1, 0.5


def speed(people: int, work: Callable[[], object]) -> float:
    """People per second."""
    start = time.perf_counter()
    work()
    return people / (time.perf_counter() - start)


def measure(*, quick: bool, rounds: int, old: Path | None) -> Samples:
    """All contenders in turn; those of `implicit`, if it is there, have a fifth of the people, at the same cost for each."""
    world, model = World.of(20_000 if quick else 1_000_000), served(quick=quick)
    people, some, by_training = world.people, world.first(world.people // 5), world.by_training
    floor = Floor(model.tables, world, threads=THREADS)
    _check(world, model, floor)
    settings = {_SHIPPED: (by_training, model.choosing), _FOUR: (world, model.before)}
    contenders: dict[str, Callable[[], float]] = {}
    for name, (asked, choosing) in settings.items():
        contenders[_BOTH[name]] = partial(speed, people, partial(model.batch, asked, choosing))
        contenders[_LIST[name]] = partial(speed, people, partial(model.batch, asked, replace(choosing, parts=0)))
    contenders[_FLOOR] = partial(speed, people, partial(floor.read, shared=True))
    contenders[_FLOOR_APART] = partial(speed, people, partial(floor.read, shared=False))
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
    with ExitStack() as stack:
        if old is not None:
            before = stack.enter_context(Before(old))
            before.read(model, world)
            for name, (asked, choosing) in settings.items():
                there = partial(before.seconds, topics=asked.catalogue.topics, most=choosing.parts, eta=choosing.eta)
                there()
                contenders[_OLD[name]] = partial(_people_per_second, people, there)
        measured = interleaved(rounds, contenders)
    return {_TITLE: measured}


def _people_per_second(people: int, seconds: Callable[[], float]) -> float:
    return people / seconds()


def measure_growth(*, quick: bool, rounds: int) -> Samples:
    """What a person costs among ever more people; among the most people, in one round."""
    sizes = (5_000, 10_000, 20_000) if quick else (100_000, 500_000, 1_000_000, 5_000_000)
    model, everybody = served(quick=quick), World.of(sizes[-1]).by_training
    worlds = {str(size): everybody.first(size) for size in sizes[:-1]}
    model.batch(everybody.first(100))
    measured = interleaved(rounds, {name: partial(_cost, model, world) for name, world in worlds.items()})
    return {_GROWTH: {**measured, str(sizes[-1]): [_cost(model, everybody)]}}


def _cost(model: Served, world: World) -> float:
    """Microseconds for each person."""
    return 1e6 / speed(world.people, lambda: model.batch(world))


def judge(samples: Samples) -> list[Goal]:
    goals = []
    if _TITLE in samples:
        found = samples[_TITLE]
        for name in (_SHIPPED, _FOUR):
            both, alone = _BOTH[name], _LIST[name]
            if _OLD[name] in found:
                goals.append(
                    at_least(f"{both} / earlier commit with as many parts", _LEAST_OF_OLD, ratio(found, both, _OLD[name]))
                )
            if _PEER in found:
                fastest = max((_PEER_DROPPING, _PEER_AFFORDABLE), key=lambda peer: statistics.median(found[peer]))
                goals.append(at_least(f"{both} / {_PEER}, no budget", _LEAST_OF_PEER, ratio(found, both, _PEER)))
                goals.append(at_least(f"{both} / {fastest}", _LEAST_OF_FASTEST, ratio(found, both, fastest)))
            goals.append(at_least(f"{alone} / {_FLOOR}", _LEAST_LIST_OF_FLOOR, ratio(found, alone, _FLOOR)))
            goals.append(at_least(f"{both} / {_FLOOR}", _LEAST_OF_FLOOR, ratio(found, both, _FLOOR)))
    if growing := samples.get(_GROWTH):
        first, *others = (statistics.median(values) for values in growing.values())
        goals.append(at_most(f"{_GROWTH}: highest / first", _MOST_GROWTH, max(others) / first))
    return goals


def _check(world: World, model: Served, floor: Floor) -> None:
    """That all do the work they are timed for. It compiles what is compiled, too."""
    found = model.batch(world, replace(model.before, parts=0))
    model.batch(world.by_training)
    # The floor knows nothing of what people own, so it can only be higher.
    shared, apart = floor.read(shared=True), floor.read(shared=False)
    assert (shared == apart).all()
    without = np.flatnonzero(world.histories.lengths == 0)[:200]
    sums = model.tables.sums(world.demographics.rows(without), world.histories.rows(without))
    assert (shared[without] == sums[np.arange(without.size), found.items[without, 0]]).all()
