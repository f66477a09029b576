"""The acts of a draw until its value is there: freeze, approve, publish, hand in the value; or cancel. See docs/draw.md.

Each is under the lock of the draw's row and is written into the log of acts. Who acts chooses nothing once the draw is published.
"""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from bekal.access.errors import RoleMissing
from bekal.access.models import Role, User
from bekal.access.services import (
    lock_proposal,
    proposing,
    record_deed,
    require_role,
    require_second_person,
)
from bekal.core import clock
from bekal.core.locks import hold
from bekal.core.sealing import DataKey
from bekal.jobs.queue import enqueue
from bekal.ledger.seals import merkle
from bekal.participants.applications.services import UNDECIDED
from bekal.participants.draw import errors, form
from bekal.participants.draw.beacon import BEACONS, SIGNATURE_BYTES, Beacon
from bekal.participants.draw.freezing import list_applications, write_draw
from bekal.participants.draw.sealed import nonce_key_place
from bekal.participants.draw.shares import shares_of_wave
from bekal.participants.models import Application, ApplicationState, Draw, DrawState, Screening, SignatureTry
from bekal.participants.screening.queries import is_current
from bekal.participants.screening.services import screen_wave
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave

AHEAD: Final = timedelta(hours=1)
"""How long before its value is due a draw is published at the latest."""
PATIENCE: Final = timedelta(hours=72)
"""For how long after it was due a round's signature is waited for."""
TRIES_A_NETWORK: Final = 30
"""How many signatures one network can have checked within an hour."""
AT_ONCE: Final = 20_000
"""More applications than these are listed, drawn and announced by a worker alone: they take longer than a page may."""
FREEZE_JOB: Final = "participants.freeze_draw"
ORDER_JOB: Final = "participants.order_draw"
_TRIES_WINDOW: Final = timedelta(hours=1)
_TRIES_LOCK: Final = 0x6477  # this room's advisory locks of networks
_KEY_BYTES: Final = 32


def now_of(beacon: Beacon) -> datetime:
    """The time by which a beacon's rounds fall due: the real one, and the demo's with the test beacon."""
    return clock.now() if beacon.is_test else datetime.now(UTC)


def freeze(*, wave: Wave, due: datetime, beacon: Beacon, proposer: User) -> Draw:
    """Fix the list of the applications that are drawn, and the round whose value decides; a second person must approve it.

    From now on the wave's applications stay as they are. Where there are many, a worker screens and lists them (`finish_freeze`).

    Args:
        due: when the value is to be there at the earliest; the first round from then on counts.

    Raises:
        RoleMissing: the proposer is not an operator.
        BeaconOutsideDemo: the test beacon in a database that is not a demo's.
        NoPlacesToDraw, WindowOpen: the wave takes no applications, or still does.
        RoundTooEarly, RoundAfterAnnouncement: the time of the round.
        DrawExists: the wave has a draw.
        ListsOutdated: as `screen_wave`, which judges everybody who applied, unless that was done since the window closed.
        NobodyEligible: none can be drawn.
    """
    if beacon.is_test and not clock.is_demo():
        raise errors.BeaconOutsideDemo
    round_ = beacon.first_round_due(due)
    draw = Draw(
        wave=wave,
        beacon=beacon.name,
        round=round_,
        late_round=beacon.first_round_due(beacon.due(round_) + PATIENCE),
        places=wave.places or 0,
        reserve_until=load_definition(wave.programme).reserve_last_day(wave.accepted_on),
    )
    try:
        with proposing(proposal=draw, proposer=proposer):
            _require_ahead(draw)
            held = _held_wave(draw)
            if Application.objects.filter(wave=held, state__in=UNDECIDED).count() > AT_ONCE:
                enqueue(job=FREEZE_JOB, subject=draw.pk)
            else:
                _list(draw, held)
    except IntegrityError as error:
        if "draw_one_for_a_wave" in str(error):
            raise errors.DrawExists from error
        raise
    return draw


@transaction.atomic
def finish_freeze(*, draw: Draw) -> Draw:
    """Screen and list the applications of a draw that was frozen without; one that has its list is left as it is.

    Raises:
        ListsOutdated, NobodyEligible: as `freeze`; nothing is changed, and the draw can be cancelled.
    """
    found = held_draw(draw)
    if found.state != DrawState.PROPOSED or found.root:
        return found
    _list(found, _held_wave(found))
    return record_step(draw=found, actor=None, deed="freeze")


