"""Screening: everybody who applied to a wave, people by themselves, and those who have a place already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connection, transaction

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.jobs.queue import enqueue
from bekal.participants.applications.services import UNDECIDED, Found, record_verdicts
from bekal.participants.errors import NotEligible
from bekal.participants.models import (
    DoubleRegistration,
    Draw,
    DrawState,
    Enrolment,
    ExclusionList,
    HitState,
    Participant,
    Screening,
    ScreeningHit,
)
from bekal.participants.rules import hold_households
from bekal.participants.screening.errors import NothingFound
from bekal.participants.screening.queries import excluded_for_good, withheld_by
from bekal.participants.screening.rules import People, find_listed, judge, lists_in_use, people_of
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

SCREEN_JOB: Final = "participants.screen"
HOUSEHOLD_FULL: Final = "household_full"
_PORTION: Final = 200_000
# Hash tables of a portion that do not fit are written to disk.
_MEMORY_SQL: Final = "SET LOCAL work_mem = '64MB'"

_FOUND_SQL: Final = """
SELECT application.id AS application, CASE WHEN verdict.reason IS NULL THEN 'eligible' ELSE 'refused' END AS state,
    coalesce(verdict.reason, '') AS reason
FROM ({verdicts}) AS verdict
JOIN participants_application AS application ON application.participant_id = verdict.person AND application.wave_id = %(wave)s
"""
_APPLIED_SQL: Final = """
SELECT participant_id AS person
FROM participants_application
WHERE id > %(low)s AND id <= %(high)s AND wave_id = %(wave)s AND state = ANY (%(states)s)
"""
_EXCLUDED_SQL: Final = "SELECT person, reason FROM ({verdicts}) AS verdict WHERE reason IS NOT NULL ORDER BY person"
# Who freezes the applications of a wave locks its row and waits; who applies does not.
_NOT_FROZEN_SQL: Final = "SELECT FROM programmes_wave WHERE id = %s FOR SHARE"
_BOUNDS_SQL: Final = "SELECT min(id), max(id) FROM participants_application WHERE wave_id = %s"
_REASONS_SQL: Final = """
SELECT reason, count(*) FROM participants_application WHERE wave_id = %s AND state IN ('eligible', 'refused') GROUP BY reason
"""
# People who have or may get a place: what is found of them now, and was not known before.
_HITS_SQL: Final = """
INSERT INTO participants_screeninghit (public_id, participant_id, wave_id, reason, found_at, state)
SELECT gen_random_uuid(), found.person, %(wave)s, found.reason, %(now)s, 'open'
FROM unnest(%(persons)s::bigint[], %(reasons)s::text[]) AS found (person, reason)
ON CONFLICT (participant_id, wave_id, reason) DO {known}
"""
_LEAVE_SQL: Final = "NOTHING"
# What was cleared of another rule than a list was not so any more then.
_OPEN_AGAIN_SQL: Final = """
UPDATE SET state = 'open', decided_at = NULL, found_at = excluded.found_at
    WHERE participants_screeninghit.state = 'cleared' AND participants_screeninghit.reason NOT LIKE 'listed:%%'
"""
_PLACED_SQL: Final = """
SELECT participant_id AS person FROM participants_enrolment
WHERE wave_id = %(wave)s AND status IN ('accepted', 'granted', 'ended')
"""
_DECIDED_SQL: Final = """
SELECT asked.person, 'identity_refused' FROM ({people}) AS asked
JOIN participants_identitycheck AS verification ON verification.participant_id = asked.person AND verification.state = 'refused'
UNION ALL
SELECT asked.person, 'registered_twice' FROM ({people}) AS asked
JOIN participants_doubleregistration AS double ON double.participant_id = asked.person
"""


@dataclass(frozen=True, slots=True)
class Screened:
    """What a screening of a wave found.

    Attributes:
        judged, eligible: how many applications.
        reasons: how many were refused for each reason.
        lists: the version of each list by which they were judged.
        missing_lists: exclusions of the programme of which no list was ever imported.
        hits: how many people were newly found, where the applications were frozen before; they keep their numbers.
    """

    judged: int
    eligible: int
    reasons: Mapping[str, int]
    lists: Mapping[str, int]
    missing_lists: tuple[str, ...]
    hits: int = 0


@transaction.atomic
def request_screening(*, wave: Wave, actor: User) -> Screening:
    """Have a worker screen a wave; where one is asked for already, that one.

    Raises:
        RoleMissing: the actor is not an operator.
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    require_role(user=actor, role=Role.OPERATOR)
    lists_in_use(wave.programme)
    waiting, made = Screening.objects.get_or_create(wave=wave, finished_at=None, defaults={"started_at": clock.now()})
    if made:
        record_act(actor=actor, verb="screening.request", subject=f"wave:{wave.public_id}")
        enqueue(job=SCREEN_JOB, subject=waiting.pk)
    return waiting


