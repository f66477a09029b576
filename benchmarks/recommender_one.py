"""How long one person waits, in the engine alone: ordinary people, and questions made to take long."""

import time
from typing import Final

import numpy as np

from bekal.recommender.engine.batch import recommend_one, warm_up
from harness import Goal, Samples, at_most
from recommender_adversaries import adversaries
from recommender_exact import by_bekal
from recommender_world import TOP, World, served

_ORDINARY: Final = "microseconds of one person's list and bundle, all people of all rounds"
_HARD: Final = "milliseconds of one adversarial bundle, the longest of each round"
_SLOWEST: Final = "milliseconds of the longest bundle of the hardest families, at any balance, by round"
_FAMILIES: Final = 12
_MOST_P99_US, _MOST_MS = 1_000.0, 50.0


def measure(*, quick: bool, rounds: int) -> Samples:
    """Each person once a round. What is prepared beforehand is what a request has at hand: the person's codes and history."""
    warm_up()
    world, model = World.of(500 if quick else 20_000), served(quick=quick)
    rows = [np.array([person]) for person in range(world.people)]
    asked = [(world.demographics.rows(row), world.histories.rows(row)) for row in rows]
    allowed, found = world.allowed, dict[str, list[float]](p50=[], p99=[], worst=[])
    for _ in range(rounds):
        spent = np.zeros(world.people)
        for person, (demographics, history) in enumerate(asked):
            balance_idr = int(world.balances_idr[person])
            start = time.perf_counter()
            recommend_one(
                model.tables,
                demographics,
                history,
                catalogue=world.catalogue,
                balance_idr=balance_idr,
                allowed=allowed,
                top=TOP,
                choosing=model.choosing,
            )
            spent[person] = (time.perf_counter() - start) * 1e6
        found["p50"].append(float(np.percentile(spent, 50)))
        found["p99"].append(float(np.percentile(spent, 99)))
        found["worst"].append(float(spent.max()))
    return {_ORDINARY: found}


def measure_adversaries(*, quick: bool, rounds: int) -> Samples:
    """Each question once a round."""
    warm_up()
    samples: Samples = {_HARD: {}, _SLOWEST: {}}
    for items in (100, 300) if quick else (1_500, 6_000):
        questions = list(adversaries(items))
        longest: dict[str, list[float]] = {}
        for _ in range(rounds):
            for question in questions:
                start = time.perf_counter()
                by_bekal(question)
                longest.setdefault(question.name, []).append((time.perf_counter() - start) * 1e3)
        samples[_HARD][f"{items} items"] = [max(values) for values in zip(*longest.values(), strict=True)]
        families: dict[str, list[float]] = {}
        for name, values in longest.items():
            family = name.partition(";")[0]
            families[family] = [max(pair) for pair in zip(values, families.get(family, values), strict=True)]
        for family in sorted(families, key=lambda family: -max(families[family]))[:_FAMILIES]:
            samples[_SLOWEST][f"{items} items: {family}"] = families[family]
    return samples


def judge(samples: Samples) -> list[Goal]:
    goals = []
    if found := samples.get(_ORDINARY):
        goals.append(
            at_most("microseconds of one person, 99 of 100 below (highest of the rounds)", _MOST_P99_US, max(found["p99"]))
        )
        goals.append(at_most("milliseconds of one ordinary person, worst of all", _MOST_MS, max(found["worst"]) / 1e3))
    goals += [
        at_most(f"milliseconds of one adversarial bundle, {name}, worst of all", _MOST_MS, max(values))
        for name, values in samples.get(_HARD, {}).items()
    ]
    return goals
