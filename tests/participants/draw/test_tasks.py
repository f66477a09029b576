"""What the worker does of a draw, and when it falls due by the demo's clock."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from bekal.core import clock
from bekal.core.models import DemoClock
from bekal.jobs.kinds import JobKind, job_kinds
from bekal.participants.draw import errors, services
from bekal.participants.draw.announcing import announce
from bekal.participants.draw.beacon import sign_test_round
from bekal.participants.draw.ordering import order
from bekal.participants.draw.queries import public_draws
from bekal.participants.draw.services import FREEZE_JOB, ORDER_JOB, approve, cancel, hand_in_value
from bekal.participants.draw.tasks import ANNOUNCE_JOB, END_RESERVE_JOB
from bekal.participants.models import Draw
from tests.participants.applications.people import ANNOUNCES_AT
from tests.participants.draw.waves import AFTER_DUE, FROZEN_AT, Scene

pytestmark = pytest.mark.django_db

AFTER_RESERVE = ANNOUNCES_AT.replace(hour=0, minute=0) + timedelta(days=14)


@pytest.fixture
def scene() -> Scene:
    return Scene(places=2, people=[{} for _ in range(4)])


def kind(name: str) -> JobKind:
    (found,) = (each for each in job_kinds() if each.name == name)
    return found


def due(name: str, at: datetime) -> list[int]:
    """Which draws the job is due for when the demo's clock shows a moment."""
    DemoClock.objects.update(shift=at - datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(kind(name).due_sql)
        return [draw for (draw,) in cursor.fetchall()]


def work(name: str, draw: Draw, at: datetime) -> None:
    with clock.at(at):
        kind(name).work(draw.pk, lambda: None)
    draw.refresh_from_db()


def test_many_applications_are_listed_by_the_worker(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 3)
    draw = scene.freeze()
    assert (draw.state, bytes(draw.root), draw.count, public_draws()) == ("proposed", b"", 0, [])
    assert due(FREEZE_JOB, FROZEN_AT) == [draw.pk]
    with clock.at(FROZEN_AT):
        # Nobody can agree to what is not there, nor begin another draw.
        with pytest.raises(errors.DrawDiffers):
            approve(draw=draw, approver=scene.approver, seen="")
        with pytest.raises(errors.DrawExists):
            scene.freeze()
    work(FREEZE_JOB, draw, FROZEN_AT)
    assert (draw.count, len(draw.root), due(FREEZE_JOB, FROZEN_AT)) == (4, 32, [])
    root = bytes(draw.root)
    work(FREEZE_JOB, draw, FROZEN_AT)
    assert bytes(draw.root) == root
    with clock.at(FROZEN_AT):
        assert approve(draw=draw, approver=scene.approver, seen=root.hex()).state == "approved"


def test_a_list_that_is_not_there_yet_can_be_cancelled(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 3)
    draw = scene.freeze()
    with clock.at(FROZEN_AT):
        cancel(draw=draw, actor=scene.operator, reason="the wrong hour")
    work(FREEZE_JOB, draw, FROZEN_AT)
    assert (draw.state, bytes(draw.root)) == ("cancelled", b"")


def test_the_value_sets_off_the_draw(scene: Scene) -> None:
    draw = scene.publish()
    assert due(ORDER_JOB, AFTER_DUE) == []
    with clock.at(AFTER_DUE):
        hand_in_value(draw=draw, signature=sign_test_round(draw.round))
    with connection.cursor() as cursor:
        cursor.execute("SELECT (args ->> 'subject')::bigint FROM procrastinate_jobs WHERE task_name = %s", [ORDER_JOB])
        assert cursor.fetchall() == [(draw.pk,)]
    assert due(ORDER_JOB, AFTER_DUE) == [draw.pk]
    work(ORDER_JOB, draw, AFTER_DUE)
    assert (draw.state, due(ORDER_JOB, AFTER_DUE)) == ("ordered", [])
    # Done again, as after a killed worker, it changes nothing.
    work(ORDER_JOB, draw, AFTER_DUE)
    assert draw.state == "ordered"


def test_results_are_announced_at_the_minute(scene: Scene) -> None:
    draw = scene.order()
    assert due(ANNOUNCE_JOB, ANNOUNCES_AT - timedelta(minutes=1)) == []
    assert due(ANNOUNCE_JOB, ANNOUNCES_AT + timedelta(seconds=1)) == [draw.pk]
    assert kind(ANNOUNCE_JOB).is_watched
    work(ANNOUNCE_JOB, draw, ANNOUNCES_AT)
    assert (draw.state, due(ANNOUNCE_JOB, ANNOUNCES_AT + timedelta(seconds=1))) == ("announced", [])


def test_the_reserve_list_ends_after_its_day_in_jakarta(scene: Scene) -> None:
    draw = scene.order()
    with clock.at(ANNOUNCES_AT):
        announce(draw=draw)
    assert due(END_RESERVE_JOB, AFTER_RESERVE - timedelta(minutes=1)) == []
    assert due(END_RESERVE_JOB, AFTER_RESERVE + timedelta(minutes=1)) == [draw.pk]
    work(END_RESERVE_JOB, draw, AFTER_RESERVE)
    assert due(END_RESERVE_JOB, AFTER_RESERVE + timedelta(minutes=1)) == []
    assert sorted(scene.states()) == ["accepted", "accepted", "not_chosen", "not_chosen"]


def test_a_cancelled_draw_is_due_for_nothing(scene: Scene) -> None:
    draw = scene.order()
    Draw.objects.filter(pk=draw.pk).update(state="cancelled", cancelled_at=AFTER_DUE)
    assert [due(name, AFTER_RESERVE) for name in (ORDER_JOB, ANNOUNCE_JOB, END_RESERVE_JOB)] == [[], [], []]
    with clock.at(AFTER_DUE), pytest.raises(Exception, match="dibatalkan"):
        order(draw=draw)
