import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from bekal.access.models import Role
from bekal.catalogue.errors import NoSeatLeft
from bekal.catalogue.models import Training
from bekal.catalogue.services import change_price, close_training
from bekal.core import clock
from bekal.core.errors import NotFound, Refused
from bekal.ledger.accounts import AccountKind, incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import InsufficientBalance
from bekal.ledger.models import Transfer
from bekal.ledger.queries import available_idr, enrolment_position, statement
from bekal.participants.models import Enrolment
from bekal.purchases.bulk import Order
from bekal.purchases.codes import new_redeem_code
from bekal.purchases.errors import (
    AlreadyBought,
    FirstPurchaseTooLate,
    NotGranted,
    OrdersRefused,
    ParticipationRevoked,
    PriceChanged,
    RequestReused,
    SpendingEnded,
    TrainingClosed,
)
from bekal.purchases.keys import buy_key
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.queries import Wallet, owned_training_ids, purchase_of, purchases_of, refusal_to_buy, wallet
from bekal.purchases.services import buy_many, buy_training
from bekal.treasury.services import propose_revocation, propose_wave_end
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    SPEND_BY,
    TRAINING_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    enrol,
    grant_wave,
    make_training,
    make_trainings,
    make_user,
    make_wave,
    on,
    register,
)
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")


def buy(enrolment: Enrolment, training: Training, *, price_idr: int | None = None, request_key: UUID | None = None) -> Purchase:
    return buy_training(
        enrolment=enrolment,
        training=training,
        price_idr=training.price_idr if price_idr is None else price_idr,
        request_key=request_key or uuid4(),
    )


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


