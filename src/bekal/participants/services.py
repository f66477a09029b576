"""Registering people and enrolling them in a wave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.db import IntegrityError, connection, transaction

from bekal.core import clock
from bekal.core.identity import blind_index, seal
from bekal.core.names import clean_name, without_separators
from bekal.core.statistics import refresh_statistics
from bekal.ledger.services import open_entitlements
from bekal.participants.errors import AlreadyEnrolled, AlreadyRegistered, TextMalformed
from bekal.participants.models import (
    NAME_CHARACTERS,
    OCCUPATION_CHARACTERS,
    Education,
    Enrolment,
    IdentityCheck,
    Participant,
    Sex,
)
from bekal.participants.nik import Nik, parse_nik
from bekal.participants.rules import require_eligible, require_number
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

_PARTICIPANT_COLUMNS = (
    "public_id, name, nik_sealed, nik_index, household_index, birth_date, sex, region, education, occupation, registered_at"
)
_COPY_TYPES = ("int4", "uuid", "varchar", *["bytea"] * 3, "date", *["varchar"] * 4, "timestamptz")


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person types: `nik` and `household` (the number of the family card, KK) have 16 digits each.

    `occupation` is free, except that the codes of a programme's exclusion lists exclude.
    """

    name: str
    nik: str
    household: str
    birth_date: date
    sex: Sex
    education: Education
    occupation: str


def register_person(*, registration: Registration) -> Participant:
    """Register one person. Where the NIK says another birth date or sex, the registration is to be verified (`identity`).

    Raises:
        NikMalformed: the NIK.
        HouseholdMalformed: the family card's number.
        TextMalformed: the name or the occupation is empty or too long.
        AlreadyRegistered: the NIK is known.
    """
    (participant_id,) = register_people(registrations=[registration])
    return Participant.objects.get(pk=participant_id)


@transaction.atomic
def register_people(*, registrations: Sequence[Registration]) -> list[int]:
    """Register many people at once, all or none; return the participants' primary keys in the same order.

    Raises:
        NikMalformed, HouseholdMalformed, TextMalformed, AlreadyRegistered: as `register_person`, for any of them.
    """
    now = clock.now()
    disagreeing: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE registering (position int, LIKE participants_participant) ON COMMIT DROP")
        cursor.execute("ALTER TABLE registering ALTER id DROP NOT NULL")
        columns = f"position, {_PARTICIPANT_COLUMNS}"
        with cursor.copy(f"COPY registering ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_COPY_TYPES)
            for position, registration in enumerate(registrations):
                nik = parse_nik(registration.nik)
                copy.write_row((position, *_participant_row(registration, nik), now))
                if found := nik.disagreeing(birth_date=registration.birth_date, sex=registration.sex):
                    disagreeing[position] = ",".join(found)
        try:
            with transaction.atomic():
                cursor.execute(
                    f"INSERT INTO participants_participant ({_PARTICIPANT_COLUMNS})"
                    f" SELECT {_PARTICIPANT_COLUMNS} FROM registering ORDER BY position"
                )
        except IntegrityError as error:
            raise AlreadyRegistered from error
        refresh_statistics("participants_participant", "registering", rows=len(registrations))
        cursor.execute(
            "SELECT person.id FROM registering JOIN participants_participant AS person USING (nik_index)"
            " ORDER BY registering.position"
        )
        ids = [participant for (participant,) in cursor.fetchall()]
        cursor.execute("DROP TABLE registering")
    if disagreeing:
        IdentityCheck.objects.bulk_create(
            IdentityCheck(participant_id=ids[position], disagreeing=names, opened_at=now)
            for position, names in disagreeing.items()
        )
    return ids


def enrol_person(*, participant: Participant, wave: Wave) -> Enrolment:
    """Accept one person into a wave.

    Raises:
        NotEligible: the programme's rules exclude the person.
        AlreadyEnrolled: the person is in this wave.
    """
    (number,) = enrol_people(participants=[participant.pk], wave=wave)
    return Enrolment.objects.get(number=number)


@transaction.atomic
def enrol_people(*, participants: Sequence[int], wave: Wave) -> list[int]:
    """Accept many people into a wave, all or none; return their account numbers in the same order.

    Args:
        participants: primary keys.

    Raises:
        NotEligible: the programme's rules exclude one of them.
        AlreadyEnrolled: one of them is in this wave.
    """
    require_eligible(participants=participants, wave=wave, eligibility=load_definition(wave.programme).eligibility)
    numbers = open_entitlements(fund=wave.fund, count=len(participants))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO participants_enrolment (public_id, participant_id, wave_id, number, status)"
                " SELECT gen_random_uuid(), participant, %s, number, 'accepted'"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS accepted (participant, number)",
                [wave.pk, list(participants), numbers],
            )
    except IntegrityError as error:
        raise AlreadyEnrolled from error
    refresh_statistics("participants_enrolment", rows=len(numbers))
    return numbers


def _participant_row(registration: Registration, nik: Nik) -> tuple[object, ...]:
    household = require_number(registration.household)
    for part, text, characters in (
        ("name", name := clean_name(registration.name), NAME_CHARACTERS),
        ("occupation", occupation := clean_name(registration.occupation), OCCUPATION_CHARACTERS),
    ):
        if not 1 <= len(text) <= characters or "\0" in text:
            raise TextMalformed(part=part)
    digits = without_separators(registration.nik)
    return (
        uuid4(),
        name,
        seal(digits),
        blind_index(digits),
        blind_index(household),
        registration.birth_date,
        registration.sex.value,
        nik.region,
        registration.education.value,
        occupation,
    )
