"""Applying to a wave and withdrawing; what judges and draws set of applications, a whole wave at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db import connection, transaction

from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.sql import load_sql
from bekal.messages.contacts import verified_phones
from bekal.participants.applications.errors import (
    AnnouncedTooEarly,
    AppliedElsewhere,
    IdentityNotConfirmed,
    NotAnnounceable,
    NotWithdrawable,
    NoWindow,
    PhoneNotVerified,
    QuestionsOpen,
    UnknownPriorityGroup,
)
from bekal.participants.applications.hindrances import hindrance
from bekal.participants.applications.numbers import new_registration_number
from bekal.participants.applications.sealed import result_index
from bekal.participants.errors import NotEligible, PersonErased
from bekal.participants.models import Application, ApplicationState, IdentityState, Participant
from bekal.participants.registration.answers import next_question
from bekal.participants.sealed import birth_date_of
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

State = ApplicationState
UNDECIDED: Final = frozenset({State.SUBMITTED, State.ELIGIBLE, State.REFUSED})
"""Where an application can stand until the draw of its wave is announced."""
OPEN: Final = frozenset({State.SUBMITTED, State.ELIGIBLE, State.WITHHELD})
"""Applications that hold a person from applying to another wave."""

_Steps = Mapping[State, Iterable[State]]
_VERDICTS: Final[_Steps] = dict.fromkeys(sorted(UNDECIDED), (State.ELIGIBLE, State.REFUSED))
_RESULTS: Final[_Steps] = {
    State.ELIGIBLE: (State.ACCEPTED, State.RESERVE, State.HOUSEHOLD_FULL, State.WITHHELD, State.NOT_CHOSEN),
    State.RESERVE: (State.ACCEPTED, State.WITHHELD, State.NOT_CHOSEN),
    State.WITHHELD: (State.ACCEPTED, State.NOT_CHOSEN),
    # Whoever is passed over stays on the reserve list: a place in the household may fall free.
    State.HOUSEHOLD_FULL: (State.ACCEPTED, State.WITHHELD, State.NOT_CHOSEN),
}

# Whoever freezes a wave's applications locks its row FOR UPDATE: it waits for those who are just applying, and who comes later
# waits for it and is then told that the window is closed.
_HOLD_WAVE_SQL: Final = "SELECT FROM programmes_wave WHERE id = %s FOR KEY SHARE"


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of applications: a SELECT with the columns `application` (primary key), `state` and `reason`.

    `select` is part of the code and never put together from what somebody typed; `values` are its parameters. A reason is empty
    unless the state is refused or withheld.
    """

    select: str
    values: Mapping[str, Any] = field(default_factory=dict)


def found_of(rows: Sequence[tuple[int, ApplicationState, str]]) -> Found:
    """The same of rows in memory: primary key, state, reason."""
    applications, states, reasons = zip(*rows, strict=True) if rows else ((), (), ())
    return Found(
        select="SELECT * FROM unnest(%(applications)s::bigint[], %(states)s::text[], %(reasons)s::text[])"
        " AS judged (application, state, reason)",
        values={
            "applications": list(applications),
            "states": [str(state) for state in states],
            "reasons": list(reasons),
        },
    )


@transaction.atomic
def apply_for_wave(*, participant: Participant, wave: Wave, priority_groups: Sequence[str] = ()) -> Application:
    """Ask for a place in a wave. A second application is answered with the first one, unchanged; a withdrawn one stands again.

    Args:
        priority_groups: codes of the programme's definition.

    Raises:
        NoWindow: the wave takes no applications at this moment.
        PhoneNotVerified, IdentityNotConfirmed, QuestionsOpen, AppliedElsewhere: what the person has to see to first.
        NotEligible: a rule certainly excludes the person, of those that can be told at once (`hindrances.py`).
        UnknownPriorityGroup: the programme has no such group.
        PersonErased: what is known of the person was erased.
    """
    # The wave before the person, as whoever announces it.
    require_window(wave)
    person = _held(participant)
    application = Application.objects.filter(participant=person, wave=wave).first()
    if application is not None and application.state != State.WITHDRAWN:
        return application
    _require_ready(person)
    if reason := hindrance(person, wave):
        raise NotEligible(rule=reason, people=1, list="")
    definition = load_definition(wave.programme)
    if next_question(person, definition) is not None:
        raise QuestionsOpen
    groups = sorted(set(priority_groups))
    known = {group.code for group in definition.eligibility.priority_groups}
    if unknown := [group for group in groups if group not in known]:
        raise UnknownPriorityGroup(group=unknown[0])
    elsewhere = Application.objects.filter(participant=person, state__in=OPEN).exclude(wave=wave)
    if other := elsewhere.select_related("wave").first():
        raise AppliedElsewhere(number=other.wave.number)
    now = clock.now()
    if application is not None:
        application.state, application.priority_groups, application.changed_at = State.SUBMITTED, groups, now
        application.save(update_fields=["state", "priority_groups", "changed_at"])
        return application
    (number,) = new_registration_number()
    return Application.objects.create(
        participant=person,
        wave=wave,
        number=number,
        priority_groups=groups,
        submitted_at=now,
        changed_at=now,
        result_index=result_index(number, birth_date_of(person)),
    )


