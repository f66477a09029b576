"""Who may take part, judged in sets."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection

from bekal.core.keys import key_ring
from bekal.core.names import without_separators
from bekal.core.sql import load_sql
from bekal.participants.ages import age_years, band_of
from bekal.participants.errors import HouseholdMalformed, NotEligible
from bekal.participants.sealed import birth_date_at, data_key
from bekal.programmes.definition.schema import Eligibility
from bekal.programmes.models import Wave

_HOUSEHOLD_DIGITS: Final = 16

# All who share a family card with one of the people, held to the end of the transaction and always in one order: of two
# enrolments from one household, or of one person in two waves, the second sees the first.
_HOLD_HOUSEHOLDS_SQL: Final = """
SELECT member.id
FROM participants_participant AS member
WHERE member.household_index IN (SELECT household_index FROM participants_participant WHERE id = ANY (%(people)s))
ORDER BY member.id
FOR NO KEY UPDATE
"""

# Of those, who ever took part in the programme, and whether they do now in another wave.
_TAKING_PART_SQL: Final = """
SELECT enrolment.participant_id, bool_or(enrolment.wave_id <> %(wave)s AND enrolment.status IN ('accepted', 'granted'))
FROM participants_enrolment AS enrolment
JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
WHERE enrolment.participant_id = ANY (%(members)s) AND wave.programme = %(programme)s
GROUP BY enrolment.participant_id
"""

_AGED_SQL: Final = """
SELECT id, key_salt, birth_date_sealed, age_band
FROM participants_participant
WHERE id = ANY (%(people)s) AND key_salt IS NOT NULL
"""

_BANDS_SQL: Final = """
UPDATE participants_participant AS person
SET age_band = judged.band
FROM unnest(%(people)s::bigint[], %(bands)s::text[]) AS judged (id, band)
WHERE person.id = judged.id
"""


def require_eligible(*, participants: Sequence[int], wave: Wave, eligibility: Eligibility) -> None:
    """Judge people against the programme's rules on the day the wave accepts them, and hold their households.

    Ages are exact to that day: the birth dates of all of them are opened at once, and the age bands follow.

    Raises:
        NotEligible: the first rule that excludes one of them, and how many are excluded in all.
    """
    people = set(participants)
    values: dict[str, Any] = {
        "people": list(people),
        "day": wave.accepted_on,
        "wave": wave.pk,
        "programme": wave.programme,
        "exclusions": [exclusion.code for exclusion in eligibility.exclusions],
        "per_household": eligibility.people_per_household_max,
    }
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_HOUSEHOLDS_SQL, values)
        values["members"] = [member for (member,) in cursor.fetchall()]
        cursor.execute(_TAKING_PART_SQL, values)
        earlier = dict(cursor.fetchall())
        values["elsewhere"] = [member for member, is_elsewhere in earlier.items() if is_elsewhere]
        values["taking_part"] = list(people | earlier.keys())
        values |= _judged_ages(cursor, values, eligibility)
        cursor.execute(load_sql("participants", "excluded"), values)
        found = cursor.fetchone()
    if found:
        rule, excluded = found
        raise NotEligible(rule=rule, people=excluded)


def _judged_ages(cursor: Any, values: Mapping[str, Any], eligibility: Eligibility) -> dict[str, list[int]]:
    """Who is too young and who too old on the day. The age bands are brought up to that day."""
    cursor.execute(_AGED_SQL, values)
    ring = key_ring()
    found: dict[str, list[int]] = {"too_young": [], "too_old": []}
    moved: dict[int, str] = {}
    for person, salt, sealed, band in cursor.fetchall():
        age = age_years(birth_date_at(person, sealed, key=data_key(salt, ring=ring)), values["day"])
        if age < eligibility.minimum_age_years:
            found["too_young"].append(person)
        elif eligibility.maximum_age_years is not None and age > eligibility.maximum_age_years:
            found["too_old"].append(person)
        if (now := band_of(age)) != band:
            moved[person] = now
    if moved:
        cursor.execute(_BANDS_SQL, {"people": list(moved), "bands": list(moved.values())})
    return found


def require_number(household: str) -> str:
    """The 16 digits of a family card's number.

    Raises:
        HouseholdMalformed: not 16 digits.
    """
    digits = without_separators(household)
    if len(digits) != _HOUSEHOLD_DIGITS or not digits.isascii() or not digits.isdigit():
        raise HouseholdMalformed
    return digits
