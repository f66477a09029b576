"""Keys rotate over everything that rooms keep sealed."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection

from bekal.access.factors import open_secret
from bekal.access.models import Role
from bekal.access.services import add_user
from bekal.core import rotation
from bekal.core.keys import SecretMismatch, check_value, forget_keys, key_ring
from bekal.core.models import SealingKey, SecretCheck
from bekal.core.rotation import Rotated, count_rows, rewrap_keys, rotate_keys
from bekal.core.sealing import DataKey, UnreadableValue, version_of
from bekal.participants.errors import AlreadyRegistered
from bekal.participants.models import Participant
from bekal.participants.sealed import birth_date_of, name_of, nik_of, place, seal_birth_date
from bekal.participants.services import register_people
from bekal.payouts.erasure import erase_person
from bekal.payouts.models import PaymentAccount
from bekal.payouts.sealed import number_of
from bekal.payouts.services import link_payment_account
from tests.builders import ACCEPTED_ON, GrantedWave, grant_wave, on, registration

SECRET = "BEKALDEMOBEKALDEMOBEKALDEMOBEKAL"
PEOPLE = [registration() for _ in range(5)]
_BINARY = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND column_name LIKE '%%\\_sealed'"


@pytest.fixture
def granted(committed_database: str, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        wave = grant_wave(people=PEOPLE)
        with on(ACCEPTED_ON):
            for position, enrolment in enumerate(wave.enrolments):
                link_payment_account(enrolment=enrolment, channel="bni", number=f"012345678{position}")
        add_user(email="officer@example.org", password="x", name="O", role=Role.APPROVER, totp_secret=SECRET)
        yield wave


def versions() -> set[int]:
    """Of every value in a column whose name says that it is sealed."""
    people = Participant.objects.values_list("name_sealed", "nik_sealed", "birth_date_sealed")
    accounts = PaymentAccount.objects.values_list("number_sealed")
    return {version_of(bytes(sealed)) for rows in (people, accounts) for row in rows for sealed in row}


def assert_all_open() -> None:
    people = list(Participant.objects.order_by("pk"))
    assert [(name_of(person), nik_of(person), birth_date_of(person)) for person in people] == [
        (person.name, person.nik, person.birth_date) for person in PEOPLE
    ]
    numbers = [number_of(account) for account in PaymentAccount.objects.order_by("pk")]
    assert numbers == [f"012345678{position}" for position in range(5)]
    assert open_secret(Authenticator.objects.get().data["secret"]) == SECRET


def test_every_sealed_column_is_registered(granted: GrantedWave) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BINARY)
        assert cursor.fetchone() == (8,)
    assert set(rotation._steps) == {
        "bekal_messages_contact",
        "bekal_messages_onetimecode",
        "participants_draft",
        "participants_draw",
        "participants_participant",
        "payouts_paymentaccount",
        "mfa_authenticator",
    }
    assert count_rows() == 11


def test_whose_birth_date_is_corrected_meanwhile_is_sealed_again_wholly(
    granted: GrantedWave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PORTION_ROWS", 1)

    def correct(_rows: int) -> None:
        person = Participant.objects.latest("pk")
        seal_birth_date(person, birth_date_of(person))
        person.save(update_fields=["birth_date_sealed"])

    assert rotate_keys(progress=correct).version == 2
    assert versions() == {2}
    assert_all_open()


def test_everything_is_sealed_again_and_opens(granted: GrantedWave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "PORTION_ROWS", 2)
    before = list(Participant.objects.order_by("pk").values_list("nik_index", flat=True))
    told: list[int] = []
    assert versions() == {1}
    assert rotate_keys(progress=told.append) == Rotated(version=2, values=21)
    assert sum(told) == count_rows() == 11
    assert versions() == {2}
    assert_all_open()
    assert list(Participant.objects.order_by("pk").values_list("nik_index", flat=True)) == before
    with pytest.raises(AlreadyRegistered):
        register_people(registrations=PEOPLE[:1])
    assert rotate_keys() == Rotated(version=3, values=21)
    assert list(SealingKey.objects.order_by("version").values_list("version", flat=True)) == [0, 1, 2, 3]


def test_a_rotation_that_was_stopped_leaves_values_that_open_and_goes_on(
    granted: GrantedWave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PORTION_ROWS", 2)

    told: list[int] = []

    def stop(rows: int) -> None:
        told.append(rows)
        if sum(told) == 3:  # the officer, and a portion of the people
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(progress=stop)
    assert versions() == {1, 2}
    assert_all_open()
    assert rotate_keys() == Rotated(version=3, values=21)
    assert versions() == {3}


def test_what_a_process_sealed_that_knew_the_former_key_alone_opens(granted: GrantedWave) -> None:
    ring = key_ring()
    rotate_keys()
    late = registration()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bekal.participants.services.key_ring", lambda: ring)
        (person,) = register_people(registrations=[late])
    assert versions() == {1, 2}
    assert nik_of(Participant.objects.get(pk=person)) == late.nik
    rotate_keys()
    assert versions() == {3}


def test_a_process_that_read_its_keys_before_opens_what_is_sealed_under_the_new_one(granted: GrantedWave) -> None:
    ring = key_ring()
    rotate_keys()
    person = Participant.objects.earliest("pk")
    opened = DataKey(bytes(person.key_salt or b""), ring=ring).unseal(bytes(person.nik_sealed), place("nik_sealed", person.pk))
    assert opened == PEOPLE[0].nik


def test_a_value_that_does_not_open_stops_the_rotation_and_stays(granted: GrantedWave) -> None:
    first, *_, last = Participant.objects.order_by("pk")
    Participant.objects.filter(pk=last.pk).update(nik_sealed=first.nik_sealed)
    with pytest.raises(UnreadableValue):
        rotate_keys()
    assert bytes(Participant.objects.get(pk=last.pk).nik_sealed) == bytes(first.nik_sealed)


def test_another_secret_takes_the_keys_over_and_the_former_opens_nothing(
    granted: GrantedWave, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, following = settings.BEKAL_IDENTITY_SECRET, "the secret that follows, long enough"
    rewrap_keys(secret=following)
    assert SecretCheck.objects.get().value == check_value(following)
    forget_keys()
    with pytest.raises(SecretMismatch):
        assert_all_open()
    monkeypatch.setattr(settings, "BEKAL_IDENTITY_SECRET", following)
    assert_all_open()
    with pytest.raises(AlreadyRegistered):
        register_people(registrations=PEOPLE[:1])
    monkeypatch.setattr(settings, "BEKAL_IDENTITY_SECRET", former)
    with pytest.raises(SecretMismatch):
        rewrap_keys(secret="a secret that never is")


def test_a_rotation_passes_over_who_was_erased(granted: GrantedWave) -> None:
    erase_person(participant=Participant.objects.earliest("pk"), actor=granted.operator, gives_up_money=True)
    assert rotate_keys() == Rotated(version=2, values=17)
