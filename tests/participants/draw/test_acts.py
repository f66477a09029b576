"""The acts of a draw in the database, who may do them, and when."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role
from bekal.core import clock
from bekal.core.models import DemoClock
from bekal.participants.applications.errors import NoWindow
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.draw import errors
from bekal.participants.draw.announcing import announce
from bekal.participants.draw.beacon import QUICKNET, TEST_BEACON, sign_test_round, value_of
from bekal.participants.draw.ordering import order
from bekal.participants.draw.queries import (
    FILES,
    draw_of,
    parts_of,
    public_draw,
)
from bekal.participants.draw.services import approve, cancel, freeze, hand_in_value, publish, read_signature
from bekal.participants.draw.verify import verify_files
from bekal.participants.models import Application, ApplicationState, Bar, Draw, DrawState, Enrolment, ExclusionList, Screening
from bekal.participants.screening.services import screen_now
from tests.builders import make_user, make_wave
from tests.participants.applications.people import ANNOUNCES_AT, CLOSES_AT, newcomer
from tests.participants.draw.files import downloaded
from tests.participants.draw.waves import AFTER_DUE, DUE, FROZEN_AT, Scene, forty_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return forty_people()


def test_a_draw_is_frozen_after_the_window(scene: Scene) -> None:
    with pytest.raises(errors.WindowOpen):
        scene.freeze(at=CLOSES_AT - timedelta(seconds=1))
    assert scene.freeze(at=CLOSES_AT).state == DrawState.PROPOSED


def test_a_wave_without_applications_has_no_draw(scene: Scene) -> None:
    with clock.at(FROZEN_AT):
        wave = make_wave(number=13)
        with pytest.raises(errors.NoPlacesToDraw):
            freeze(wave=wave, due=DUE, beacon=TEST_BEACON, proposer=scene.operator)


def test_everybody_is_screened_before_the_freeze(scene: Scene) -> None:
    Screening.objects.all().delete()
    Application.objects.filter(pk=scene.applications[3].pk).update(state=ApplicationState.SUBMITTED)
    Bar.objects.create(participant=scene.participants[4], programmes=None, barred_on=CLOSES_AT.date())
    draw = scene.freeze()
    assert draw.count == 39
    assert scene.states() == ["eligible"] * 4 + ["refused"] + ["eligible"] * 35


def test_a_screening_since_the_window_closed_is_enough(scene: Scene) -> None:
    Screening.objects.all().delete()
    with clock.at(FROZEN_AT):
        screen_now(wave=scene.wave)
        scene.freeze()
        assert Screening.objects.count() == 1


def test_a_list_that_was_imported_since_is_asked(scene: Scene) -> None:
    Screening.objects.all().delete()
    with clock.at(FROZEN_AT):
        screen_now(wave=scene.wave)
    with clock.at(FROZEN_AT + timedelta(minutes=1)):
        ExclusionList.objects.create(
            code="civil_servant", source="a test", dated_on=clock.today(), version=1, key_version=1, imported_at=clock.now()
        )
    scene.freeze(at=FROZEN_AT + timedelta(minutes=2))
    assert Screening.objects.count() == 2


def test_nobody_to_draw(scene: Scene) -> None:
    Screening.objects.all().delete()
    Bar.objects.bulk_create(Bar(participant=person, programmes=None, barred_on=CLOSES_AT.date()) for person in scene.participants)
    with pytest.raises(errors.NobodyEligible):
        scene.freeze()


def test_a_wave_has_one_draw_until_it_is_cancelled(scene: Scene) -> None:
    first = scene.freeze()
    with pytest.raises(errors.DrawExists):
        scene.freeze()
    with clock.at(FROZEN_AT):
        cancel(draw=first, actor=scene.operator, reason="the wrong time")
    assert scene.freeze().pk != first.pk


def test_only_an_operator_freezes(scene: Scene) -> None:
    with clock.at(FROZEN_AT), pytest.raises(RoleMissing):
        freeze(wave=scene.wave, due=DUE, beacon=TEST_BEACON, proposer=scene.approver)


def test_the_test_beacon_is_refused_outside_a_demo(scene: Scene) -> None:
    DemoClock.objects.all().delete()
    with pytest.raises(errors.BeaconOutsideDemo):
        scene.freeze()


def test_rounds_of_quicknet_are_judged_by_the_real_time(scene: Scene) -> None:
    def frozen(due: datetime) -> Draw:
        with clock.at(FROZEN_AT):
            return freeze(wave=scene.wave, due=due, beacon=QUICKNET, proposer=scene.operator)

    with pytest.raises(errors.RoundTooEarly):  # an hour ahead by the demo's clock, years ago by the real one
        frozen(DUE)
    with pytest.raises(errors.RoundTooEarly):
        frozen(datetime.now(UTC) + timedelta(minutes=59))
    assert frozen(datetime.now(UTC) + timedelta(minutes=61)).beacon == "drand quicknet"


@pytest.mark.parametrize("act", ["freeze", "approve", "publish"])
def test_the_value_must_lie_an_hour_ahead_at_each_act(scene: Scene, act: str) -> None:
    late = DUE - timedelta(hours=1) + timedelta(seconds=1)
    if act == "freeze":
        with pytest.raises(errors.RoundTooEarly):
            scene.freeze(at=late)
        assert not Draw.objects.exists()
        return
    draw = scene.freeze()
    with clock.at(late if act == "approve" else FROZEN_AT):
        if act == "approve":
            with pytest.raises(errors.RoundTooEarly):
                approve(draw=draw, approver=scene.approver, seen=bytes(draw.root).hex())
            return
        approve(draw=draw, approver=scene.approver, seen=bytes(draw.root).hex())
    with clock.at(late), pytest.raises(errors.RoundTooEarly):
        publish(draw=draw, actor=scene.operator)
    assert Draw.objects.get().state == DrawState.APPROVED


def test_a_draw_that_comes_too_late_for_the_announced_minute_can_still_be_made(scene: Scene) -> None:
    """As after one that was cancelled: without it nobody who applied would have a result, nor could apply elsewhere."""
    at = ANNOUNCES_AT - timedelta(minutes=30)
    draw = scene.freeze(at=at, due=at + timedelta(hours=2))
    with clock.at(at):
        approve(draw=draw, approver=scene.approver, seen=bytes(draw.root).hex())
        publish(draw=draw, actor=scene.operator)
    with clock.at(at + timedelta(hours=2)):
        hand_in_value(draw=draw, signature=sign_test_round(draw.round))
        order(draw=draw)
        announce(draw=draw)
    assert Enrolment.objects.filter(wave=scene.wave).count() == scene.places


def test_the_value_comes_before_the_announcement(scene: Scene) -> None:
    with pytest.raises(errors.RoundAfterAnnouncement):
        scene.freeze(due=ANNOUNCES_AT + timedelta(seconds=3))


def test_a_second_person_approves_what_was_shown(scene: Scene) -> None:
    draw = scene.freeze()
    root = bytes(draw.root).hex()
    with clock.at(FROZEN_AT):
        with pytest.raises(errors.DrawDiffers):
            approve(draw=draw, approver=scene.approver, seen=root[:-1] + "0" if root[-1] != "0" else root[:-1] + "1")
        with pytest.raises(SamePerson):
            approve(draw=draw, approver=scene.operator, seen=root)
        with pytest.raises(RoleMissing):
            approve(draw=draw, approver=make_user(Role.AUDITOR), seen=root)
        with pytest.raises(errors.DrawStateWrong):
            publish(draw=draw, actor=scene.operator)
        approve(draw=draw, approver=scene.approver, seen=root)
        with pytest.raises(errors.DrawStateWrong):
            approve(draw=draw, approver=scene.approver, seen=root)
        with pytest.raises(RoleMissing):
            publish(draw=draw, actor=make_user(Role.AUDITOR))


def test_the_value_is_taken_when_it_is_due_and_right(scene: Scene) -> None:
    draw = scene.publish()
    right = sign_test_round(draw.round)
    with clock.at(DUE - timedelta(seconds=1)), pytest.raises(errors.ValueNotDue):
        hand_in_value(draw=draw, signature=right)
    with clock.at(DUE):
        for wrong in (sign_test_round(draw.round + 1), sign_test_round(draw.late_round), bytes(48)):
            with pytest.raises(errors.SignatureFalse):
                hand_in_value(draw=draw, signature=wrong)
        with pytest.raises(errors.DrawStateWrong):
            order(draw=draw)
        found = hand_in_value(draw=draw, signature=right)
        assert (found.state, found.value_round) == (DrawState.VALUED, draw.round)
        # Again by somebody else: nothing is done twice.
        hand_in_value(draw=draw, signature=right)
        with pytest.raises(errors.DrawStateWrong):
            hand_in_value(draw=draw, signature=bytes(48))
    assert Act.objects.filter(verb="draw.hand_in").count() == 1


def test_a_late_value_is_waited_for_and_then_the_late_round_counts(scene: Scene) -> None:
    draw = scene.publish()
    with clock.at(DUE + timedelta(hours=71, minutes=59)), pytest.raises(errors.SignatureFalse):
        hand_in_value(draw=draw, signature=sign_test_round(draw.late_round))
    with clock.at(DUE + timedelta(hours=72)):
        with pytest.raises(errors.SignatureFalse):
            hand_in_value(draw=draw, signature=sign_test_round(draw.round))
        found = hand_in_value(draw=draw, signature=sign_test_round(draw.late_round))
    assert found.value_round == draw.late_round


def test_the_first_value_still_counts_within_72_hours(scene: Scene) -> None:
    draw = scene.publish()
    with clock.at(DUE + timedelta(hours=71, minutes=59)):
        assert hand_in_value(draw=draw, signature=sign_test_round(draw.round)).value_round == draw.round


def test_what_people_paste() -> None:
    signature = sign_test_round(5)
    for text in (signature.hex(), f"  {signature.hex().upper()}\n", json.dumps({"round": 5, "signature": signature.hex()})):
        assert read_signature(text) == signature
    for text in ("", "abc", signature.hex()[:-2], signature.hex() + "00", "{", "{}", '{"signature": 5}', "[" * 9999, "ŝ" * 96):
        with pytest.raises(errors.SignatureMalformed):
            read_signature(text)


@pytest.mark.parametrize("stage", ["freeze", "publish", "order"])
def test_a_draw_is_cancelled_for_everybody_to_see(scene: Scene, stage: str, tmp_path: Path) -> None:
    draw = getattr(scene, stage)()
    with clock.at(AFTER_DUE):
        with pytest.raises(RoleMissing):
            cancel(draw=draw, actor=make_user(Role.OPERATOR), reason="no reason")
        with pytest.raises(errors.ReasonMissing):
            cancel(draw=draw, actor=scene.approver, reason=" ")
        cancel(draw=draw, actor=scene.approver, reason="A list was imported too late.")
        with pytest.raises(errors.DrawStateWrong):
            cancel(draw=draw, actor=scene.approver, reason="again")
        for act in (order, lambda draw: publish(draw=draw, actor=scene.operator)):
            with pytest.raises(errors.DrawStateWrong):
                act(draw=draw)
    assert draw_of(scene.wave) is None
    found = public_draw(draw.public_id)
    assert (found.state, found.reason) == (DrawState.CANCELLED, "A list was imported too late.")
    if stage == "order":
        assert verify_files(downloaded(found, tmp_path)).problems == []


def test_an_announced_draw_is_final(scene: Scene) -> None:
    draw = scene.announce()
    with pytest.raises(errors.DrawStateWrong):
        cancel(draw=draw, actor=scene.approver, reason="too late")


def test_nobody_applies_once_it_is_frozen(scene: Scene) -> None:
    scene.freeze()
    with clock.at(FROZEN_AT), pytest.raises(NoWindow):
        apply_for_wave(participant=newcomer(), wave=scene.wave)


def test_the_order_is_that_of_the_published_value(scene: Scene) -> None:
    draw = scene.order()
    assert bytes(draw.signature or b"") == sign_test_round(draw.round)
    assert json.loads(first_line(draw))["value"] == value_of(sign_test_round(draw.round)).hex()
    with clock.at(AFTER_DUE):
        assert order(draw=draw).ordered_at == draw.ordered_at


def first_line(draw: Draw) -> bytes:
    return gzip.decompress(b"".join(parts_of(draw, FILES["results.jsonl.gz"]))).split(b"\n")[0]


_CHANGES = (
    "UPDATE participants_drawnumber SET number = number + 1",
    "DELETE FROM participants_drawnumber",
    "UPDATE participants_drawpart SET content = ''",
    "DELETE FROM participants_drawpart",
    "TRUNCATE participants_drawpart",
)


@pytest.mark.parametrize("statement", _CHANGES)
def test_the_database_refuses_to_change_what_was_frozen(scene: Scene, statement: str) -> None:
    scene.freeze()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def tampered(change: Callable[[bytes], bytes]) -> None:
    """Change the stored lines behind the system's back."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE participants_drawpart DISABLE TRIGGER USER")
        cursor.execute("SELECT content FROM participants_drawpart WHERE kind = 'applications'")
        content = gzip.decompress(bytes(cursor.fetchone()[0]))
        cursor.execute(
            "UPDATE participants_drawpart SET content = %s WHERE kind = 'applications'", [gzip.compress(change(content))]
        )
        cursor.execute("ALTER TABLE participants_drawpart ENABLE TRIGGER USER")


