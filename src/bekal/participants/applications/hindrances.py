"""What can be said at once of somebody who wants to apply, by screening's own rules."""

from typing import Final

from django.db import connection

from bekal.participants.models import Participant
from bekal.participants.screening.rules import judge, people_of
from bekal.programmes.models import Wave

TOLD_AT_ONCE: Final = frozenset({"barred", "in_another_wave", "too_young", "too_old", "education", "excluded_occupation"})
"""Reasons that follow from what somebody typed and from their own part in earlier waves.

Lists and households are judged by screening alone: told at once, they would tell whoever types somebody else's numbers.
"""


def hindrance(participant: Participant, wave: Wave) -> str:
    """Why a person would certainly be refused a place in a wave, as a reason of screening; empty where nothing says so."""
    verdicts = judge(people=people_of([participant.pk]), wave=wave, day=wave.accepted_on, together=False, lists=[])
    with connection.cursor() as cursor:
        cursor.execute(verdicts.select, verdicts.values)
        ((_person, reason),) = cursor.fetchall()
    return reason if reason in TOLD_AT_ONCE else ""