@transaction.atomic
def withdraw_application(*, application: Application) -> Application:
    """Take an application back while its wave takes applications. One that was withdrawn stays so.

    Raises:
        NotWithdrawable: too late.
    """
    try:
        require_window(application.wave)
    except NoWindow as error:
        raise NotWithdrawable from error
    person = _held(application.participant)
    found = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if found.state == State.WITHDRAWN:
        return found
    if found.state not in UNDECIDED:
        raise NotWithdrawable
    found.state, found.reason, found.changed_at = State.WITHDRAWN, "", clock.now()
    found.save(update_fields=["state", "reason", "changed_at"])
    record_act(actor=person.user, verb="applications.withdraw", subject=f"application:{found.public_id}")
    return found


@transaction.atomic
def record_verdicts(*, wave: Wave, verdicts: Found) -> dict[str, int]:
    """Set what screening found of the applications of a wave: eligible, or refused with a reason; in one statement.

    Applications that were withdrawn meanwhile, or are of another wave, are passed over. The caller knows that the wave is
    not frozen.

    Returns:
        How many applications have a verdict now, by state.

    Raises:
        ValueError: another state, or a reason where none belongs or none where one does; nothing was changed.
    """
    judged = _judge(wave=wave, found=verdicts, steps=_VERDICTS)
    if wrong := judged.keys() - {State.ELIGIBLE, State.REFUSED}:
        raise ValueError(f"{', '.join(sorted(wrong))} is no verdict")
    return {state: row.moved + row.same for state, row in judged.items()}


@transaction.atomic
def announce_results(*, wave: Wave, results: Found) -> dict[str, int]:
    """Set what a draw found of the applications of a wave, and what became of reserves and withheld ones later; all or none.

    Repeated, it changes nothing. docs/application.md has the steps from state to state.

    Returns:
        How many applications have each state that `results` names.

    Raises:
        AnnouncedTooEarly: the wave's calendar names a later minute.
        NotAnnounceable: an application is of another wave, or stands where this cannot follow.
        ValueError: a reason where none belongs, or none where one does.
    """
    if wave.announces_at is not None and clock.now() < wave.announces_at:
        raise AnnouncedTooEarly(moment=wave.announces_at)
    judged = _judge(wave=wave, found=results, steps=_RESULTS)
    if left := sum(row.found - row.moved - row.same for row in judged.values()):
        raise NotAnnounceable(count=left)
    return {state: row.found for state, row in judged.items()}


def find_results_by(*, participant: Participant, birth_date: date) -> None:
    """Have the results of a person's applications found by another birth date, in the caller's transaction."""
    for application in Application.objects.filter(participant=participant):
        application.result_index = result_index(application.number, birth_date)
        application.save(update_fields=["result_index"])


@dataclass(frozen=True, slots=True)
class _Judged:
    """Of one state: how many were found to be in it, how many moved to it, how many were in it before."""

    found: int
    moved: int
    same: int


def _judge(*, wave: Wave, found: Found, steps: _Steps) -> dict[str, _Judged]:
    pairs = ", ".join(f"('{here}', '{there}')" for here, ways in steps.items() for there in ways)
    statement = load_sql("participants", "applications/judge").replace("{found}", found.select).replace("{steps}", pairs)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**found.values, "the_wave": wave.pk, "the_moment": clock.now()})
        rows = cursor.fetchall()
    if any(unreasoned for *_counts, unreasoned in rows):
        raise ValueError("refused and withheld applications have a reason, and no others")
    return {state: _Judged(of, moved, same) for state, of, moved, same, _unreasoned in rows}


def _held(participant: Participant) -> Participant:
    """The person, locked until the caller's transaction ends: whoever enrols or erases them waits."""
    found = Participant.objects.select_for_update(no_key=True, of=("self",)).select_related("user").get(pk=participant.pk)
    if found.key_salt is None:
        raise PersonErased
    return found


def require_window(wave: Wave) -> None:
    """Raises NoWindow unless the wave takes applications now; until the caller's transaction ends nobody freezes it."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_WAVE_SQL, [wave.pk])
    current = Wave.objects.get(pk=wave.pk)
    opens_at, closes_at = current.registration_opens_at, current.registration_closes_at
    if opens_at is None or closes_at is None or not opens_at <= clock.now() < closes_at:
        raise NoWindow


def _require_ready(person: Participant) -> None:
    if person.user is None or person.user.pk not in verified_phones([person.user.pk]):
        raise PhoneNotVerified
    check = getattr(person, "identity_check", None)
    if check is not None and check.state == IdentityState.REFUSED:
        raise IdentityNotConfirmed
