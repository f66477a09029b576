"""Why people may not take part in a wave, judged in sets: one rule set for those who apply and those who are enrolled.

What is in clear, PostgreSQL judges in one statement (`sql/screening/verdicts.sql`). What is sealed is opened here beforehand:
exact ages, of whom the age band leaves open; and which NIK stands on a list, by keyed indexes alone.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from struct import Struct
from typing import Any, Final

from django.db import connection

from bekal.core import clock
from bekal.core.keys import key_ring, reread_keys
from bekal.core.locks import hold_unchanged
from bekal.core.sql import load_sql
from bekal.participants.ages import age_years, band_of
from bekal.participants.models import ExclusionList
from bekal.participants.screening.errors import ListsOutdated
from bekal.participants.screening.keys import entry_key, list_key
from bekal.participants.sealed import birth_date_at, data_key
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.schema import Eligibility
from bekal.programmes.models import Wave

LISTS_LOCK: Final = 0x4C495354
"""The space of the locks of lists."""
_AT_ONCE: Final = 50_000

# Of whom the band, which was right on some day since the registration, does not say on which side of the limits the age is.
NARROWED: Final = """
    AND (
        coalesce(nullif(split_part(age_band, '-', 1), '')::int, 0) < %(least_years)s
        OR coalesce(nullif(split_part(age_band, '-', 2), '')::int, 1000)
            + extract(year FROM age(%(day)s::date, registered_at::date)) + 1 > %(most_years)s::int
        OR registered_at::date > %(day)s::date
        OR EXISTS (SELECT FROM participants_enrolment AS enrolment WHERE enrolment.participant_id = person.id)
    )
"""
_AGED_SQL: Final = """
SELECT person.id, key_salt, birth_date_sealed, age_band
FROM ({people}) AS asked
JOIN participants_participant AS person ON person.id = asked.person
WHERE key_salt IS NOT NULL {narrowed}
"""
_BANDS_SQL: Final = """
UPDATE participants_participant AS person
SET age_band = judged.band
FROM unnest(%(banded)s::bigint[], %(bands)s::text[]) AS judged (id, band)
WHERE person.id = judged.id
"""
_INDEXES_SQL: Final = """
SELECT person.id, person.nik_index
FROM ({people}) AS asked
JOIN participants_participant AS person ON person.id = asked.person
"""
# Rows of one length, which PostgreSQL takes as they are: two columns, a number of 8 bytes and a key of 32.
_SOUGHT_ROW: Final = Struct(">hiqi32s")
_SOUGHT_COLUMNS: Final = (2, 8, 32)
_COPY_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER: Final = b"\xff\xff"
_LISTED_SQL: Final = """
SELECT sought.person, list.code
FROM screening_sought AS sought
JOIN participants_exclusionentry AS entry ON entry.nik_key = sought.nik_key AND entry.list_id = ANY (%(lists)s)
JOIN participants_exclusionlist AS list ON list.id = entry.list_id
"""


@dataclass(frozen=True, slots=True)
class People:
    """Whom to judge: a SELECT of `person`, the primary keys of participants, each once, with its parameters.

    `select` is part of the code and never put together from what somebody typed.
    """

    select: str
    values: Mapping[str, Any]


def people_of(participants: Sequence[int]) -> People:
    """The people with these primary keys."""
    return People("SELECT DISTINCT unnest(%(people)s::bigint[]) AS person", {"people": list(participants)})


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A SELECT of `person` and `reason`, with its parameters: why each may not take part, NULL for who may."""

    select: str
    values: Mapping[str, Any]


def judge(*, people: People, wave: Wave, day: date, together: bool, lists: Sequence[ExclusionList]) -> Verdicts:
    """Judge people by the programme's rules on a day.

    Args:
        together: whether they are to be accepted now, all of them: then their households count whole, and everybody's birth date
            is opened and the age bands follow. Otherwise each is judged as if alone, and a birth date is opened only where the
            age band leaves the answer open.
        lists: those in use, as `lists_in_use` gives them.
    """
    eligibility = load_definition(wave.programme).eligibility
    values = {
        **people.values,
        "day": day,
        "wave": wave.pk,
        "programme": wave.programme,
        "together": together,
        "educations": [str(level) for level in eligibility.educations],
        "exclusions": [exclusion.code for exclusion in eligibility.exclusions],
        "per_household": eligibility.people_per_household_max,
    }
    values |= _ages(people, values, eligibility, is_narrowed=not together and day >= clock.today())
    listed = find_listed(people=people, lists=lists)
    values |= {"listed": [person for person, _code in listed], "listed_codes": [code for _person, code in listed]}
    return Verdicts(load_sql("participants", "screening/verdicts").replace("{people}", people.select), values)


