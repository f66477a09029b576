"""Registering people and enrolling them in a wave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.db import IntegrityError, connection, transaction

from bekal.access.models import User
from bekal.access.services import erase_login, record_act
from bekal.access.tries import forget_tries
from bekal.core import clock
from bekal.core.ids import next_ids
from bekal.core.keys import KeyRing, key_ring
from bekal.core.names import clean_name, is_name, without_separators
from bekal.core.sealing import new_salt
from bekal.core.statistics import refresh_statistics
from bekal.ledger.services import open_entitlements
from bekal.messages.contacts import forget_contacts
from bekal.participants.ages import age_years, band_of
from bekal.participants.cards import new_card_numbers
from bekal.participants.errors import AlreadyEnrolled, AlreadyRegistered, PersonErased, TextMalformed
from bekal.participants.models import (
    NAME_CHARACTERS,
    OCCUPATION_CHARACTERS,
    Answer,
    Application,
    AwaitedNotice,
    Draft,
    Education,
    Enrolment,
    IdentityCheck,
    IdentityClaim,
    Introduction,
    Participant,
    Sex,
)
from bekal.participants.nik import CLAIMED, Nik, parse_nik
from bekal.participants.rules import require_eligible, require_number
from bekal.participants.sealed import (
    TABLE,
    birth_date_index,
    claimed_nik_index,
    data_key,
    household_index,
    name_birth_index,
    nik_index,
    place,
)
from bekal.programmes.models import Wave
from bekal.programmes.provinces import PROVINCES

_PARTICIPANT_COLUMNS = (
    "id, public_id, key_salt, name_sealed, nik_sealed, nik_index, household_index, birth_date_sealed, birth_date_index,"
    " name_birth_index, age_band, sex, province, education, occupation, registered_at"
)
# Who came by an application reads first what the balance is.
_INTRODUCE_SQL = """
INSERT INTO participants_introduction (enrolment_id)
SELECT enrolment.id
FROM participants_enrolment AS enrolment
JOIN participants_application AS application
    ON application.participant_id = enrolment.participant_id AND application.wave_id = enrolment.wave_id
WHERE enrolment.number = ANY (%(numbers)s)
"""
_NikIndex = Callable[..., bytes]
_COPY_TYPES = ("int8", "uuid", *["bytea"] * 8, *["varchar"] * 5, "timestamptz")


@dataclass(frozen=True, slots=True)
class Registration:
    """What a person types: `nik` and `household` (the number of the family card, KK) have 16 digits each.

    `occupation` is free, except that the codes of a programme's exclusion lists exclude. `province` is where the person lives,
    as the first two digits of a region; the NIK's where it is empty.
    """

    name: str
    nik: str
    household: str
    birth_date: date
    sex: Sex
    education: Education
    occupation: str
    province: str = ""


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


def register_claimant(*, registration: Registration) -> Participant:
    """Register one person whose NIK another one is registered with: to be verified, like anybody whose NIK disagrees.

    Raises:
        NikMalformed, HouseholdMalformed, TextMalformed: as `register_person`.
    """
    (participant_id,) = register_people(registrations=[registration], are_claimants=True)
    check = IdentityCheck.objects.get(participant=participant_id)
    IdentityClaim.objects.create(identity_check=check, nik_index=nik_index(without_separators(registration.nik)))
    return Participant.objects.get(pk=participant_id)


@transaction.atomic
def register_people(*, registrations: Sequence[Registration], are_claimants: bool = False) -> list[int]:
    """Register many people at once, all or none; return the participants' primary keys in the same order.

    Args:
        are_claimants: others are registered with these NIKs.

    Raises:
        NikMalformed, HouseholdMalformed, TextMalformed, AlreadyRegistered: as `register_person`, for any of them.
    """
    now = clock.now()
    ids = next_ids(TABLE, count=len(registrations))
    ring = key_ring()
    disagreeing: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE registering (LIKE participants_participant) ON COMMIT DROP")
        with cursor.copy(f"COPY registering ({_PARTICIPANT_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_COPY_TYPES)
            for participant, registration in zip(ids, registrations, strict=True):
                nik = parse_nik(registration.nik)
                known_by = claimed_nik_index if are_claimants else _nik_index
                row = _participant_row(participant, registration, nik, known_by=known_by, ring=ring, day=clock.day_of(now))
                copy.write_row((*row, now))
                found = nik.disagreeing(birth_date=registration.birth_date, sex=registration.sex)
                if are_claimants:
                    found = (CLAIMED, *found)
                if found:
                    disagreeing[participant] = ",".join(found)
        try:
            with transaction.atomic():
                cursor.execute(
                    f"INSERT INTO participants_participant ({_PARTICIPANT_COLUMNS})"
                    f" SELECT {_PARTICIPANT_COLUMNS} FROM registering ORDER BY id"
                )
        except IntegrityError as error:
            raise AlreadyRegistered from error
        refresh_statistics("participants_participant", rows=len(registrations))
        cursor.execute("DROP TABLE registering")
    if disagreeing:
        IdentityCheck.objects.bulk_create(
            IdentityCheck(participant_id=participant, disagreeing=names, opened_at=now)
            for participant, names in disagreeing.items()
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
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    require_eligible(participants=participants, wave=wave)
    numbers = open_entitlements(fund=wave.fund, count=len(participants))
    while not _insert_enrolments(wave=wave, participants=list(participants), numbers=numbers):
        pass
    with connection.cursor() as cursor:
        cursor.execute(_INTRODUCE_SQL, {"numbers": numbers})
    refresh_statistics("participants_enrolment", rows=len(numbers))
    return numbers


@transaction.atomic
def acknowledge_introduction(*, enrolment: Enrolment) -> None:
    """Note that somebody has read what the balance is, who was told of it with that; once is enough."""
    waiting = Introduction.objects.filter(enrolment=enrolment, acknowledged_at=None)
    if waiting.update(acknowledged_at=clock.now()):
        # So that their days begin at once, and not when the SMS is asked for next.
        AwaitedNotice.objects.filter(enrolment=enrolment).update(look_at=clock.now())
        person = enrolment.participant
        record_act(actor=person.user, verb="participants.read_introduction", subject=f"enrolment:{enrolment.public_id}")


def _insert_enrolments(*, wave: Wave, participants: list[int], numbers: list[int]) -> bool:
    """Store enrolments with new card numbers; False where somebody has one of those, which happens once in years."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO participants_enrolment"
                " (public_id, participant_id, wave_id, number, card_number, status, age_fits_on)"
                " SELECT gen_random_uuid(), participant, %s, number, card, 'accepted', %s"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS accepted (participant, number, card)",
                [wave.pk, wave.accepted_on, participants, numbers, new_card_numbers(count=len(numbers))],
            )
    except IntegrityError as error:
        if "card_number" in str(error):
            return False
        raise AlreadyEnrolled from error
    return True


