from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Role
from bekal.core import clock
from bekal.ledger.accounts import AccountKind, incentive_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import NothingToPost
from bekal.ledger.models import RunSkip, Transfer
from bekal.ledger.queries import available_idr, enrolment_position, fund_position, statement
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.models import Enrolment, EnrolmentStatus, HitState, ScreeningHit
from bekal.participants.screening.services import find_hits_of_placed
from bekal.payouts.errors import UnknownInstalment
from bekal.payouts.instalments import propose_instalment
from bekal.payouts.models import Payment, PaymentAccount
from bekal.payouts.queries import InstalmentState, InstalmentStatus, instalments_of
from bekal.payouts.services import link_payment_account
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import Gate
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_training
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    PROGRAMME,
    SPEND_BY,
    GrantedWave,
    approve_and_post,
    day_after,
    grant_wave,
    make_training,
    make_user,
    on,
)
from tests.participants.screening.applying import put_on_list
from tests.payouts.people import INSTALMENT_IDR, answer, bank, finish, open_gates, pay, rate, sent, state, status_on
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")
BEGUN_ON = date(2021, 3, 31)
LAST_DAYS = [date(2021, 12, 31), date(2022, 1, 31), date(2022, 2, 28), date(2022, 3, 31)]
DUE_DAYS = [date(2021, 3, 31), date(2021, 4, 30), date(2021, 5, 31), date(2021, 6, 30)]
ALL_GATES = (Gate.FIRST_TRAINING_COMPLETED, Gate.FIRST_TRAINING_RATED, Gate.PAYMENT_ACCOUNT_VERIFIED)


def make_scene() -> GrantedWave:
    wave = grant_wave(count=3)
    with on(ACCEPTED_ON):
        for enrolment in wave.enrolments:
            buy_training(enrolment=enrolment, training=make_training(1), price_idr=1, request_key=uuid4())
    return wave


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with made_once(django_db_blocker, make_scene) as made:
        yield made


@pytest.fixture
def granted(scene: GrantedWave) -> Iterator[GrantedWave]:
    with found_again(scene) as wave, on(BEGUN_ON):
        yield wave


@pytest.fixture
def sari(granted: GrantedWave) -> Enrolment:
    return granted.enrolments[0]


class TestGates:
    def test_are_all_missing_at_first(self, sari: Enrolment) -> None:
        assert instalments_of(sari) == [
            InstalmentState(
                number=number,
                amount_idr=INSTALMENT_IDR,
                status=InstalmentStatus.WAITING,
                missing=ALL_GATES,
                due_on=None,
                last_day=LAST_DAYS[number - 1],
                rejections=0,
            )
            for number in (1, 2, 3, 4)
        ]

    def test_open_one_by_one(self, sari: Enrolment) -> None:
        purchase = finish(sari)
        assert state(sari).missing == ALL_GATES[1:]
        rate(purchase)
        assert state(sari).missing == ALL_GATES[2:]
        bank(sari)
        assert (state(sari).missing, state(sari).status) == ((), InstalmentStatus.PAYABLE)

    def test_in_one_query(self, sari: Enrolment, django_assert_num_queries: Any) -> None:
        open_gates(sari)
        with django_assert_num_queries(1):
            instalments_of(sari)

    def test_do_not_open_for_an_account_that_is_not_verified(self, sari: Enrolment) -> None:
        rate(finish(sari))
        link_payment_account(enrolment=sari, channel="bni", number="081234567890")
        assert state(sari).missing == (Gate.PAYMENT_ACCOUNT_VERIFIED,)

    def test_close_when_the_verified_account_is_replaced(self, sari: Enrolment) -> None:
        open_gates(sari)
        link_payment_account(enrolment=sari, channel="ovo", number="081234567890")
        assert (state(sari).status, state(sari).missing) == (InstalmentStatus.WAITING, (Gate.PAYMENT_ACCOUNT_VERIFIED,))

    def test_do_not_open_for_an_account_where_the_programme_does_not_pay(self, sari: Enrolment) -> None:
        open_gates(sari)
        PaymentAccount.objects.update(channel="bank-of-another-programme")
        assert (state(sari).status, state(sari).missing) == (InstalmentStatus.WAITING, (Gate.PAYMENT_ACCOUNT_VERIFIED,))

    def test_do_not_open_with_a_free_training(self, sari: Enrolment) -> None:
        bank(sari)
        rate(finish(sari, price_idr=0))
        assert state(sari).missing == ALL_GATES[:2]

    def test_ask_for_the_rating_of_the_training_completed_first(self, sari: Enrolment) -> None:
        bank(sari)
        first = finish(sari)
        with on(day_after(BEGUN_ON)):
            rate(finish(sari, price_idr=100_000))
            assert state(sari).missing == (Gate.FIRST_TRAINING_RATED,)
            rate(first)
            assert state(sari).missing == ()