class TestBuying:
    def test_moves_the_price_to_the_providers_escrow(self, sari: Enrolment) -> None:
        training = make_training(371_000)
        purchase = buy(sari, training)
        assert purchase == Purchase.objects.get()
        assert (purchase.enrolment, purchase.training, purchase.price_idr) == (sari, training, 371_000)
        assert (purchase.status, purchase.bought_at) == (PurchaseStatus.BOUGHT, clock.now())
        line = statement(training_account(sari.number))[-1]
        assert (line.key, line.counterpart, line.change_idr, line.after_idr) == (
            buy_key(purchase.public_id),
            AccountKind.ESCROW,
            -371_000,
            629_000,
        )
        position = enrolment_position(sari.number)[AccountKind.TRAINING]
        assert (position.escrow_idr, position.remaining_idr, position.is_exact) == (371_000, 629_000, True)
        assert available_idr(incentive_account(sari.number)) == INCENTIVE_IDR
        assert audit().exact

    def test_gives_a_redeem_code_that_can_be_read_aloud(self, sari: Enrolment) -> None:
        code = buy(sari, make_training(1)).redeem_code
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", code)
        assert len({new_redeem_code() for _ in range(1_000)}) == 1_000

    def test_with_one_request_key_is_one_purchase(self, sari: Enrolment) -> None:
        training, request_key = make_training(371_000), uuid4()
        first = buy(sari, training, request_key=request_key)
        assert buy(sari, training, request_key=request_key) == first
        assert Purchase.objects.count() == 1

    def test_with_one_request_key_of_two_people_is_two_purchases(self, granted: GrantedWave) -> None:
        training, request_key = make_training(371_000), uuid4()
        assert len({buy(enrolment, training, request_key=request_key).pk for enrolment in granted.enrolments}) == 2

    def test_with_one_request_key_for_two_trainings_is_refused(self, sari: Enrolment) -> None:
        (first, second), request_key = make_trainings(371_000, 100_000), uuid4()
        buy(sari, first, request_key=request_key)
        with pytest.raises(RequestReused):
            buy(sari, second, request_key=request_key)
        assert available_idr(training_account(sari.number)) == 629_000

    def test_the_same_training_again_is_refused(self, sari: Enrolment) -> None:
        training = make_training(371_000)
        buy(sari, training)
        with pytest.raises(AlreadyBought):
            buy(sari, training)
        assert available_idr(training_account(sari.number)) == 629_000

    def test_a_refunded_training_can_be_bought_again(self, sari: Enrolment) -> None:
        training = make_training(371_000)
        buy(sari, training)
        Purchase.objects.update(status=PurchaseStatus.REFUNDED)
        assert buy(sari, training).status == PurchaseStatus.BOUGHT
        assert owned_training_ids(sari) == {training.pk}
        assert available_idr(training_account(sari.number)) == 258_000

    @pytest.mark.parametrize("change_idr", [-1, 1])
    def test_at_another_price_than_was_shown_is_refused(self, sari: Enrolment, change_idr: int) -> None:
        training = make_training(371_000)
        change_price(training_id=training.pk, price_idr=371_000 + change_idr, actor=None)
        with pytest.raises(PriceChanged) as caught:
            buy(sari, training, price_idr=371_000)
        assert caught.value.details == {"price_idr": 371_000 + change_idr}
        assert buy(sari, training, price_idr=371_000 + change_idr).price_idr == 371_000 + change_idr

    def test_a_closed_training_is_refused(self, sari: Enrolment) -> None:
        training = make_training(371_000)
        close_training(training_id=training.pk, actor=None)
        with pytest.raises(TrainingClosed):
            buy(sari, training)

    def test_beyond_the_balance_tells_what_is_missing_and_takes_no_seat(self, sari: Enrolment) -> None:
        training = make_training(TRAINING_IDR + 1, seats=1)
        with pytest.raises(InsufficientBalance) as caught:
            buy(sari, training)
        assert caught.value.details == {"available_idr": TRAINING_IDR, "amount_idr": TRAINING_IDR + 1, "missing_idr": 1}
        training.refresh_from_db()
        assert (training.seats_left, Purchase.objects.count()) == (1, 0)

    def test_can_use_up_the_balance_to_the_last_rupiah(self, sari: Enrolment) -> None:
        buy(sari, make_training(TRAINING_IDR))
        assert available_idr(training_account(sari.number)) == 0

    def test_takes_a_seat_until_none_is_left(self, granted: GrantedWave) -> None:
        training = make_training(371_000, seats=1)
        buy(granted.enrolments[0], training)
        with pytest.raises(NoSeatLeft):
            buy(granted.enrolments[1], training)
        assert available_idr(training_account(granted.enrolments[1].number)) == TRAINING_IDR

    def test_a_free_training_moves_no_money(self, sari: Enrolment) -> None:
        rows = Transfer.objects.count()
        assert buy(sari, make_training(0)).price_idr == 0
        assert Transfer.objects.count() == rows
        assert audit().exact

    def test_before_the_grant_is_refused(self) -> None:
        with on(day_after(ACCEPTED_ON)):
            (enrolment,) = enrol(make_wave(number=13), register(1))
            for training in make_trainings(0, 371_000):
                with pytest.raises(NotGranted):
                    buy(enrolment, training)

    @pytest.mark.parametrize(
        ("price_idr", "seats", "queries"), [(371_000, None, 2), (371_000, 5, 5), (0, None, 2)], ids=["priced", "seats", "free"]
    )
    def test_number_of_queries(
        self, sari: Enrolment, django_assert_num_queries: Any, price_idr: int, seats: int | None, queries: int
    ) -> None:
        training = make_training(price_idr, seats=seats)
        # What the rules ask; the payment under the lock; for a seat, a savepoint around it and the seat.
        with django_assert_num_queries(queries):
            buy(sari, training)


class TestLastDays:
    def test_of_the_first_purchase(self, granted: GrantedWave) -> None:
        training, (early, late) = make_training(371_000), granted.enrolments
        with on(FIRST_PURCHASE_BY, hour=23):
            buy(early, training)
        with on(day_after(FIRST_PURCHASE_BY), hour=0), pytest.raises(FirstPurchaseTooLate) as caught:
            buy(late, training)
        assert caught.value.details == {"last_day": FIRST_PURCHASE_BY}

    def test_of_the_first_purchase_are_thirty_with_the_day_of_acceptance(self, granted: GrantedWave) -> None:
        assert granted.wave.first_purchase_by == date(2021, 3, 30) == ACCEPTED_ON + timedelta(days=29)

    def test_a_free_training_is_no_first_purchase(self, sari: Enrolment) -> None:
        buy(sari, make_training(0))
        with on(day_after(FIRST_PURCHASE_BY)), pytest.raises(FirstPurchaseTooLate):
            buy(sari, make_training(371_000))

    def test_of_spending(self, sari: Enrolment) -> None:
        first, second, third = make_trainings(100_000, 200_000, 300_000)
        buy(sari, first)
        with on(SPEND_BY, hour=23):
            buy(sari, second)
        with on(day_after(SPEND_BY), hour=0), pytest.raises(SpendingEnded) as caught:
            buy(sari, third)
        assert caught.value.details == {"last_day": SPEND_BY}


