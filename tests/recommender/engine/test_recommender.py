import re
import subprocess
import sys
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bekal.recommender.engine import (
    UNKNOWN,
    Demographics,
    Interactions,
    NaiveBayes,
    Popularity,
    Recommendations,
    Recommender,
    Segments,
)
from bekal.recommender.engine.store import MODELS
from tests.recommender.engine.strategies import World, catalogue_of, worlds

every = pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS.keys())
IN_NO_ORDER = (NaiveBayes, Popularity, Segments)


def fitted(kind: type[Recommender], world: World) -> Recommender:
    return kind.fit(world.interactions, world.demographics)


def recommended(model: Recommender, world: World, *, top: int = 3) -> Recommendations:
    return model.recommend(
        world.demographics,
        world.interactions,
        catalogue=world.catalogue,
        balances_idr=np.array(world.balances_idr, dtype=np.int64),
        allowed=world.allowed,
        top=top,
    )


def test_the_library_needs_no_django() -> None:
    program = "import sys, bekal.recommender.engine; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@every
@given(worlds(), st.randoms())
def test_the_order_of_people_in_training_does_not_matter(kind: type[Recommender], world: World, random: Random) -> None:
    order = list(range(len(world.histories)))
    random.shuffle(order)
    other = world.only(order)
    if kind in IN_NO_ORDER:
        for history in other.histories:
            random.shuffle(history)
    one, another = fitted(kind, world), fitted(kind, other)
    assert one.parameters == another.parameters
    assert {name: array.tobytes() for name, array in one.arrays.items()} == {
        name: array.tobytes() for name, array in another.arrays.items()
    }


@every
@given(worlds(), worlds())
def test_a_person_gets_the_same_alone_as_among_others(kind: type[Recommender], past: World, world: World) -> None:
    model = fitted(kind, World(world.catalogue, *widened(past, world)))
    together = recommended(model, world)
    for person in range(len(world.histories)):
        alone = recommended(model, world.only([person]))
        assert alone.items.tobytes() == together.items[person].tobytes()
        assert alone.scores.tobytes() == together.scores[person].tobytes()


def widened(past: World, world: World) -> tuple[list[list[int]], list[list[int]], list[int], np.ndarray]:
    """The people of one world with what they took of another's catalogue."""
    count = len(world.catalogue.codes)
    histories = [[item for item in history if item < count] for history in past.histories]
    return histories, past.codes, past.balances_idr, np.ones((len(histories), count), dtype=np.bool_)


@every
@given(worlds())
def test_only_what_is_affordable_allowed_and_not_owned_is_recommended_and_all_of_it(
    kind: type[Recommender], world: World
) -> None:
    count = len(world.catalogue.codes)
    found = recommended(fitted(kind, world), world, top=count + 1).items
    for person, items in enumerate(found.tolist()):
        can_buy = {
            item
            for item in range(count)
            if world.catalogue.prices_idr[item] <= world.balances_idr[person]
            and world.allowed[person, item]
            and item not in world.histories[person]
        }
        assert sorted(items) == sorted([UNKNOWN] * (count + 1 - len(can_buy)) + list(can_buy))


@every
@given(worlds())
def test_contributions_add_up_to_the_score_to_the_bit(kind: type[Recommender], world: World) -> None:
    model = fitted(kind, world)
    scores = model.scores(world.demographics, world.interactions)
    for person in range(len(world.histories)):
        alone = world.only([person])
        for item in range(model.item_count):
            parts = model.contributions(alone.demographics, alone.interactions, item=item)
            total = 0.0
            for part in parts:
                total += part.value
            assert total == scores[person, item]


@every
@given(worlds())
def test_scores_are_finite(kind: type[Recommender], world: World) -> None:
    scores = fitted(kind, world).scores(world.demographics, world.interactions)
    assert scores.shape == (len(world.histories), len(world.catalogue.codes))
    assert np.isfinite(scores).all()


@every
def test_free_places_are_marked(kind: type[Recommender]) -> None:
    world = World(catalogue_of([100, 0, 0]), [[1]], [[0, 0]], [0], np.ones((1, 3), dtype=np.bool_))
    found = recommended(fitted(kind, world), world, top=3)
    assert found.items.tolist() == [[2, UNKNOWN, UNKNOWN]]
    assert found.scores[0, 1:].tolist() == [-np.inf, -np.inf]


def test_one_mask_serves_everybody() -> None:
    world = World(catalogue_of([0, 0]), [[], [0]], [[0, 0], [1, 1]], [0, 0], np.array([[True, False]] * 2))
    model = fitted(NaiveBayes, world)
    shared = model.recommend(
        world.demographics,
        world.interactions,
        catalogue=world.catalogue,
        balances_idr=[0, 0],
        allowed=np.array([True, False]),
        top=2,
    )
    assert shared.items.tolist() == recommended(model, world, top=2).items.tolist() == [[0, UNKNOWN], [UNKNOWN, UNKNOWN]]


def test_popularity_ranks_by_how_many_took_it() -> None:
    world = World(catalogue_of([0] * 3), [[1], [1, 2], []], [[0, 0]] * 3, [0] * 3, np.ones((3, 3), dtype=np.bool_))
    assert recommended(fitted(Popularity, world), world).items.tolist() == [[2, 0, -1], [0, -1, -1], [1, 2, 0]]


@every
def test_wrong_input_is_named(kind: type[Recommender]) -> None:
    world = World(catalogue_of([0, 0]), [[], [0]], [[0, 0], [1, 1]], [0, 0], np.ones((2, 2), dtype=np.bool_))
    model, one = fitted(kind, world), world.only([0])
    with pytest.raises(ValueError, match="interactions are of 1 people, but demographics of 2"):
        kind.fit(one.interactions, world.demographics)
    with pytest.raises(ValueError, match="interactions are of 2 people, but demographics of 1"):
        model.scores(one.demographics, world.interactions)
    with pytest.raises(ValueError, match="demographics must have the attributes and levels that the model was trained with"):
        model.scores(Demographics.encode((), [{}]), one.interactions)
    with pytest.raises(ValueError, match="histories must be over 2 items, not 3"):
        model.scores(one.demographics, Interactions.from_lists([[]], item_count=3))
    with pytest.raises(ValueError, match="contributions are of one person, not 2"):
        model.contributions(world.demographics, world.interactions, item=0)
    with pytest.raises(ValueError, match="item must be 0 … 1, not 2"):
        model.contributions(one.demographics, one.interactions, item=2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"balances_idr": [1]}, "balances_idr must be of 2 people, not 1"),
        ({"balances_idr": [1, -1]}, "balance_idr must be 0 or more, not -1"),
        ({"balances_idr": [1.5, 1]}, "balances_idr must be whole numbers, not float64"),
        ({"catalogue": catalogue_of([0])}, "the catalogue must have 2 items, not 1"),
        ({"allowed": np.ones((1, 2), dtype=np.bool_)}, "allowed must have the shape (2,) or (2, 2), not (1, 2)"),
        ({"top": 0}, "top must be 1 or more, not 0"),
    ],
)
def test_a_wrong_request_is_named(changes: dict[str, object], says: str) -> None:
    world = World(catalogue_of([0, 0]), [[], [0]], [[0, 0], [1, 1]], [0, 0], np.ones((2, 2), dtype=np.bool_))
    right = {"catalogue": world.catalogue, "balances_idr": world.balances_idr, "allowed": world.allowed}
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        fitted(NaiveBayes, world).recommend(world.demographics, world.interactions, **(right | changes))  # type: ignore[arg-type]
