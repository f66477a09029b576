from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray

from bekal.recommender.engine import (
    NO_FLOOR,
    UNKNOWN,
    Attribute,
    Bekal,
    Catalogue,
    Choosing,
    Demographics,
    Interactions,
    Layout,
    Tables,
    asking,
    best_list,
    best_use_of_balance,
    kernels,
)
from bekal.recommender.engine import batch as engine
from bekal.recommender.engine.batch import Batch, Fit, recommend_batch, recommend_one, warm_up
from bekal.recommender.engine.bundles import Bundle
from bekal.recommender.engine.cluster import recommend_on_cluster

CHOOSING = Choosing(parts=4, eta=300, list_eta=200)


class World:
    """Random tables, people and prices, with many who share something and many ties."""

    def __init__(
        self,
        seed: int,
        *,
        people: int,
        items: int,
        scale: int = 1_000,
        price: int = 40,
        topics: int = 6,
        topics_are_broad: bool = False,
    ) -> None:
        random = np.random.default_rng(seed)
        attributes = (Attribute("sex", ("F", "M")), Attribute("age_band", ("-17", "18-24", "25-29")))
        layout = Layout(attributes, ((0, 1),))
        self.tables = Tables(
            layout,
            (0, 1, 3),
            random.integers(-scale, scale, (3, layout.row_count, items)).astype(np.int32),
            random.integers(-scale, scale, (2, 2 * items, items)).astype(np.int32),
            4,
            spans=(0, 1, 2),
        )
        codes = np.stack([random.integers(-1, len(each.levels), people) for each in attributes], axis=1)
        self.demographics = Demographics(attributes, codes.astype(np.int16))
        lengths = random.choice(5, people, p=[0.35, 0.3, 0.15, 0.15, 0.05])
        taken = [random.choice(items, min(length, items), replace=False).tolist() for length in lengths]
        self.histories = Interactions.from_lists(taken, item_count=items)
        prices = random.integers(0, price, items) * 5_000
        self.catalogue = Catalogue(
            tuple(f"{item:04}" for item in range(items)),
            prices,
            random.integers(UNKNOWN, topics, items).astype(np.int32),
            random.integers(UNKNOWN, 3, items).astype(np.int8),
            topics_are_broad,
        )
        self.balances_idr = random.integers(0, 3 * price, people) * 2_500
        self.allowed = random.random(items) < 0.9

    def batch(
        self,
        rows: NDArray[np.int64] | None = None,
        *,
        choosing: Choosing = CHOOSING,
        threads: int | None = None,
        top: int = 7,
    ) -> Batch:
        rows = np.arange(self.demographics.people_count) if rows is None else rows
        return recommend_batch(
            self.tables,
            self.demographics.rows(rows),
            self.histories.rows(rows),
            catalogue=self.catalogue,
            balances_idr=self.balances_idr[rows],
            allowed=self.allowed,
            top=top,
            choosing=choosing,
            threads=threads,
        )

    def one(self, person: int, *, choosing: Choosing = CHOOSING) -> Fit:
        row = np.array([person])
        return recommend_one(
            self.tables,
            self.demographics.rows(row),
            self.histories.rows(row),
            catalogue=self.catalogue,
            balance_idr=int(self.balances_idr[person]),
            allowed=self.allowed,
            top=7,
            choosing=choosing,
        )


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Batch))


WORLDS: list[dict[str, Any]] = [
    {"seed": 1, "topics": 6},
    {"seed": 2, "topics": 30, "scale": 2},
    {"seed": 3, "topics": 0, "scale": 2**20, "price": 1},
    {"seed": 4, "topics": 30, "price": 400},
    {"seed": 5, "topics": 6, "topics_are_broad": True},
    {"seed": 6, "topics": 30, "topics_are_broad": True, "scale": 2},
]


@pytest.mark.parametrize(("eta", "list_eta", "floor"), [(0, 0, NO_FLOOR), (2_000, 700, -1)])
@pytest.mark.parametrize("drawn", WORLDS)
def test_everybody_gets_what_the_plain_definitions_give(drawn: dict[str, Any], eta: int, list_eta: int, floor: int) -> None:
    world = World(**drawn, people=200, items=90)
    parts = 1 + drawn["seed"] % 4
    choosing = Choosing(parts=parts, eta=eta, list_eta=list_eta, floor=floor)
    found = world.batch(choosing=choosing)
    sums = world.tables.sums(world.demographics, world.histories)
    for person, utilities in enumerate(sums):
        asked: dict[str, Any] = {
            "catalogue": world.catalogue,
            "balance_idr": int(world.balances_idr[person]),
            "allowed": world.allowed,
        }
        owned = world.histories.of(person)
        items = best_list(utilities, owned=owned, choosing=choosing, top=7, **asked).tolist()
        bundle = best_use_of_balance(utilities, owned=owned, choosing=choosing, **asked)
        assert found.items[person].tolist() == items + [UNKNOWN] * (7 - len(items))
        assert found.bundles[person].tolist() == [*bundle.items, *[UNKNOWN] * (parts - len(bundle.items))]
        assert found.bundle_prices_idr[person] == bundle.price_idr
        assert found.bundle_utilities[person] == utilities[list(bundle.items)].sum()
        one = world.one(person, choosing=choosing)
        assert (list(one.items), one.bundle) == (items, bundle)


