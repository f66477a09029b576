"""Each kernel is called with what its annotations say: dtypes, axes and lengths, seen by running all of them uncompiled."""

import inspect
import pkgutil
from collections.abc import Callable
from importlib import import_module
from types import NoneType, UnionType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from scipy.sparse import csr_array

from bekal.recommender.engine import UNKNOWN, Choosing, best_bundle, best_use_of_balance, kernels, use_of_balance
from bekal.recommender.engine import batch as engine
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.kernels import asking, bundling, search, solving
from bekal.recommender.engine.lifts import Setting
from tests.recommender.engine.test_batch import World
from tests.recommender.engine.test_bundles import bounded, large
from tests.recommender.engine.test_lifts import spent

MODULES: Final = tuple(import_module(f"{kernels.__name__}.{each.name}") for each in pkgutil.iter_modules(kernels.__path__))
SCALARS: Final[dict[Any, tuple[type, ...]]] = {
    int: (int, np.integer),
    float: (float, np.floating),
    bool: (bool, np.bool_),
}


def is_what_it_says(value: Any, hint: Any) -> bool:
    if hint is None or hint is NoneType:
        return value is None
    if hint in SCALARS:
        return isinstance(value, SCALARS[hint]) and (hint is bool or not isinstance(value, bool | np.bool_))
    if get_origin(hint) is Annotated:
        of, *axes = get_args(hint)
        return is_array(value, of, axes)
    if get_origin(hint) is UnionType:
        return any(is_what_it_says(value, each) for each in get_args(hint))
    if get_origin(hint) is tuple:
        return len(value) == len(get_args(hint)) and all(map(is_what_it_says, value, get_args(hint)))
    # A named tuple.
    hints = get_type_hints(hint, include_extras=True)
    return isinstance(value, hint) and all(is_what_it_says(getattr(value, name), each) for name, each in hints.items())


def is_array(value: Any, of: Any, axes: list[str | int]) -> bool:
    arrays = get_args(of) if get_origin(of) is UnionType else (of,)
    dtypes = [get_args(get_args(array)[1])[0] for array in arrays]
    return (
        isinstance(value, np.ndarray)
        and value.dtype.type in dtypes
        and value.ndim == len(axes)
        and all(isinstance(axis, str) or axis == length for axis, length in zip(axes, value.shape, strict=True))
    )


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Every kernel is replaced by its Python source, which checks what it gets and returns; how often each was called."""
    called: dict[str, int] = {}
    for module in (kernels, *MODULES):
        for name, kernel in vars(module).copy().items():
            if isinstance(kernel, Dispatcher):
                called[name] = 0
                monkeypatch.setattr(module, name, uncompiled(kernel.py_func, called))
    # So few steps that one method after another gives up.
    for module, name in ((search, "STEPS"), (solving, "STEPS"), (solving, "FIRST_STEPS"), (asking, "WORK"), (solving, "WORK")):
        monkeypatch.setattr(module, name, 30)
    monkeypatch.setattr(bundling, "UNDOMINATED", 2)
    return called


def uncompiled(function: Callable[..., Any], called: dict[str, int]) -> Callable[..., Any]:
    hints = get_type_hints(function, include_extras=True)
    names = list(inspect.signature(function).parameters)

    def checked(*values: Any) -> Any:
        called[function.__name__] += 1
        wrong = [name for name, value in zip(names, values, strict=True) if not is_what_it_says(value, hints[name])]
        assert wrong == [], function.__name__
        result = function(*values)
        assert is_what_it_says(result, hints["return"]), function.__name__
        return result

    return checked


def test_kernels_get_what_their_annotations_say(called: dict[str, int]) -> None:
    for eta in (0, 2_000):
        world = World(1, people=50, items=90)
        twice = np.repeat(np.arange(25), 2)
        world.batch(twice, choosing=Choosing(parts=4, eta=eta, list_eta=eta), threads=1)
        world.one(0, choosing=Choosing(parts=4, eta=eta))
        world.one(0, choosing=Choosing(parts=2, eta=eta))
        for utilities, balance_idr in zip(
            world.tables.sums(world.demographics, world.histories), world.balances_idr, strict=True
        ):
            worth = use_of_balance(utilities, prices_idr=world.catalogue.prices_idr, balance_idr=int(balance_idr), eta=eta)
            best_bundle(worth, catalogue=world.catalogue, balance_idr=int(balance_idr), owned=[], allowed=world.allowed)
    for kind in ("follows the price", "square"):
        catalogue, utilities = large(kind, count=120, balance_idr=900)
        best_bundle(utilities, catalogue=catalogue, balance_idr=900, owned=[], allowed=np.ones(120, np.bool_))
        for most in (1, 3, 4):
            bounded(utilities[:15], catalogue.prices_idr[:15], catalogue.topics, balance_idr=900, most=most)
    ranked(questions=2, items=5)
    followed(budget=9)
    followed(budget=None)
    assert [name for name, times in called.items() if not times] == []


def ranked(*, questions: int, items: int) -> None:
    scores = np.random.default_rng(1).random((2, questions, items)).astype(np.float32)
    shown = csr_array(np.eye(questions, items))
    work = (np.empty(items, np.float32), np.empty(3, np.float32))
    places = np.empty((questions, 3), np.int32)
    kernels.rank_weighted(scores, np.ones(2, np.float32), (shown.indptr, shown.indices), work, places)
    assert [question in places[question] for question in range(questions)] == [False] * questions


def followed(*, budget: int | None) -> None:
    taken = spent([0, 1, 2], [3], [2, 4], budget=budget, prices=np.array([1, 2, 3, 4, 5]))
    setting = Setting(taken, Choices.of(taken), np.zeros(3, dtype=np.int64), csr_array(np.ones((1, 1))), np.zeros((1, 5)))
    assert setting.followers(price_steps=3).sum() == pytest.approx(4)


def test_sets_that_are_not_soon_found_are_found_all_the_same(called: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "ENOUGH", 1)
    monkeypatch.setattr(engine, "best_use_of_balance", None)  # not asked: the kernels settle all
    world = World(1, people=12, items=90)
    for parts in (3, 4):
        choosing = Choosing(parts=parts, eta=2_000)
        found = world.batch(choosing=choosing, threads=1)
        for person, utilities in enumerate(world.tables.sums(world.demographics, world.histories)):
            best = best_use_of_balance(
                utilities,
                catalogue=world.catalogue,
                balance_idr=int(world.balances_idr[person]),
                owned=world.histories.of(person),
                allowed=world.allowed,
                choosing=choosing,
            )
            assert found.bundles[person].tolist() == [*best.items, *[UNKNOWN] * (parts - len(best.items))]
            assert found.bundle_prices_idr[person] == best.price_idr
    # Lists, and at least once each a bundle soon and a bundle thoroughly.
    assert called["pick_few"] > called["make_list"] > 0
