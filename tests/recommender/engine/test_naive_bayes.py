import math

import numpy as np
import pytest

from bekal.recommender.engine import UNKNOWN, Attribute, Contribution, Demographics, Interactions, NaiveBayes, Source

SEX = Attribute("sex", ("F", "M"))
PROVINCE = Attribute("province", ("JB", "PA"))

# Six women took item 0 and six men item 1, one woman and one man item 2, one person of unknown sex item 0; nobody took item 3.
# The two who took item 2 are known to be from JB; nobody is known to be from PA.
TAKEN = [[0]] * 6 + [[1]] * 6 + [[2], [2], [0]]
CODES = [[0, UNKNOWN]] * 6 + [[1, UNKNOWN]] * 6 + [[0, 0], [1, 0], [UNKNOWN, UNKNOWN]]


@pytest.fixture(scope="module")
def model() -> NaiveBayes:
    return NaiveBayes.fit(Interactions.from_lists(TAKEN, item_count=4), people(*CODES))


def people(*codes: list[int]) -> Demographics:
    return Demographics((SEX, PROVINCE), np.array(codes, dtype=np.int16))


def history(*items: int) -> Interactions:
    return Interactions.from_lists([list(items)], item_count=4)


def leave_one_out(pseudo_count: float) -> float:
    # P(F) = P(M) = 7/14. Item 0 was taken by 6 women of known sex, item 1 by 6 men, item 2 by one of each.
    certain = math.log((5 + pseudo_count / 2) / (5 + pseudo_count))
    split = math.log((0 + pseudo_count / 2) / (1 + pseudo_count))
    return 12 * certain + 2 * split


def test_the_pseudo_count_is_the_one_that_predicts_best_with_one_left_out(model: NaiveBayes) -> None:
    tried = [2.0**power for power in range(21)]
    # Item 2 alone speaks of provinces, and says nothing: all predict alike, so the most cautious is taken.
    assert model.parameters == {"pseudo_count.sex": max(tried, key=leave_one_out), "pseudo_count.province": 2.0**20}
    assert model.parameters["pseudo_count.sex"] == 1.0


def test_scores_are_those_computed_by_hand(model: NaiveBayes) -> None:
    # P(item): 7, 6, 2 and 0 of 15 taken, one more each. P(F | item), with one pseudo-count of which half is a woman.
    popularity = [math.log(count / 19) for count in (8, 7, 3, 1)]
    woman = [math.log(share / 0.5) for share in (6.5 / 7, 0.5 / 7, 1.5 / 3, 0.5 / 1)]
    expected = np.add(popularity, woman).tolist()
    assert model.scores(people([0, 1]), history()).tolist() == [pytest.approx(expected, rel=1e-14)]


def test_what_is_not_known_adds_nothing(model: NaiveBayes) -> None:
    popularity = [math.log(count / 19) for count in (8, 7, 3, 1)]
    assert model.scores(people([UNKNOWN, UNKNOWN]), history(1, 2)).tolist() == [pytest.approx(popularity, rel=1e-14)]


def test_a_level_that_took_nothing_adds_nothing(model: NaiveBayes) -> None:
    assert (model.scores(people([1, 1]), history()) == model.scores(people([1, UNKNOWN]), history())).all()


def test_contributions_name_popularity_and_each_known_group(model: NaiveBayes) -> None:
    parts = model.contributions(people([1, UNKNOWN]), history(), item=1)
    assert parts == (
        Contribution(Source.POPULARITY, parts[0].value),
        Contribution(Source.DEMOGRAPHIC, parts[1].value, (("sex", "M"),)),
    )
    expected = [math.log(7 / 19), math.log(6.5 / 7 / 0.5)]
    assert [part.value for part in parts] == pytest.approx(expected, rel=1e-14)


def test_an_attribute_that_says_nothing_is_smoothed_away() -> None:
    random = np.random.default_rng(1)
    # Everybody took five of ten items; the colour is drawn apart from them.
    taken = Interactions.from_lists([random.permutation(10)[:5].tolist() for _ in range(400)], item_count=10)
    colour = Attribute("colour", tuple(f"{number:02}" for number in range(20)))
    coloured = Demographics((colour,), random.integers(0, 20, (400, 1)).astype(np.int16))
    model = NaiveBayes.fit(taken, coloured)
    assert model.parameters["pseudo_count.colour"] >= 2.0**10
    assert np.ptp(model.scores(coloured, taken), axis=0).max() < 0.1
