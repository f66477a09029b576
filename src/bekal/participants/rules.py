"""Who may be enrolled: the rules of screening, once more and under locks."""

from collections.abc import Sequence
from typing import Final

from django.db import connection

from bekal.core.names import without_separators
from bekal.participants.errors import HouseholdMalformed, NotEligible
from bekal.participants.screening.rules import judge, lists_in_use, people_of
from bekal.programmes.models import Wave

_HOUSEHOLD_DIGITS: Final = 16

# All who share a family card with one of the people, held to the end of the transaction and always in one order: of two
# enrolments from one household, or of one person in two waves, the second sees the first.
_HOLD_HOUSEHOLDS_SQL: Final = """
SELECT count(*) FROM (
    SELECT FROM participants_participant AS member
    WHERE member.household_index IN (SELECT household_index FROM participants_participant WHERE id = ANY (%(people)s))
    ORDER BY member.id
    FOR NO KEY UPDATE
) AS held
"""
_FIRST_SQL: Final = """
SELECT reason, count(*) OVER () FROM ({verdicts}) AS verdict WHERE reason IS NOT NULL ORDER BY person LIMIT 1
"""


def hold_households(participants: Sequence[int]) -> None:
    """Hold people and all who share a family card with them, in the caller's transaction.

    Args:
        participants: primary keys.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_HOUSEHOLDS_SQL, {"people": list(participants)})


def require_eligible(*, participants: Sequence[int], wave: Wave) -> None:
    """Judge people against the programme's rules on the day the wave accepts them, and hold their households.

    Ages are exact to that day: the birth dates of all of them are opened at once, and the age bands follow.

    Raises:
        NotEligible: the first rule that excludes one of them, and how many are excluded in all.
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    lists = lists_in_use(wave.programme)
    people = people_of(participants)
    hold_households(participants)
    with connection.cursor() as cursor:
        verdicts = judge(people=people, wave=wave, day=wave.accepted_on, together=True, lists=lists)
        cursor.execute(_FIRST_SQL.replace("{verdicts}", verdicts.select), verdicts.values)
        found = cursor.fetchone()
    if found:
        reason, excluded = found
        rule, _colon, code = reason.partition(":")
        raise NotEligible(rule=rule, people=excluded, **({"list": code} if code else {}))


def require_number(household: str) -> str:
    """The 16 digits of a family card's number.

    Raises:
        HouseholdMalformed: not 16 digits.
    """
    digits = without_separators(household)
    if len(digits) != _HOUSEHOLD_DIGITS or not digits.isascii() or not digits.isdigit():
        raise HouseholdMalformed
    return digits