_TAMPERINGS = (
    (b'"number":7,', b'"number":8,'),
    (b'"places":10', b'"places":11'),
    (b'"commitment":"', b'"commitment":"0'),
)


@pytest.mark.parametrize(("before", "after"), _TAMPERINGS)
def test_a_stored_list_that_was_changed_is_not_drawn(scene: Scene, before: bytes, after: bytes) -> None:
    draw = scene.publish()
    with clock.at(AFTER_DUE):
        hand_in_value(draw=draw, signature=sign_test_round(draw.round))
        tampered(lambda content: content.replace(before, after, 1))
        with pytest.raises(errors.DrawBroken):
            order(draw=draw)
    assert Draw.objects.get().state == DrawState.VALUED


def test_the_database_wants_a_whole_approval_that_a_cancelled_draw_keeps(scene: Scene) -> None:
    draw = scene.publish()
    with clock.at(FROZEN_AT):
        cancel(draw=draw, actor=scene.approver, reason="a test")
    assert Draw.objects.get().approved_by == scene.approver
    half = {"approved_by": None}, {"approved_at": None}, {"state": DrawState.PROPOSED}, {"approved_by": scene.operator}
    for changes in half:
        with pytest.raises(IntegrityError), transaction.atomic():
            Draw.objects.update(**changes)
