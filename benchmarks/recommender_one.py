"""How long one person waits, in the engine alone: ordinary people, and questions made to take long."""

import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np

from bekal.recommender.engine.batch import recommend_one, warm_up
from harness import Goal, Samples, add_samples, at_most
from recommender_adversaries import adversaries
from recommender_before import Before
from recommender_exact import by_bekal
from recommender_world import TOP, World, served

_ORDINARY: Final = "microseconds of one person's list and bundle, all people of all rounds"
_HARD: Final = "milliseconds of one adversarial bundle, the longest of each round"
_SLOWEST: Final = "milliseconds of the longest bundle of the hardest families, at any balance, by round"
_FAMILIES: Final = 12
_BEFORE: Final = "earlier commit, "
_MOST_P99_US, _MOST_MS, _MOST_OF_OLD = 1_000.0, 50.0, 1.2


def measure(*, quick: bool, rounds: int, old: Path | None) -> Samples:
    """Each person once a round. What is prepared beforehand is what a request has at hand: the person's codes and history.

    An earlier commit takes turns with its own measurement of the same.
    """
    with ExitStack() as stack:
        before = None if old is None else stack.enter_context(Before(old))
        samples: Samples = {}
        for _ in range(rounds):
            add_samples(samples, _measure_here(quick=quick))
            if before is not None:
                add_samples(samples, _of_before(before.part("measure", quick=quick)))
        return samples


def _of_before(samples: Samples) -> Samples:
    return {title: {_BEFORE + name: values for name, values in found.items()} for title, found in samples.items()}


def _measure_here(*, quick: bool) -> Samples:
    warm_up()
    world, model = World.of(500 if quick else 20_000).by_training, served(quick=quick)
    rows = [np.array([person]) for person in range(world.people)]
    asked = [(world.demographics.rows(row), world.histories.rows(row)) for row in rows]
    allowed, found = world.allowed, dict[str, list[float]](p50=[], p99=[], worst=[])
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


def measure_adversaries(*, quick: bool, rounds: int, old: Path | None) -> Samples:
    """Each question once a round; an earlier commit's engine after this one's."""
    samples = _adversaries_here(quick=quick, rounds=rounds)
    if old is not None:
        with Before(old) as before:
            for _ in range(rounds):
                found = before.part("measure_adversaries", quick=quick)
                add_samples(samples, _of_before({_HARD: found[_HARD]}))
    return samples


def _adversaries_here(*, quick: bool, rounds: int) -> Samples:
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
        if theirs := found.get(_BEFORE + "worst"):
            # The worst of thousands says what else the machine did; the middle of the rounds says it least.
            worst = statistics.median(found["worst"]) / statistics.median(theirs)
            goals.append(at_most("one ordinary person, worst of a round / earlier commit", _MOST_OF_OLD, worst))
    if found := samples.get(_HARD):
        for name, values in found.items():
            if name.startswith(_BEFORE):
                continue
            goals.append(at_most(f"milliseconds of one adversarial bundle, {name}, worst of all", _MOST_MS, max(values)))
            if theirs := found.get(_BEFORE + name):
                worst = statistics.median(values) / statistics.median(theirs)
                goals.append(at_most(f"longest adversarial bundle, {name} / earlier commit", _MOST_OF_OLD, worst))
    return goals
