from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from bekal.access.errors import RoleMissing
from bekal.access.models import Role
from bekal.ledger.accounts import AccountKind, account_id, incentive_account, number_of
from bekal.ledger.audit import audit
from bekal.ledger.models import Balance, Run, Transfer
from bekal.ledger.queries import available_idr, enrolment_position, fund_position, statement
from bekal.ledger.services import post, returned_pool
from bekal.payouts.errors import ResultConflict, UnknownPayment
from bekal.payouts.models import Payment, PaymentState
from bekal.payouts.queries import InstalmentStatus
from bekal.payouts.results import Results, record_results
from tests.builders import ACCEPTED_ON, INCENTIVE_IDR, GrantedWave, day_after, make_user, on
from tests.payouts.people import INSTALMENT_IDR, answer, pay, payable_wave, sent, state
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")
BEGUN_ON = date(2021, 3, 31)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with made_once(django_db_blocker, lambda: payable_wave(count=3)) as made:
        yield made


@pytest.fixture
def granted(scene: GrantedWave) -> Iterator[GrantedWave]:
    with found_again(scene) as wave, on(day_after(ACCEPTED_ON)):
        yield wave


@pytest.fixture
def run(granted: GrantedWave) -> Run:
    return pay(granted)


def keys_of(granted: GrantedWave, person: int = 0) -> list[str]:
    lines = statement(incentive_account(granted.enrolments[person].number))
    return [line.key for line in lines if line.key != "grant:incentive"]


def test_settle_each_payment(granted: GrantedWave, run: Run) -> None:
    first, second, third = sent(run)
    assert answer(granted, run, paid=[third, first], rejected=[second]) == Results(paid=2, rejected=1, replayed=0)
    assert [keys_of(granted, person)[-1] for person in range(3)] == [
        "instalment:1/1:paid",
        "instalment:1/1:rejected",
        "instalment:1/1:paid",
    ]
    held = [available_idr(incentive_account(enrolment.number)) for enrolment in granted.enrolments]
    assert held == [INCENTIVE_IDR - INSTALMENT_IDR, INCENTIVE_IDR, INCENTIVE_IDR - INSTALMENT_IDR]
    assert list(Payment.objects.order_by("owner").values_list("state", "reason")) == [
        ("paid", ""),
        ("rejected", "AC01"),
        ("paid", ""),
    ]
    assert fund_position(granted.wave.fund).is_exact
    assert audit().exact


def test_a_rejection_reopens_with_the_next_occurrence(granted: GrantedWave, run: Run) -> None:
    answer(granted, run, rejected=sent(run)[:1])
    found = state(granted.enrolments[0])
    assert (found.status, found.rejections) == (InstalmentStatus.PAYABLE, 1)
    second = pay(granted)
    answer(granted, second, rejected=sent(second))
    third = pay(granted)
    answer(granted, third, paid=sent(third))
    assert keys_of(granted) == [
        "instalment:1/1",
        "instalment:1/1:rejected",
        "instalment:1/2",
        "instalment:1/2:rejected",
        "instalment:1/3",
        "instalment:1/3:paid",
    ]
    assert state(granted.enrolments[0]).status == InstalmentStatus.PAID
    assert available_idr(incentive_account(granted.enrolments[0].number)) == INCENTIVE_IDR - INSTALMENT_IDR
    assert audit().exact


def test_again_change_nothing(granted: GrantedWave, run: Run) -> None:
    first, second, third = sent(run)
    answer(granted, run, paid=[first], rejected=[second])
    before = list(Payment.objects.order_by("pk").values())
    assert answer(granted, run, paid=[first, first], rejected=[second]) == Results(paid=0, rejected=0, replayed=2)
    assert list(Payment.objects.order_by("pk").values()) == before
    assert answer(granted, run, paid=[first, third], rejected=[second]) == Results(paid=1, rejected=0, replayed=2)
    assert keys_of(granted) == ["instalment:1/1", "instalment:1/1:paid"]
    assert audit().exact


def test_of_nothing_are_nothing(granted: GrantedWave, run: Run) -> None:
    assert answer(granted, run) == Results(paid=0, rejected=0, replayed=0)


def test_that_contradict_each_other_are_refused_whole(granted: GrantedWave, run: Run) -> None:
    first, second, third = sent(run)
    with pytest.raises(ResultConflict):
        answer(granted, run, paid=[first, second], rejected=[second])
    answer(granted, run, paid=[first], rejected=[second])
    with pytest.raises(ResultConflict) as caught:
        answer(granted, run, paid=[third, second], rejected=[first])
    assert caught.value.details == {"conflicting": 2}
    assert Payment.objects.get(public_id=third).state == PaymentState.SENT
    assert keys_of(granted, 2) == ["instalment:1/1"]
    assert audit().exact


