"""What a model may learn from, what it sees of the people it is asked about, and what it should have shown them.

Two ways to part data. *By people*: some are held out, and of each the first k items are visible. It says how well a model serves
somebody new with so much history. *By time*: everything before a moment is learnt from, and what people took from then on is to
be predicted; `cold` are those without an earlier history, `warm` those with one. It says how well a model would have done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bekal.recommender.engine.data import NO_BALANCE, Demographics, Interactions
from bekal.recommender.engine.evaluation.dataset import NO_TIME, Dataset, history_part

HALF: Final = "half"
"""The first half of a history, rounded down, is visible."""
REST: Final = "rest"
"""All but the last item is visible."""
NEXT: Final = "next"
"""What was taken next is predicted, after nothing and after each of the first few items: each time of one target."""
MOST_NEXT: Final = 5
"""So many times a person is asked about in that case."""
COLD: Final = "cold"
WARM: Final = "warm"


class NobodyToAsk(ValueError):
    """A split leaves nobody to learn from, or nobody to be asked about."""


@dataclass(frozen=True, eq=False)
class Case:
    """People a model is asked about under the same circumstances.

    Attributes:
        name: `"0"`, `"1"`, … for so many visible items, or `half`, `rest`, `next`, `cold`, `warm`.
        people: int64[n], rows of the data; in `next` several times the same.
        visible: what the model sees of each, in order; never a candidate.
        targets: what each took besides, at least one item.
        balances: int64[n], what each had to spend when the visible items had been taken, `NO_BALANCE` where nobody knows; None
            where nobody's is known.
    """

    name: str
    people: NDArray[np.int64]
    visible: Interactions
    targets: Interactions
    balances: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Split:
    """What is learnt from, and the cases that are then asked about.

    Attributes:
        seed: what the random choices came from.
        learners: int64[n], the rows of those learnt from, all of them with a history.
        learnt: what is learnt of each.
        cases: at least one.
    """

    seed: int
    learners: NDArray[np.int64]
    learnt: Interactions
    cases: tuple[Case, ...]

    def demographics(self, data: Dataset) -> Demographics:
        """Those of the learners."""
        return data.demographics.rows(self.learners)


def by_people(
    data: Dataset, *, visible: Sequence[str], test_share: float = 0.3, min_items: int = 8, seeds: Iterable[int] = range(3)
) -> tuple[Split, ...]:
    """Hold out a share of the people, once for each seed.

    Targets of all cases named by a number are the items after the largest of them, so that these cases have the same people and
    targets and differ by what is visible alone. `half` and `rest` predict what they do not show, and `next` the item after what
    it shows, of everybody several times.

    Args:
        visible: names of cases: whole numbers from 0, `half`, `rest`, `next`.
        test_share: of all people, above 0 and below 1; those of them with fewer than `min_items` items are neither asked about
            nor learnt from, so that the learners are a fair sample of everybody.
        min_items: 1 or more. People who are asked about have at least so many, and one target.
        seeds: of the choice of people, and of the order of items where nobody knows it.

    Raises:
        NobodyToAsk: nobody is held out who has enough items, or nobody is left to learn from.
        ValueError: a name that is none, a share or a number out of range.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share must be above 0 and below 1, not {test_share}")
    if min_items < 1:
        raise ValueError(f"min_items must be 1 or more, not {min_items}")
    names = tuple(dict.fromkeys(visible))
    numbers = [int(name) for name in names if name.isascii() and name.isdigit()]
    if not names or len(numbers) + sum(name in {HALF, REST, NEXT} for name in names) < len(names):
        raise ValueError(f"visible must be whole numbers, {HALF}, {REST} or {NEXT}, not {', '.join(names) or 'nothing'}")
    count = data.interactions.people_count
    splits = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(count)
        held_out = order[: round(test_share * count)]
        learners = np.sort(order[held_out.size :])
        learners = learners[data.interactions.lengths[learners] > 0]
        if not learners.size:
            raise NobodyToAsk("nobody with a history is left to learn from; hold out a smaller share")
        histories = data.shuffled(seed=seed)
        cases = tuple(
            _case(histories, np.sort(held_out), name, after=max(numbers, default=0), min_items=min_items) for name in names
        )
        splits.append(Split(seed, learners, histories.rows(learners), cases))
    return tuple(splits)