def test_neither_threads_nor_batch_size_nor_order_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(5, people=1_000, items=60)
    whole = world.batch()
    assert same(world.batch(threads=1), whole)
    assert same(world.batch(threads=5), whole)
    order = np.random.default_rng(0).permutation(1_000)
    shuffled = world.batch(order)
    assert same(Batch(*(getattr(shuffled, field.name)[np.argsort(order)] for field in fields(Batch))), whole)
    halves = world.batch(np.arange(333)), world.batch(np.arange(333, 1_000))
    assert same(Batch(*(np.concatenate([getattr(half, field.name) for half in halves]) for field in fields(Batch))), whole)
    monkeypatch.setattr(engine, "_PIECES", 77)
    assert same(world.batch(), whole)
    monkeypatch.setattr(asking, "_MOST_BUCKETS", 4)
    assert same(world.batch(), whole)


def test_a_bundle_that_the_bound_does_not_settle_is_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(11, people=40, items=200, price=2, topics=0)
    tables = world.tables
    equal = np.zeros_like(tables.groups)
    equal[:, 0] = 5
    world.tables = Tables(tables.layout, tables.lengths, equal, np.zeros_like(tables.history), tables.shift, tables.spans)
    asked: list[int] = []

    def best(utilities: NDArray[np.int64], **more: Any) -> Bundle:
        asked.append(more["balance_idr"])
        return best_use_of_balance(utilities, **more)

    monkeypatch.setattr(engine, "best_use_of_balance", best)
    found = world.batch()
    assert asked
    for person, balance_idr in enumerate(world.balances_idr.tolist()):
        bundle = best_use_of_balance(
            np.full(200, 5),
            catalogue=world.catalogue,
            balance_idr=balance_idr,
            owned=world.histories.of(person),
            allowed=world.allowed,
            choosing=CHOOSING,
        )
        assert found.bundles[person].tolist() == [*bundle.items, *[UNKNOWN] * (4 - len(bundle.items))]
        assert found.bundle_utilities[person] == 5 * len(bundle.items)
        assert found.bundle_prices_idr[person] == bundle.price_idr
        assert world.one(person).bundle == bundle


@pytest.mark.parametrize("top", [1, 40, 64, 65, 200])
def test_lists_of_any_length_are_the_best(top: int) -> None:
    world = World(12, people=40, items=180, scale=30, topics=90)
    choosing = Choosing(parts=0, eta=0, list_eta=40)
    found = world.batch(choosing=choosing, top=top)
    for person, utilities in enumerate(world.tables.sums(world.demographics, world.histories)):
        items = best_list(
            utilities,
            owned=world.histories.of(person),
            choosing=choosing,
            top=top,
            catalogue=world.catalogue,
            balance_idr=int(world.balances_idr[person]),
            allowed=world.allowed,
        ).tolist()
        assert found.items[person].tolist() == items + [UNKNOWN] * (top - len(items))


def test_without_bundles_the_lists_are_the_same() -> None:
    world = World(6, people=300, items=60)
    found = world.batch(choosing=replace(CHOOSING, parts=0))
    assert np.array_equal(found.items, world.batch().items)
    assert found.bundles.shape == (300, 0)
    assert not found.bundle_prices_idr.any()


def test_what_is_compiled_beforehand_is_what_is_used() -> None:
    warm_up()
    world = World(10, people=60, items=30)
    world.batch()
    world.one(0)
    catalogue = world.catalogue
    best_use_of_balance(
        np.arange(30), catalogue=catalogue, balance_idr=200_000, owned=[1], allowed=world.allowed, choosing=CHOOSING
    )
    Bekal.fit(world.histories, world.demographics)
    used: list[Any] = [
        kernels.add_code,
        kernels.add_length,
        kernels.sort_by_key,
        kernels.take_columns,
        kernels.serve,
        kernels.offer_all,
        kernels.solve_offered,
        kernels.rank_weighted,
    ]
    assert [len(kernel.signatures) for kernel in used if isinstance(kernel, Dispatcher)] == [1] * len(used)


def test_nobody_gets_nothing() -> None:
    found = World(7, people=3, items=5).batch(np.arange(0))
    assert (found.items.shape, found.bundles.shape, found.bundle_prices_idr.shape) == ((0, 7), (0, 4), (0,))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"top": 0}, "top must be 1 or more"),
        ({"choosing": Choosing(parts=1, eta=2**39), "balances_idr": [1, 2, 2**30]}, "eta times balance_idr"),
        ({"balances_idr": [1, 2]}, "balances_idr must be of 3 people"),
        ({"balances_idr": [1, 2, -1]}, "balances_idr must be 0 … "),
        ({"allowed": np.ones(4, np.bool_)}, "allowed must be 5 booleans"),
    ],
)
def test_what_is_wrong_is_refused(changed: dict[str, Any], message: str) -> None:
    world = World(8, people=3, items=5)
    given: dict[str, Any] = {
        "catalogue": world.catalogue,
        "balances_idr": [1, 2, 3],
        "allowed": np.ones(5, np.bool_),
        "choosing": CHOOSING,
    } | changed
    with pytest.raises(ValueError, match=message):
        recommend_batch(world.tables, world.demographics, world.histories, **given | changed)


@pytest.mark.slow
def test_two_workers_of_a_cluster_give_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    world = World(9, people=500, items=60)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = recommend_on_cluster(
            client,
            world.tables,
            world.demographics,
            world.histories,
            catalogue=world.catalogue,
            balances_idr=world.balances_idr,
            allowed=world.allowed,
            top=7,
            choosing=CHOOSING,
            partition_people=130,
        )
    assert same(found, world.batch())