def _held_wave(draw: Draw) -> Wave:
    """The wave, locked: whoever applies or withdraws holds it, so what is read after this is what they left."""
    held = Wave.objects.select_for_update().get(pk=draw.wave.pk)
    if held.places is None or held.registration_closes_at is None or held.announces_at is None:
        raise errors.NoPlacesToDraw
    if clock.now() < held.registration_closes_at:
        raise errors.WindowOpen(moment=held.registration_closes_at)
    beacon = BEACONS[draw.beacon]
    # A demo's calendar has nothing to do with the real time, by which other beacons' rounds fall due.
    is_asked = (beacon.is_test or not clock.is_demo()) and not is_late(held)
    if is_asked and beacon.due(draw.round) > held.announces_at:
        raise errors.RoundAfterAnnouncement(moment=held.announces_at)
    return held


def is_late(wave: Wave) -> bool:
    """Whether no draw can be in time for the announced minute any more. Then a later one must do: people wait for a result."""
    return wave.announces_at is not None and clock.now() + AHEAD > wave.announces_at


def _list(draw: Draw, held: Wave) -> None:
    if not _is_screened(held):
        screen_wave(wave=held)
    definition, places = load_definition(held.programme), held.places or 0
    listed = list_applications(
        wave=held,
        places=places,
        groups=[group.code for group in definition.eligibility.priority_groups],
        shares=shares_of_wave(held),
        people_per_household=definition.eligibility.people_per_household_max,
    )
    draw.places, draw.count = places, len(listed.keys)
    if not draw.count:
        raise errors.NobodyEligible
    terms = form.Terms(
        programme=held.programme,
        wave=held.number,
        places=places,
        pools=listed.formed.pools,
        people_per_household=definition.eligibility.people_per_household_max,
        reserve_until=draw.reserve_until,
        beacon=BEACONS[draw.beacon],
        round=draw.round,
        late_round=draw.late_round,
    )
    key = os.urandom(_KEY_BYTES)
    header = form.canonical(terms.header(count=draw.count))
    draw.nonce_key_sealed = DataKey().seal(key.hex(), nonce_key_place(draw))
    draw.header = header.decode()
    roots = write_draw(draw=draw.pk, header=header, listed=listed, key=key)
    draw.block_roots, draw.root = b"".join(roots), merkle.root(roots)


def _is_screened(wave: Wave) -> bool:
    """Whether everybody was judged since nobody can apply any more, and by the lists of today."""
    since = Screening.objects.filter(wave=wave, started_at__gte=wave.registration_closes_at, finished_at__isnull=False)
    waiting = Application.objects.filter(wave=wave, state=ApplicationState.SUBMITTED)
    return since.exists() and is_current(wave) and not waiting.exists()


@transaction.atomic
def approve(*, draw: Draw, approver: User, seen: str) -> Draw:
    """Agree, as a second person, before the value can exist.

    Args:
        seen: the root that the approver was shown, in hexadecimal.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        DrawDiffers: the root is another one.
        DrawStateWrong: it is no longer just frozen.
        RoundTooEarly: the value could exist within the hour.
    """
    found = held_draw(draw)
    require_second_person(approver=approver, proposer=found.proposed_by)
    require_draw_state(found, DrawState.PROPOSED)
    if not found.root or seen != bytes(found.root).hex():
        raise errors.DrawDiffers
    _require_ahead(found)
    found.state, found.approved_by, found.approved_at = DrawState.APPROVED, approver, clock.now()
    return record_step(draw=found, actor=approver, deed="approve")


@transaction.atomic
def publish(*, draw: Draw, actor: User) -> Draw:
    """Let everybody have the announcement and the files, and those who applied their own rows.

    Raises:
        RoleMissing: neither an operator nor an approver.
        DrawStateWrong: it is not just approved.
        RoundTooEarly: the value could exist within the hour.
    """
    found = held_draw(draw)
    require_office(actor)
    require_draw_state(found, DrawState.APPROVED)
    _require_ahead(found)
    found.state, found.published_at = DrawState.PUBLISHED, clock.now()
    return record_step(draw=found, actor=actor, deed="publish")


def read_signature(text: str) -> bytes:
    """The signature that somebody pasted, alone or within the beacon's answer in JSON.

    Raises:
        SignatureMalformed: there is none.
    """
    stripped = text.strip()
    try:
        if stripped.startswith("{"):
            stripped = str(json.loads(stripped)["signature"])
        signature = bytes.fromhex(stripped)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise errors.SignatureMalformed from error
    if len(signature) != SIGNATURE_BYTES:
        raise errors.SignatureMalformed
    return signature


