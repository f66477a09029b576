"""Announcing what a draw found, and what follows: reserves move up, withheld places are settled, the reserve list ends."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction

from bekal.access.errors import RoleMissing
from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.core.statistics import refresh_statistics
from bekal.ledger.errors import NothingToPost
from bekal.participants.applications.services import Found, announce_results
from bekal.participants.draw import errors
from bekal.participants.draw.freezing import copy_outcomes
from bekal.participants.draw.messages import tell_results
from bekal.participants.draw.ordering import keys_and_outcomes, placed_in_order, waiting_in_order
from bekal.participants.draw.queries import draw_of
from bekal.participants.draw.screened import found_of_people
from bekal.participants.draw.services import held_draw, record_step, require_draw_state, require_office
from bekal.participants.errors import NotEligible
from bekal.participants.grants import propose_grant
from bekal.participants.models import Application, ApplicationState, Draw, DrawState
from bekal.participants.screening.queries import excluded_for_good
from bekal.participants.services import enrol_people
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

# What is told: the outcome of the draw, unless a check found something of who has a place.
_TOLD_SQL: Final = """
CREATE TEMPORARY TABLE told ON COMMIT DROP AS
SELECT drawn.application, CASE WHEN found.state = 'withheld' THEN found.reason ELSE '' END AS reason,
    CASE WHEN found.state IS NOT NULL THEN found.state WHEN drawn.outcome >= 0 THEN 'accepted'
        WHEN drawn.outcome = -1 THEN 'reserve' ELSE 'household_full' END AS state
FROM drawn LEFT JOIN unnest(%(applications)s::bigint[], %(reasons)s::text[], %(states)s::text[])
    AS found (application, reason, state)
    ON found.application = drawn.application
