"""What people are told of their payments."""

from collections.abc import Iterator
from datetime import date

import pytest

from bekal.ledger.accounts import incentive_account
from bekal.ledger.models import Balance, Run
from bekal.ledger.services import post, returned_pool
from bekal.messages.models import Message
from bekal.participants.models import Enrolment
from bekal.payouts.errors import HolderMismatch
from bekal.payouts.services import link_payment_account, verify_payment_account
from tests.builders import ACCEPTED_ON, INCENTIVE_IDR, GrantedWave, day_after, grant_wave, make_training, on
from tests.messages.people import assert_nothing_personal, give_login, told, told_of
from tests.payouts.people import INSTALMENT_IDR, answer, bank, nik_of, open_gates, pay, sent
from tests.payouts.test_settlements import earn, settle

pytestmark = pytest.mark.django_db
BEGUN_ON = day_after(ACCEPTED_ON)
CONFIRMED = "The account that you linked on 2 March 2021 is in your name. Your incentives are paid to it."
REJECTED = (
    "Your bank or e-wallet rejected the incentive of Rp600.000. The money is back in your incentive balance and can be paid"
    " again. Please check that your account can receive money."
)
BOUNCED = (
    "The incentive of Rp600.000 that was paid to your bank or e-wallet came back on 3 June 2021. It is in your incentive balance"
    " again and can be paid again. Please check that your account can receive money."
)


@pytest.fixture
def granted() -> Iterator[GrantedWave]:
    wave = grant_wave(count=3)
    with on(BEGUN_ON):
        yield wave


def paid_instalment(granted: GrantedWave) -> Run:
    for enrolment in granted.enrolments:
        open_gates(enrolment)
    return pay(granted)


class TestAccount:
    def test_is_told_to_be_confirmed_once(self, granted: GrantedWave) -> None:
        sari = give_login(granted.enrolments[0])
        account = link_payment_account(enrolment=granted.enrolments[0], channel="bni", number="081234567890")
        assert told(sari) == []
        with on(date(2021, 3, 9)):
            for _ in range(2):
                verify_payment_account(account=account, holder_nik=nik_of(granted.enrolments[0]))
        assert (told(sari), told_of(sari)) == ([CONFIRMED], [account.public_id])
        assert_nothing_personal(granted.enrolments[0], secrets=("081234567890", "bni"))

    def test_of_somebody_else_is_told_to_nobody(self, granted: GrantedWave) -> None:
        sari, dewi = (give_login(enrolment) for enrolment in granted.enrolments[:2])
        account = link_payment_account(enrolment=granted.enrolments[0], channel="bni", number="081234567890")
        with pytest.raises(HolderMismatch):
            verify_payment_account(account=account, holder_nik=nik_of(granted.enrolments[1]))
        assert (told(sari), told(dewi)) == ([], [])

    def test_of_a_person_without_a_login_is_told_to_nobody(self, granted: GrantedWave) -> None:
        assert bank(granted.enrolments[0]).verified_at is not None
        assert Message.objects.count() == 0


class TestRejection:
    def test_is_told_to_its_person_alone(self, granted: GrantedWave) -> None:
        sari, dewi = (give_login(enrolment) for enrolment in granted.enrolments[:2])
        run = paid_instalment(granted)
        first, second, third = sent(run)
        answer(granted, run, paid=[second], rejected=[first, third])
        assert (told(sari), told(dewi)) == ([REJECTED, CONFIRMED], [CONFIRMED])
        assert told_of(sari)[-1] == first
        assert_nothing_personal(*granted.enrolments, secrets=("081234567890", "AC01"))

    def test_is_told_once(self, granted: GrantedWave) -> None:
        sari = give_login(granted.enrolments[0])
        run = paid_instalment(granted)
        for _ in range(2):
            answer(granted, run, rejected=sent(run)[:1])
        assert told(sari) == [REJECTED, CONFIRMED]

    def test_on_a_closed_account_is_told_as_what_it_is(self, granted: GrantedWave) -> None:
        sari, dewi = (give_login(enrolment) for enrolment in granted.enrolments[:2])
        run = paid_instalment(granted)
        close(granted, granted.enrolments[1], day=date(2022, 1, 3))
        with on(date(2022, 1, 3)):
            answer(granted, run, rejected=sent(run)[:2])
        assert told(sari)[0] == REJECTED
        assert told(dewi)[0] == (
            "Your bank or e-wallet rejected the incentive of Rp600.000. Your incentive balance is closed, so the money went back"
            " to the state treasury."
        )

    def test_of_what_was_paid_is_told_with_its_day(self, granted: GrantedWave) -> None:
        sari, dewi = (give_login(enrolment) for enrolment in granted.enrolments[:2])
        run = paid_instalment(granted)
        answer(granted, run, paid=sent(run))
        with on(date(2021, 6, 3)):
            for _ in range(2):
                answer(granted, run, bounced=sent(run)[:1])
        assert (told(sari), told(dewi)) == ([BOUNCED, CONFIRMED], [CONFIRMED])
        assert told_of(sari)[-1] == sent(run)[0]
        assert_nothing_personal(*granted.enrolments, secrets=("0123456789", "AC04"))

    def test_of_a_settlement_is_told_to_nobody(self, granted: GrantedWave) -> None:
        give_login(granted.enrolments[0])
        earn(granted, training=make_training(100_000))
        run = settle(granted)
        answer(granted, run, rejected=sent(run))
        again = settle(granted)
        answer(granted, again, paid=sent(again))
        answer(granted, again, bounced=sent(again))
        assert Message.objects.count() == 0


def close(granted: GrantedWave, enrolment: Enrolment, *, day: date) -> None:
    """Return what an incentive account holds, and close it."""
    owner = incentive_account(enrolment.number)
    rest_idr = INCENTIVE_IDR - INSTALMENT_IDR
    returned = returned_pool(fund=granted.wave.fund, day=day)
    post(owner=owner, key="return:incentive", debit=owner, credit=returned, amount_idr=rest_idr)
    Balance.objects.filter(owner=owner).update(closed_on=day)
