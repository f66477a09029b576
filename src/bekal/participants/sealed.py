"""Opening what is sealed of a person: name, NIK, birth date. Each is bound to the person's row."""

from datetime import date
from typing import Final

from bekal.core import clock
from bekal.core.keys import KeyRing
from bekal.core.names import folded_name
from bekal.core.rotation import SealedTable
from bekal.core.sealing import DataKey, Place, blind_index
from bekal.participants.ages import age_years, band_of
from bekal.participants.errors import PersonErased
from bekal.participants.models import Participant

TABLE: Final = "participants_participant"
SEALED: Final = SealedTable(
    table=TABLE,
    columns=("name_sealed", "nik_sealed", "birth_date_sealed"),
    select="""
        SELECT id, key_salt, name_sealed, nik_sealed, birth_date_sealed
        FROM participants_participant
        WHERE id > %s
        ORDER BY id
        LIMIT %s
        FOR NO KEY UPDATE
    """,
    update="""
        UPDATE participants_participant AS person
        SET name_sealed = fresh.name, nik_sealed = fresh.nik, birth_date_sealed = fresh.birth_date
        FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[]) AS fresh (id, name, nik, birth_date)
        WHERE person.id = fresh.id
    """,
)


def data_key(salt: bytes | memoryview | None, *, ring: KeyRing | None = None) -> DataKey:
    """The data key of one person.

    Args:
        salt: as the person's row holds it.
        ring: the installation's keys, where a caller with many people has read them.

    Raises:
        PersonErased: the row holds none any more.
    """
    if salt is None:
        raise PersonErased
    return DataKey(bytes(salt), ring=ring)


def data_key_of(person: Participant) -> DataKey:
    """The data key of a participant, for whatever a room keeps of the person.

    Raises:
        PersonErased: it was destroyed.
    """
    return data_key(person.key_salt)


def name_of(person: Participant) -> str:
    """The person's name, as it was registered.

    Raises:
        PersonErased: it can't be read any more.
    """
    return data_key_of(person).unseal(bytes(person.name_sealed), place("name_sealed", person.pk))


def nik_of(person: Participant) -> str:
    """The person's 16 digits.

    Raises:
        PersonErased: they can't be read any more.
    """
    return data_key_of(person).unseal(bytes(person.nik_sealed), place("nik_sealed", person.pk))


def birth_date_of(person: Participant) -> date:
    """The person's exact birth date.

    Raises:
        PersonErased: it can't be read any more.
    """
    return birth_date_at(person.pk, person.birth_date_sealed, key=data_key_of(person))


def birth_date_at(person: int, sealed: bytes | memoryview, *, key: DataKey) -> date:
    """The birth date of the person with this primary key, whose data key a caller has at hand."""
    return date.fromisoformat(key.unseal(bytes(sealed), place("birth_date_sealed", person)))


def seal_birth_date(person: Participant, birth_date: date) -> None:
    """Put a birth date, its indexes and today's age band in the fields of a participant, which is not saved.

    Raises:
        PersonErased: the person has no data key any more.
    """
    text = birth_date.isoformat()
    person.birth_date_sealed = data_key_of(person).seal(text, place("birth_date_sealed", person.pk))
    person.birth_date_index = birth_date_index(birth_date)
    person.name_birth_index = name_birth_index(name_of(person), birth_date)
    person.age_band = band_of(max(age_years(birth_date, clock.today()), 0))


def place(column: str, person: int) -> Place:
    """Where a sealed value of a person stands."""
    return Place(TABLE, column, person)


def nik_index(digits: str, *, ring: KeyRing | None = None) -> bytes:
    """The blind index of a NIK of 16 digits."""
    return blind_index(digits, column="nik", ring=ring)


def claimed_nik_index(digits: str, person: int, *, ring: KeyRing | None = None) -> bytes:
    """What stands in the place of a NIK's index for a person who is registered with a NIK that is another one's."""
    return blind_index(f"{digits}\0{person}", column="claimed_nik", ring=ring)


def household_index(digits: str, *, ring: KeyRing | None = None) -> bytes:
    """The blind index of a family card's number of 16 digits."""
    return blind_index(digits, column="household", ring=ring)


def birth_date_index(birth_date: date, *, ring: KeyRing | None = None) -> bytes:
    """The blind index of a birth date, equal for people born on one day."""
    return blind_index(birth_date.isoformat(), column="birth_date", ring=ring)


def name_birth_index(name: str, birth_date: date, *, ring: KeyRing | None = None) -> bytes:
    """The blind index of a name and a birth date: equal for people who are likely one, however the name is spelt.

    Capitals, accents, apostrophes and the order of the words make no difference.
    """
    return blind_index(f"{folded_name(name)}\0{birth_date.isoformat()}", column="name_birth", ring=ring)
