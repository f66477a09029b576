"""The best set by three ways that share nothing: Bekal, OR-Tools, and dynamic programming over money.

All are asked the same: values, prices and topics of trainings, and a balance. What each must find is the highest value and, for
that value, the lowest price.
"""

import time
from collections.abc import Callable, Iterator
from typing import Final

import numba
import numpy as np

from bekal.recommender.engine import best_bundle, use_of_balance
from bekal.recommender.engine.choosing import MOST_PARTS
from harness import Goal, Samples, at_most
from recommender_adversaries import Question, adversaries
from recommender_world import Served, World, served

_BEKAL, _CP_SAT, _MONEY = "Bekal", "OR-Tools (CP-SAT, one thread)", "dynamic programming over money"
_TIMES: Final = "microseconds for a bundle"
_MISMATCHES: Final = "bundles that differ from Bekal's in value or price"
_ASKED: Final = "bundles compared"
_FEW_ITEMS: Final = 60
"""Of adversaries, whose prices have no common divisor: so few that money can be counted rupiah by rupiah."""

Solver = Callable[[Question], tuple[int, int]]
"""Value and price of the best set."""


def measure(*, quick: bool, rounds: int) -> Samples:
    """Ordinary people, others in each round and all solvers in turn; then adversaries, for the answers alone."""
    solvers: dict[str, Solver] = {_BEKAL: by_bekal, _CP_SAT: by_cp_sat, _MONEY: by_money}
    people = 10 if quick else 50
    questions = list(_ordinary(World.of(people * rounds), served(quick=quick)))
    hard = list(adversaries(20 if quick else _FEW_ITEMS, balances_idr=(258_000,) if quick else (258_000, 1_000_000)))
    times: dict[str, list[float]] = {name: [] for name in solvers}
    mismatches = {name: 0 for name in solvers if name != _BEKAL}
    for solve in solvers.values():
        solve(questions[0])
    for first in range(0, len(questions), people):
        found = {name: _answered(solve, questions[first : first + people]) for name, solve in solvers.items()}
        for name, (answers, microseconds) in found.items():
            times[name].append(microseconds)
            if name != _BEKAL:
                mismatches[name] += sum(one != other for one, other in zip(answers, found[_BEKAL][0], strict=True))
    for question in hard:
        answer = by_bekal(question)
        for name in mismatches:
            mismatches[name] += solvers[name](question) != answer
    return {
        _TIMES: times,
        _MISMATCHES: {name: [float(count)] for name, count in mismatches.items()},
        _ASKED: {"ordinary": [float(len(questions))], "adversarial": [float(len(hard))]},
    }


def judge(samples: Samples) -> list[Goal]:
    return [at_most(f"{_MISMATCHES}: {name}", 0, sum(counts)) for name, counts in samples.get(_MISMATCHES, {}).items()]


def by_bekal(question: Question) -> tuple[int, int]:
    found = best_bundle(
        question.values,
        catalogue=question.catalogue,
        balance_idr=question.balance_idr,
        owned=[],
        allowed=np.ones(question.values.size, dtype=np.bool_),
        most=MOST_PARTS,
    )
    return found.utility, found.price_idr


def by_cp_sat(question: Question) -> tuple[int, int]:
    """OR-Tools' fastest solver of those that count in whole numbers (of two threads it has no use here)."""
    from ortools.sat.python import cp_model

    useful = question.useful
    model = cp_model.CpModel()
    taken = [model.new_bool_var("") for _ in range(useful.values.size)]
    model.add(cp_model.LinearExpr.weighted_sum(taken, useful.prices_idr.tolist()) <= useful.balance_idr)
    model.add(cp_model.LinearExpr.sum(taken) <= MOST_PARTS)
    for topic in np.unique(useful.topics[useful.topics >= 0]):
        model.add_at_most_one([taken[item] for item in np.flatnonzero(useful.topics == topic)])
    worth = useful.values * (useful.balance_idr + 1) - useful.prices_idr
    model.maximize(cp_model.LinearExpr.weighted_sum(taken, worth.tolist()))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    chosen = np.array([solver.boolean_value(each) for each in taken], dtype=np.bool_)
    return int(useful.values[chosen].sum()), int(useful.prices_idr[chosen].sum())


def by_money(question: Question) -> tuple[int, int]:
    """Topic by topic, the best of each number of items for each sum of money, in steps of the prices' common divisor."""
    useful = question.useful
    if not useful.values.size:
        return 0, 0
    step = max(int(np.gcd.reduce(useful.prices_idr)), 1)
    # What has no topic is alone in one.
    alone = np.flatnonzero(useful.topics < 0)
    topics = useful.topics.astype(np.int64)
    topics[alone] = topics.max(initial=0) + 1 + np.arange(alone.size)
    order = np.argsort(topics, kind="stable")
    value, steps = _counted(
        useful.values[order], useful.prices_idr[order] // step, topics[order], useful.balance_idr // step, MOST_PARTS
    )
    return int(value), int(steps) * step


@numba.njit(nogil=True, error_model="numpy")
def _counted(values, costs, topics, balance, most):  # type: ignore[no-untyped-def]
    """The highest value and the lowest cost that has it; items are sorted by topic."""
    best = np.full((most + 1, balance + 1), -1, dtype=np.int64)
    best[0, 0] = 0
    first = 0
    while first < values.size:
        last = first + 1
        while last < values.size and topics[last] == topics[first]:
            last += 1
        # From more items down to fewer: what a topic adds builds on sets that hold none of it.
        for count in range(most, 0, -1):
            for item in range(first, last):
                for spent in range(costs[item], balance + 1):
                    before = best[count - 1, spent - costs[item]]
                    if before >= 0 and before + values[item] > best[count, spent]:
                        best[count, spent] = before + values[item]
        first = last
    value, cost = 0, 0
    for spent in range(balance + 1):
        for count in range(most + 1):
            if best[count, spent] > value:
                value, cost = best[count, spent], spent
    return value, cost


def _ordinary(world: World, model: Served) -> Iterator[Question]:
    sums = model.tables.sums(world.demographics, world.histories)
    catalogue = world.catalogue
    for person, balance_idr in enumerate(world.balances_idr.tolist()):
        values = use_of_balance(sums[person], prices_idr=catalogue.prices_idr, balance_idr=balance_idr, eta=model.before.eta)
        values[world.histories.of(person)] = 0
        yield Question("ordinary", values, catalogue, balance_idr)


def _answered(solve: Solver, questions: list[Question]) -> tuple[list[tuple[int, int]], float]:
    """The answers, and the microseconds for each."""
    start = time.perf_counter()
    answers = [solve(question) for question in questions]
    return answers, (time.perf_counter() - start) / len(questions) * 1e6