def test_of_unknown_payments_are_refused_whole(granted: GrantedWave, run: Run) -> None:
    first, *_ = sent(run)
    with pytest.raises(UnknownPayment) as caught:
        answer(granted, run, paid=[first, uuid4()], rejected=[uuid4()])
    assert caught.value.details == {"unknown": 2}
    assert Payment.objects.filter(state=PaymentState.SENT).count() == 3


def test_of_another_run_are_refused(granted: GrantedWave, run: Run) -> None:
    answer(granted, run, rejected=sent(run))
    again = pay(granted)
    with pytest.raises(UnknownPayment):
        answer(granted, run, paid=sent(again))


def test_late_rejection_of_a_closed_account_goes_on_to_the_treasury(granted: GrantedWave, run: Run) -> None:
    enrolment = granted.enrolments[1]
    owner = incentive_account(enrolment.number)
    year_end = date(2022, 1, 3)
    rest_idr = INCENTIVE_IDR - INSTALMENT_IDR
    post(
        owner=owner,
        key="return:incentive",
        debit=owner,
        credit=returned_pool(fund=granted.wave.fund, day=year_end),
        amount_idr=rest_idr,
    )
    Balance.objects.filter(owner=owner).update(closed_on=year_end)
    with on(year_end):
        answer(granted, run, paid=sent(run)[:1], rejected=sent(run)[1:])
        assert [(line.key, line.change_idr, line.after_idr) for line in statement(owner)[-2:]] == [
            ("instalment:1/1:rejected", INSTALMENT_IDR, INSTALMENT_IDR),
            ("forward:instalment:1/1:rejected", -INSTALMENT_IDR, 0),
        ]
        position = enrolment_position(enrolment.number)[AccountKind.INCENTIVE]
        assert (position.returned_idr, position.is_exact) == (INCENTIVE_IDR, True)
        assert state(enrolment).status == InstalmentStatus.CLOSED
    assert available_idr(incentive_account(granted.enrolments[2].number)) == INCENTIVE_IDR
    assert fund_position(granted.wave.fund).is_exact
    assert audit().exact


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_are_recorded_by_an_operator_alone(run: Run, role: Role) -> None:
    with pytest.raises(RoleMissing):
        record_results(run=run, paid=sent(run), rejected={}, actor=make_user(role))


class TestAudit:
    def test_names_a_payment_whose_state_was_changed(self, granted: GrantedWave, run: Run) -> None:
        Payment.objects.filter(public_id=sent(run)[0]).update(state=PaymentState.PAID, decided_at="2021-04-01T00:00Z")
        owner = incentive_account(granted.enrolments[0].number)
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("payment", owner)]

    def test_names_a_payment_that_is_gone(self, granted: GrantedWave, run: Run) -> None:
        Payment.objects.filter(public_id=sent(run)[2]).delete()
        owner = incentive_account(granted.enrolments[2].number)
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("payment", owner)]

    @pytest.mark.parametrize("result", ["paid", "rejected"])
    def test_names_a_result_of_another_amount(self, run: Run, result: str) -> None:
        payment = Payment.objects.get(public_id=sent(run)[0])
        clearing = Transfer.objects.get(owner=payment.owner, key=payment.key).credit
        credit = account_id(number_of(clearing), AccountKind.PAID) if result == "paid" else payment.owner
        post(owner=payment.owner, key=f"{payment.key}:{result}", debit=clearing, credit=credit, amount_idr=INSTALMENT_IDR - 1)
        Payment.objects.filter(pk=payment.pk).update(state=result, decided_at="2021-04-01T00:00Z")
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("payment", payment.owner)]

    @pytest.mark.parametrize("key", ["instalment:1/2", "instalment:1/3", "instalment:2/2", "instalment:1/2:rejected"])
    def test_names_an_occurrence_out_of_order(self, granted: GrantedWave, run: Run, key: str) -> None:
        answer(granted, run, paid=sent(run))
        owner = incentive_account(granted.enrolments[0].number)
        with connection.cursor() as cursor:
            cursor.execute("SELECT credit FROM ledger_transfer WHERE owner = %s AND key = 'instalment:1/1'", [owner])
            (clearing,) = cursor.fetchone()
        post(owner=owner, key=key, debit=owner, credit=clearing, amount_idr=1)
        assert ("occurrence", owner) in {(finding.check, finding.owner) for finding in audit().findings}

    @pytest.mark.usefixtures("run")
    def test_names_what_bounced_without_having_been_paid(self, granted: GrantedWave) -> None:
        owner = incentive_account(granted.enrolments[0].number)
        clearing = Transfer.objects.get(owner=owner, key="instalment:1/1").credit
        paid = account_id(number_of(clearing), AccountKind.PAID)
        post(owner=owner, key="instalment:1/1:bounced", debit=paid, credit=clearing, amount_idr=INSTALMENT_IDR)
        assert ("occurrence", owner) in {(finding.check, finding.owner) for finding in audit().findings}

    def test_accepts_the_next_occurrence_only_after_a_rejection(self, granted: GrantedWave, run: Run) -> None:
        answer(granted, run, rejected=sent(run))
        pay(granted)
        assert audit().exact
