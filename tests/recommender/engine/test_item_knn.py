import numpy as np
import pytest

from bekal.recommender.engine import Demographics, Interactions, ItemKNN, Source
from bekal.recommender.engine.history import together
from bekal.recommender.engine.item_knn import NEIGHBOURHOODS, Neighbourhood, one_after_another, similarities
from bekal.recommender.engine.validation import People

# Three took 0 and then 1, one took 0 alone, one 2 and then 0; nobody took 3.
TAKEN = [[0, 1], [0, 1], [0, 1], [0], [2, 0]]


def people(taken: list[list[int]], *, item_count: int = 4) -> tuple[Interactions, Demographics]:
    return Interactions.from_lists(taken, item_count=item_count), Demographics((), np.zeros((len(taken), 0), dtype=np.int16))


def test_pairs_are_counted_with_and_without_regard_to_order() -> None:
    some = People.of(*people([*TAKEN, [1, 0], [3, 2, 1]]))
    assert some.is_ordered
    assert together(some).tolist() == [[6, 4, 1, 0], [4, 5, 1, 1], [1, 1, 2, 1], [0, 1, 1, 1]]
    assert one_after_another(some).tolist() == [[0, 3, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0]]


def test_similarity_is_the_shrunk_cosine() -> None:
    pairs = together(People.of(*people(TAKEN)))
    assert pairs.tolist() == [[5, 3, 1, 0], [3, 3, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]]
    near = similarities(pairs, np.diag(pairs), Neighbourhood(2.0, 0))
    one, two = 3 / (np.sqrt(15) + 2), 1 / (np.sqrt(5) + 2)
    expected = [[0, one, two, 0], [one, 0, 0, 0], [two, 0, 0, 0], [0, 0, 0, 0]]
    assert near.tolist() == [pytest.approx(row, rel=1e-14) for row in expected]


def test_only_the_nearest_of_each_item_count_and_all_of_equally_near_ones() -> None:
    pairs = np.array([[3.0, 2, 1, 1], [2, 3, 1, 1], [1, 1, 3, 1], [1, 1, 1, 3]])
    near = similarities(pairs, np.full(4, 1.0), Neighbourhood(0.0, 1))
    assert near.tolist() == [[0, 2, 1, 1], [2, 0, 1, 1], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_scores_are_sums_over_what_was_taken_and_popularity_without() -> None:
    model = ItemKNN.fit(*people(TAKEN))
    assert model.parameters == {"shrinkage": 0.0, "neighbours": 0.0}
    demographics = Demographics((), np.zeros((2, 0), dtype=np.int16))
    scores = model.scores(demographics, Interactions.from_lists([[1, 2], []], item_count=4))
    assert scores[0].tolist() == pytest.approx([3 / np.sqrt(15) + 1 / np.sqrt(5), 0, 0, 0], rel=1e-14)
    assert np.exp(scores[1]).tolist() == pytest.approx([6 / 13, 4 / 13, 2 / 13, 1 / 13], rel=1e-14)


def test_contributions_name_what_was_taken() -> None:
    model = ItemKNN.fit(*people(TAKEN))
    alone = Demographics((), np.zeros((1, 0), dtype=np.int16))
    parts = model.contributions(alone, Interactions.from_lists([[1, 2]], item_count=4), item=0)
    assert [(part.source, part.item) for part in parts] == [(Source.HISTORY, 1), (Source.HISTORY, 2)]
    assert [part.value for part in parts] == pytest.approx([3 / np.sqrt(15), 1 / np.sqrt(5)])
    (part,) = model.contributions(alone, Interactions.from_lists([[]], item_count=4), item=0)
    assert part.source is Source.POPULARITY


def test_shrinkage_is_chosen_where_rare_pairs_mislead() -> None:
    random = np.random.default_rng(0)
    # Everybody took 0 or 1 and then its true neighbour, 2 or 3; and items so rare that each pair of them occurs by accident.
    taken = [[(side := int(random.integers(2))), 2 + side, *(4 + random.permutation(200)[:2]).tolist()] for _ in range(600)]
    shuffled = [random.permutation(history).tolist() for history in taken]
    model = ItemKNN.fit(*people(shuffled, item_count=204))
    assert model.parameters["shrinkage"] > 0
    assert Neighbourhood(model.parameters["shrinkage"], int(model.parameters["neighbours"])) in NEIGHBOURHOODS