def by_time(data: Dataset, *, moment: int) -> Split:
    """Learn from what was taken before a moment; the cases `cold` and `warm` are asked about what came from then on.

    People who took something earlier are asked only about items that are new to them; what they took before is visible and no
    candidate. What has no time is neither learnt nor a target. A case without people is left out.

    Args:
        moment: in the unit of the data's times.

    Raises:
        NobodyToAsk: nothing before the moment, or no target from then on.
    """
    timed = data.times != NO_TIME
    earlier = history_part(data.interactions, timed & (data.times < moment))
    later = history_part(data.interactions, timed & (data.times >= moment))
    learners = np.flatnonzero(earlier.lengths)
    if not learners.size:
        raise NobodyToAsk("nothing was taken before the moment of the split")
    cases = []
    # An item is kept once for each person, at its earliest time, so what comes later is new to the person who took it.
    for name, asked in (
        (COLD, (earlier.lengths == 0) & (later.lengths > 0)),
        (WARM, (earlier.lengths > 0) & (later.lengths > 0)),
    ):
        people = np.flatnonzero(asked)
        if people.size:
            targets = later.rows(people)
            cases.append(Case(name, people, earlier.rows(people), targets, _balances(targets, targets.indptr[:-1])))
    if not cases:
        raise NobodyToAsk("nothing new was taken from the moment of the split on")
    return Split(0, learners, earlier.rows(learners), tuple(cases))


def inner(data: Dataset, split: Split) -> Dataset:
    """What a split learns from, as data of its own: to choose between models without a look at those asked about.

    Its people are the learners, row by row.
    """
    learnt_keys = split.learners[split.learnt.people] * data.interactions.item_count + split.learnt.items
    order = np.argsort(data.interactions.keys)
    found = order[np.searchsorted(data.interactions.keys[order], learnt_keys)]
    return Dataset(split.demographics(data), split.learnt, data.times[found], data.prices)


def _case(histories: Interactions, held_out: NDArray[np.int64], name: str, *, after: int, min_items: int) -> Case:
    """The case of this name; the targets of a number are what comes after the place `after`."""
    enough = max(min_items, {HALF: 2, REST: 2, NEXT: 1}.get(name, after + 1))
    people = held_out[histories.lengths[held_out] >= enough]
    if not people.size:
        raise NobodyToAsk(f"nobody of those held out has the {enough} items that the case {name} needs; ask for fewer")
    nth = np.zeros(people.size, dtype=np.int64)
    if name == NEXT:
        times = np.minimum(histories.lengths[people], MOST_NEXT)
        people = np.repeat(people, times)
        nth = np.arange(people.size) - np.repeat(np.cumsum(times) - times, times)
    asked = histories.rows(people)
    places = np.arange(asked.items.size) - np.repeat(asked.indptr[:-1], asked.lengths)
    lengths = asked.lengths[asked.people]
    last = lengths
    match name:
        case "half":
            seen, first_target = lengths // 2, lengths // 2
        case "rest":
            seen, first_target = lengths - 1, lengths - 1
        case "next":
            seen = first_target = nth[asked.people]
            last = first_target + 1
        case _:
            seen, first_target = np.full_like(lengths, int(name)), np.full_like(lengths, after)
    visible = history_part(asked, places < seen)
    balances = _balances(asked, asked.indptr[:-1] + visible.lengths)
    return Case(name, people, visible, history_part(asked, (places >= first_target) & (places < last)), balances)


def _balances(histories: Interactions, entries: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """int64[entries]: what was left just before these, one of each person; None where nobody's is known."""
    if histories.spending is None:
        return None
    found = histories.spending.balances[entries]
    return None if (found == NO_BALANCE).all() else found
