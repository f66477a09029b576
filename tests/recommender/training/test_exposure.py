"""Courses are held back so that none stands on too many pages, for people who had no part in it too."""

import numpy as np
import pytest

from bekal.recommender.engine import UNKNOWN, Attribute, Bekal, Catalogue, Choosing, Demographics, Interactions
from bekal.recommender.engine.batch import recommend_batch
from bekal.recommender.engine.tables import Layout, Tables
from bekal.recommender.training.exposure import LARGEST_SHARE, PLACES, TOLERANCE, held_back, shares_of_pages
from bekal.recommender.training.worth import Asking, choosing_for

_ITEMS = 800
_TOPICS = 400
_GROUPS = Attribute("group", tuple(f"{number:03}" for number in range(120)))
_CHOOSING = Choosing(parts=2, eta=0)


@pytest.fixture(scope="module")
def model() -> Bekal:
    """A few trainings are liked by everybody, as in real catalogues; groups differ a little."""
    rng = np.random.default_rng(7)
    layout = Layout((_GROUPS,))
    groups = np.zeros((2, layout.row_count, _ITEMS))
    groups[:, 0] = -np.log(1 + np.arange(_ITEMS))
    groups[:, 1:] = rng.normal(0, 0.4, size=(len(_GROUPS.levels), _ITEMS))
    groups -= groups.mean(axis=2, keepdims=True)
    history = rng.normal(0, 0.3, size=(1, _ITEMS, _ITEMS))
    return Bekal(tables=Tables.rounded(layout=layout, lengths=(0, 1), groups=groups, history=history), parameters={})


def people(seed: int, *, count: int = 2_000, poorest: int = 300) -> Asking:
    """People with nothing or one training taken, and balances between `poorest` and 1,000."""
    rng = np.random.default_rng(seed)
    catalogue = Catalogue(
        codes=tuple(f"c{item:03}" for item in range(_ITEMS)),
        prices_idr=np.random.default_rng(1).permutation(np.linspace(20, 900, _ITEMS).astype(np.int64)),
        topics=np.arange(_ITEMS, dtype=np.int32) % _TOPICS,
        levels=(np.arange(_ITEMS) // _TOPICS).astype(np.int8),
    )
    taken = [[int(rng.integers(_ITEMS))] if rng.random() < 0.5 else [] for _ in range(count)]
    return Asking(
        demographics=Demographics((_GROUPS,), rng.integers(0, 120, size=(count, 1)).astype(np.int16)),
        histories=Interactions.from_lists(taken, item_count=_ITEMS),
        balances_idr=rng.integers(poorest, 1_000, size=count),
        catalogue=catalogue,
        allowed=np.ones(_ITEMS, dtype=np.bool_),
    )


def test_no_course_is_on_more_pages_than_its_share_for_people_who_had_no_part_in_it(model: Bekal) -> None:
    some, others = people(1), people(2)
    assert shares_of_pages(model, others, choosing=_CHOOSING).max() > 3 * LARGEST_SHARE

    held = held_back(model, some, choosing=_CHOOSING)
    ready = model.holding_back(held)

    assert shares_of_pages(ready, some, choosing=_CHOOSING).max() <= LARGEST_SHARE
    assert shares_of_pages(ready, others, choosing=_CHOOSING).max() <= LARGEST_SHARE + TOLERANCE
    assert held.dtype == np.int32
    assert held.min() < 0 == held.max()
    # Most courses are on few pages anyway, and are left alone.
    assert (held < 0).mean() < 0.5


def test_the_same_people_hold_the_same_back_and_what_was_held_back_before_has_no_part_in_it(model: Bekal) -> None:
    some = people(3, count=300)
    held = held_back(model, some, choosing=_CHOOSING)
    again = held_back(model.holding_back(held_back(model, people(4, count=300), choosing=_CHOOSING)), some, choosing=_CHOOSING)
    assert held.tolist() == again.tolist()


def test_who_can_buy_little_is_shown_that_little(model: Bekal) -> None:
    poor = people(5, count=300, poorest=40)
    poor = Asking(poor.demographics, poor.histories, np.full(300, 45), poor.catalogue, poor.allowed)
    on_offer = int((poor.catalogue.prices_idr <= 45).sum())
    assert on_offer == 24

    ready = model.holding_back(held_back(model, poor, choosing=_CHOOSING))

    found = recommend_batch(
        ready.tables,
        poor.demographics,
        poor.histories,
        catalogue=poor.catalogue,
        balances_idr=poor.balances_idr,
        allowed=poor.allowed,
        top=PLACES,
        choosing=_CHOOSING,
    )
    assert (found.items != UNKNOWN).all()


def test_a_page_is_a_bundle_and_six_more_of_other_topics(model: Bekal) -> None:
    one = people(6, count=1)
    one = Asking(one.demographics, one.histories, np.array([1_000]), one.catalogue, one.allowed)
    assert shares_of_pages(model, one, choosing=_CHOOSING).sum() == 2 + PLACES
    topics = one.catalogue.topics[shares_of_pages(model, one, choosing=_CHOOSING) > 0]
    assert np.unique(topics).size == 2 + PLACES


def test_without_people_nothing_is_held_back(model: Bekal) -> None:
    nobody = people(8, count=0)
    for asking in (None, nobody):
        assert not held_back(model, asking, choosing=choosing_for(model, None)).any()
