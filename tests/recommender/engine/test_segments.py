import math

import numpy as np
import pytest

from bekal.recommender.engine import UNKNOWN, Attribute, Demographics, Interactions, Segments, Source

SEX, PROVINCE = Attribute("sex", ("F", "M")), Attribute("province", ("JB", "PA"))
CODES = [[0, 0]] * 6 + [[1, 0]] * 6 + [[0, UNKNOWN]] * 2
TAKEN = [[0]] * 6 + [[1]] * 6 + [[0], [1]]


@pytest.fixture(scope="module")
def model() -> Segments:
    return Segments.fit(Interactions.from_lists(TAKEN, item_count=3), people(*CODES))


def people(*codes: list[int]) -> Demographics:
    return Demographics((SEX, PROVINCE), np.array(codes, dtype=np.int16))


def history() -> Interactions:
    return Interactions.from_lists([[]], item_count=3)


def test_scores_are_those_computed_by_hand(model: Segments) -> None:
    # 14 were taken, seven of items 0 and 1 each, one more each. What a segment took predicts best with the least smoothing.
    assert model.parameters == {"pseudo_count": 1.0}
    popularity = [8 / 17, 8 / 17, 1 / 17]
    women = [math.log((count + share) / 7) for count, share in zip((6, 0, 0), popularity, strict=True)]
    assert model.scores(people([0, 0]), history())[0].tolist() == pytest.approx(women, rel=1e-13)


def test_a_segment_that_nobody_belongs_to_gets_what_is_popular(model: Segments) -> None:
    expected = np.log([8 / 17, 8 / 17, 1 / 17])
    assert model.scores(people([1, 1]), history())[0].tolist() == pytest.approx(expected.tolist(), rel=1e-14)


def test_contributions_name_all_that_is_known_of_the_segment(model: Segments) -> None:
    _, part = model.contributions(people([0, UNKNOWN]), history(), item=0)
    assert (part.source, part.traits) == (Source.DEMOGRAPHIC, (("sex", "F"),))
    _, part = model.contributions(people([1, 0]), history(), item=1)
    assert part.traits == (("sex", "M"), ("province", "JB"))
    assert part.value > 0
    (part,) = model.contributions(people([1, 1]), history(), item=1)
    assert part.source is Source.POPULARITY
