"""What becomes of a model before it serves."""

import numpy as np

from bekal.recommender.engine import NO_FLOOR, Bekal, Interactions
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.training.folders import Files, asking_of
from bekal.recommender.training.readying import floor_of, readied


def test_the_floor_is_what_all_but_a_part_of_first_and_of_last_purchases_were_worth(model: Bekal, read: Files) -> None:
    taken, people = read.data.interactions, read.data.demographics
    firsts: list[int] = []
    lasts: list[int] = []
    nothing: list[int] = []
    for person in np.flatnonzero(taken.lengths > 0).tolist():
        items = taken.of(person).tolist()
        for worth, before, bought in ((firsts, nothing, items[0]), (lasts, items[:-1], items[-1])):
            history = Interactions.from_lists([before], item_count=taken.item_count)
            worth.append(int(model.tables.sums(people.rows(np.array([person])), history)[0, bought]))
    for below in (0.0, 0.1, 0.5, 1.0):
        floor = floor_of(model, interactions=taken, demographics=people, below=below)
        assert floor in {*firsts, *lasts}
        shares = [float(np.mean(np.array(worth) < floor)) for worth in (firsts, lasts)]
        reached = [float(np.mean(np.array(worth) <= floor)) for worth in (firsts, lasts)]
        assert max(shares) <= below <= max(reached)


def test_where_nobody_bought_anything_there_is_no_floor(model: Bekal, read: Files) -> None:
    nothing = Interactions.from_lists([[]] * 80, item_count=model.item_count)
    assert floor_of(model, interactions=nothing, demographics=read.data.demographics) == NO_FLOOR


def test_what_is_readied_holds_back_and_chooses_by_its_own_floor(model: Bekal, read: Files) -> None:
    taken, people = read.data.interactions, read.data.demographics
    asking = asking_of(read, attributes=model.attributes)
    assert asking is not None
    ready, choosing = readied(model, interactions=taken, demographics=people, asking=asking)
    assert choosing.floor == floor_of(ready, interactions=taken, demographics=people)
    found = recommend_batch(
        ready.tables,
        asking.demographics,
        asking.histories,
        catalogue=asking.catalogue,
        balances_idr=asking.balances_idr,
        allowed=asking.allowed,
        choosing=choosing,
    )
    sums = ready.tables.sums(asking.demographics, asking.histories)
    parts = [int(sums[row, item]) for row, items in enumerate(found.bundles) for item in items if item >= 0]
    assert parts
    assert min(parts) >= choosing.floor


def test_without_people_to_ask_nothing_is_held_back(model: Bekal, read: Files) -> None:
    taken, people = read.data.interactions, read.data.demographics
    ready, choosing = readied(model, interactions=taken, demographics=people, asking=None)
    assert not ready.held_back.any()
    assert (choosing.eta, choosing.floor) == (0, floor_of(model, interactions=taken, demographics=people))
