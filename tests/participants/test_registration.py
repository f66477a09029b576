from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from bekal.core import clock
from bekal.core.identity import UnreadableIdentity, blind_index, unseal
from bekal.participants.errors import AlreadyRegistered, HouseholdMalformed, NikMalformed, TextMalformed
from bekal.participants.models import Education, Participant, Sex
from bekal.participants.services import Registration, register_people, register_person
from tests.builders import registration

pytestmark = pytest.mark.django_db
SARI = Registration(
    name="Sari (made up)",
    nik="3273015708950001",
    household="3273010101010001",
    birth_date=date(1995, 8, 17),
    sex=Sex.FEMALE,
    education=Education.UPPER_SECONDARY,
    occupation="jobseeker",
)


def test_a_registered_person_is_as_she_said() -> None:
    person = register_person(registration=SARI)
    assert (person.name, person.birth_date, person.sex, person.region) == (SARI.name, SARI.birth_date, Sex.FEMALE, "327301")
    assert (person.education, person.occupation) == (Education.UPPER_SECONDARY, "jobseeker")
    assert abs(person.registered_at - clock.now()).total_seconds() < 60


def test_identity_numbers_are_sealed_at_rest() -> None:
    person = register_person(registration=SARI)
    assert unseal(bytes(person.nik_sealed)) == SARI.nik
    assert bytes(person.nik_index) == blind_index(SARI.nik)
    assert bytes(person.household_index) == blind_index(SARI.household)
    with connection.cursor() as cursor:
        cursor.execute("SELECT person::text FROM participants_participant AS person")
        ((row,),) = cursor.fetchall()
    for digits in (SARI.nik, SARI.household):
        assert digits not in row
        assert digits.encode().hex() not in row


def test_one_number_is_sealed_differently_each_time() -> None:
    first, second = (registration(nik=SARI.nik, birth_date=SARI.birth_date, sex=Sex.FEMALE) for _ in range(2))
    sealed = []
    for person in (first, second):
        with transaction.atomic():
            sealed.append(bytes(register_person(registration=person).nik_sealed))
            transaction.set_rollback(True)
    assert sealed[0] != sealed[1]


def test_another_secret_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    person = register_person(registration=SARI)
    monkeypatch.setattr(settings, "BEKAL_IDENTITY_SECRET", "another secret")
    with pytest.raises(UnreadableIdentity):
        unseal(bytes(person.nik_sealed))
    assert blind_index(SARI.nik) != bytes(person.nik_index)


@pytest.mark.parametrize(
    "nik", [SARI.nik, "3273 0157 0895 0001", "32.73.01.570895.0001", "\u202a3273\u00a00157\u20100895\u200b0001\u202c"]
)
def test_one_nik_is_registered_once_however_it_is_written(nik: str) -> None:
    register_person(registration=SARI)
    with pytest.raises(AlreadyRegistered):
        register_person(registration=registration(nik=nik, birth_date=SARI.birth_date, sex=Sex.FEMALE))
    assert Participant.objects.count() == 1


def test_the_database_itself_refuses_a_second_index() -> None:
    person = register_person(registration=SARI)
    other = register_person(registration=registration())
    with pytest.raises(IntegrityError):
        Participant.objects.filter(pk=other.pk).update(nik_index=person.nik_index)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"nik": "3273015708950000"}, NikMalformed),
        ({"household": "327301010101000"}, HouseholdMalformed),
        ({"household": "32730101010100011"}, HouseholdMalformed),
        ({"household": "327301010101000X"}, HouseholdMalformed),
        ({"household": "٣٢٧٣٠١٠١٠١٠١٠٠٠١"}, HouseholdMalformed),
        ({"name": ""}, TextMalformed),
        ({"name": "S" * 201}, TextMalformed),
        ({"name": "Sa\0ri"}, TextMalformed),
        ({"occupation": "o" * 33}, TextMalformed),
        ({"nik": SARI.nik, "birth_date": SARI.birth_date, "sex": Sex.FEMALE}, AlreadyRegistered),
    ],
)
def test_of_many_all_are_registered_or_none(changes: dict[str, Any], error: type[Exception]) -> None:
    register_person(registration=SARI)
    people = [registration(), registration(**changes), registration()]
    with pytest.raises(error):
        register_people(registrations=people)
    assert Participant.objects.count() == 1


def test_one_nik_twice_among_many_is_refused() -> None:
    with pytest.raises(AlreadyRegistered):
        register_people(registrations=[SARI, registration(), SARI])
    assert Participant.objects.count() == 0


def test_many_come_back_in_order() -> None:
    people = [registration() for _ in range(50)]
    ids = register_people(registrations=people[::-1])
    found = Participant.objects.in_bulk(ids)
    assert [found[person].name for person in ids] == [person.name for person in people[::-1]]
    assert register_people(registrations=[]) == []


def test_names_are_kept_in_one_spelling() -> None:
    person = register_person(registration=registration(name=" Andre\u0301 \u202eWijaya\u200b ", occupation="wira\u00ad swasta"))
    assert (person.name, person.occupation) == ("André Wijaya", "wira swasta")
    with pytest.raises(TextMalformed):
        register_person(registration=registration(name="\u200b\u3164 "))


def test_a_household_is_the_same_however_it_is_written() -> None:
    first, second = (
        register_person(registration=registration(household=household))
        for household in ("3273010101010001", "3273 0101 0101 0001")
    )
    assert bytes(first.household_index) == bytes(second.household_index)