class TestDueDays:
    def test_are_months_after_the_first_completion(self, sari: Enrolment) -> None:
        open_gates(sari)
        assert [instalment.due_on for instalment in instalments_of(sari)] == DUE_DAYS
        for number, day in enumerate(DUE_DAYS[1:], start=2):
            assert status_on(day - timedelta(days=1), sari, number) == InstalmentStatus.NOT_DUE
            assert status_on(day, sari, number) == InstalmentStatus.PAYABLE

    @pytest.mark.parametrize("day", [date(2021, 8, 31), date(2021, 11, 29), date(2021, 11, 30), date(2021, 12, 15)])
    def test_agree_with_the_definition(self, sari: Enrolment, day: date) -> None:
        with on(day):
            open_gates(sari)
            expected = [instalment.due_on(day) for instalment in load_definition(PROGRAMME).incentives.instalments]
            assert [instalment.due_on for instalment in instalments_of(sari)] == expected

    def test_are_days_of_jakarta(self, sari: Enrolment) -> None:
        with on(date(2021, 6, 1), hour=0):
            open_gates(sari)
            assert state(sari).due_on == date(2021, 6, 1)


class TestLastDays:
    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    @pytest.mark.parametrize("gate", [Gate.FIRST_TRAINING_RATED, Gate.PAYMENT_ACCOUNT_VERIFIED])
    def test_a_gate_opens_in_time_on_its_last_day(self, sari: Enrolment, number: int, gate: Gate) -> None:
        self._open_all_but_last(sari, gate, LAST_DAYS[number - 1], hour=23)
        assert status_on(date(2022, 6, 30), sari, number) == InstalmentStatus.PAYABLE

    @pytest.mark.parametrize("number", [1, 2, 3, 4])
    @pytest.mark.parametrize("gate", [Gate.FIRST_TRAINING_RATED, Gate.PAYMENT_ACCOUNT_VERIFIED])
    def test_a_gate_opened_the_day_after_it_lapses(self, sari: Enrolment, number: int, gate: Gate) -> None:
        self._open_all_but_last(sari, gate, day_after(LAST_DAYS[number - 1]), hour=0)
        with on(date(2022, 6, 30)):
            assert (state(sari, number).status, state(sari, number).missing) == (InstalmentStatus.LAPSED, (gate,))
            later = [state(sari, later).status for later in range(number + 1, 5)]
        assert later == [InstalmentStatus.PAYABLE] * (4 - number)

    def test_the_first_training_can_be_completed_on_the_last_day_of_the_first_instalment(self, sari: Enrolment) -> None:
        bank(sari)
        with on(SPEND_BY):
            purchase = finish(sari)
        with on(LAST_DAYS[0], hour=23):
            rate(purchase)
            assert state(sari).status == InstalmentStatus.PAYABLE

    def test_a_training_completed_the_day_after_it_is_too_late(self, sari: Enrolment) -> None:
        bank(sari)
        rate(finish(sari))
        with on(date(2022, 6, 30)):
            Purchase.objects.filter(enrolment=sari, completed_at__isnull=False).update(
                completed_at=clock.start_of(day_after(LAST_DAYS[0]))
            )
            assert (state(sari, 1).status, state(sari, 1).missing) == (InstalmentStatus.LAPSED, ALL_GATES[:1])
            assert state(sari, 2).status == InstalmentStatus.PAYABLE

    def test_nothing_done_lapses_one_after_the_other(self, sari: Enrolment) -> None:
        for number, day in enumerate(LAST_DAYS, start=1):
            assert status_on(day, sari, number) == InstalmentStatus.WAITING
            with on(day_after(day), hour=0):
                assert (state(sari, number).status, state(sari, number).missing) == (InstalmentStatus.LAPSED, ALL_GATES)

    def test_an_account_linked_after_it_in_place_of_a_verified_one_is_in_time(self, sari: Enrolment) -> None:
        open_gates(sari)
        with on(date(2022, 6, 30)):
            link_payment_account(enrolment=sari, channel="ovo", number="081234567890")
            assert state(sari).status == InstalmentStatus.WAITING
            bank(sari, channel="ovo")
            assert state(sari).status == InstalmentStatus.PAYABLE

    @staticmethod
    def _open_all_but_last(sari: Enrolment, gate: Gate, day: date, *, hour: int) -> None:
        purchase = finish(sari)
        if gate is Gate.FIRST_TRAINING_RATED:
            bank(sari)
        else:
            rate(purchase)
        with on(day, hour=hour):
            bank(sari)
            rate(purchase)


