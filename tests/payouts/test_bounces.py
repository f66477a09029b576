"""What was paid and comes back: owed again under the next occurrence, whatever became of the account meanwhile."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bekal.ledger.accounts import AccountKind, incentive_account, provider_account
from bekal.ledger.audit import audit
from bekal.ledger.models import Balance, Run, Transfer
from bekal.ledger.queries import available_idr, closed_on, enrolment_position, fund_position, statement
from bekal.ledger.services import post, returned_pool
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.payouts.errors import NotPaidBefore, PaymentCorrected, ReasonMalformed, ResultConflict
from bekal.payouts.models import Payment, PaymentState
from bekal.payouts.queries import InstalmentStatus, instalments_of, payable_idr
from bekal.payouts.results import Results, record_results
from tests.builders import INCENTIVE_IDR, GrantedWave, day_after, make_training, on
from tests.payouts.people import INSTALMENT_IDR, answer, bank, pay, payable_wave, sent, state
from tests.payouts.test_corrections import correct
from tests.payouts.test_settlements import earn, settle
from tests.scenes import found_again, made_once

pytestmark = pytest.mark.usefixtures("granted")
BOUNCED_ON = date(2021, 6, 3)
AFTER_LAST_DAY = date(2022, 6, 30)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[GrantedWave]:
    with made_once(django_db_blocker, lambda: payable_wave(count=2)) as made:
        yield made


@pytest.fixture
def granted(scene: GrantedWave) -> Iterator[GrantedWave]:
    with found_again(scene) as wave, on(BOUNCED_ON):
        yield wave


@pytest.fixture
def sari(granted: GrantedWave) -> Enrolment:
    return granted.enrolments[0]


@pytest.fixture
def run(granted: GrantedWave) -> Run:
    """The first instalment, paid to both."""
    return paid(granted)


def paid(granted: GrantedWave, number: int = 1) -> Run:
    run = pay(granted, number)
    answer(granted, run, paid=sent(run))
    return run


def keys_of(owner: int) -> list[str]:
    return [line.key for line in statement(owner) if not line.key.startswith("grant:")]


def give_back_and_close(granted: GrantedWave, enrolment: Enrolment, *, day: date) -> None:
    owner = incentive_account(enrolment.number)
    returned = returned_pool(fund=granted.wave.fund, day=day)
    post(owner=owner, key="return:incentive", debit=owner, credit=returned, amount_idr=available_idr(owner))
    Balance.objects.filter(owner=owner).update(closed_on=day)


def require_exact(granted: GrantedWave) -> None:
    assert fund_position(granted.wave.fund).is_exact
    assert audit().findings == ()


def test_is_back_with_its_reason_and_its_day(granted: GrantedWave, run: Run, sari: Enrolment) -> None:
    assert answer(granted, run, bounced=sent(run)[:1]) == Results(paid=0, rejected=0, replayed=0, bounced=1)
    owner = incentive_account(sari.number)
    assert keys_of(owner) == ["instalment:1/1", "instalment:1/1:paid", "instalment:1/1:bounced", "instalment:1/1:rejected"]
    assert available_idr(owner) == INCENTIVE_IDR
    payment = Payment.objects.get(public_id=sent(run)[0])
    assert (payment.state, payment.reason) == (PaymentState.BOUNCED, "AC04")
    found = state(sari)
    assert (found.status, found.rejections, found.came_back_on, found.reason) == ("payable", 1, BOUNCED_ON, "AC04")
    assert state(granted.enrolments[1]).status == InstalmentStatus.PAID
    position = enrolment_position(sari.number)[AccountKind.INCENTIVE]
    assert (position.paid_idr, position.clearing_idr, position.remaining_idr) == (0, 0, INCENTIVE_IDR)
    require_exact(granted)


def test_leaves_standing_when_it_was_paid(granted: GrantedWave, run: Run) -> None:
    before = Payment.objects.get(public_id=sent(run)[0])
    with on(day_after(BOUNCED_ON)):
        answer(granted, run, bounced=sent(run)[:1])
    after = Payment.objects.get(pk=before.pk)
    assert (after.state, after.decided_at) == (PaymentState.BOUNCED, before.decided_at)


def test_is_paid_again_under_the_next_occurrence(granted: GrantedWave, run: Run, sari: Enrolment) -> None:
    answer(granted, run, bounced=sent(run)[:1])
    again = pay(granted)
    assert (again.posted_count, state(sari).status, state(sari).came_back_on) == (1, InstalmentStatus.IN_CLEARING, None)
    answer(granted, again, paid=sent(again))
    assert keys_of(incentive_account(sari.number))[-2:] == ["instalment:1/2", "instalment:1/2:paid"]
    assert state(sari).status == InstalmentStatus.PAID
    require_exact(granted)


def test_may_happen_again_and_again(granted: GrantedWave, run: Run, sari: Enrolment) -> None:
    answer(granted, run, bounced=sent(run)[:1])
    for occurrence in (2, 3):
        again = paid(granted)
        answer(granted, again, bounced=sent(again))
        assert (state(sari).status, state(sari).rejections) == (InstalmentStatus.PAYABLE, occurrence)
    rejected = pay(granted)
    answer(granted, rejected, rejected=sent(rejected))
    paid(granted)
    assert keys_of(incentive_account(sari.number))[-2:] == ["instalment:1/5", "instalment:1/5:paid"]
    assert available_idr(incentive_account(sari.number)) == INCENTIVE_IDR - INSTALMENT_IDR
    require_exact(granted)


def test_files_that_come_again_change_nothing(granted: GrantedWave, run: Run, sari: Enrolment) -> None:
    first, second = sent(run)
    answer(granted, run, bounced=[first])
    before = list(Payment.objects.order_by("pk").values())
    with on(day_after(BOUNCED_ON)):
        assert answer(granted, run, bounced=[first]) == Results(paid=0, rejected=0, replayed=1)
        assert answer(granted, run, paid=[first, second]) == Results(paid=0, rejected=0, replayed=2)
        again = paid(granted)
        assert answer(granted, run, bounced=[first]) == Results(paid=0, rejected=0, replayed=1)
    assert list(Payment.objects.exclude(run=again.pk).order_by("pk").values()) == before
    assert state(sari).status == InstalmentStatus.PAID
    require_exact(granted)


def test_of_what_was_not_paid_is_refused_whole(granted: GrantedWave, sari: Enrolment) -> None:
    run = pay(granted)
    first, second = sent(run)
    answer(granted, run, paid=[second])
    with pytest.raises(NotPaidBefore) as caught:
        answer(granted, run, bounced=[first, second])
    assert caught.value.details == {"unpaid": 1}
    assert state(granted.enrolments[1]).status == InstalmentStatus.PAID
    answer(granted, run, rejected=[first])
    paid(granted)
    with pytest.raises(NotPaidBefore):
        answer(granted, run, bounced=[first])
    assert state(sari).status == InstalmentStatus.PAID
    require_exact(granted)


@pytest.mark.parametrize("reason", ["", " \u200b", "a" * 65, "A\0"])
def test_without_a_reason_is_refused_whole(granted: GrantedWave, run: Run, sari: Enrolment, reason: str) -> None:
    first, second = sent(run)
    with pytest.raises(ReasonMalformed):
        record_results(run=run, paid=[], rejected={}, bounced={first: "AC04", second: reason}, actor=granted.operator)
    assert state(sari).status == InstalmentStatus.PAID
    record_results(run=run, paid=[], rejected={}, bounced={first: " AC04\u200b\n"}, actor=granted.operator)
    assert state(sari).reason == "AC04"


def test_contradicts_another_result(granted: GrantedWave, run: Run) -> None:
    first, second = sent(run)
    for together in ({"paid": [first]}, {"rejected": [first]}):
        with pytest.raises(ResultConflict):
            answer(granted, run, bounced=[first, second], **together)
    answer(granted, run, bounced=[first])
    with pytest.raises(ResultConflict):
        answer(granted, run, rejected=[first])
    require_exact(granted)


@pytest.mark.parametrize("number", [1, 4])
def test_stays_payable_after_the_last_day(granted: GrantedWave, sari: Enrolment, number: int) -> None:
    with on(date(2021, 12, 1)):
        run = paid(granted, number)
    with on(AFTER_LAST_DAY):
        answer(granted, run, bounced=sent(run)[:1])
        assert state(sari, number).status == InstalmentStatus.PAYABLE
        bank(sari, channel="ovo")
        assert state(sari, number).status == InstalmentStatus.PAYABLE
        assert paid(granted, number).posted_count == 1
        assert state(sari, number).status == InstalmentStatus.PAID
        require_exact(granted)


class TestOfAClosedAccount:
    def test_is_its_owners_and_nothing_else_is(self, granted: GrantedWave, run: Run, sari: Enrolment) -> None:
        owner = incentive_account(sari.number)
        give_back_and_close(granted, sari, day=BOUNCED_ON)
        answer(granted, run, bounced=sent(run)[:1])
        assert (available_idr(owner), closed_on(owner)) == (INSTALMENT_IDR, None)
        assert not [key for key in keys_of(owner) if key.startswith("forward:")]
        with on(date(2021, 12, 1)):
            assert [found.status for found in instalments_of(sari)] == ["payable", "closed", "closed", "closed"]
            paid(granted)
            assert [found.status for found in instalments_of(sari)] == ["paid", "closed", "closed", "closed"]
        assert available_idr(owner) == 0
        require_exact(granted)

    @pytest.mark.parametrize("status", [EnrolmentStatus.ENDED, EnrolmentStatus.REVOKED])
    def test_is_payable_whatever_the_enrolment_is_now(
        self, granted: GrantedWave, run: Run, sari: Enrolment, status: EnrolmentStatus
    ) -> None:
        give_back_and_close(granted, sari, day=BOUNCED_ON)
        Enrolment.objects.filter(pk=sari.pk).update(status=status)
        answer(granted, run, bounced=sent(run)[:1])
        assert pay(granted).posted_idr == INSTALMENT_IDR
        require_exact(granted)

    def test_is_its_owners_when_it_is_rejected_next_time(self, granted: GrantedWave, run: Run, sari: Enrolment) -> None:
        owner = incentive_account(sari.number)
        answer(granted, run, bounced=sent(run)[:1])
        again = pay(granted)
        give_back_and_close(granted, sari, day=BOUNCED_ON)
        answer(granted, again, rejected=sent(again))
        assert (available_idr(owner), closed_on(owner), state(sari).status) == (INSTALMENT_IDR, None, "payable")
        require_exact(granted)

    def test_is_its_owners_also_in_one_file_with_what_goes_on(self, granted: GrantedWave) -> None:
        run = pay(granted)
        answer(granted, run, paid=sent(run)[:1])
        for enrolment in granted.enrolments:
            give_back_and_close(granted, enrolment, day=BOUNCED_ON)
        answer(granted, run, bounced=sent(run)[:1], rejected=sent(run)[1:])
        held = [available_idr(incentive_account(enrolment.number)) for enrolment in granted.enrolments]
        assert held == [INSTALMENT_IDR, 0]
        require_exact(granted)

    def test_does_not_keep_what_was_only_on_its_way(self, granted: GrantedWave, run: Run, sari: Enrolment) -> None:
        owner = incentive_account(sari.number)
        with on(date(2021, 12, 1)):
            second = pay(granted, 2)
            give_back_and_close(granted, sari, day=date(2021, 12, 1))
            answer(granted, run, bounced=sent(run)[:1])
            answer(granted, second, rejected=sent(second)[:1])
            assert keys_of(owner)[-2:] == ["instalment:2/1:rejected", "forward:instalment:2/1:rejected"]
            assert [found.status for found in instalments_of(sari)[:2]] == ["payable", "closed"]
            assert [found.came_back_on for found in instalments_of(sari)[:2]] == [date(2021, 12, 1), None]
        assert available_idr(owner) == INSTALMENT_IDR
        require_exact(granted)


class TestOfASettlement:
    def test_is_owed_again_and_settled_under_another_number(self, granted: GrantedWave) -> None:
        training = make_training(100_000)
        earn(granted, training=training)
        run = settle(granted)
        answer(granted, run, paid=sent(run))
        assert payable_idr(training.provider) == 0
        assert answer(granted, run, bounced=sent(run)).bounced == 3  # with the providers of the scene
        number = run.parameters["settlement"]
        assert keys_of(provider_account(training.provider.number)) == [
            f"settle:{number}",
            f"settle:{number}:paid",
            f"settle:{number}:bounced",
            f"settle:{number}:rejected",
        ]
        assert payable_idr(training.provider) == 100_000
        again = settle(granted)
        answer(granted, again, paid=sent(again))
        assert payable_idr(training.provider) == 0
        require_exact(granted)


class TestAfterACorrection:
    def test_of_the_result_nothing_is_paid(self, granted: GrantedWave, run: Run, sari: Enrolment) -> None:
        correct(granted, incentive_account(sari.number), "instalment:1/1:paid")
        assert state(sari).status == InstalmentStatus.IN_CLEARING
        with pytest.raises(PaymentCorrected):
            answer(granted, run, bounced=sent(run)[:1])
        require_exact(granted)

    def test_that_was_corrected_it_is_paid(self, granted: GrantedWave, run: Run, sari: Enrolment) -> None:
        owner = incentive_account(sari.number)
        correct(granted, owner, "instalment:1/1:paid")
        correct(granted, owner, f"correct:{Transfer.objects.get(owner=owner, key='instalment:1/1:paid').sequence}")
        assert state(sari).status == InstalmentStatus.PAID
        answer(granted, run, bounced=sent(run)[:1])
        assert state(sari).status == InstalmentStatus.PAYABLE
        require_exact(granted)

    def test_another_instalment_in_the_same_pool_is_not_taken_for_it(
        self, granted: GrantedWave, run: Run, sari: Enrolment
    ) -> None:
        with on(date(2021, 12, 1)):
            paid(granted, 2)
            sending = pay(granted, 3)
            pay(granted, 4)
        owner = incentive_account(sari.number)
        correct(granted, owner, "instalment:1/1:paid")
        correct(granted, owner, "instalment:3/1")
        with pytest.raises(PaymentCorrected):
            answer(granted, run, bounced=sent(run)[:1])
        with pytest.raises(PaymentCorrected):
            answer(granted, sending, paid=sent(sending)[:1])
        require_exact(granted)

    def test_of_its_return_it_is_not_sent_again(self, granted: GrantedWave, run: Run, sari: Enrolment) -> None:
        answer(granted, run, bounced=sent(run)[:1])
        correct(granted, incentive_account(sari.number), "instalment:1/1:rejected")
        assert state(sari).status == InstalmentStatus.IN_CLEARING
        require_exact(granted)


class TestAudit:
    @pytest.mark.parametrize("said", [PaymentState.PAID, PaymentState.REJECTED, PaymentState.SENT])
    def test_names_a_payment_that_came_back_and_says_otherwise(
        self, granted: GrantedWave, run: Run, sari: Enrolment, said: PaymentState
    ) -> None:
        answer(granted, run, bounced=sent(run)[:1])
        Payment.objects.filter(public_id=sent(run)[0]).update(
            state=said, bounced_at=None, decided_at=None if said is PaymentState.SENT else "2021-04-01T00:00Z"
        )
        owner = incentive_account(sari.number)
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("payment", owner)]

    def test_names_a_payment_of_which_a_part_came_back(self, run: Run, sari: Enrolment) -> None:
        owner = incentive_account(sari.number)
        sending = Transfer.objects.get(owner=owner, key="instalment:1/1:paid")
        back = (("bounced", sending.credit, sending.debit), ("rejected", sending.debit, owner))
        for result, debit, credit in back:
            key = f"instalment:1/1:{result}"
            post(owner=owner, key=key, debit=debit, credit=credit, amount_idr=INSTALMENT_IDR - 1)
        Payment.objects.filter(public_id=sent(run)[0]).update(state=PaymentState.BOUNCED, bounced_at="2021-06-03T00:00Z")
        assert [(finding.check, finding.owner) for finding in audit().findings] == [("payment", owner)]

    @pytest.mark.usefixtures("run")
    @pytest.mark.parametrize("key", ["instalment:1/2", "instalment:1/1:rejected"])
    def test_names_what_follows_a_payment_that_did_not_bounce(self, sari: Enrolment, key: str) -> None:
        owner = incentive_account(sari.number)
        clearing = Transfer.objects.get(owner=owner, key="instalment:1/1").credit
        post(owner=owner, key="x", debit=owner, credit=clearing, amount_idr=1)
        sides = (owner, clearing) if key.endswith("2") else (clearing, owner)
        post(owner=owner, key=key, debit=sides[0], credit=sides[1], amount_idr=1)
        assert ("occurrence", owner) in {(finding.check, finding.owner) for finding in audit().findings}
