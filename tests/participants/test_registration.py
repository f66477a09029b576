from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from bekal.core import clock
from bekal.core.keys import SecretMismatch
from bekal.core.sealing import UnreadableValue, version_of
from bekal.participants.errors import AlreadyRegistered, HouseholdMalformed, NikMalformed, TextMalformed
from bekal.participants.models import Education, Participant, Sex
from bekal.participants.queries import born_on
from bekal.participants.sealed import (
    birth_date_index,
    birth_date_of,
    household_index,
    name_birth_index,
    name_of,
    nik_index,
    nik_of,
)
from bekal.participants.services import Registration, register_people, register_person
from tests.builders import on, registration

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
    assert (name_of(person), nik_of(person), birth_date_of(person)) == (SARI.name, SARI.nik, SARI.birth_date)
    assert (person.sex, person.province) == (Sex.FEMALE, "32")
    assert (person.education, person.occupation) == (Education.UPPER_SECONDARY, "jobseeker")
    assert abs(person.registered_at - clock.now()).total_seconds() < 60


@pytest.mark.parametrize(("day", "band"), [(date(2020, 8, 16), "18-24"), (date(2020, 8, 17), "25-29"), (date(1990, 1, 1), "-17")])
def test_the_age_band_is_that_of_the_day_of_registration(day: date, band: str) -> None:
    with on(day):
        assert register_person(registration=SARI).age_band == band


def test_nothing_that_rebuilds_a_nik_is_in_clear() -> None:
    person = register_person(registration=SARI)
    assert bytes(person.nik_index) == nik_index(SARI.nik)
    assert bytes(person.household_index) == household_index(SARI.household)
    assert bytes(person.birth_date_index or b"") == birth_date_index(SARI.birth_date)
    assert {version_of(bytes(sealed)) for sealed in (person.name_sealed, person.nik_sealed, person.birth_date_sealed)} == {1}
    with connection.cursor() as cursor:
        cursor.execute("SELECT person::text FROM participants_participant AS person")
        ((row,),) = cursor.fetchall()
    for text in (SARI.nik, SARI.household, SARI.name, str(SARI.birth_date), "170895", "570895", SARI.nik[:6]):
        assert text not in row
        assert text.encode().hex() not in row


def test_one_number_is_sealed_differently_each_time() -> None:
    first, second = (registration(nik=SARI.nik, birth_date=SARI.birth_date, sex=Sex.FEMALE) for _ in range(2))
    sealed = []
    for person in (first, second):
        with transaction.atomic():
            sealed.append(bytes(register_person(registration=person).nik_sealed))
            transaction.set_rollback(True)
    assert sealed[0] != sealed[1]


def test_under_another_secret_nobody_is_registered_a_second_time(settings: Settings) -> None:
    person = register_person(registration=SARI)
    settings.BEKAL_IDENTITY_SECRET = "another secret, of which this database knows nothing"
    for attempt in (lambda: register_person(registration=SARI), lambda: nik_of(person)):
        with pytest.raises(SecretMismatch):
            attempt()
    assert Participant.objects.count() == 1


@pytest.mark.parametrize("column", ["name_sealed", "nik_sealed", "birth_date_sealed"])
def test_what_is_sealed_of_one_person_does_not_open_as_another_persons(column: str) -> None:
    sari, other = register_person(registration=SARI), register_person(registration=registration())
    read: Callable[[Participant], object] = {"name_sealed": name_of, "nik_sealed": nik_of, "birth_date_sealed": birth_date_of}[
        column
    ]
    Participant.objects.filter(pk=other.pk).update(**{column: getattr(sari, column)})
    with pytest.raises(UnreadableValue):
        read(Participant.objects.get(pk=other.pk))
    Participant.objects.filter(pk=other.pk).update(key_salt=sari.key_salt)
    with pytest.raises(UnreadableValue):
        read(Participant.objects.get(pk=other.pk))


def test_people_born_on_one_day_are_found_without_their_dates() -> None:
    born = date(1990, 2, 3)
    first, other, second = (register_person(registration=registration(birth_date=day)) for day in (born, date(1990, 3, 2), born))
    assert born_on(born) == [first, second]
    assert born_on(date(1990, 3, 2)) == [other]
    assert born_on(date(1990, 2, 4)) == []


def test_people_who_are_likely_one_have_one_index_and_nobody_else_has() -> None:
    born = date(1990, 2, 3)
    same = [registration(name=name, birth_date=born) for name in ("Nur Ma'rufah", "MARUFAH NUR")]
    others = [registration(name="Nur Ma'rufah", birth_date=date(1990, 3, 2)), registration(name="Nur Maruf", birth_date=born)]
    found = [bytes(register_person(registration=one).name_birth_index or b"") for one in (*same, *others)]
    assert (found[0] == found[1], len(set(found))) == (True, 3)
    assert found[0] == name_birth_index("nur marufah", born)


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
    assert [name_of(found[person]) for person in ids] == [person.name for person in people[::-1]]
    assert register_people(registrations=[]) == []


def test_names_are_kept_in_one_spelling() -> None:
    person = register_person(registration=registration(name=" Andre\u0301 \u202eWijaya\u200b ", occupation="wira\u00ad swasta"))
    assert (name_of(person), person.occupation) == ("André Wijaya", "wira swasta")
    with pytest.raises(TextMalformed):
        register_person(registration=registration(name="\u200b\u3164 "))


def test_a_household_is_the_same_however_it_is_written() -> None:
    first, second = (
        register_person(registration=registration(household=household))
        for household in ("3273010101010001", "3273 0101 0101 0001")
    )
    assert bytes(first.household_index) == bytes(second.household_index)
