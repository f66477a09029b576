"""Erasing a person beside a ledger that forgets nothing."""

from collections.abc import Iterator
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate
from django.db import connection
from pytest_django import Settings

from bekal.access.errors import RoleMissing
from bekal.access.models import Act, Encounter, KnownBrowser, LastCode, Role, Try, User
from bekal.access.tries import Guessed, Origin, begin_try, come_in
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.models import Transfer
from bekal.ledger.queries import available_idr
from bekal.ledger.services import post, returned_pool
from bekal.messages.codes import request_code
from bekal.messages.models import CodeRequest, Contact, OneTimeCode
from bekal.participants.errors import AlreadyRegistered, NotEligible, PersonErased
from bekal.participants.models import Bar, Enrolment, Participant
from bekal.participants.sealed import birth_date_of, name_of, nik_index, nik_of
from bekal.participants.services import enrol_people, register_people
from bekal.payouts.erasure import Holdings, erase_person, holdings_of
from bekal.payouts.errors import MoneyWaiting
from bekal.payouts.models import Payment, PaymentAccount
from bekal.payouts.sealed import number_of
from bekal.payouts.services import link_payment_account
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    TOTAL_IDR,
    GrantedWave,
    approve_and_post,
    day_after,
    grant_wave,
    make_user,
    make_wave,
    on,
    registration,
)
from tests.messages.phones import used_stand_in, with_phone
from tests.payouts.people import open_gates, pay, state

pytestmark = pytest.mark.django_db
SARI = registration(name="Sari Hilang", birth_date=date(1991, 12, 30))
EMAIL, PHONE = "sari.hilang@example.org", "081234567890"


@pytest.fixture
def granted() -> Iterator[GrantedWave]:
    wave = grant_wave(people=[SARI, registration()])
    with on(day_after(ACCEPTED_ON)):
        user = User.objects.create_user(email=EMAIL, password=None, name=SARI.name, role=Role.PARTICIPANT)
        TOTP.activate(user, "A" * 32)
        EmailAddress.objects.create(user=user, email=EMAIL)
        Participant.objects.filter(pk=wave.enrolments[0].participant_id).update(user=user)
        link_payment_account(enrolment=wave.enrolments[0], channel="ovo", number=PHONE)
        link_payment_account(enrolment=wave.enrolments[0], channel="bni", number="0123456789")
        yield wave


@pytest.fixture
def sari(granted: GrantedWave) -> Participant:
    return Participant.objects.get(pk=granted.enrolments[0].participant_id)