@transaction.atomic
def finish_screening(*, screening: Screening) -> Screened | None:
    """Do a screening that was asked for; None where it is done already.

    Raises:
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    waiting = Screening.objects.select_for_update(of=("self",)).select_related("wave").get(pk=screening.pk)
    if waiting.finished_at is not None:
        return None
    found = _screen(waiting.wave)
    _finish(waiting, found)
    return found


@transaction.atomic
def screen_now(*, wave: Wave) -> Screened:
    """Screen a wave at once: everybody who applied, or, once its applications are frozen, who may not have a place any more.

    Raises:
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    begun = Screening(wave=wave, started_at=clock.now())
    found = _screen(wave)
    _finish(begun, found)
    return found


def _screen(wave: Wave) -> Screened:
    with connection.cursor() as cursor:
        cursor.execute(_NOT_FROZEN_SQL, [wave.pk])
    if Draw.objects.filter(wave=wave).exclude(state=DrawState.CANCELLED).exists():
        return replace(_summary(wave, lists_in_use(wave.programme)), hits=find_hits(wave=wave))
    return _judge_wave(wave=wave)


def _finish(screening: Screening, found: Screened) -> None:
    screening.finished_at = clock.now()
    screening.lists, screening.reasons = dict(found.lists), dict(found.reasons)
    screening.judged, screening.eligible, screening.hits = found.judged, found.eligible, found.hits
    screening.save()
    record_act(
        actor=None,
        verb="screening.screen",
        subject=f"wave:{screening.wave.public_id}",
        judged=found.judged,
        eligible=found.eligible,
        hits=found.hits,
    )


@transaction.atomic
def screen_wave(*, wave: Wave) -> Screened:
    """Judge everybody who applied to a wave and was not drawn, and keep what was found.

    The caller knows that the wave is not frozen, or freezes it in this transaction: afterwards `find_hits` is the way.

    Raises:
        ListsOutdated: the keys were rotated since an exclusion list was imported.
    """
    begun = Screening(wave=wave, started_at=clock.now())
    found = _judge_wave(wave=wave)
    _finish(begun, found)
    return found


@transaction.atomic
def _judge_wave(*, wave: Wave) -> Screened:
    lists = lists_in_use(wave.programme)
    with connection.cursor() as cursor:
        cursor.execute(_MEMORY_SQL)
    for people in _applied(wave):
        verdicts = judge(people=people, wave=wave, day=wave.accepted_on, together=False, lists=lists)
        record_verdicts(
            wave=wave, verdicts=Found(select=_FOUND_SQL.replace("{verdicts}", verdicts.select), values=verdicts.values)
        )
    return _summary(wave, lists)


@transaction.atomic
def screen_people(*, participants: Sequence[int], wave: Wave) -> dict[int, str]:
    """Who of some people may not take part in a wave on the day it accepts, each as if alone, with the first reason.

    Args:
        participants: primary keys.

    Raises:
        ListsOutdated: as `screen_wave`.
    """
    lists = lists_in_use(wave.programme)
    verdicts = judge(people=people_of(participants), wave=wave, day=wave.accepted_on, together=False, lists=lists)
    with connection.cursor() as cursor:
        cursor.execute(_EXCLUDED_SQL.replace("{verdicts}", verdicts.select), verdicts.values)
        return dict(cursor.fetchall())


@transaction.atomic
def hold_back(*, participants: Sequence[int], wave: Wave) -> dict[int, str]:
    """Screen people who are about to have a place in a wave, keep what is found, and say who is held back until a case decides.

    Where more of a household would have places than the programme accepts, as when others of it were accepted into another wave
    since the freeze, the last are held back.

    Args:
        participants: primary keys, in the order in which places are given.

    Returns:
        By participant the reason, of those whom a rule excludes now and those with an earlier hit that no case has cleared.

    Raises:
        ListsOutdated: as `screen_wave`.
    """
    hold_households(participants)
    found = list(screen_people(participants=participants, wave=wave).items())
    _keep_hits(wave, found, known=_OPEN_AGAIN_SQL)
    lost, held = excluded_for_good(wave), withheld_by(wave)
    crowded = _crowded_out([person for person in participants if person not in lost], wave)
    _keep_hits(wave, [(person, HOUSEHOLD_FULL) for person in crowded if person not in held], known=_OPEN_AGAIN_SQL)
    withheld = withheld_by(wave)
    return {person: withheld[person] for person in participants if person in withheld}


