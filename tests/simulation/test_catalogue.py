from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bekal.catalogue.bulk import find_flaw
from bekal.catalogue.models import Field, Mode
from bekal.simulation.catalogue import FIELDS, PAIR_IDR, PLATFORMS, build_catalogue
from bekal.simulation.topics import TOPICS

MOST_WANTED = {
    Field.LIFESTYLE,
    Field.MANAGEMENT,
    Field.SALES_MARKETING,
    Field.FINANCE,
    Field.FOOD_BEVERAGE,
    Field.FOREIGN_LANGUAGES,
    Field.INFORMATION_TECHNOLOGY,
}


@pytest.mark.parametrize("seed", [0, 1, 2021])
def test_numbers_of_october_2020_are_met_exactly(seed: int) -> None:
    trainings = build_catalogue(seed=seed).trainings
    assert len(trainings) == 1_534
    assert len({training.provider for training in trainings}) == 147
    assert {training.platform for training in trainings} == set(PLATFORMS)
    assert sum(training.price_idr for training in trainings) == 1_534 * 371_000


@pytest.mark.parametrize("seed", [0, 1, 2021])
def test_prices_are_right_skewed_and_reach_from_small_leftovers_to_beyond_the_balance(seed: int) -> None:
    prices_idr = build_catalogue(seed=seed).prices_idr
    assert prices_idr.min() >= 25_000
    assert np.all(prices_idr % 1_000 == 0)
    assert np.median(prices_idr) < 0.92 * prices_idr.mean()
    assert 5 <= np.sum(prices_idr <= 50_000) <= 60
    assert 600 <= np.sum(prices_idr <= 300_000) <= 900
    assert 15 <= np.sum(prices_idr > 1_000_000) <= 80


def test_what_is_composed_can_be_added_as_it_is() -> None:
    trainings = build_catalogue(seed=1).trainings
    assert [find_flaw(training) for training in trainings] == [None] * len(trainings)
    assert len({training.code for training in trainings}) == len(trainings)
    assert len({training.title for training in trainings}) == len(trainings)
    assert all(training.code.startswith("SIM-") for training in trainings)


def test_most_wanted_fields_are_the_largest() -> None:
    counts = Counter(training.field for training in build_catalogue(seed=1).trainings)
    assert {Field(field) for field, _ in counts.most_common(7)} == MOST_WANTED
    assert set(counts) == {field.value for field in FIELDS} == set(Field.values) - {Field.OTHER.value}


def test_titles_name_their_topic_and_every_field_has_topics() -> None:
    catalogue = build_catalogue(seed=1)
    for training, field, topic in zip(catalogue.trainings, catalogue.fields, catalogue.topics, strict=True):
        assert TOPICS[FIELDS[field]][topic].name in training.title
        assert training.field == FIELDS[field]
    assert min(len(topics) for topics in TOPICS.values()) >= 7


def test_seats_are_limited_in_a_few_trainings_that_meet_somewhere() -> None:
    limited = [training for training in build_catalogue(seed=1).trainings if training.seats is not None]
    assert 60 <= len(limited) <= 150
    assert {training.mode for training in limited} == {Mode.OFFLINE.value, Mode.HYBRID.value}
    assert all(training.price_idr not in PAIR_IDR for training in limited)


@pytest.mark.parametrize(("trainings", "providers"), [(6_000, 540), (1_895, 160)])
def test_other_sizes_keep_the_mean_price(trainings: int, providers: int) -> None:
    made = build_catalogue(seed=2, trainings=trainings, providers=providers).trainings
    assert (len(made), len({training.provider for training in made})) == (trainings, providers)
    assert sum(training.price_idr for training in made) == trainings * 371_000
    assert len({training.title for training in made}) == trainings


@settings(max_examples=40, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**63))
def test_any_size_and_seed_is_exact(data: st.DataObject, seed: int) -> None:
    count = data.draw(st.integers(7, 400))
    providers = data.draw(st.integers(7, count))
    catalogue = build_catalogue(seed=seed, trainings=count, providers=providers)
    assert int(catalogue.prices_idr.sum()) == count * 371_000
    assert catalogue.prices_idr.min() >= 25_000
    assert len({training.provider for training in catalogue.trainings}) == providers
    assert {training.platform for training in catalogue.trainings} == set(PLATFORMS)
    assert {price_idr for price_idr in PAIR_IDR if price_idr in catalogue.prices_idr} == set(PAIR_IDR)


@pytest.mark.parametrize(("trainings", "providers"), [(6, 6), (100, 6), (20, 21), (100_000, 540), (3_000, 2_500)])
def test_impossible_sizes_are_refused(trainings: int, providers: int) -> None:
    with pytest.raises(ValueError, match=r"provider|titles"):
        build_catalogue(seed=1, trainings=trainings, providers=providers)