class TestAfterTheEnd:
    def test_a_revoked_person_cannot_buy(self, granted: GrantedWave) -> None:
        with on(day_after(FIRST_PURCHASE_BY)):
            approve_and_post([propose_revocation(wave=granted.wave, proposer=granted.operator)], granted.approver)
            for training in make_trainings(0, 371_000):
                with pytest.raises(ParticipationRevoked):
                    buy(granted.enrolments[0], training)

    def test_a_person_who_ended_cannot_buy_but_a_retried_request_still_finds_its_purchase(self, granted: GrantedWave) -> None:
        (sari, _), training, request_key = granted.enrolments, make_training(371_000), uuid4()
        first = buy(sari, training, request_key=request_key)
        with on(day_after(SPEND_BY)):
            approve_and_post(propose_wave_end(wave=granted.wave, proposer=granted.operator), granted.approver)
            for other in make_trainings(0, 371_000):
                with pytest.raises(SpendingEnded) as caught:
                    buy(sari, other)
                assert caught.value.details == {"last_day": SPEND_BY}
            assert buy(sari, training, request_key=request_key) == first


class TestWallet:
    def test_before_the_first_purchase(self, sari: Enrolment) -> None:
        assert wallet(sari) == Wallet(
            training_idr=TRAINING_IDR,
            incentive_idr=INCENTIVE_IDR,
            has_bought=False,
            last_day=FIRST_PURCHASE_BY,
            days_left=29,
            at_stake_idr=TRAINING_IDR + INCENTIVE_IDR,
            can_spend=True,
        )

    def test_after_the_first_purchase(self, sari: Enrolment) -> None:
        buy(sari, make_training(371_000))
        assert wallet(sari) == Wallet(
            training_idr=629_000,
            incentive_idr=INCENTIVE_IDR,
            has_bought=True,
            last_day=SPEND_BY,
            days_left=289,
            at_stake_idr=629_000,
            can_spend=True,
        )

    @pytest.mark.parametrize(("days", "left", "can_spend"), [(0, 1, True), (1, 0, False), (2, 0, False)])
    def test_counts_the_last_day(self, sari: Enrolment, days: int, left: int, can_spend: bool) -> None:
        with on(FIRST_PURCHASE_BY + timedelta(days=days)):
            found = wallet(sari)
        assert (found.days_left, found.can_spend) == (left, can_spend)

    def test_of_somebody_who_ended(self, granted: GrantedWave) -> None:
        (sari, _) = granted.enrolments
        buy(sari, make_training(371_000))
        with on(day_after(SPEND_BY)):
            approve_and_post(propose_wave_end(wave=granted.wave, proposer=granted.operator), granted.approver)
            sari.refresh_from_db()
            found = wallet(sari)
        assert (found.training_idr, found.incentive_idr, found.at_stake_idr, found.can_spend) == (0, INCENTIVE_IDR, 0, False)

    def test_takes_two_queries(self, sari: Enrolment, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(2):
            wallet(sari)


class TestReading:
    def test_purchases_come_newest_first(self, sari: Enrolment, django_assert_num_queries: Any) -> None:
        bought = []
        for days, training in enumerate(make_trainings(100_000, 200_000, 300_000)):
            with on(ACCEPTED_ON + timedelta(days=2 + days)):
                bought.append(buy(sari, training))
        with django_assert_num_queries(1):
            found = purchases_of(sari)
            assert [purchase.training.provider.name for purchase in found] == [
                purchase.training.provider.name for purchase in bought[::-1]
            ]
        assert found == bought[::-1]

    def test_owned_trainings(self, granted: GrantedWave) -> None:
        (sari, other), (first, second) = granted.enrolments, make_trainings(100_000, 200_000)
        buy(sari, first)
        buy(other, second)
        assert owned_training_ids(sari) == {first.pk}

    def test_nobody_reads_anothers_purchase(self, granted: GrantedWave) -> None:
        users = [make_user(Role.PARTICIPANT) for _ in granted.enrolments]
        for user, enrolment in zip(users, granted.enrolments, strict=True):
            enrolment.participant.user = user
            enrolment.participant.save()
        purchase = buy(granted.enrolments[0], make_training(100_000))
        assert purchase_of(user=users[0], public_id=purchase.public_id) == purchase
        for user, public_id in ((users[1], purchase.public_id), (users[0], uuid4())):
            with pytest.raises(NotFound):
                purchase_of(user=user, public_id=public_id)


class TestForecast:
    """What a page says before the click is what the click would meet."""

    @pytest.mark.parametrize("state", ["accepted", "granted", "bought", "revoked", "ended"])
    def test_agrees_with_buying(self, granted: GrantedWave, state: str) -> None:
        person = granted.enrolments[0]
        owned, free, priced, dear, full, closed = make_trainings(100_000, 0, 371_000, TRAINING_IDR + 1, 5, 6)
        Training.objects.filter(pk=full.pk).update(seats=1, seats_left=0)
        Training.objects.filter(pk=closed.pk).update(is_open=False)
        if state == "accepted":
            with on(ACCEPTED_ON):
                (person,) = enrol(make_wave(number=13), register(1))
        if state in ("bought", "ended"):
            with on(ACCEPTED_ON):
                buy(person, owned)
        if state in ("revoked", "ended"):
            with on(day_after(SPEND_BY)):
                approve_and_post(propose_wave_end(wave=granted.wave, proposer=granted.operator), granted.approver)
        person.refresh_from_db()
        for day in (ACCEPTED_ON, FIRST_PURCHASE_BY, day_after(FIRST_PURCHASE_BY), SPEND_BY, day_after(SPEND_BY)):
            with on(day):
                for training in Training.objects.filter(pk__in=[of.pk for of in (owned, free, priced, dear, full, closed)]):
                    forecast = refusal_to_buy(
                        enrolment=person, training=training, wallet=wallet(person), owned=owned_training_ids(person)
                    )
                    met = None
                    try:
                        with transaction.atomic():
                            buy(person, training)
                            transaction.set_rollback(True)
                    except Refused as error:
                        met = error
                    assert (type(forecast), forecast and forecast.details) == (type(met), met and met.details), (day, training)


class TestBuyMany:
    def order(self, enrolment: Enrolment, training: Training) -> Order:
        return Order(enrolment=enrolment.pk, training=training.pk)

    def test_buys_by_the_same_rules(self, granted: GrantedWave) -> None:
        first, second = make_training(371_000, seats=2), make_training(0)
        buy_many(orders=[self.order(granted.enrolments[0], first), self.order(granted.enrolments[1], second)])
        assert list(Purchase.objects.order_by("price_idr").values_list("enrolment", "training", "price_idr")) == [
            (granted.enrolments[1].pk, second.pk, 0),
            (granted.enrolments[0].pk, first.pk, 371_000),
        ]
        assert available_idr(training_account(granted.enrolments[0].number)) == 629_000
        first.refresh_from_db()
        assert first.seats_left == 1
        assert audit().exact

    def test_of_nothing(self) -> None:
        buy_many(orders=[])
        assert Purchase.objects.count() == 0

    @pytest.mark.parametrize(
        "refused", ["twice", "twice, one free", "owned", "closed", "too dear", "no seat", "too late", "over"]
    )
    def test_buys_all_or_none(self, granted: GrantedWave, refused: str) -> None:
        sari, other = granted.enrolments
        training, free, owned, closed = make_trainings(100_000, 0, 200_000, 100_000)
        dear, full = make_training(TRAINING_IDR + 1), make_training(100_000, seats=1)
        day = {"too late": day_after(FIRST_PURCHASE_BY), "over": day_after(SPEND_BY)}.get(refused, clock.today())
        if refused != "too late":
            buy(other, owned)
        if refused == "no seat":
            buy(other, full)
        close_training(training_id=closed.pk, actor=None)
        bad = {
            "twice": [self.order(sari, owned)],
            "twice, one free": [self.order(sari, free)],
            "owned": [self.order(other, owned)],
            "closed": [self.order(other, closed)],
            "too dear": [self.order(other, dear)],
            "no seat": [self.order(other, full)],
        }.get(refused, [])
        before = Purchase.objects.count()
        with on(day), pytest.raises(OrdersRefused):
            buy_many(orders=[self.order(sari, training), *bad])
        if refused == "no seat":
            full.refresh_from_db()
            assert full.seats_left == 0
        assert Purchase.objects.count() == before
        assert available_idr(training_account(sari.number)) == TRAINING_IDR
        assert audit().exact


def test_a_key_names_the_purchase_in_sql_as_in_python() -> None:
    public_ids = [UUID(int=0), UUID(int=2**128 - 1), UUID("fbef0000-3e3f-4fff-bffb-efbefbefbeff"), *(uuid4() for _ in range(20))]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'buy:' || purchases_name(public_id), purchases_public_id(purchases_name(public_id))"
            " FROM unnest(%s::uuid[]) AS purchase (public_id)",
            [public_ids],
        )
        assert cursor.fetchall() == [(buy_key(public_id), public_id) for public_id in public_ids]
    assert {len(buy_key(public_id)) for public_id in public_ids} == {26}
