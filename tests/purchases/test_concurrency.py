"""Many at once on one account, one seat, one run: real threads, real commits."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any
from uuid import uuid4

import pytest

from bekal.catalogue.errors import NoSeatLeft
from bekal.catalogue.models import Training
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import InsufficientBalance
from bekal.ledger.models import RunSkip
from bekal.ledger.queries import available_idr, closed_on, fund_position
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.purchases.bulk import Order
from bekal.purchases.bundles import buy_bundle
from bekal.purchases.errors import AlreadyBought, BundleRefused, OrdersRefused, ParticipationRevoked
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_many, buy_training
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    TOTAL_IDR,
    TRAINING_IDR,
    day_after,
    grant_wave,
    make_training,
    make_trainings,
    on,
)
from tests.threads import PATIENCE_SECONDS, race

pytestmark = pytest.mark.usefixtures("committed_database")
THREADS = 8


def buying(enrolment: Enrolment, training: Training, request_key: Any = None) -> Callable[[], Purchase]:
    """A click in another browser: it has read the enrolment for itself."""

    def click() -> Purchase:
        return buy_training(
            enrolment=Enrolment.objects.select_related("wave").get(pk=enrolment.pk),
            training=training,
            price_idr=training.price_idr,
            request_key=request_key or uuid4(),
        )

    return click


def kinds(results: list[Any]) -> Counter[type]:
    return Counter(map(type, results))


def test_one_request_sent_many_times_buys_once() -> None:
    (enrolment,) = grant_wave(count=1).enrolments
    training, request_key = make_training(400_000), uuid4()
    with on(day_after(ACCEPTED_ON)):
        results = race(*[buying(enrolment, training, request_key)] * THREADS)
    assert {purchase.pk for purchase in results} == {Purchase.objects.get().pk}
    assert available_idr(training_account(enrolment.number)) == TRAINING_IDR - 400_000
    assert audit().exact


def test_one_training_wanted_many_times_is_bought_once() -> None:
    (enrolment,) = grant_wave(count=1).enrolments
    training = make_training(400_000)
    with on(day_after(ACCEPTED_ON)):
        results = race(*[buying(enrolment, training) for _ in range(THREADS)])
    assert kinds(results) == {Purchase: 1, AlreadyBought: THREADS - 1}
    assert available_idr(training_account(enrolment.number)) == TRAINING_IDR - 400_000
    assert audit().exact


def test_of_trainings_beyond_the_balance_exactly_those_that_fit_are_bought() -> None:
    (enrolment,) = grant_wave(count=1).enrolments
    trainings = make_trainings(*[300_000] * THREADS)
    with on(day_after(ACCEPTED_ON)):
        results = race(*[buying(enrolment, training) for training in trainings])
    assert kinds(results) == {Purchase: 3, InsufficientBalance: THREADS - 3}
    assert {error.details["missing_idr"] for error in results if isinstance(error, InsufficientBalance)} == {200_000}
    assert available_idr(training_account(enrolment.number)) == TRAINING_IDR - 900_000
    assert audit().exact


@pytest.mark.parametrize("seats", [1, 3])
def test_seats_go_to_as_many_as_there_are(seats: int) -> None:
    enrolments = grant_wave(count=THREADS).enrolments
    training = make_training(400_000, seats=seats)
    with on(day_after(ACCEPTED_ON)):
        results = race(*[buying(enrolment, training) for enrolment in enrolments])
    assert kinds(results) == {Purchase: seats, NoSeatLeft: THREADS - seats}
    training.refresh_from_db()
    assert (training.seats, training.seats_left) == (seats, 0)
    assert sorted(available_idr(training_account(enrolment.number)) for enrolment in enrolments) == sorted(
        [TRAINING_IDR - 400_000] * seats + [TRAINING_IDR] * (THREADS - seats)
    )
    assert audit().exact


@pytest.mark.parametrize("repetition", range(4))
def test_a_purchase_on_the_last_second_never_races_a_revocation(repetition: int) -> None:
    granted = grant_wave(count=24)
    training = make_training(400_000)
    with on(day_after(FIRST_PURCHASE_BY)):
        run = approve_run(run=propose_revocation(wave=granted.wave, proposer=granted.operator), approver=granted.approver)

    begun, over = Event(), Event()

    def buy_in_time(enrolment: Enrolment) -> Purchase:
        # Somebody buys before the revocation, the last one after it, and all others as it happens.
        if enrolment == granted.enrolments[-1]:
            over.wait(PATIENCE_SECONDS)
        try:
            with on(FIRST_PURCHASE_BY, hour=23):
                return buying(enrolment, training)()
        finally:
            begun.set()

    def revoke() -> None:
        begun.wait(PATIENCE_SECONDS)
        try:
            post_run(run=run)
        finally:
            over.set()

    results = race(*[partial(buy_in_time, enrolment) for enrolment in granted.enrolments], revoke)[:-1]
    assert set(kinds(results)) == {Purchase, ParticipationRevoked}
    for enrolment, result in zip(granted.enrolments, results, strict=True):
        enrolment.refresh_from_db()
        training_owner, incentive_owner = training_account(enrolment.number), incentive_account(enrolment.number)
        held = (available_idr(training_owner), available_idr(incentive_owner))
        if isinstance(result, Purchase):
            assert (enrolment.status, closed_on(training_owner)) == (EnrolmentStatus.GRANTED, None)
            assert held == (TRAINING_IDR - 400_000, INCENTIVE_IDR)
        else:
            assert (enrolment.status, held) == (EnrolmentStatus.REVOKED, (0, 0))
    run.refresh_from_db()
    revoked = kinds(results)[ParticipationRevoked]
    assert (run.posted_idr, run.skipped_count) == (revoked * TOTAL_IDR, (len(results) - revoked) * 2)
    assert set(RunSkip.objects.filter(run=run.pk).values_list("reason", flat=True)) == {"bought"}
    assert fund_position(granted.wave.fund).is_exact
    assert audit().exact


@pytest.mark.parametrize("first", ["purchase", "revocation"])
def test_a_purchase_and_a_revocation_in_either_order(first: str) -> None:
    granted = grant_wave(count=1)
    (enrolment,), training = granted.enrolments, make_training(400_000)
    with on(day_after(FIRST_PURCHASE_BY)):
        run = approve_run(run=propose_revocation(wave=granted.wave, proposer=granted.operator), approver=granted.approver)

    def buy_in_time() -> Purchase:
        with on(FIRST_PURCHASE_BY, hour=23):
            return buying(enrolment, training)()

    if first == "purchase":
        buy_in_time()
        assert post_run(run=run).posted_idr == 0
        assert available_idr(incentive_account(enrolment.number)) == INCENTIVE_IDR
    else:
        assert post_run(run=run).posted_idr == TOTAL_IDR
        with pytest.raises(ParticipationRevoked):
            buy_in_time()
    assert audit().exact


def test_many_bulk_purchases_with_few_seats_neither_overbook_nor_deadlock() -> None:
    enrolments = grant_wave(count=24).enrolments
    trainings = make_trainings(*[100_000] * 4, seats=4)

    def buy_batch(place: int) -> None:
        # Each batch wants one seat of every training, in an order of its own.
        batch, wanted = enrolments[4 * place : 4 * place + 4], trainings[place % 4 :] + trainings[: place % 4]
        buy_many(
            orders=[
                Order(enrolment=enrolment.pk, training=training.pk) for enrolment, training in zip(batch, wanted, strict=True)
            ]
        )

    with on(day_after(ACCEPTED_ON)):
        results = race(*[lambda place=place: buy_batch(place) for place in range(6)])
    assert kinds(results) == {type(None): 4, OrdersRefused: 2}
    assert list(Training.objects.values_list("seats_left", flat=True)) == [0] * 4
    assert Purchase.objects.count() == 16
    assert audit().exact


def test_the_same_people_in_many_bulk_purchases_buy_once() -> None:
    enrolments = grant_wave(count=300).enrolments
    training = make_training(600_000)
    orders = [Order(enrolment=enrolment.pk, training=training.pk) for enrolment in enrolments]
    with on(day_after(ACCEPTED_ON)):
        results = race(*[partial(buy_many, orders=order) for order in (orders, orders[::-1]) * 4])
    assert kinds(results) == {type(None): 1, OrdersRefused: THREADS - 1}
    assert {available_idr(training_account(enrolment.number)) for enrolment in enrolments} == {TRAINING_IDR - 600_000}
    assert audit().exact


def bundling(enrolment: Enrolment, *trainings: Training, request_key: Any = None) -> Callable[[], list[Purchase]]:
    def click() -> list[Purchase]:
        return buy_bundle(
            enrolment=Enrolment.objects.select_related("wave").get(pk=enrolment.pk),
            items=[(training, training.price_idr) for training in trainings],
            request_key=request_key or uuid4(),
        )

    return click


def test_one_bundle_sent_many_times_is_bought_once() -> None:
    (enrolment,) = grant_wave(count=1).enrolments
    trainings, request_key = make_trainings(300_000, 200_000, 100_000, seats=THREADS), uuid4()
    with on(day_after(ACCEPTED_ON)):
        results = race(*[bundling(enrolment, *trainings, request_key=request_key)] * THREADS)
    assert {tuple(purchase.pk for purchase in purchases) for purchases in results} == {
        tuple(Purchase.objects.order_by("training_id").values_list("pk", flat=True))
    }
    assert set(Training.objects.values_list("seats_left", flat=True)) == {THREADS - 1}
    assert available_idr(training_account(enrolment.number)) == TRAINING_IDR - 600_000
    assert audit().exact


def test_bundles_and_single_purchases_beside_them_never_overspend_and_never_come_apart() -> None:
    (enrolment,) = grant_wave(count=1).enrolments
    cheap, *others = make_trainings(200_000, 300_000, 350_000, 400_000)
    wanted = [(cheap, other) for other in others]
    with on(day_after(ACCEPTED_ON)):
        results = race(*[bundling(enrolment, *pair) for pair in wanted], *[buying(enrolment, other) for other in others])
    owned = set(Purchase.objects.values_list("training_id", flat=True))
    spent_idr = sum(Purchase.objects.values_list("price_idr", flat=True))
    for pair, result in zip(wanted, results, strict=False):
        assert isinstance(result, list | BundleRefused | InsufficientBalance)
        assert not isinstance(result, list) or {training.pk for training in pair} <= owned
    bought = sum(len(result) if isinstance(result, list) else isinstance(result, Purchase) for result in results)
    assert bought == len(owned)
    assert available_idr(training_account(enrolment.number)) == TRAINING_IDR - spent_idr
    assert audit().exact


def test_the_last_seats_of_bundles_go_to_whole_bundles_without_a_deadlock() -> None:
    enrolments = grant_wave(count=THREADS).enrolments
    one, other = make_trainings(200_000, 300_000, seats=3)
    # Half of them want the two in the other order; a single buyer competes for the same seats.
    clicks = [
        bundling(enrolment, *((one, other) if place % 2 else (other, one))) for place, enrolment in enumerate(enrolments[:-1])
    ]
    with on(day_after(ACCEPTED_ON)):
        results = race(*clicks, buying(enrolments[-1], other))
    whole = sum(isinstance(result, list) for result in results)
    alone = sum(isinstance(result, Purchase) for result in results)
    assert whole + alone == 3
    assert {kind for kind in kinds(results) if kind not in (list, Purchase)} <= {BundleRefused, NoSeatLeft}
    assert Counter(Purchase.objects.values_list("training_id", flat=True)) == {one.pk: whole, other.pk: 3}
    assert dict(Training.objects.values_list("pk", "seats_left")) == {one.pk: 3 - whole, other.pk: 0}
    assert audit().exact


def test_bundles_and_bulk_purchases_of_the_same_seats_neither_overbook_nor_deadlock() -> None:
    enrolments = grant_wave(count=24).enrolments
    trainings = make_trainings(*[100_000] * 4, seats=6)

    def bulk(place: int) -> None:
        batch, wanted = enrolments[4 * place : 4 * place + 4], trainings[place % 4 :] + trainings[: place % 4]
        buy_many(
            orders=[
                Order(enrolment=enrolment.pk, training=training.pk) for enrolment, training in zip(batch, wanted, strict=True)
            ]
        )

    with on(day_after(ACCEPTED_ON)):
        results = race(
            *[partial(bulk, place) for place in range(3)],
            *[bundling(enrolment, *trainings[::-1]) for enrolment in enrolments[12:17]],
        )
    assert set(kinds(results)) <= {type(None), list, OrdersRefused, BundleRefused}
    assert kinds(results)[type(None)] + kinds(results)[list] == 6
    assert set(Training.objects.values_list("seats_left", flat=True)) == {0}
    assert audit().exact