def everything_stored() -> str:
    """Every row of every table as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        tables = [name for (name,) in cursor.fetchall()]
        rows: list[str] = []
        for table in tables:
            cursor.execute(f'SELECT stored::text FROM "{table}" AS stored')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_who_the_person_is_is_gone_from_every_table(granted: GrantedWave, sari: Participant) -> None:
    salt, sealed = bytes(sari.key_salt or b"").hex(), bytes(sari.nik_sealed).hex()
    texts = (EMAIL, SARI.name, salt, sealed)
    before = everything_stored()
    assert [text for text in texts if text not in before] == []
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    after = everything_stored()
    assert [text for text in (*texts, SARI.nik, PHONE, str(SARI.birth_date)) if text in after] == []


def test_nothing_that_was_sealed_opens_any_more(granted: GrantedWave, sari: Participant) -> None:
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    erased = Participant.objects.get(pk=sari.pk)
    for read in (name_of, nik_of, birth_date_of):
        with pytest.raises(PersonErased):
            read(erased)
    # Free words, in which anything may stand; what counts people without naming them stays.
    assert (sari.occupation != "", erased.occupation) == (True, "")
    assert (erased.sex, erased.province, erased.education) == (sari.sex, sari.province, sari.education)
    # Not with what was sealed before either, as in a copy of the rows.
    erased.nik_sealed = sari.nik_sealed
    with pytest.raises(PersonErased):
        nik_of(erased)
    for account in PaymentAccount.objects.select_related("participant"):
        with pytest.raises(PersonErased):
            number_of(account)


def test_the_others_stay_as_they_are(granted: GrantedWave, sari: Participant) -> None:
    other = Participant.objects.get(pk=granted.enrolments[1].participant_id)
    before = (name_of(other), nik_of(other), birth_date_of(other), other.occupation)
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    other = Participant.objects.get(pk=other.pk)
    assert (name_of(other), nik_of(other), birth_date_of(other), other.occupation) == before


def test_the_ledger_stays_and_its_audit_finds_nothing(granted: GrantedWave, sari: Participant) -> None:
    before = list(Transfer.objects.order_by("owner", "sequence").values_list("owner", "sequence", "amount_idr", "hash"))
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    assert list(Transfer.objects.order_by("owner", "sequence").values_list("owner", "sequence", "amount_idr", "hash")) == before
    assert audit().findings == ()
    act = Act.objects.latest("id")
    assert (act.actor, act.verb, act.subject, act.details) == (
        granted.operator,
        "participants.erase",
        f"participant:{sari.public_id}",
        {},
    )


def test_the_login_is_closed(granted: GrantedWave, sari: Participant) -> None:
    assert sari.user is not None
    sari.user.set_password("her password")
    sari.user.save()
    assert authenticate(email=EMAIL, password="her password") == sari.user
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    user = User.objects.get(participant=sari)
    assert (user.name, user.email, user.is_active) == ("", f"{user.public_id}@erased.invalid", False)
    assert authenticate(email=EMAIL, password="her password") is None
    assert authenticate(email=user.email, password="her password") is None
    assert not Authenticator.objects.filter(user=user).exists()
    assert User.objects.create_user(email=EMAIL, password=None, name="Another", role=Role.PARTICIPANT).pk != user.pk


def test_where_the_person_logged_in_is_forgotten_and_others_stay_known(granted: GrantedWave, sari: Participant) -> None:
    assert sari.user is not None
    for user in (sari.user, granted.operator):
        origin = Origin(network="203.0.113.0/24", token=come_in(user=user, origin=Origin(network="203.0.113.0/24")))
        for guessed in Guessed:
            begin_try(account=user, guessed=guessed, origin=origin)
        LastCode.objects.create(user=user, counter=1)
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    assert [model.objects.count() for model in (Encounter, Try, KnownBrowser, LastCode)] == [2, 2, 1, 1]
    assert KnownBrowser.objects.get().user == LastCode.objects.get().user == granted.operator


def test_phone_and_codes_are_erased_too(granted: GrantedWave, sari: Participant, settings: Settings) -> None:
    assert sari.user is not None
    with used_stand_in(settings) as gateway:
        with_phone(gateway, user=sari.user)
        request_code(user=sari.user, number="081311112222", origin=Origin("203.0.113.0/24"))
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    assert [model.objects.count() for model in (Contact, OneTimeCode, CodeRequest)] == [0, 0, 0]


def test_the_same_person_is_known_again(granted: GrantedWave, sari: Participant) -> None:
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    assert bytes(Participant.objects.get(pk=sari.pk).nik_index) == nik_index(SARI.nik)
    with pytest.raises(AlreadyRegistered):
        register_people(registrations=[SARI])
    with pytest.raises(NotEligible) as caught:
        enrol_people(participants=[sari.pk], wave=make_wave(number=13))
    assert caught.value.details == {"rule": "erased", "people": 1}


def test_a_bar_stays(granted: GrantedWave, sari: Participant) -> None:
    with on(day_after(FIRST_PURCHASE_BY)):
        approve_and_post([propose_revocation(wave=granted.wave, proposer=granted.operator)], granted.approver)
        assert holdings_of(sari) == Holdings(accounts=2, balance_idr=0, sent=0)
        erase_person(participant=sari, actor=granted.operator)
    assert Bar.objects.get(participant=sari).barred_on == day_after(FIRST_PURCHASE_BY)


def test_money_that_is_left_is_not_given_up_by_mistake(granted: GrantedWave, sari: Participant) -> None:
    with pytest.raises(MoneyWaiting) as caught:
        erase_person(participant=sari, actor=granted.operator)
    assert caught.value.details == {"balance_idr": TOTAL_IDR, "sent": 0}
    assert nik_of(Participant.objects.get(pk=sari.pk)) == SARI.nik


def test_what_is_on_its_way_is_not_given_up_by_mistake_when_nothing_else_is_left(granted: GrantedWave, sari: Participant) -> None:
    enrolment = Enrolment.objects.select_related("wave").get(participant=sari)
    open_gates(enrolment)
    with on(date(2021, 6, 1)):
        pay(granted)
        for owner in (training_account(enrolment.number), incentive_account(enrolment.number)):
            returned = returned_pool(fund=granted.wave.fund, day=date(2021, 6, 1))
            post(owner=owner, key="return", debit=owner, credit=returned, amount_idr=available_idr(owner))
        with pytest.raises(MoneyWaiting) as caught:
            erase_person(participant=sari, actor=granted.operator)
    assert caught.value.details == {"balance_idr": 0, "sent": 1}


def test_a_payment_on_its_way_counts_and_nothing_is_paid_afterwards(granted: GrantedWave, sari: Participant) -> None:
    enrolment = Enrolment.objects.select_related("wave").get(participant=sari)
    with on(date(2021, 3, 20)):
        open_gates(enrolment)
    with on(date(2021, 6, 1)):
        pay(granted)
        assert holdings_of(sari).sent == Payment.objects.count() == 1
        erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
        assert state(enrolment, 2).missing == ("payment_account_verified",)
        with pytest.raises(PersonErased):
            link_payment_account(enrolment=enrolment, channel="ovo", number=PHONE)


def test_only_an_operator_erases_and_once(granted: GrantedWave, sari: Participant) -> None:
    for role in (Role.APPROVER, Role.AUDITOR, Role.PARTICIPANT):
        with pytest.raises(RoleMissing):
            erase_person(participant=sari, actor=make_user(role), gives_up_money=True)
    erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
    with pytest.raises(PersonErased):
        erase_person(participant=sari, actor=granted.operator, gives_up_money=True)