@transaction.atomic
def erase_identity(*, participant: Participant, actor: User) -> None:
    """Destroy a person's data key, and what it sealed with it; nothing brings either back. The login is closed.

    The blind indexes of NIK and family card stay with the bars, so that the same person is known if they come again, but not that
    of a NIK which was claimed; and what
    counts people without naming them: age band, sex, province, education. Who calls this settles first what the person is owed:
    `payouts.erasure.erase_person` is the way.

    Raises:
        PersonErased: it was done already.
    """
    found = Participant.objects.select_for_update().get(pk=participant.pk)
    if found.key_salt is None:
        raise PersonErased
    found.key_salt = found.birth_date_index = found.name_birth_index = None
    found.name_sealed = found.nik_sealed = found.birth_date_sealed = b""
    found.occupation = ""
    found.save()
    Application.objects.filter(participant=found).update(result_index=None)
    Answer.objects.filter(participant=found).delete()
    IdentityClaim.objects.filter(identity_check=found.pk).delete()
    if found.user is not None:
        Draft.objects.filter(user=found.user).delete()
        forget_tries(user=found.user)
        forget_contacts(user=found.user)
        erase_login(user=found.user)
    record_act(actor=actor, verb="participants.erase", subject=f"participant:{found.public_id}")


def _nik_index(digits: str, _person: int, *, ring: KeyRing) -> bytes:
    return nik_index(digits, ring=ring)


def _participant_row(
    person: int, registration: Registration, nik: Nik, *, known_by: _NikIndex, ring: KeyRing, day: date
) -> tuple[object, ...]:
    household = require_number(registration.household)
    for part, text, characters in (
        ("name", name := clean_name(registration.name), NAME_CHARACTERS),
        ("occupation", occupation := clean_name(registration.occupation), OCCUPATION_CHARACTERS),
    ):
        if not 1 <= len(text) <= characters or "\0" in text:
            raise TextMalformed(part=part)
    if not is_name(name):
        raise TextMalformed(part="name")
    if (province := registration.province or nik.region[:2]) not in PROVINCES:
        raise TextMalformed(part="province")
    digits = without_separators(registration.nik)
    salt = new_salt()
    key = data_key(salt, ring=ring)
    return (
        person,
        uuid4(),
        salt,
        key.seal(name, place("name_sealed", person)),
        key.seal(digits, place("nik_sealed", person)),
        known_by(digits, person, ring=ring),
        household_index(household, ring=ring),
        key.seal(registration.birth_date.isoformat(), place("birth_date_sealed", person)),
        birth_date_index(registration.birth_date, ring=ring),
        name_birth_index(name, registration.birth_date, ring=ring),
        band_of(max(age_years(registration.birth_date, day), 0)),
        registration.sex.value,
        province,
        registration.education.value,
        occupation,
    )
