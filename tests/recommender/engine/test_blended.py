from pathlib import Path

import numpy as np
import pytest

from bekal.recommender.engine import (
    UNKNOWN,
    Attribute,
    Bekal,
    Demographics,
    Interactions,
    Source,
    load_model,
    save_model,
)
from bekal.recommender.engine.metrics import ndcg
from bekal.recommender.engine.tables import Layout, Tables
from bekal.recommender.engine.validation import People, Questions, folds
from tests.recommender.engine.strategies import catalogue_of

SEX = Attribute("sex", ("F", "M"))
EMPTY = Attribute("province", ())


def people(*codes: list[int], attributes: tuple[Attribute, ...] = (SEX,)) -> Demographics:
    return Demographics(attributes, np.array(codes, dtype=np.int16).reshape(-1, len(attributes)))


def taken(*histories: list[int], item_count: int) -> Interactions:
    return Interactions.from_lists(histories, item_count=item_count)


def village(count: int = 1_200, items: int = 12) -> tuple[Interactions, Demographics]:
    """Women begin with an even item and men with an odd one, most of them; the item two places on comes next."""
    random = np.random.default_rng(8)
    sexes = random.integers(0, 2, count)
    histories = []
    for sex in sexes:
        first = 2 * int(random.integers(items // 2)) + int(sex if random.random() < 0.9 else 1 - sex)
        histories.append([first, (first + 2) % items, int((first + 2 * random.integers(2, 5)) % items)][: random.integers(1, 4)])
    return taken(*histories, item_count=items), people(*([int(sex)] for sex in sexes))


@pytest.fixture(scope="module")
def model() -> Bekal:
    return Bekal.fit(*village())


def test_the_lengths_served_are_those_with_enough_people(model: Bekal) -> None:
    # Nobody took more than three, so nobody can teach what follows a third.
    assert model.tables.lengths == (0, 1, 2)
    few = Bekal.fit(taken([0, 1, 2], [1, 0], item_count=3), people([0], [1]))
    assert few.tables.lengths == (0, 1)
    assert Bekal.fit(taken([0], [1], item_count=3), people([0], [1])).tables.lengths == (0,)


def test_newcomers_get_what_their_group_takes(model: Bekal) -> None:
    scores = model.scores(people([0], [1], [UNKNOWN]), taken([], [], [], item_count=12))
    places = np.argsort(-scores, axis=1)[:2, :6] % 2
    assert places.tolist() == [[0] * 6, [1] * 6]


def test_others_get_what_comes_next(model: Bekal) -> None:
    scores = model.scores(people(*([item % 2] for item in range(12))), taken(*([item] for item in range(12)), item_count=12))
    scores[np.arange(12), np.arange(12)] = -np.inf
    assert scores.argmax(axis=1).tolist() == [(item + 2) % 12 for item in range(12)]


def test_contributions_name_everybody_the_group_and_what_was_taken(model: Bekal) -> None:
    parts = model.contributions(people([1]), taken([3, 5], item_count=12), item=7)
    assert [(part.source, part.traits, part.item) for part in parts] == [
        (Source.POPULARITY, (), UNKNOWN),
        (Source.DEMOGRAPHIC, (("sex", "M"),), UNKNOWN),
        (Source.HISTORY, (), 3),
        (Source.HISTORY, (), 5),
    ]
    assert max(parts[2:], key=lambda part: part.value).item == 5


def test_a_score_of_nothing_is_that_of_the_mean_item(model: Bekal) -> None:
    scores = model.scores(people([0], [1]), taken([], [4, 6], item_count=12))
    assert scores.mean(axis=1) == pytest.approx([0, 0], abs=1e-6)


def test_saved_and_loaded_it_scores_the_same_to_the_bit(model: Bekal, tmp_path: Path) -> None:
    catalogue = catalogue_of([0] * 12)
    save_model(
        tmp_path / "model", model, catalogue=catalogue, data_from=None, data_until=None, metrics={}, fairness=None, choosing=None
    )
    loaded, manifest = load_model(tmp_path / "model", catalogue=catalogue)
    histories = taken([], [1], [1, 2, 3, 4], item_count=12)
    asked = people([0], [1], [UNKNOWN])
    assert loaded.scores(asked, histories).tobytes() == model.scores(asked, histories).tobytes()
    assert loaded.parameters == model.parameters == manifest.parameters


@pytest.mark.parametrize(
    ("interactions", "demographics"),
    [
        (taken(item_count=0), people()),
        (taken(item_count=3), people()),
        (taken([], [], item_count=3), people([0], [1])),
        (taken(*([0] for _ in range(50)), item_count=1), people(*([UNKNOWN] for _ in range(50)))),
        (taken(*([0, 1] for _ in range(50)), item_count=2), Demographics((), np.zeros((50, 0), dtype=np.int16))),
        (taken(*([0, 1] for _ in range(50)), item_count=3), people(*([0, UNKNOWN] for _ in range(50)), attributes=(SEX, EMPTY))),
        (taken([1], item_count=2), people([1])),
    ],
    ids=["nothing", "nobody", "nobody with history", "one item", "no attributes", "an empty column", "one person"],
)
def test_it_learns_from_whatever_there_is(interactions: Interactions, demographics: Demographics) -> None:
    model = Bekal.fit(interactions, demographics)
    scores = model.scores(demographics, interactions)
    assert scores.shape == (interactions.people_count, interactions.item_count)
    assert np.isfinite(scores).all()


def test_without_an_order_none_is_learnt_from() -> None:
    interactions, demographics = village()
    sorted_by_position = taken(
        *(sorted(interactions.of(person).tolist()) for person in range(interactions.people_count)), item_count=12
    )
    model = Bekal.fit(sorted_by_position, demographics)
    assert not [name for name in model.parameters if "prefix" in name or "in_order" in name]
    assert not People.of(sorted_by_position, demographics).is_ordered


def stairs(count: int = 400, items: int = 20) -> Interactions:
    """Everybody goes up one step or down two from where they are, and anywhere else now and then."""
    random = np.random.default_rng(4)
    histories = []
    for _ in range(count):
        history = [int(random.integers(items))]
        while len(history) < 10:
            step = (history[-1] + (1 if random.random() < 0.7 else -2)) % items
            history.append(step if step not in history else int(random.choice(np.setdiff1d(np.arange(items), history))))
        histories.append(history)
    return taken(*histories, item_count=items)


@pytest.fixture(scope="module")
def climber() -> Bekal:
    return Bekal.fit(stairs(), Demographics((), np.zeros((400, 0), dtype=np.int16)))


def test_what_was_taken_last_counts_where_it_says_most(climber: Bekal) -> None:
    assert climber.tables.spans[climber.tables.lengths.index(5)] > 0
    nobody = Demographics((), np.zeros((2, 0), dtype=np.int16))
    scores = climber.scores(nobody, taken([3, 9, 14, 0, 6], [6, 0, 14, 9, 3], item_count=20))
    assert scores.argmax(axis=1).tolist() == [7, 4]


def test_the_parts_of_a_score_with_what_was_taken_last_are_still_its_parts(climber: Bekal) -> None:
    nobody, history = Demographics((), np.zeros((1, 0), dtype=np.int16)), taken([3, 9, 14, 0, 6], item_count=20)
    parts = climber.contributions(nobody, history, item=7)
    assert [part.item for part in parts[1:]] == [3, 9, 14, 0, 6]
    assert sum(part.value for part in parts) == climber.scores(nobody, history)[0, 7]
    assert max(parts[1:], key=lambda part: part.value).item == 6


def test_rows_are_read_in_order_the_last_ones_twice() -> None:
    tables = Tables.rounded(
        layout=Layout(()), lengths=(0, 1, 3), groups=np.ones((3, 1, 4)), history=np.ones((2, 8, 4)), spans=(0, 0, 2)
    )
    read = tables.read(taken([], [2], [3, 0, 1], item_count=4))
    assert [read.of(person).tolist() for person in range(3)] == [[], [2], [3, 0, 1, 4, 5]]


def test_where_order_says_nothing_there_are_no_second_rows() -> None:
    random = np.random.default_rng(6)
    histories = [random.choice(15, size=8, replace=False, p=np.arange(15, 0, -1) / 120).tolist() for _ in range(300)]
    model = Bekal.fit(taken(*histories, item_count=15), people(*([UNKNOWN] for _ in range(300))))
    assert model.tables.spans == ()


def test_too_few_people_teach_popularity_and_no_more() -> None:
    random = np.random.default_rng(5)
    histories = [random.choice(40, size=6, replace=False).tolist() for _ in range(25)]
    model = Bekal.fit(taken(*histories, item_count=40), people(*([int(sex)] for sex in random.integers(0, 2, 25))))
    # Each of them could be asked six times; they would still be only 25 people.
    assert not model.tables.history.any()


def test_a_cross_is_used_where_two_attributes_say_something_together_only() -> None:
    random = np.random.default_rng(2)
    codes = random.integers(0, 2, (3_000, 2))
    items = 4 * (codes[:, 0] ^ codes[:, 1]) + random.integers(0, 4, 3_000)
    colour = Attribute("colour", ("blue", "red"))
    model = Bekal.fit(taken(*([int(item)] for item in items), item_count=8), people(*codes.tolist(), attributes=(SEX, colour)))
    assert model.tables.layout.crosses == ((0, 1),)
    parts = model.contributions(people([0, 1], attributes=(SEX, colour)), taken([], item_count=8), item=5)
    assert parts[-1].traits == (("sex", "F"), ("colour", "red"))
    plain = Bekal.fit(*village())
    assert plain.tables.layout.crosses == ()


def test_nobody_is_asked_about_what_taught() -> None:
    some = People.of(*village(300))
    divided = folds(some, middles=np.array([0]))
    left_out = [some.count - fold.learnt.count for fold in divided]
    assert sum(left_out) == some.count
    assert max(left_out) - min(left_out) <= 1
    for fold in divided:
        for questions in fold.asked:
            assert (questions.targets.sum(axis=1) > 0).all()
            assert not questions.shown.toarray()[questions.targets].any()


def test_the_ndcg_of_validation_is_that_of_evaluation() -> None:
    some = People.of(*village(60))
    more = some.only(np.flatnonzero(some.taken.lengths > 1))
    questions = Questions.of(more, np.ones(more.count, dtype=np.int64), np.arange(more.count))
    scores = np.random.default_rng(1).random((more.count, 12)).astype(np.float32)
    left = np.where(questions.shown.toarray() > 0, -np.inf, scores)
    ranked = np.argsort(-left, axis=1)[:, :6].astype(np.int32)
    targets = taken(*(np.flatnonzero(row).tolist() for row in questions.targets), item_count=12)
    assert questions.ndcg(scores[None]) == pytest.approx(ndcg(ranked, targets, k=6), rel=1e-12)
