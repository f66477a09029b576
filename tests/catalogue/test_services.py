from datetime import UTC, datetime

import pytest

from bekal.access.models import Act
from bekal.catalogue.errors import BadPrice, BadTraining, CodesTaken, NoSeatLeft, UnknownTraining
from bekal.catalogue.models import Platform, PriceChange, Provider, Training
from bekal.catalogue.queries import price_history
from bekal.catalogue.services import NewTraining, add_trainings, change_price, close_training, give_seat_back, take_seat
from bekal.core import clock
from bekal.core.money import MAX_IDR

pytestmark = pytest.mark.django_db

MORNING = datetime(2021, 5, 20, 2, 0, tzinfo=UTC)
NOON = datetime(2021, 5, 20, 5, 0, tzinfo=UTC)


def kopi(code: str = "K", *, seats: int | None = None, price_idr: int = 371_000) -> NewTraining:
    return NewTraining(code=code, title="Kopi", provider="Lembaga", price_idr=price_idr, seats=seats)


def test_trainings_are_added_in_the_order_given_with_few_providers() -> None:
    given = [NewTraining(code=f"K{n}", title="Kopi", provider=f"L{n % 2}", price_idr=n, platform="Toko") for n in range(9, 0, -1)]
    with clock.at(MORNING):
        keys = add_trainings(trainings=given)
    added = Training.objects.in_bulk(keys)
    assert [added[key].code for key in keys] == [training.code for training in given]
    assert list(Provider.objects.order_by("pk").values_list("name", flat=True)) == ["L1", "L0"]
    assert list(Platform.objects.values_list("name", flat=True)) == ["Toko"]
    assert set(PriceChange.objects.values_list("training", "price_idr", "since")) == {
        (key, training.price_idr, MORNING) for key, training in zip(keys, given, strict=True)
    }


def test_adding_nothing_adds_nothing() -> None:
    assert add_trainings(trainings=[]) == []


def test_a_later_addition_uses_the_providers_that_exist() -> None:
    add_trainings(trainings=[kopi("A")])
    add_trainings(trainings=[NewTraining(code="B", title="Teh", provider="LEMBAGA", price_idr=1)])
    assert Provider.objects.count() == 1


def test_codes_in_use_or_given_twice_add_nothing() -> None:
    add_trainings(trainings=[kopi("A")])
    for trainings in ([kopi("B"), kopi("A")], [kopi("B"), kopi("B")]):
        with pytest.raises(CodesTaken, match=r"in use already or are given twice: [AB]\."):
            add_trainings(trainings=trainings)
    assert list(Training.objects.values_list("code", flat=True)) == ["A"]


@pytest.mark.parametrize(
    ("training", "name"),
    [
        (kopi(""), "code"),
        (kopi(price_idr=-1), "price"),
        (kopi(price_idr=MAX_IDR + 1), "price"),
        (kopi(seats=-1), "seats"),
        (NewTraining(code="K", title="Kopi", provider="L", price_idr=1, field="sihir"), "field"),
    ],
)
def test_an_impossible_training_adds_nothing(training: NewTraining, name: str) -> None:
    with pytest.raises(BadTraining) as caught:
        add_trainings(trainings=[kopi("A"), training])
    assert caught.value.details["name"] == name
    assert not Training.objects.exists()


def test_a_price_change_is_kept_and_recorded_and_the_same_price_changes_nothing() -> None:
    with clock.at(MORNING):
        (key,) = add_trainings(trainings=[kopi()])
    with clock.at(NOON):
        change_price(training_id=key, price_idr=0, actor=None)
        change_price(training_id=key, price_idr=0, actor=None)
    training = Training.objects.get(pk=key)
    assert training.price_idr == 0
    assert [(change.price_idr, change.since) for change in price_history(training)] == [(371_000, MORNING), (0, NOON)]
    act = Act.objects.get(verb="catalogue.change_price")
    assert (act.subject, act.details) == (f"training:{training.public_id}", {"before_idr": 371_000, "price_idr": 0})


@pytest.mark.parametrize("price_idr", [-1, MAX_IDR + 1, True])
def test_an_impossible_price_is_refused(price_idr: int) -> None:
    (key,) = add_trainings(trainings=[kopi()])
    with pytest.raises(BadPrice):
        change_price(training_id=key, price_idr=price_idr, actor=None)
    assert PriceChange.objects.count() == 1


def test_a_training_is_closed_once() -> None:
    (key,) = add_trainings(trainings=[kopi()])
    close_training(training_id=key, actor=None)
    close_training(training_id=key, actor=None)
    assert Training.objects.get(pk=key).is_open is False
    assert Act.objects.filter(verb="catalogue.close_training").count() == 1


def test_seats_run_out_and_come_back_but_never_more_than_there_are() -> None:
    (key,) = add_trainings(trainings=[kopi(seats=2)])
    take_seat(training_id=key)
    take_seat(training_id=key)
    with pytest.raises(NoSeatLeft):
        take_seat(training_id=key)
    give_seat_back(training_id=key)
    take_seat(training_id=key)
    for _time in range(3):
        give_seat_back(training_id=key)
    assert Training.objects.values_list("seats", "seats_left").get() == (2, 2)


def test_without_a_limit_seats_are_not_counted() -> None:
    (key,) = add_trainings(trainings=[kopi()])
    take_seat(training_id=key)
    give_seat_back(training_id=key)
    assert Training.objects.values_list("seats", "seats_left").get() == (None, None)


def test_an_unknown_training_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownTraining):
        take_seat(training_id=1)
    with pytest.raises(UnknownTraining):
        give_seat_back(training_id=1)
    with pytest.raises(UnknownTraining):
        change_price(training_id=1, price_idr=1, actor=None)
    with pytest.raises(UnknownTraining):
        close_training(training_id=1, actor=None)
