import numpy as np

from bekal.recommender.engine import UNKNOWN, Demographics, Interactions
from bekal.recommender.engine.data import NO_BALANCE, Spending
from bekal.recommender.engine.validation import People, Questions


def asked(histories: list[list[int]], shown: list[int], *, spending: Spending | None = None, items: int = 6) -> Questions:
    taken = Interactions.from_lists(histories, item_count=items)
    taken = Interactions(taken.indptr, taken.items, items, spending)
    nobody = Demographics((), np.zeros((len(histories), 0), dtype=np.int16))
    people = People(taken, nobody, is_ordered=True)
    return Questions.of(people, np.array(shown, dtype=np.int64), np.arange(len(histories)))


def lists(rows: np.ndarray[tuple[int, int], np.dtype[np.generic]]) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in rows]


def test_what_follows_directly_is_asked_for() -> None:
    questions = asked([[5, 4, 3, 2, 1], [0, 1, 2, 3, 4], [2, 0]], [0, 2, 1])
    assert lists(questions.shown.toarray()) == [[], [0, 1], [2]]
    assert lists(questions.targets) == [[1, 2, 3, 4, 5], [2, 3, 4], [0]]
    assert lists(questions.barred.toarray()) == lists(questions.shown.toarray())


def test_what_a_balance_could_not_buy_is_neither_an_answer_nor_asked_for() -> None:
    prices = np.array([100, 200, 300, 400, 500, UNKNOWN])
    balances = np.array([350, 250, 50, NO_BALANCE, NO_BALANCE, 600, 400])
    questions = asked([[0, 1, 2], [4, 5], [1, 3]], [1, 0, 1], spending=Spending(prices, balances))
    # What comes later for more than there was then, as after money came back, is not asked for; what was taken could be bought.
    assert lists(questions.targets) == [[1], [4, 5], [3]]
    assert lists(questions.barred.toarray()) == [[0, 2, 3, 4, 5], [], [1, 4, 5]]
    scores = np.arange(6, dtype=np.float32)[None, None].repeat(3, axis=1)
    # Half of six items are a choice; of these scores the last places are best.
    assert questions.ndcg(scores)[[0, 2]].tolist() == [1.0, 1.0]