"""
_TOLD: Final = Found(select="SELECT application, state, reason FROM told")
_WITHOUT_PLACE: Final = (ApplicationState.RESERVE, ApplicationState.HOUSEHOLD_FULL)
_HOLDING_PLACE: Final = (ApplicationState.ACCEPTED, ApplicationState.WITHHELD)


@transaction.atomic
def announce(*, draw: Draw, actor: User | None = None) -> Draw:
    """Set every application's result, enrol who has a place, tell everybody, and propose the grant; once.

    Whoever has a place and is found by the screening of this day keeps it withheld until a case is decided; where one was decided
    against them before, or they were erased, the place is free for the reserve list.

    Args:
        actor: the officer who announces; None where the machine does, at the announced minute.

    Raises:
        RoleMissing: the actor is neither operator nor approver.
        DrawStateWrong: the draw has no results, or is cancelled.
        AnnouncedTooEarly: the wave's calendar names a later minute.
        NotAnnounceable: an application does not stand where a result can follow.
    """
    found = held_draw(draw)
    if found.state == DrawState.ANNOUNCED:
        return found
    if actor is not None:
        require_office(actor)
    require_draw_state(found, DrawState.ORDERED)
    wave = Wave.objects.select_for_update().get(pk=found.wave.pk)
    keys, outcomes = keys_and_outcomes(found)
    placed = placed_in_order(found)
    person_of = dict(Application.objects.filter(pk__in=placed).values_list("pk", "participant_id"))
    people = {application: person_of[application] for application in placed}
    hits = found_of_people(people=people, wave=wave)
    lost = excluded_for_good(wave)
    states = [ApplicationState.NOT_CHOSEN if people[each] in lost else ApplicationState.WITHHELD for each in hits]
    copy_outcomes(keys=keys, outcome=outcomes)
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "applications": list(hits),
            "reasons": list(hits.values()),
            "states": [state.value for state in states],
        }
        cursor.execute(_TOLD_SQL, values)
    refresh_statistics("told", rows=len(keys))
    announce_results(wave=wave, results=_TOLD)
    enrol_people(participants=[person for application, person in people.items() if application not in hits], wave=wave)
    tell_results(wave=wave, told="told")
    _drop("told", "drawn")
    found.state, found.announced_at = DrawState.ANNOUNCED, clock.now()
    record_step(draw=found, actor=actor, deed="announce")
    _propose_grant(found, wave, actor)
    return found


@transaction.atomic
def move_up(*, draw: Draw, actor: User) -> list[Application]:
    """Give every place that is free to the next on the reserve list who can take it, each judged again; those who got one.

    Raises:
        RoleMissing: the actor is not an operator.
        DrawStateWrong: the draw is not announced.
        ReserveEnded: the definition's day has passed.
        NobodyMovesUp: no place is free, or nobody can take it.
    """
    found = held_draw(draw)
    require_role(user=actor, role=Role.OPERATOR)
    require_draw_state(found, DrawState.ANNOUNCED)
    wave = Wave.objects.select_for_update().get(pk=found.wave.pk)
    if clock.today() > found.reserve_until or found.reserve_ended_at is not None:
        raise errors.ReserveEnded(day=found.reserve_until)
    held = Application.objects.filter(wave=wave, state__in=_HOLDING_PLACE).count()
    moved = _next_of_reserve(found, wave, free=found.places - held)
    if not moved:
        raise errors.NobodyMovesUp
    _settle(wave, [application.pk for application in moved], ApplicationState.ACCEPTED)
    for application in moved:
        record_act(
            actor=actor,
            verb="draw.move_up",
            subject=f"application:{application.public_id}",
            programme=wave.programme,
            wave=wave.number,
        )
    _propose_grant(found, wave, actor)
    return moved


@transaction.atomic
def settle_withheld(*, application: Application, is_accepted: bool, actor: User) -> Application:
    """Carry out what a case decided of a place that was withheld; one that is given up falls free for the reserve list.

    Raises:
        NotEligible: it is to be accepted, and a rule excludes the person still.
        NotAnnounceable: it is not withheld.
    """
    wave = Wave.objects.select_for_update().get(pk=application.wave_id)
    if is_accepted:
        enrol_people(participants=[application.participant_id], wave=wave)
    state = ApplicationState.ACCEPTED if is_accepted else ApplicationState.NOT_CHOSEN
    _settle(wave, [application.pk], state)
    record_act(actor=actor, verb="draw.settle_withheld", subject=f"application:{application.public_id}", state=state)
    draw = draw_of(wave)
    if is_accepted and draw is not None:
        _propose_grant(draw, wave, actor)
    application.refresh_from_db()
    return application


@transaction.atomic
def end_reserve(*, draw: Draw, actor: User | None = None) -> Draw:
    """Tell everybody on the reserve list that it has ended, once the definition's day has passed.

    Raises:
        DrawStateWrong: the draw is not announced.
        ReserveLasts: the day has not passed.
    """
    found = held_draw(draw)
    require_draw_state(found, DrawState.ANNOUNCED)
    if found.reserve_ended_at is not None:
        return found
    wave = found.wave
    if clock.today() <= found.reserve_until:
        raise errors.ReserveLasts(day=found.reserve_until)
    waiting = Application.objects.filter(wave=wave, state__in=_WITHOUT_PLACE).values_list("pk", flat=True)
    _settle(wave, list(waiting), ApplicationState.NOT_CHOSEN)
    found.reserve_ended_at = clock.now()
    return record_step(draw=found, actor=actor, deed="end_reserve")


def _next_of_reserve(draw: Draw, wave: Wave, *, free: int) -> list[Application]:
    moved: list[Application] = []
    if free <= 0:
        return moved
    for keys in waiting_in_order(draw):
        waiting = Application.objects.filter(pk__in=keys, state__in=_WITHOUT_PLACE).in_bulk()
        for application in (waiting[key] for key in keys if key in waiting):
            person = application.participant_id
            if _is_household_full(person, wave) or found_of_people(people={application.pk: person}, wave=wave):
                continue
            try:
                enrol_people(participants=[person], wave=wave)
            except NotEligible:
                continue
            moved.append(application)
            if len(moved) == free:
                return moved
    return moved


def _is_household_full(person: int, wave: Wave) -> bool:
    most = load_definition(wave.programme).eligibility.people_per_household_max
    with connection.cursor() as cursor:
        cursor.execute(load_sql("participants", "draw/holders"), {"person": person, "wave": wave.pk, "programme": wave.programme})
        return int(cursor.fetchone()[0]) >= most


def _settle(wave: Wave, applications: Sequence[int], state: ApplicationState) -> None:
    """Give applications one state, and tell the people."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE told ON COMMIT DROP AS"
            " SELECT application, %s::text AS state, '' AS reason FROM unnest(%s::bigint[]) AS chosen (application)",
            [state.value, list(applications)],
        )
    refresh_statistics("told", rows=len(applications))
    announce_results(wave=wave, results=_TOLD)
    tell_results(wave=wave, told="told")
    _drop("told")


def _drop(*tables: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(tables)}")


def _propose_grant(draw: Draw, wave: Wave, actor: User | None) -> None:
    """By the operator who acts, else by the one who froze the draw; where neither is one any more, by hand."""
    proposer = actor if actor is not None and actor.role == Role.OPERATOR else draw.proposed_by
    try:
        propose_grant(wave=wave, proposer=proposer)
    except (RoleMissing, NothingToPost):
        return