class TestRun:
    def test_sends_what_is_payable_to_each_channel(self, granted: GrantedWave) -> None:
        first, second, third = granted.enrolments
        open_gates(first)
        open_gates(second, channel="gopay")
        finish(third)
        run = pay(granted)
        assert (run.posted_count, run.posted_idr, run.skipped_count) == (2, 2 * INSTALMENT_IDR, 0)
        lines = [statement(incentive_account(enrolment.number))[-1] for enrolment in (first, second)]
        assert [(line.key, line.counterpart, line.change_idr) for line in lines] == [
            ("instalment:1/1", AccountKind.CLEARING, -INSTALMENT_IDR)
        ] * 2
        assert len(set(Transfer.objects.filter(run=run.pk).values_list("credit", flat=True))) == 2
        assert [state(enrolment).status for enrolment in granted.enrolments] == ["in_clearing", "in_clearing", "waiting"]
        assert list(Payment.objects.order_by("owner").values_list("account__channel", "amount_idr", "state")) == [
            ("bni", INSTALMENT_IDR, "sent"),
            ("gopay", INSTALMENT_IDR, "sent"),
        ]
        assert fund_position(granted.wave.fund).is_exact
        assert audit().exact

    def test_is_paid_when_the_channel_says_so(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        run = pay(granted)
        answer(granted, run, paid=sent(run))
        position = enrolment_position(sari.number)[AccountKind.INCENTIVE]
        assert (position.clearing_idr, position.paid_idr, position.remaining_idr, position.is_exact) == (
            0,
            INSTALMENT_IDR,
            INCENTIVE_IDR - INSTALMENT_IDR,
            True,
        )
        assert state(sari).status == InstalmentStatus.PAID
        assert audit().exact

    def test_of_every_instalment_in_turn_pays_all_of_them(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        for number, day in enumerate(DUE_DAYS, start=1):
            with on(day):
                run = pay(granted, number)
                answer(granted, run, paid=sent(run))
        assert available_idr(incentive_account(sari.number)) == INCENTIVE_IDR - 4 * INSTALMENT_IDR
        assert [instalment.status for instalment in instalments_of(sari)] == [InstalmentStatus.PAID] * 4
        assert fund_position(granted.wave.fund).is_exact
        assert audit().exact

    def test_twice_sends_once(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        runs = [propose_instalment(wave=granted.wave, number=1, proposer=granted.operator) for _ in range(2)]
        first, second = approve_and_post(runs, granted.approver)
        assert (first.posted_idr, second.posted_idr) == (INSTALMENT_IDR, 0)
        assert RunSkip.objects.get(run=second.pk).reason == "in_clearing"
        with pytest.raises(NothingToPost):
            propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        assert post_run(run=first).posted_idr == INSTALMENT_IDR
        assert audit().exact

    def test_leaves_out_a_gate_that_closed_since_the_proposal(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        run = propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        link_payment_account(enrolment=sari, channel="ovo", number="081234567890")
        (run,) = approve_and_post([run], granted.approver)
        assert (run.posted_idr, RunSkip.objects.get(run=run.pk).reason) == (0, "waiting")

    def test_leaves_out_who_went_to_another_channel_since_the_proposal(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        run = propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        bank(sari, channel="ovo")
        (run,) = approve_and_post([run], granted.approver)
        assert (run.posted_idr, RunSkip.objects.get(run=run.pk).reason) == (0, "channel_changed")
        assert pay(granted).posted_idr == INSTALMENT_IDR

    def test_pays_to_the_account_in_use_when_it_posts(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        run = propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        account = bank(sari, number="9876543210")
        approve_and_post([run], granted.approver)
        assert Payment.objects.get().account == account

    def test_of_an_older_run_does_not_send_a_later_occurrence(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        stale = propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        run = pay(granted)
        answer(granted, run, rejected=sent(run))
        (stale,) = approve_and_post([stale], granted.approver)
        assert (stale.posted_idr, RunSkip.objects.get(run=stale.pk).reason) == (0, "paid_meanwhile")

    def test_holds_back_who_is_found_on_a_list(self, granted: GrantedWave, sari: Enrolment, tmp_path: Path) -> None:
        open_gates(sari)
        put_on_list(tmp_path, [sari.participant_id])
        with pytest.raises(NothingToPost):
            propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        assert state(sari).status == InstalmentStatus.WITHHELD
        hit = ScreeningHit.objects.get()
        assert (hit.participant_id, hit.reason, hit.state) == (sari.participant_id, "listed:civil_servant", HitState.OPEN)
        ScreeningHit.objects.update(state=HitState.CLEARED, decided_at=clock.now())
        assert pay(granted).posted_count == 1

    def test_leaves_out_who_is_found_since_the_proposal(self, granted: GrantedWave, sari: Enrolment, tmp_path: Path) -> None:
        open_gates(sari)
        run = propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        put_on_list(tmp_path, [sari.participant_id])
        find_hits_of_placed(wave=granted.wave)
        (posted,) = approve_and_post([run], granted.approver)
        assert (posted.posted_idr, RunSkip.objects.get(run=run.pk).reason) == (0, "withheld")

    def test_pays_nothing_to_somebody_revoked(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        Enrolment.objects.filter(pk=sari.pk).update(status=EnrolmentStatus.REVOKED)
        assert state(sari).status == InstalmentStatus.CLOSED
        with pytest.raises(NothingToPost):
            propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)

    def test_still_pays_after_spending_has_ended(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        Enrolment.objects.filter(pk=sari.pk).update(status=EnrolmentStatus.ENDED)
        assert pay(granted).posted_idr == INSTALMENT_IDR

    def test_of_an_unknown_instalment_is_refused(self, granted: GrantedWave) -> None:
        for number in (0, 5):
            with pytest.raises(UnknownInstalment):
                propose_instalment(wave=granted.wave, number=number, proposer=granted.operator)

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
    def test_is_proposed_by_an_operator_alone(self, granted: GrantedWave, sari: Enrolment, role: Role) -> None:
        open_gates(sari)
        with pytest.raises(RoleMissing):
            propose_instalment(wave=granted.wave, number=1, proposer=make_user(role))

    def test_needs_a_second_person(self, granted: GrantedWave, sari: Enrolment) -> None:
        open_gates(sari)
        run = propose_instalment(wave=granted.wave, number=1, proposer=granted.operator)
        for approver, error in ((granted.operator, SamePerson), (make_user(Role.OPERATOR), RoleMissing)):
            with pytest.raises(error):
                approve_run(run=run, approver=approver)

    def test_leaves_another_wave_alone(self, granted: GrantedWave, sari: Enrolment) -> None:
        other = grant_wave(count=1, number=13)
        open_gates(sari)
        with on(FIRST_PURCHASE_BY):
            open_gates(other.enrolments[0])
        assert pay(granted).posted_count == 1
        assert available_idr(incentive_account(other.enrolments[0].number)) == INCENTIVE_IDR


def test_somebody_revoked_for_buying_nothing_is_paid_nothing() -> None:
    granted = grant_wave(count=1, number=14)
    (idle,) = granted.enrolments
    with on(day_after(FIRST_PURCHASE_BY)):
        rate(finish_free(idle))
        bank(idle)
        approve_and_post([propose_revocation(wave=granted.wave, proposer=granted.operator)], granted.approver)
        assert [instalment.status for instalment in instalments_of(idle)] == [InstalmentStatus.CLOSED] * 4
    assert audit().exact


def finish_free(enrolment: Enrolment) -> Any:
    with on(ACCEPTED_ON):
        return finish(enrolment, price_idr=0)
