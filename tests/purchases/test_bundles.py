from collections.abc import Iterator
from datetime import date
from functools import partial
from itertools import combinations
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from bekal.access.models import Role
from bekal.catalogue.errors import NoSeatLeft
from bekal.catalogue.models import Training
from bekal.catalogue.services import change_price, close_training
from bekal.core.errors import NotFound, Refused
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import InsufficientBalance
from bekal.ledger.models import Transfer
from bekal.ledger.queries import available_idr
from bekal.participants.models import Enrolment
from bekal.purchases.bundles import buy_bundle
from bekal.purchases.errors import (
    AlreadyBought,
    BadBundle,
    BundleRefused,
    FirstPurchaseTooLate,
    NotGranted,
    ParticipationRevoked,
    PriceChanged,
    RequestReused,
    SpendingEnded,
    TrainingClosed,
)
from bekal.purchases.keys import buy_key
from bekal.purchases.models import Purchase
from bekal.purchases.queries import bundle_of
from bekal.purchases.services import buy_training
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    SPEND_BY,
    TRAINING_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    enrol,
    grant_wave,
    make_trainings,
    make_user,
    make_wave,
    on,
    register,
)
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")


def bundle(enrolment: Enrolment, *trainings: Training, request_key: UUID | None = None) -> list[Purchase]:
    items = [(training, training.price_idr) for training in trainings]
    return buy_bundle(enrolment=enrolment, items=items, request_key=request_key or uuid4())


def single(enrolment: Enrolment, training: Training, request_key: UUID | None = None) -> Purchase:
    return buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=request_key or uuid4())


def balance(enrolment: Enrolment) -> int:
    return available_idr(training_account(enrolment.number))


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with made_once(django_db_blocker, partial(grant_wave, count=2)) as made:
        yield made


@pytest.fixture
def granted(scene: GrantedWave) -> Iterator[GrantedWave]:
    with found_again(scene) as wave, on(day_after(ACCEPTED_ON)):
        yield wave


@pytest.fixture
def sari(granted: GrantedWave) -> Enrolment:
    return granted.enrolments[0]


def test_buys_each_with_a_transfer_and_a_code_of_its_own(sari: Enrolment) -> None:
    trainings = make_trainings(300_000, 0, 200_000, 150_000, seats=5)

    purchases = bundle(sari, *reversed(trainings))

    assert [(bought.training, bought.price_idr, bought.enrolment) for bought in purchases] == [
        (training, training.price_idr, sari) for training in trainings
    ]
    assert len({bought.redeem_code for bought in purchases}) == len({bought.request_key for bought in purchases}) == 4
    transfers = Transfer.objects.filter(owner=training_account(sari.number), key__startswith="buy:")
    assert set(transfers.values_list("key", "amount_idr", "credit")) == {
        (buy_key(bought.public_id), bought.price_idr, escrow_pool(bought.training.provider.number))
        for bought in purchases
        if bought.price_idr
    }
    assert balance(sari) == TRAINING_IDR - 650_000
    assert set(Training.objects.values_list("seats_left", flat=True)) == {4}
    assert audit().exact


@pytest.mark.parametrize("count", [0, 1, 5])
def test_has_two_to_four_trainings(sari: Enrolment, count: int) -> None:
    with pytest.raises(BadBundle):
        bundle(sari, *make_trainings(*[10_000] * count))
    assert Purchase.objects.count() == 0


def test_has_no_training_twice(sari: Enrolment) -> None:
    one, other = make_trainings(10_000, 10_000)
    with pytest.raises(BadBundle):
        bundle(sari, one, other, one)
    assert Purchase.objects.count() == 0


def test_the_same_request_again_gives_the_same_purchases(sari: Enrolment) -> None:
    one, other, third = make_trainings(100_000, 200_000, 300_000)
    key = uuid4()

    first, again = bundle(sari, one, other, request_key=key), bundle(sari, other, one, request_key=key)

    assert first == again
    assert balance(sari) == TRAINING_IDR - 300_000
    for others in ((one, third), (one, other, third)):
        with pytest.raises(RequestReused):
            bundle(sari, *others, request_key=key)
    assert Purchase.objects.count() == 2


def test_a_key_of_a_single_purchase_is_no_key_of_a_bundle_nor_the_other_way_round(sari: Enrolment) -> None:
    one, other, third, fourth = make_trainings(*[100_000] * 4)
    of_single, of_bundle = uuid4(), uuid4()
    single(sari, one, of_single)
    with pytest.raises(RequestReused):
        bundle(sari, one, other, request_key=of_single)

    bundle(sari, other, third, request_key=of_bundle)
    with pytest.raises(RequestReused):
        single(sari, fourth, of_bundle)
    assert Purchase.objects.count() == 3


