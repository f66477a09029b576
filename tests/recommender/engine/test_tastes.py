import numpy as np
import pytest

from bekal.recommender.engine import Attribute, Demographics, Interactions, NaiveBayes
from bekal.recommender.engine.choices import Choices
from bekal.recommender.engine.data import NO_BALANCE, Spending
from bekal.recommender.engine.tables import Layout
from bekal.recommender.engine.tastes import Profiles, multinomial_logit, naive_bayes

AGE = Attribute("age", ("old", "young"))
SCHOOL = Attribute("school", ("degree", "none", "some"))
LAYOUT = Layout((AGE, SCHOOL))


def crowd(count: int = 6_000) -> tuple[Interactions, Demographics]:
    """Nearly all old people have a degree, and age alone says what somebody takes."""
    random = np.random.default_rng(7)
    age = random.integers(0, 2, count)
    school = np.where(random.random(count) < 0.9, age, random.integers(0, 3, count))
    likes = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
    items = (random.random((count, 1)) > np.cumsum(likes, axis=1)[age]).sum(axis=1)
    codes = np.stack([age, school], axis=1).astype(np.int16)
    return Interactions.from_lists([[int(item)] for item in items], item_count=4), Demographics((AGE, SCHOOL), codes)


def logit(taken: Interactions, people: Demographics, *, penalty: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    choices = Choices.of(taken)
    start = naive_bayes(taken, people, choices, LAYOUT)
    return multinomial_logit(taken, Profiles.among(people, LAYOUT), choices, LAYOUT, start=start, penalty=penalty)


def test_where_everything_could_be_bought_naive_bayes_is_that_of_the_model() -> None:
    taken, people = crowd()
    model = NaiveBayes.fit(taken, people).arrays
    rows = naive_bayes(taken, people, Choices.of(taken), LAYOUT)
    assert rows[0] == pytest.approx(model["log_popularity"], abs=1e-12)
    assert rows[1:] == pytest.approx(model["level_effects"], abs=1e-12)


def test_the_logit_does_not_count_twice_what_two_attributes_say() -> None:
    taken, people = crowd()
    old = np.array([[0.4, 0.3, 0.2, 0.1]])
    errors = {}
    for name, rows in (("logit", logit(taken, people, penalty=1.0)), ("bayes", logit(taken, people, penalty=1e9))):
        odds = np.exp(rows[0] + rows[1] + rows[3])
        errors[name] = float(np.abs(odds / odds.sum() - old).max())
    assert errors["logit"] < 0.03
    assert errors["bayes"] > 0.06


def test_a_large_penalty_leaves_naive_bayes() -> None:
    taken, people = crowd(500)
    rows = naive_bayes(taken, people, Choices.of(taken), LAYOUT)
    assert logit(taken, people, penalty=1e9)[1:] == pytest.approx(rows[1:], abs=1e-4)


def test_the_slope_is_zero_where_the_likelihood_is_highest() -> None:
    taken, people = crowd()
    start = naive_bayes(taken, people, Choices.of(taken), LAYOUT)
    rows = logit(taken, people, penalty=5.0)
    members = LAYOUT.rows(people)
    scores = rows[members].sum(axis=1)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    for row in range(1, LAYOUT.row_count):
        of_row = (members == row).any(axis=1)
        observed = np.bincount(taken.items[of_row], minlength=4)
        slope = shares[of_row].sum(axis=0) - observed + 5.0 * (rows[row] - start[row])
        assert np.abs(slope).max() < 0.005 * of_row.sum()


def test_who_could_not_buy_does_not_count_against_what_is_dear() -> None:
    random = np.random.default_rng(9)
    count = 8_000
    age = random.integers(0, 2, count)
    # The young can buy the first two of four items only; all like all four alike.
    items = np.where(age == 1, random.integers(0, 2, count), random.integers(0, 4, count))
    people = Demographics((AGE, SCHOOL), np.stack([age, np.zeros(count)], axis=1).astype(np.int16))
    taken = Interactions.from_lists([[int(item)] for item in items], item_count=4)
    prices = np.array([100, 100, 900, 900])
    for balances, gap in ((np.where(age == 1, 100, 1_000), 0.0), (np.full(count, NO_BALANCE), 1.0)):
        known = Interactions(taken.indptr, taken.items, 4, Spending(prices, balances.astype(np.int64)))
        for rows in (naive_bayes(known, people, Choices.of(known), LAYOUT), logit(known, people, penalty=1.0)):
            cheap_and_dear = rows[0] + rows[2] + rows[3]
            if gap:
                assert cheap_and_dear[:2].mean() - cheap_and_dear[2:].mean() > gap
            else:
                assert cheap_and_dear == pytest.approx(np.full(4, cheap_and_dear.mean()), abs=0.1)