def lock_key(code: str) -> bytes:
    """By what a list of this code is held in `LISTS_LOCK`."""
    return hashlib.sha256(code.encode()).digest()


def lists_in_use(programme: str) -> list[ExclusionList]:
    """The newest list of each of a programme's exclusions that was ever imported.

    They stay so until the caller's transaction ends: an import deletes the entries of the list before it, and half a judgement
    would find nobody on either. Whoever comes while one is imported waits.

    Raises:
        ListsOutdated: the keys were rotated since; which lists are to be imported again.
    """
    codes = [exclusion.code for exclusion in load_definition(programme).eligibility.exclusions]
    for code in sorted(codes):
        hold_unchanged(LISTS_LOCK, lock_key(code))
    found = list(ExclusionList.objects.filter(code__in=codes, replaced_at=None).order_by("code"))
    # Another process may have rotated the keys since this one read them.
    current = reread_keys().current if found else 0
    if outdated := [one.code for one in found if one.key_version != current]:
        raise ListsOutdated(codes=", ".join(outdated))
    return found


def find_listed(*, people: People, lists: Sequence[ExclusionList]) -> list[tuple[int, str]]:
    """Who of the people stands on which of the lists: person and code."""
    if not lists:
        return []
    key = list_key(key_ring())
    (columns, number_bytes, key_bytes), pack = _SOUGHT_COLUMNS, _SOUGHT_ROW.pack
    found: list[tuple[int, str]] = []
    with connection.cursor() as cursor, connection.cursor() as other:
        other.execute("CREATE TEMPORARY TABLE screening_sought (person bigint, nik_key bytea)")
        cursor.execute(_INDEXES_SQL.replace("{people}", people.select), people.values)
        for rows in _portions(cursor):
            with other.copy("COPY screening_sought FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(_COPY_HEADER)
                copy.write(
                    b"".join(pack(columns, number_bytes, person, key_bytes, entry_key(index, key=key)) for person, index in rows)
                )
                copy.write(_COPY_TRAILER)
            other.execute("ANALYZE screening_sought")
            other.execute(_LISTED_SQL, {"lists": [one.pk for one in lists]})
            found += other.fetchall()
            other.execute("TRUNCATE screening_sought")
        other.execute("DROP TABLE screening_sought")
    return found


def _ages(people: People, values: Mapping[str, Any], eligibility: Eligibility, *, is_narrowed: bool) -> dict[str, list[int]]:
    """Who is too young and who too old on the day. The bands of those who are to be accepted are brought up to it."""
    limits = {"least_years": eligibility.minimum_age_years, "most_years": eligibility.maximum_age_years}
    statement = _AGED_SQL.replace("{people}", people.select).replace("{narrowed}", NARROWED if is_narrowed else "")
    ring, day = key_ring(), values["day"]
    found: dict[str, list[int]] = {"too_young": [], "too_old": []}
    moved: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, **limits})
        for rows in _portions(cursor):
            for person, salt, sealed, band in rows:
                age = age_years(birth_date_at(person, sealed, key=data_key(salt, ring=ring)), day)
                if age < eligibility.minimum_age_years:
                    found["too_young"].append(person)
                elif eligibility.maximum_age_years is not None and age > eligibility.maximum_age_years:
                    found["too_old"].append(person)
                if values["together"] and (now := band_of(age)) != band:
                    moved[person] = now
        if moved:
            cursor.execute(_BANDS_SQL, {"banded": list(moved), "bands": list(moved.values())})
    return found


def _portions(cursor: Any) -> Iterator[list[Any]]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield rows
