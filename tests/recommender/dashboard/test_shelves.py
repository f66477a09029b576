"""What is on the shelves of a person, by the arm; and what is recorded of it."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from itertools import product
from typing import Any

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from bekal.access.models import Role, User
from bekal.catalogue.models import Training
from bekal.catalogue.services import change_price, close_training
from bekal.core import clock
from bekal.participants.models import Enrolment
from bekal.recommender.dashboard.impressions import mark_rendered, record_impressions
from bekal.recommender.dashboard.shelves import Row, shelves_for
from bekal.recommender.engine import Bekal, save_model
from bekal.recommender.engine.exploring import probabilities
from bekal.recommender.models import Arm, Impression, Shelf, TrainedModel
from bekal.recommender.serving.published import bare_catalogue, file_sha256, load, models_folder
from bekal.recommender.training.publishing import publish
from bekal.recommender.training.services import train_model
from tests.builders import ACCEPTED_ON, day_after, grant_wave, make_trainings, make_user, on
from tests.web.village import buy

_DAY = date(2021, 5, 3)

pytestmark = pytest.mark.django_db


@pytest.fixture
def bazaar(settings: Any, tmp_path: Any, each_lesson_once: None) -> Any:
    """Forty trainings of as many topics, forty people who bought two each, and a last one with one bought."""
    settings.BEKAL_HOME = tmp_path
    people = grant_wave(count=41).enrolments
    trainings = make_trainings(*[20_000 + 5_000 * number for number in range(40)])
    with on(day_after(ACCEPTED_ON)):
        for number, person in enumerate(people[:-1]):
            # A person who takes the first of a group of ten takes another of the same group.
            group = number % 4 * 10
            buy(person, trainings[group])
            buy(person, trainings[group + 1 + number // 4 % 9])
        buy(people[-1], trainings[0])
    with on(_DAY):
        publish(model=sure_of_what_follows(train_model(), trainings), unjudged=True)
        yield people[-1], trainings


def sure_of_what_follows(trained: TrainedModel, trainings: list[Training]) -> TrainedModel:
    """The same model, had it seen enough people to be sure that what follows the first of a group of ten does."""
    serving = load(trained)
    codes = serving.manifest.item_codes
    places = [codes.index(training.code) for training in trainings]
    pairs = sorted((places[group], places[group + other]) for group in range(0, 40, 10) for other in range(1, 10))
    learnt = serving.model.holding_back(np.zeros(len(codes), dtype=np.int32))
    sure = Bekal(
        tables=replace(learnt.tables, supported=np.array(pairs, dtype=np.int32)),
        parameters={name: value for name, value in learnt.parameters.items() if name != "shift"},
        held_back=serving.model.held_back,
    )
    name = f"{trained.name}-sure"
    save_model(
        models_folder() / f"{name}.model",
        sure,
        catalogue=bare_catalogue(codes),
        data_from=None,
        data_until=None,
        metrics={},
        fairness=None,
        choosing=serving.choosing,
    )
    sha256 = file_sha256(models_folder() / f"{name}.model")
    return TrainedModel.objects.create(**{**trained_facts(trained), "name": name, "sha256": sha256})


def trained_facts(trained: TrainedModel) -> dict[str, Any]:
    return {field.attname: getattr(trained, field.attname) for field in TrainedModel._meta.concrete_fields if field.name != "id"}


def shelves(sari: Enrolment, arm: Arm, balance_idr: int = 150_000) -> dict[Shelf, Row]:
    enrolment = Enrolment.objects.select_related("participant", "wave").get(pk=sari.pk)
    return {row.shelf: row for row in shelves_for(enrolment=enrolment, balance_idr=balance_idr, arm=arm)}


def codes(row: Row) -> list[str]:
    return [item.training.code for item in row.items]


def test_each_arm_has_its_shelves(bazaar: Any) -> None:
    sari, _ = bazaar
    found = {arm: list(shelves(sari, arm)) for arm in Arm}
    assert found == {
        Arm.POPULARITY: [Shelf.FITS],
        Arm.PERSONAL: [Shelf.FITS, Shelf.AFTER],
        Arm.BUNDLE: [Shelf.BUNDLE, Shelf.FITS, Shelf.AFTER],
    }


def test_nothing_is_shown_that_cannot_be_bought(bazaar: Any) -> None:
    sari, trainings = bazaar
    close_training(training_id=trainings[1].pk, actor=None)
    Training.objects.filter(pk=trainings[2].pk).update(seats=1, seats_left=0)
    gone = {trainings[number].code for number in (0, 1, 2)}
    for arm, balance_idr in product(Arm, (0, 19_999, 20_000, 45_000, 150_000, 1_000_000)):
        for row in shelves(sari, arm, balance_idr).values():
            assert gone.isdisjoint(codes(row))
            assert len(set(codes(row))) == len(codes(row)) > 0
            for item in row.items:
                assert item.remaining_idr == balance_idr - item.training.price_idr >= 0
                assert item.reason


def test_the_control_arm_ranks_by_what_was_bought_most(bazaar: Any) -> None:
    sari, trainings = bazaar
    row = shelves(sari, Arm.POPULARITY)[Shelf.FITS]
    impression = row.impression
    others = [code for place, code in enumerate(codes(row)) if place != impression.slot]
    # The person has the first of the first group; the balance buys that of the second and the third, each bought ten times.
    favourites = [code for code in (trainings[10].code, trainings[20].code) if code in others]
    assert others[: len(favourites)] == favourites != []
    assert {item.reason for item in row.items} == {"Banyak dipilih peserta"}
    assert impression.model == ""


def test_the_shelf_of_an_earlier_training_holds_what_follows_from_it(bazaar: Any) -> None:
    sari, trainings = bazaar
    found = shelves(sari, Arm.PERSONAL)
    after, fits = found[Shelf.AFTER], found[Shelf.FITS]
    assert after.after == trainings[0].title
    assert all(trainings[0].title in item.reason for item in after.items)
    assert set(codes(after)).isdisjoint(codes(fits))
    assert set(codes(after)) <= {training.code for training in trainings[1:10]}


def test_a_bundle_fits(bazaar: Any) -> None:
    sari, _ = bazaar
    row = shelves(sari, Arm.BUNDLE)[Shelf.BUNDLE]
    assert len(row.items) == 2
    assert row.total_idr == sum(item.training.price_idr for item in row.items)
    assert row.remaining_idr == 150_000 - row.total_idr >= 0
    assert (row.impression.slot, row.impression.probability) == (None, None)


@pytest.mark.parametrize("arm", Arm)
def test_no_topic_is_twice_on_a_page_nor_one_that_the_person_has(bazaar: Any, arm: Arm) -> None:
    sari, trainings = bazaar
    rename(
        trainings,
        [f"Kursus {'abcdefghij'[number % 10] * 2} untuk {'UMKM' if number < 20 else 'Karyawan'}" for number in range(40)],
    )
    for balance_idr in (45_000, 150_000, 1_000_000):
        shown = [item.training.title for row in shelves(sari, arm, balance_idr).values() for item in row.items]
        topics = [title.split()[1] for title in shown]
        assert len(topics) == len(set(topics)) > 1
        assert "aa" not in topics


def test_of_a_topic_that_the_person_has_only_the_next_level_is_shown(bazaar: Any) -> None:
    sari, trainings = bazaar
    rename(trainings[:5], ["Rajut: Kelas Dasar", "Rajut Tingkat Lanjut", "Kursus Rajut", "Rajut untuk Pemula", "Rajut Level 6"])
    for training in trainings[5:]:
        close_training(training_id=training.pk, actor=None)
    assert {arm: [codes(row) for row in shelves(sari, arm).values()] for arm in Arm} == {
        arm: [[trainings[1].code]] for arm in Arm
    }
    buy(sari, trainings[1])
    assert codes(shelves(sari, Arm.POPULARITY)[Shelf.FITS]) == [trainings[4].code]


def rename(trainings: list[Training], titles: list[str]) -> None:
    for training, title in zip(trainings, titles, strict=True):
        training.title = title
    Training.objects.bulk_update(trainings, ["title"])


def test_without_a_model_everybody_gets_what_is_popular(bazaar: Any, settings: Any, tmp_path: Any) -> None:
    sari, _ = bazaar
    settings.BEKAL_HOME = tmp_path / "elsewhere"
    found = {arm: shelves(sari, arm) for arm in Arm}
    assert {arm: list(rows) for arm, rows in found.items()} == {arm: [Shelf.FITS] for arm in Arm}


def test_a_purchase_changes_the_shelves_at_once(bazaar: Any) -> None:
    sari, _ = bazaar
    for _round in range(3):
        before = shelves(sari, Arm.BUNDLE)
        bought = before[Shelf.FITS].items[0].training
        buy(sari, bought)
        for row in shelves(sari, Arm.BUNDLE).values():
            assert bought.code not in codes(row)


def test_the_price_of_today_counts(bazaar: Any) -> None:
    sari, _ = bazaar
    first = shelves(sari, Arm.PERSONAL)[Shelf.FITS].items[0].training
    change_price(training_id=first.pk, price_idr=150_001, actor=None)
    assert first.code not in codes(shelves(sari, Arm.PERSONAL)[Shelf.FITS])


def test_what_is_shown_stays_for_a_day_and_is_recorded_once(bazaar: Any) -> None:
    sari, _ = bazaar
    for _visit in range(3):
        record_impressions(list(shelves(sari, Arm.BUNDLE).values()))
    assert Impression.objects.count() == 3
    with on(day_after(_DAY)):
        record_impressions(list(shelves(sari, Arm.BUNDLE).values()))
    assert Impression.objects.count() == 6
    record_impressions(list(shelves(sari, Arm.BUNDLE, balance_idr=150_001).values()))
    assert Impression.objects.count() == 9


def test_a_record_says_what_was_drawn_with_which_probability(bazaar: Any) -> None:
    sari, trainings = bazaar
    record_impressions(list(shelves(sari, Arm.POPULARITY).values()))
    seen = Impression.objects.get()
    taken = {training.code: 0 for training in trainings}
    for code in Training.objects.filter(purchases__isnull=False).values_list("code", flat=True):
        taken[code] += 1
    affordable = sorted(
        (training for training in trainings[1:] if training.price_idr <= 150_000),
        key=lambda training: (-taken[training.code], training.price_idr, training.code),
    )
    scores = np.array([float(taken[training.code]) for training in affordable])
    drawn = [training.pk for training in affordable].index(seen.slate[seen.slot or 0])
    assert seen.probability == probabilities(scores, temperature=float(scores.std()))[drawn]
    assert seen.candidates == len(affordable)
    assert bytes(seen.candidates_sha256) == sha256("\n".join(training.code for training in affordable).encode()).digest()
    assert (seen.arm, seen.shelf, seen.balance_idr, seen.enrolment) == (Arm.POPULARITY, Shelf.FITS, 150_000, sari)
    assert (seen.made_at, seen.rendered_at) == (clock.now(), None)


def test_the_draw_reaches_beyond_the_best_and_differs_by_day(bazaar: Any) -> None:
    sari, _ = bazaar
    drawn = set()
    # In a hundred days a place stays empty once in more than ten million times.
    for days in range(100):
        with on(date(2021, 6, 1) + timedelta(days=days)):
            impression = shelves(sari, Arm.PERSONAL)[Shelf.FITS].impression
            drawn.add((impression.slot, impression.slate[impression.slot or 0]))
    assert len(drawn) > 10
    assert {slot for slot, _ in drawn} == set(range(6))


def test_a_fixed_number_of_queries(bazaar: Any, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    sari, _ = bazaar
    enrolment = Enrolment.objects.select_related("participant", "wave").get(pk=sari.pk)
    for arm, count in ((Arm.POPULARITY, 3), (Arm.PERSONAL, 5), (Arm.BUNDLE, 5)):
        shelves_for(enrolment=enrolment, balance_idr=150_000, arm=arm)
        with django_assert_num_queries(count):
            shelves_for(enrolment=enrolment, balance_idr=150_000, arm=arm)


@pytest.mark.django_db
def test_without_any_training_there_is_no_shelf() -> None:
    sari = grant_wave(count=1).enrolments[0]
    with on(ACCEPTED_ON):
        assert [shelves_for(enrolment=sari, balance_idr=1_000_000, arm=arm) for arm in Arm] == [[], [], []]


class TestRendered:
    @pytest.fixture
    def seen(self, bazaar: Any) -> tuple[User, list[Impression]]:
        sari, _ = bazaar
        sari.participant.user = make_user(Role.PARTICIPANT)
        sari.participant.save(update_fields=["user"])
        record_impressions(list(shelves(sari, Arm.BUNDLE).values()))
        return sari.participant.user, list(Impression.objects.order_by("shelf"))

    def test_the_first_report_counts(self, seen: Any) -> None:
        user, (first, second, third) = seen
        assert mark_rendered(user=user, keys=[first.key, second.key]) == 2
        with on(_DAY, hour=20):
            assert mark_rendered(user=user, keys=[first.key, third.key]) == 1
        first.refresh_from_db()
        assert first.rendered_at == clock.now()

    def test_nobody_reports_for_another(self, seen: Any) -> None:
        _, impressions = seen
        stranger = make_user(Role.PARTICIPANT)
        assert mark_rendered(user=stranger, keys=[impression.key for impression in impressions]) == 0
        assert Impression.objects.filter(rendered_at__isnull=False).count() == 0
