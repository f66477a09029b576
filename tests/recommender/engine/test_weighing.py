import numpy as np

from bekal.recommender.engine import Demographics, Interactions
from bekal.recommender.engine.item_knn import Neighbourhood
from bekal.recommender.engine.partners import Groups, Neighbours, Partner
from bekal.recommender.engine.validation import People, Questions
from bekal.recommender.engine.weighing import weighed

PARTNERS: tuple[Partner, ...] = (Groups(has_levels=False), Neighbours(Neighbourhood(0.0, 0), is_directed=True))
ITEMS = 30


def chosen(*, people: int, before: tuple[float, float], shares: tuple[int, int]) -> list[Partner]:
    """Partners that rank what follows first for one of so many people."""
    random = np.random.default_rng(3)
    histories = [random.permutation(ITEMS)[:2].tolist() for _ in range(people)]
    crowd = People(
        Interactions.from_lists(histories, item_count=ITEMS),
        Demographics((), np.zeros((people, 0), dtype=np.int16)),
        is_ordered=True,
    )
    questions = Questions.of(crowd, np.ones(people, dtype=np.int64), np.arange(people))
    targets = np.array([history[1] for history in histories])
    predicted = []
    for share in shares:
        scores = random.normal(size=(people, ITEMS)).astype(np.float32)
        known = np.arange(people) % share == 0
        scores[known, targets[known]] = 9.0
        predicted.append([scores])
    return [partner for partner, _ in weighed(PARTNERS, [questions], predicted, before=before)]


def test_where_few_say_something_the_blend_of_the_length_before_stays() -> None:
    assert chosen(people=40, before=(0.0, 0.0), shares=(3, 6)) == [PARTNERS[0]]
    assert chosen(people=40, before=(1.0, 1.0), shares=(3, 6)) == list(PARTNERS)


def test_many_decide_anew() -> None:
    assert PARTNERS[1] in chosen(people=2_000, before=(1.0, 0.0), shares=(4, 3))