def test_the_same_key_of_two_people_is_two_bundles(granted: GrantedWave) -> None:
    trainings, key = make_trainings(100_000, 200_000), uuid4()
    one, other = (bundle(enrolment, *trainings, request_key=key) for enrolment in granted.enrolments)
    assert {bought.pk for bought in one}.isdisjoint(bought.pk for bought in other)


def test_says_of_each_training_why_it_cannot_be_bought(sari: Enrolment) -> None:
    owned, closed, full, dearer = make_trainings(100_000, 100_000, 100_000, 100_000)
    single(sari, owned)
    close_training(training_id=closed.pk, actor=None)
    Training.objects.filter(pk=full.pk).update(seats=1, seats_left=0)
    change_price(training_id=dearer.pk, price_idr=110_000, actor=None)

    with pytest.raises(BundleRefused) as met:
        bundle(sari, owned, closed, full, dearer)

    assert {training.pk: type(refusal) for training, refusal in met.value.refusals.items()} == {
        owned.pk: AlreadyBought,
        closed.pk: TrainingClosed,
        full.pk: NoSeatLeft,
        dearer.pk: PriceChanged,
    }
    assert met.value.refusals[dearer].details == {"price_idr": 110_000}
    assert str(met.value).count("Training ") == 4
    assert Purchase.objects.count() == 1


def test_the_sum_must_fit(sari: Enrolment) -> None:
    one, other, rupiah = make_trainings(TRAINING_IDR - 400_000, 400_000, 1)
    with pytest.raises(InsufficientBalance) as met:
        bundle(sari, one, other, rupiah)
    assert met.value.details == {"available_idr": TRAINING_IDR, "amount_idr": TRAINING_IDR + 1, "missing_idr": 1}
    assert balance(sari) == TRAINING_IDR

    bundle(sari, one, other)
    assert balance(sari) == 0
    assert audit().exact


@pytest.mark.parametrize(
    ("day", "error"), [(day_after(FIRST_PURCHASE_BY), FirstPurchaseTooLate), (day_after(SPEND_BY), SpendingEnded)]
)
def test_after_a_last_day_nothing_is_bought(sari: Enrolment, day: date, error: type[Refused]) -> None:
    trainings = make_trainings(100_000, 0)
    with on(day), pytest.raises(error):
        bundle(sari, *trainings)
    assert Purchase.objects.count() == 0


def test_who_has_no_grant_or_lost_it_buys_nothing(granted: GrantedWave) -> None:
    trainings = make_trainings(100_000, 0)
    (waiting,) = enrol(make_wave(number=13), register(1))
    with pytest.raises(NotGranted):
        bundle(waiting, *trainings)
    with on(day_after(FIRST_PURCHASE_BY)):
        approve_and_post([propose_revocation(wave=granted.wave, proposer=granted.operator)], granted.approver)
    with pytest.raises(ParticipationRevoked):
        bundle(granted.enrolments[0], *trainings)
    assert Purchase.objects.count() == 0


def test_a_bundle_is_refused_exactly_where_one_of_its_single_purchases_would_be(sari: Enrolment) -> None:
    owned, half, most, free, closed, full = make_trainings(50_000, 500_000, 600_000, 0, 10_000, 10_000)
    single(sari, owned)
    close_training(training_id=closed.pk, actor=None)
    Training.objects.filter(pk=full.pk).update(seats=1, seats_left=0)
    outcomes = set()
    for count in (2, 3, 4):
        for wanted in combinations((owned, half, most, free, closed, full), count):
            results = []
            for together in (True, False):
                try:
                    with transaction.atomic():
                        if together:
                            bundle(sari, *wanted)
                        else:
                            for training in wanted:
                                single(sari, training)
                        results.append(balance(sari))
                        transaction.set_rollback(True)
                except Refused:
                    results.append(-1)
            assert results[0] == results[1], [training.price_idr for training in wanted]
            outcomes.add(results[0])
    assert outcomes == {-1, 450_000, 350_000}


def test_is_shown_to_its_owner_alone(granted: GrantedWave) -> None:
    users = [make_user(Role.PARTICIPANT), make_user(Role.PARTICIPANT)]
    for enrolment, user in zip(granted.enrolments, users, strict=True):
        enrolment.participant.user = user
        enrolment.participant.save(update_fields=["user"])
    dear, cheap, alone = make_trainings(200_000, 100_000, 5_000)
    key, of_single = uuid4(), uuid4()
    bundle(granted.enrolments[0], dear, cheap, request_key=key)
    single(granted.enrolments[0], alone, of_single)

    assert [bought.training for bought in bundle_of(user=users[0], request_key=key)] == [cheap, dear]
    for user, asked in ((users[1], key), (users[0], uuid4()), (users[0], of_single)):
        with pytest.raises(NotFound):
            bundle_of(user=user, request_key=asked)
