"""A number for each item that is added to everybody's scores, kept apart from what was learnt."""

from pathlib import Path

import numpy as np
import pytest

from bekal.recommender.engine import Attribute, Bekal, Demographics, Interactions, load_model, save_model
from bekal.recommender.engine.tables import LARGEST_OFFSET, Layout, Tables
from tests.recommender.engine.strategies import catalogue_of

_SEX = Attribute("sex", ("F", "M"))
_HELD = np.array([0, -7, -100], dtype=np.int32)


@pytest.fixture(scope="module")
def model() -> Bekal:
    rng = np.random.default_rng(3)
    groups, history = rng.normal(size=(2, 3, 3)), rng.normal(size=(1, 3, 3))
    tables = Tables.rounded(layout=Layout((_SEX,)), lengths=(0, 1), groups=groups, history=history)
    return Bekal(tables=tables, parameters={"001.ease.weight": 0.5})


def sums(model: Bekal) -> list[list[int]]:
    """Of a woman who took nothing, and of somebody unknown who took the second item."""
    people = Demographics((_SEX,), np.array([[0], [-1]], dtype=np.int16))
    found: list[list[int]] = model.tables.sums(people, Interactions.from_lists([[], [1]], item_count=3)).tolist()
    return found


def test_it_is_added_to_everybodys_sums_at_every_length(model: Bekal) -> None:
    held = model.holding_back(_HELD)
    assert sums(held) == (np.array(sums(model)) + _HELD).tolist()
    assert held.held_back.tolist() == _HELD.tolist()


def test_it_is_a_part_of_what_everybody_takes(model: Bekal) -> None:
    woman, nothing = Demographics((_SEX,), np.array([[0]], dtype=np.int16)), Interactions.from_lists([[]], item_count=3)
    before, after = (each.tables.parts(woman, nothing) for each in (model, model.holding_back(_HELD)))
    items = np.arange(3)
    change = after.of(model.holding_back(_HELD).tables, items) - before.of(model.tables, items)
    assert change.tolist() == [_HELD.tolist(), [0, 0, 0]]


def test_held_back_again_it_replaces_what_was_held_back(model: Bekal) -> None:
    again = model.holding_back(_HELD).holding_back(np.array([-1, 0, 0], dtype=np.int32))
    assert sums(again) == (np.array(sums(model)) + np.array([-1, 0, 0])).tolist()
    assert sums(again.holding_back(np.zeros(3, dtype=np.int32))) == sums(model)


def test_saved_and_loaded_it_is_an_array_of_its_own(model: Bekal, tmp_path: Path) -> None:
    held, catalogue = model.holding_back(_HELD), catalogue_of([1, 2, 3])
    assert held.arrays["groups"].tolist() == model.arrays["groups"].tolist()
    save_model(
        tmp_path / "model",
        held,
        catalogue=catalogue,
        data_from=None,
        data_until=None,
        metrics={},
        fairness=None,
        choosing=None,
    )
    loaded, _ = load_model(tmp_path / "model", catalogue=catalogue)
    assert isinstance(loaded, Bekal)
    assert sums(loaded) == sums(held)
    assert loaded.held_back.tolist() == _HELD.tolist()


@pytest.mark.parametrize("held", [[0, 0, 1], [0, 0], [0, 0, -LARGEST_OFFSET - 1]])
def test_only_a_number_for_each_item_that_holds_it_back_will_do(model: Bekal, held: list[int]) -> None:
    with pytest.raises(ValueError, match=r"held_back|offsets"):
        model.holding_back(np.array(held, dtype=np.int32))


def test_what_is_rounded_has_room_for_any_number_held_back() -> None:
    rng = np.random.default_rng(5)
    for scale in (1e-6, 1.0, 1e6):
        groups, history = scale * rng.normal(size=(2, 3, 40)), scale * rng.normal(size=(1, 40, 40))
        tables = Tables.rounded(layout=Layout((_SEX,)), lengths=(0, 1), groups=groups, history=history)
        assert tables.offset(np.full(40, -LARGEST_OFFSET, dtype=np.int32)).item_count == 40