@transaction.atomic
def find_hits(*, wave: Wave) -> int:
    """Find who, of those drawn or to be drawn in a frozen wave, a rule excludes by now; how many were not known before.

    Their applications keep their states and numbers: a case decides.

    Raises:
        ListsOutdated: as `screen_wave`.
    """
    lists = lists_in_use(wave.programme)
    found = 0
    for people in _applied(wave, states=("eligible", "reserve")):
        verdicts = judge(people=people, wave=wave, day=wave.accepted_on, together=False, lists=lists)
        with connection.cursor() as cursor:
            cursor.execute(_EXCLUDED_SQL.replace("{verdicts}", verdicts.select), verdicts.values)
            found += _keep_hits(wave, cursor.fetchall())
    return found


@transaction.atomic
def find_hits_of_placed(*, wave: Wave) -> int:
    """Find who, of those with a place in a wave, is on a list by now, has a refused identity or a double; how many are new.

    What was judged when they were accepted, their age or their household, is not judged again.

    Raises:
        ListsOutdated: as `screen_wave`.
    """
    people = People(_PLACED_SQL, {"wave": wave.pk})
    listed = find_listed(people=people, lists=lists_in_use(wave.programme))
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED_SQL.replace("{people}", people.select), people.values)
        decided = cursor.fetchall()
    return _keep_hits(wave, [*[(person, f"listed:{code}") for person, code in listed], *decided])


@transaction.atomic
def decide_hit(*, participant: Participant, wave: Wave, reason: str, is_cleared: bool) -> None:
    """Set what a case decided of a hit; `cases` is the way in.

    Raises:
        NothingFound: there is no such hit, or it was decided before.
        NotEligible: it is to be cleared, and the rule would refuse a place still; a list alone can be wrong.
    """
    is_placed = Enrolment.objects.filter(participant=participant, wave=wave).exists()
    is_judged = is_cleared and not is_placed and not reason.startswith("listed:")
    if is_judged and screen_people(participants=[participant.pk], wave=wave).get(participant.pk) == reason:
        raise NotEligible(rule=reason, people=1, list="")
    hits = ScreeningHit.objects.filter(participant=participant, wave=wave, reason=reason, state=HitState.OPEN)
    state = HitState.CLEARED if is_cleared else HitState.CONFIRMED
    if not hits.update(state=state, decided_at=clock.now()):
        raise NothingFound


@transaction.atomic
def exclude_double(*, participant: Participant, first: Participant) -> None:
    """Set that a registration is the second one of somebody, as a case decided; again, it changes nothing."""
    DoubleRegistration.objects.get_or_create(participant=participant, defaults={"first": first, "found_at": clock.now()})


def _summary(wave: Wave, lists: Sequence[ExclusionList]) -> Screened:
    with connection.cursor() as cursor:
        cursor.execute(_REASONS_SQL, [wave.pk])
        reasons = dict(cursor.fetchall())
    eligible = reasons.pop("", 0)
    return Screened(
        judged=eligible + sum(reasons.values()),
        eligible=eligible,
        reasons=dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0]))),
        lists={one.code: one.version for one in lists},
        missing_lists=_missing(wave.programme, lists),
    )


def _crowded_out(participants: Sequence[int], wave: Wave) -> list[int]:
    """Who, of people who are to have places in this order, has none left in the household."""
    most = load_definition(wave.programme).eligibility.people_per_household_max
    values: dict[str, Any] = {"persons": list(participants), "programme": wave.programme, "per_household": most}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("participants", "screening/crowded_out"), values)
        return [person for (person,) in cursor.fetchall()]


def _keep_hits(wave: Wave, rows: Sequence[tuple[int, str]], *, known: str = _LEAVE_SQL) -> int:
    if not rows:
        return 0
    persons, reasons = zip(*rows, strict=True)
    values: dict[str, Any] = {"wave": wave.pk, "now": clock.now(), "persons": list(persons), "reasons": list(reasons)}
    with connection.cursor() as cursor:
        cursor.execute(_HITS_SQL.replace("{known}", known), values)
        return int(cursor.rowcount)


def _applied(wave: Wave, states: Sequence[str] = tuple(sorted(UNDECIDED))) -> Iterator[People]:
    """The people who applied, in portions by the primary keys of their applications."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDS_SQL, [wave.pk])
        first, last = cursor.fetchone()
    if first is None:
        return
    for low in range(first - 1, last, _PORTION):
        yield People(_APPLIED_SQL, {"wave": wave.pk, "low": low, "high": low + _PORTION, "states": [str(one) for one in states]})


def _missing(programme: str, lists: Sequence[ExclusionList]) -> tuple[str, ...]:
    imported = {one.code for one in lists}
    exclusions = load_definition(programme).eligibility.exclusions
    return tuple(exclusion.code for exclusion in exclusions if exclusion.code not in imported)
