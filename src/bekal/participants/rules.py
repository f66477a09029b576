"""Who may take part, judged in sets."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from bekal.participants.errors import HouseholdMalformed, NotEligible
from bekal.programmes.definition.schema import Eligibility
from bekal.programmes.models import Wave

_HOUSEHOLD_DIGITS: Final = 16

# Everybody who shares a family card with one of the people, held to the end of the transaction and always in one order: of two
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

# The first rule that excludes one of the people, and how many are excluded.
_EXCLUDED_SQL: Final = """
SELECT rule, count(*) OVER ()
FROM (
    SELECT person.id,
        CASE
            WHEN EXISTS (SELECT FROM participants_bar AS bar WHERE bar.participant_id = person.id) THEN 'barred'
            WHEN person.id = ANY (%(elsewhere)s) THEN 'in_another_wave'
            WHEN extract(year FROM age(%(day)s::date, person.birth_date)) < %(minimum_age)s THEN 'too_young'
            WHEN extract(year FROM age(%(day)s::date, person.birth_date)) > %(maximum_age)s THEN 'too_old'
            WHEN person.occupation = ANY (%(exclusions)s) THEN 'excluded_occupation'
            WHEN person.household_people > %(per_household)s THEN 'household_full'
        END AS rule
    FROM (
        SELECT member.*, count(*) OVER (PARTITION BY member.household_index) AS household_people
        FROM participants_participant AS member
        WHERE member.id = ANY (%(taking_part)s)
    ) AS person
    WHERE person.id = ANY (%(people)s)
) AS judged
WHERE rule IS NOT NULL
ORDER BY id
LIMIT 1
"""


def require_eligible(*, participants: Sequence[int], wave: Wave, eligibility: Eligibility) -> None:
    """Judge people against the programme's rules on the day the wave accepts them, and hold their households.

    Raises:
        NotEligible: the first rule that excludes one of them, and how many are excluded in all.
    """
    people = set(participants)
    values: dict[str, Any] = {
        "people": list(people),
        "day": wave.accepted_on,
        "wave": wave.pk,
        "programme": wave.programme,
        "minimum_age": eligibility.minimum_age_years,
        "maximum_age": eligibility.maximum_age_years,
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
        cursor.execute(_EXCLUDED_SQL, values)
        found = cursor.fetchone()
    if found:
        rule, excluded = found
        raise NotEligible(rule=rule, people=excluded)


def require_number(household: str) -> str:
    """The 16 digits of a family card's number.

    Raises:
        HouseholdMalformed: not 16 digits.
    """
    digits = "".join(sign for sign in household if sign not in " .-")
    if len(digits) != _HOUSEHOLD_DIGITS or not digits.isascii() or not digits.isdigit():
        raise HouseholdMalformed
    return digits
