from collections.abc import Iterator

import pytest

from bekal.participants.models import Enrolment
from bekal.payouts.errors import AccountMalformed, AccountReplaced, HolderMismatch, UnknownChannel, WalletMalformed
from bekal.payouts.models import PaymentAccount
from bekal.payouts.sealed import number_of
from bekal.payouts.services import link_payment_account, verify_payment_account
from bekal.programmes.definition import load_definition
from tests.builders import ACCEPTED_ON, PROGRAMME, day_after, grant_wave, on
from tests.payouts.people import bank, nik_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Iterator[list[Enrolment]]:
    granted = grant_wave(count=2)
    with on(day_after(ACCEPTED_ON)):
        yield granted.enrolments


@pytest.fixture
def sari(people: list[Enrolment]) -> Enrolment:
    return people[0]


def test_a_number_is_sealed(sari: Enrolment) -> None:
    account = link_payment_account(enrolment=sari, channel="ovo", number="0812-3456 789.0")
    account.refresh_from_db()
    assert (account.channel, account.verified_at, account.replaced_at) == ("ovo", None, None)
    assert number_of(account) == "+6281234567890"
    assert b"81234567890" not in bytes(account.number_sealed)


def test_every_channel_of_the_definition_is_known(sari: Enrolment) -> None:
    for channel in load_definition(PROGRAMME).payment.channels:
        assert link_payment_account(enrolment=sari, channel=channel.code, number="081234567890").channel == channel.code


@pytest.mark.parametrize("channel", ["", "bank-of-nowhere", "BNI"])
def test_another_channel_is_refused(sari: Enrolment, channel: str) -> None:
    with pytest.raises(UnknownChannel):
        link_payment_account(enrolment=sari, channel=channel, number="081234567890")


@pytest.mark.parametrize("number", ["", "123", "1" * 35, "12345;", "1234é", "1234\0"])
def test_what_is_no_number_is_refused(sari: Enrolment, number: str) -> None:
    with pytest.raises(AccountMalformed):
        link_payment_account(enrolment=sari, channel="bni", number=number)


def test_the_same_account_again_stays_as_it_is(sari: Enrolment) -> None:
    account = bank(sari)
    again = link_payment_account(enrolment=sari, channel="bni", number="0812-3456 7890")
    assert (again.pk, again.verified_at) == (account.pk, account.verified_at)


@pytest.mark.parametrize(
    "number", ["6281234567890", "+62 812-3456-7890", "0812\u00a03456\u00a07890", "\u202a+6281234567890\u202c"]
)
def test_a_wallet_is_known_by_its_number_in_any_form(sari: Enrolment, number: str) -> None:
    account = bank(sari, channel="ovo", number="081234567890")
    again = link_payment_account(enrolment=sari, channel="ovo", number=number)
    assert (again.pk, again.verified_at) == (account.pk, account.verified_at)


@pytest.mark.parametrize("number", ["", "0123456789", "1234", "0812345", "081234567x", "+999123456789"])
def test_what_is_no_telephone_number_is_no_wallet(sari: Enrolment, number: str) -> None:
    with pytest.raises(WalletMalformed):
        link_payment_account(enrolment=sari, channel="ovo", number=number)


def test_a_number_at_a_bank_is_no_telephone_number(sari: Enrolment) -> None:
    account = link_payment_account(enrolment=sari, channel="bni", number="0812 3456\u200b-7890")
    assert number_of(account) == "081234567890"


def test_another_account_takes_its_place_unverified(sari: Enrolment) -> None:
    first = bank(sari)
    second = link_payment_account(enrolment=sari, channel="ovo", number="081234567890")
    first.refresh_from_db()
    assert (first.replaced_at is not None, second.verified_at) == (True, None)
    with pytest.raises(AccountReplaced):
        verify_payment_account(account=first, holder_nik=nik_of(sari))


def test_the_holder_must_be_the_person(people: list[Enrolment]) -> None:
    sari, budi = people
    account = link_payment_account(enrolment=sari, channel="bni", number="081234567890")
    for nik in (nik_of(budi), "", nik_of(sari)[:-1]):
        with pytest.raises(HolderMismatch):
            verify_payment_account(account=account, holder_nik=nik)
    assert PaymentAccount.objects.get(pk=account.pk).verified_at is None
    digits = nik_of(sari)
    verify_payment_account(account=account, holder_nik=f"{digits[:6]} {digits[6:12]} {digits[12:]}")
    assert PaymentAccount.objects.get(pk=account.pk).verified_at is not None


def test_a_verified_account_stays_verified_since_the_first_time(sari: Enrolment) -> None:
    account = bank(sari)
    with on(day_after(day_after(ACCEPTED_ON))):
        assert verify_payment_account(account=account, holder_nik=nik_of(sari)).verified_at == account.verified_at


def test_two_people_have_one_account_number_each(people: list[Enrolment]) -> None:
    assert {bank(enrolment).participant_id for enrolment in people} == {enrolment.participant_id for enrolment in people}