@transaction.atomic
def hand_in_value(*, draw: Draw, signature: bytes, actor: User | None = None) -> Draw:
    """Take the signature of the round that counts, from anybody; the same again changes nothing.

    Args:
        actor: who is logged in, if anybody is.

    Raises:
        ValueNotDue: the round is not due.
        SignatureFalse: it is not that round's signature.
        DrawStateWrong: the draw is not published, or has its value.
    """
    found = held_draw(draw)
    if found.state in (DrawState.VALUED, DrawState.ORDERED, DrawState.ANNOUNCED) and bytes(found.signature or b"") == signature:
        return found
    require_draw_state(found, DrawState.PUBLISHED)
    beacon, round_ = BEACONS[found.beacon], counting_round(found)
    if now_of(beacon) < beacon.due(round_):
        raise errors.ValueNotDue(due=beacon.due(round_))
    if not beacon.is_signature(round_=round_, signature=signature):
        raise errors.SignatureFalse(round=round_)
    found.state, found.signature, found.value_round, found.valued_at = DrawState.VALUED, signature, round_, clock.now()
    enqueue(job=ORDER_JOB, subject=found.pk)
    return record_step(draw=found, actor=actor, deed="hand_in")


@transaction.atomic
def count_try(*, network: str) -> None:
    """Count that a signature is handed in from a network, before it is checked.

    Raises:
        TooManySignatures: too many were within the hour.
    """
    hold(_TRIES_LOCK, hashlib.sha256(network.encode()).digest())
    now = clock.now()
    SignatureTry.objects.filter(at__lte=now - _TRIES_WINDOW).delete()
    if SignatureTry.objects.filter(network=network, at__gt=now - _TRIES_WINDOW).count() >= TRIES_A_NETWORK:
        raise errors.TooManySignatures
    SignatureTry.objects.create(network=network, at=now)


def counting_round(draw: Draw) -> int:
    """The round whose value counts now: the late one once the first was waited for in vain."""
    beacon = BEACONS[draw.beacon]
    is_late = now_of(beacon) >= beacon.due(draw.round) + PATIENCE
    return draw.late_round if is_late else draw.round


@transaction.atomic
def cancel(*, draw: Draw, actor: User, reason: str) -> Draw:
    """End a draw that is not announced, for everybody to see, with the result that it has; another one may begin.

    Raises:
        RoleMissing: the actor is not an approver, or not the one who froze what nobody has approved.
        ReasonMissing: no reason was given.
        DrawStateWrong: it is announced, or cancelled already.
    """
    found = held_draw(draw)
    if not (found.state == DrawState.PROPOSED and actor.pk == found.proposed_by.pk):
        require_role(user=actor, role=Role.APPROVER)
    if found.state in (DrawState.CANCELLED, DrawState.ANNOUNCED):
        raise errors.DrawStateWrong(state=found.get_state_display())
    if not (reason := reason.strip()[:_REASON_CHARACTERS]):
        raise errors.ReasonMissing
    found.state, found.reason, found.cancelled_at = DrawState.CANCELLED, reason, clock.now()
    return record_step(draw=found, actor=actor, deed="cancel")


_REASON_CHARACTERS: Final = 500


def held_draw(draw: Draw) -> Draw:
    """The draw as it is stored, locked until the caller's transaction ends."""
    return lock_proposal(proposal=draw)


def record_step(*, draw: Draw, actor: User | None, deed: str) -> Draw:
    """Save a draw and append what was done to the log of acts."""
    draw.save()
    record_deed(proposal=draw, actor=actor, deed=deed)
    return draw


def require_draw_state(draw: Draw, state: DrawState) -> None:
    """Raises DrawStateWrong unless the draw stands there."""
    if draw.state != state:
        raise errors.DrawStateWrong(state=draw.get_state_display())


def require_office(actor: User) -> None:
    """Raises RoleMissing unless the actor is an operator or an approver."""
    if not actor.is_active or actor.role not in {Role.OPERATOR, Role.APPROVER}:
        raise RoleMissing(role=Role.OPERATOR.label)


def _require_ahead(draw: Draw) -> None:
    beacon = BEACONS[draw.beacon]
    if beacon.due(draw.round) < now_of(beacon) + AHEAD:
        raise errors.RoundTooEarly(due=beacon.due(draw.round))
