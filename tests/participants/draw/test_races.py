"""Several people at one draw at the same time, on a database in which everything is committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connections, transaction

from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.participants.applications.errors import NotWithdrawable, NoWindow
from bekal.participants.applications.services import apply_for_wave, withdraw_application
from bekal.participants.draw import errors
from bekal.participants.draw.announcing import announce, move_up
from bekal.participants.draw.beacon import TEST_BEACON, sign_test_round
from bekal.participants.draw.ordering import order
from bekal.participants.draw.services import cancel, freeze, hand_in_value
from bekal.participants.models import Draw, DrawNumber, Enrolment, ScreeningHit
from bekal.participants.rules import hold_households
from bekal.programmes.models import Wave
from tests.participants.applications.people import ANNOUNCES_AT
from tests.participants.draw.test_announcing import announced_with_a_hit, give_up
from tests.participants.draw.waves import AFTER_DUE, DUE, FROZEN_AT, Scene
from tests.threads import race, wait_until_somebody_waits


@pytest.fixture
def scene(committed_database: str) -> Scene:
    return Scene(places=3, people=[{} for _ in range(8)])


def test_a_draw_is_frozen_once(scene: Scene) -> None:
    def froze() -> Draw:
        return freeze(wave=scene.wave, due=DUE, beacon=TEST_BEACON, proposer=scene.operator)

    with clock.at(FROZEN_AT):
        results = race(froze, froze, froze)
    assert sorted(type(result).__name__ for result in results) == ["Draw", "DrawExists", "DrawExists"]
    assert DrawNumber.objects.count() == 8


def test_a_value_is_taken_once_and_a_draw_drawn_once(scene: Scene) -> None:
    draw = scene.publish()
    right = sign_test_round(draw.round)
    with clock.at(AFTER_DUE):
        taken = race(
            lambda: hand_in_value(draw=draw, signature=right),
            lambda: hand_in_value(draw=draw, signature=right),
            lambda: hand_in_value(draw=draw, signature=sign_test_round(draw.round + 1)),
        )
        assert [type(each) for each in taken[:2]] == [Draw, Draw]
        assert isinstance(taken[2], errors.SignatureFalse | errors.DrawStateWrong)
        race(lambda: order(draw=draw), lambda: order(draw=draw))
    assert Draw.objects.get().state == "ordered"


def test_announcing_and_cancelling_do_not_both_happen(scene: Scene) -> None:
    draw = scene.order()
    with clock.at(ANNOUNCES_AT):
        announced, again, cancelled = race(
            lambda: announce(draw=draw),
            lambda: announce(draw=draw),
            lambda: cancel(draw=draw, actor=scene.approver, reason="a test"),
        )
    if Draw.objects.get().state == "announced":
        assert isinstance(cancelled, errors.DrawStateWrong)
        assert Enrolment.objects.count() == 3
    else:
        assert isinstance(announced, errors.DrawStateWrong)
        assert isinstance(again, errors.DrawStateWrong)
        assert Enrolment.objects.count() == 0


def test_a_place_that_falls_free_is_given_once(scene: Scene) -> None:
    draw, loser = announced_with_a_hit(scene)
    assert ScreeningHit.objects.count() == 1
    with clock.at(ANNOUNCES_AT):
        give_up(scene, loser)
        results = race(lambda: move_up(draw=draw, actor=scene.operator), lambda: move_up(draw=draw, actor=scene.operator))
    assert sorted(type(each).__name__ for each in results) == ["NobodyMovesUp", "list"]
    assert Enrolment.objects.count() == 3


def test_who_withdraws_or_applies_while_a_wave_is_announced_waits_and_does_not_stop_it(scene: Scene) -> None:
    """Both hold the wave before the people: otherwise each would wait for the other, and one of them be thrown out."""
    person, application = scene.participants[0], scene.applications[0]

    def late(deed: Callable[[], object]) -> object:
        try:
            with clock.at(ANNOUNCES_AT):
                return deed()
        except BekalError as error:
            return error
        finally:
            connections.close_all()

    withdraw = partial(withdraw_application, application=application)
    apply = partial(apply_for_wave, participant=person, wave=scene.wave)
    for deed, refusal in ((withdraw, NotWithdrawable), (apply, NoWindow)):
        with ThreadPoolExecutor(1) as threads:
            with transaction.atomic():
                # What announcing holds, in its order.
                Wave.objects.select_for_update().get(pk=scene.wave.pk)
                answer = threads.submit(late, deed)
                wait_until_somebody_waits()
                hold_households([person.pk])
            assert isinstance(answer.result(), refusal)
