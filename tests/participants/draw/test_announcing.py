"""What follows from a draw: results, enrolments, messages, the grant, reserves that move up."""

from collections import Counter
from datetime import timedelta

import pytest

from bekal.access.errors import RoleMissing
from bekal.access.models import Act, Role
from bekal.core import clock
from bekal.ledger.models import RunState
from bekal.messages.models import Message
from bekal.messages.templates import words_of
from bekal.participants.applications.errors import AnnouncedTooEarly, NotAnnounceable
from bekal.participants.draw import errors
from bekal.participants.draw.announcing import announce, end_reserve, move_up, settle_withheld
from bekal.participants.draw.ordering import keys_and_outcomes, placed_in_order
from bekal.participants.draw.queries import Drawn, drawn
from bekal.participants.errors import NotEligible
from bekal.participants.models import Application, Bar, Draw, DrawState, Enrolment, HitState, ScreeningHit
from bekal.participants.screening.services import decide_hit
from bekal.participants.services import enrol_people, erase_identity
from tests.builders import TOTAL_IDR, make_user, make_wave, waiting
from tests.participants.applications.people import ANNOUNCES_AT
from tests.participants.draw.waves import HOUSEHOLD, Scene

pytestmark = pytest.mark.django_db

LAST_DAY = ANNOUNCES_AT + timedelta(days=13)


@pytest.fixture
def scene() -> Scene:
    """Twelve people, five of one family card of which two may take part; six places."""
    return Scene(places=6, people=[{"household": HOUSEHOLD} if number < 5 else {} for number in range(12)])


def told(scene: Scene) -> dict[str, set[str]]:
    """Whom each kind of message went to, by the states of their applications."""
    states = {person.user_id: state for person, state in zip(scene.participants, scene.states(), strict=True)}
    found: dict[str, set[str]] = {}
    for message in Message.objects.filter(template__startswith="draw."):
        found.setdefault(message.template, set()).add(states[message.recipient_id])
    return found


def test_everybody_has_a_result_and_is_told(scene: Scene) -> None:
    draw = scene.announce()
    states = scene.states()
    counts = Counter(states)
    assert (counts.pop("reserve", 0), counts.pop("household_full", 0)) == (draw.reserve_count, draw.household_full_count)
    assert counts == {"accepted": 6}
    assert sum(state == "accepted" for state in states[:5]) <= 2
    enrolled = set(Enrolment.objects.filter(wave=scene.wave).values_list("participant_id", flat=True))
    placed = {person.pk for person, state in zip(scene.participants, states, strict=True) if state == "accepted"}
    assert enrolled == placed
    assert told(scene) == {f"draw.{state}": {state} for state in set(states)}
    assert Message.objects.filter(template__startswith="draw.").count() == 12
    message = Message.objects.filter(template="draw.accepted").first()
    assert message is not None
    assert words_of(template=message.template, values=message.parameters).title == "Anda mendapat tempat di gelombang 12"


def test_the_grant_is_proposed_for_who_has_a_place(scene: Scene) -> None:
    scene.announce()
    (run,) = waiting(scene.wave)
    assert (run.kind, run.state, run.bound_idr, run.proposed_by) == ("grant", RunState.PROPOSED, 6 * TOTAL_IDR, scene.operator)


def test_everybody_can_see_what_was_drawn_for_them(scene: Scene) -> None:
    scene.announce()
    found = [drawn(application) for application in scene.applications]
    assert sorted(each.place for each in found if each) == list(range(1, 13))
    for state, each in zip(scene.states(), found, strict=True):
        pool = "general" if state == "accepted" else None
        assert each == Drawn(place=each.place if each else 0, pool=pool, is_household_full=state == "household_full")


def test_nothing_is_announced_before_its_minute_or_by_anybody_else(scene: Scene) -> None:
    draw = scene.order()
    with clock.at(ANNOUNCES_AT - timedelta(seconds=1)), pytest.raises(AnnouncedTooEarly):
        announce(draw=draw, actor=scene.operator)
    with clock.at(ANNOUNCES_AT), pytest.raises(RoleMissing):
        announce(draw=draw, actor=make_user(Role.AUDITOR))
    assert (Draw.objects.get().state, Message.objects.count(), Enrolment.objects.count()) == (DrawState.ORDERED, 0, 0)


def test_announcing_again_does_nothing_twice(scene: Scene) -> None:
    draw = scene.announce()
    with clock.at(ANNOUNCES_AT + timedelta(minutes=1)):
        assert announce(draw=draw).announced_at == draw.announced_at
    assert (Message.objects.count(), Enrolment.objects.count(), len(waiting(scene.wave))) == (12, 6, 1)


def test_the_machine_announces_at_the_minute(scene: Scene) -> None:
    draw = scene.order()
    with clock.at(ANNOUNCES_AT):
        announce(draw=draw)
    assert [run.proposed_by for run in waiting(scene.wave)] == [scene.operator]
    assert Act.objects.get(verb="draw.announce").actor is None


def announced_with_a_hit(scene: Scene, *, of_household: bool = False) -> tuple[Draw, int]:
    """Announce, after a list came in with somebody who has a place; the draw, and whose place is withheld."""
    draw = scene.order()
    keys, outcomes = keys_and_outcomes(draw)
    placed = set(keys[outcomes >= 0].tolist())
    number = next(
        number
        for number, application in enumerate(scene.applications)
        if application.pk in placed and ("household" in scene.people[number]) is of_household
    )
    with clock.at(ANNOUNCES_AT):
        ScreeningHit.objects.create(
            participant=scene.participants[number], wave=scene.wave, reason="listed:students", found_at=clock.now()
        )
        announce(draw=draw, actor=scene.operator)
    return draw, number


def give_up(scene: Scene, number: int) -> Application:
    """Somebody whose place is withheld loses it by a decision."""
    return settle_withheld(application=scene.applications[number], is_accepted=False, actor=scene.operator)


def test_the_next_on_the_list_moves_up(scene: Scene) -> None:
    draw, loser = announced_with_a_hit(scene)
    places = [each.place for each in map(drawn, scene.applications) if each]
    with clock.at(ANNOUNCES_AT):
        with pytest.raises(errors.NobodyMovesUp):
            move_up(draw=draw, actor=scene.operator)
        states = scene.states()
        assert states[loser] == "withheld"
        assert give_up(scene, loser).state == "not_chosen"
        (moved,) = move_up(draw=draw, actor=scene.operator)
        with pytest.raises(errors.NobodyMovesUp):
            move_up(draw=draw, actor=scene.operator)
    expected = min((place, number) for number, place in enumerate(places) if states[number] == "reserve")[1]
    assert moved == scene.applications[expected]
    assert scene.states()[expected] == "accepted"
    assert Enrolment.objects.filter(participant=scene.participants[expected], wave=scene.wave).exists()
    assert Message.objects.filter(recipient=scene.participants[expected].user, template="draw.accepted").count() == 1
    act = Act.objects.get(verb="draw.move_up")
    assert (act.actor, act.subject) == (scene.operator, f"application:{moved.public_id}")


def test_the_household_is_judged_again_when_a_place_falls_free() -> None:
    scene = Scene(places=3, people=[{"household": HOUSEHOLD} for _ in range(4)])
    draw, loser = announced_with_a_hit(scene, of_household=True)
    assert sorted(scene.states()) == ["accepted", "household_full", "household_full", "withheld"]
    with clock.at(ANNOUNCES_AT):
        with pytest.raises(errors.NobodyMovesUp):  # a place is free, but not for this household
            move_up(draw=draw, actor=scene.operator)
        give_up(scene, loser)
        (moved,) = move_up(draw=draw, actor=scene.operator)
    assert sorted(scene.states()) == ["accepted", "accepted", "household_full", "not_chosen"]
    assert Application.objects.get(pk=moved.pk).state == "accepted"


def test_who_may_not_take_part_any_more_is_passed_over(scene: Scene) -> None:
    draw, loser = announced_with_a_hit(scene)
    states = scene.states()
    places = [each.place for each in map(drawn, scene.applications) if each]
    first, second = sorted((place, number) for number, place in enumerate(places) if states[number] == "reserve")[:2]
    with clock.at(ANNOUNCES_AT):
        Bar.objects.create(participant=scene.participants[first[1]], programmes=None, barred_on=clock.today())
        give_up(scene, loser)
        (moved,) = move_up(draw=draw, actor=scene.operator)
    assert moved == scene.applications[second[1]]


def test_whom_a_case_holds_back_does_not_move_up(scene: Scene) -> None:
    draw, loser = announced_with_a_hit(scene)
    states = scene.states()
    places = [each.place for each in map(drawn, scene.applications) if each]
    first, second = sorted((place, number) for number, place in enumerate(places) if states[number] == "reserve")[:2]
    with clock.at(ANNOUNCES_AT):
        ScreeningHit.objects.create(
            participant=scene.participants[first[1]], wave=scene.wave, reason="listed:students", found_at=clock.now()
        )
        give_up(scene, loser)
        assert move_up(draw=draw, actor=scene.operator) == [scene.applications[second[1]]]


def test_a_withheld_place_is_kept_until_it_is_decided(scene: Scene) -> None:
    draw, number = announced_with_a_hit(scene)
    application = scene.applications[number]
    with clock.at(ANNOUNCES_AT):
        with pytest.raises(errors.NobodyMovesUp):
            move_up(draw=draw, actor=scene.operator)
        ScreeningHit.objects.update(state=HitState.CLEARED, decided_at=clock.now())
        assert settle_withheld(application=application, is_accepted=True, actor=scene.operator).state == "accepted"
        with pytest.raises(NotAnnounceable):
            settle_withheld(application=application, is_accepted=False, actor=scene.operator)
    assert Enrolment.objects.filter(participant=scene.participants[number], wave=scene.wave).exists()


def test_the_reserve_list_ends_on_the_day_of_the_definition(scene: Scene) -> None:
    draw, loser = announced_with_a_hit(scene)
    with clock.at(LAST_DAY):
        with pytest.raises(errors.ReserveLasts):
            end_reserve(draw=draw)
        give_up(scene, loser)
        assert len(move_up(draw=draw, actor=scene.operator)) == 1
    with clock.at(LAST_DAY + timedelta(days=1)):
        with pytest.raises(errors.ReserveEnded):
            move_up(draw=draw, actor=scene.operator)
        end_reserve(draw=draw)
        end_reserve(draw=draw)
    states = scene.states()
    assert {state: states.count(state) for state in set(states)} == {"accepted": 6, "not_chosen": 6}
    assert Message.objects.filter(template="draw.not_chosen").count() == 6


def test_only_operators_let_people_move_up(scene: Scene) -> None:
    draw = scene.announce()
    with clock.at(ANNOUNCES_AT), pytest.raises(RoleMissing):
        move_up(draw=draw, actor=scene.approver)


def test_who_was_found_by_screening_keeps_the_place_withheld(scene: Scene) -> None:
    draw = scene.order()
    with clock.at(ANNOUNCES_AT):
        # One of them joined another wave meanwhile; who it is, the draw does not know before it is announced.
        other = make_wave(number=13)
        enrol_people(participants=[person.pk for person in scene.participants[5:]], wave=other)
        announce(draw=draw, actor=scene.operator)
    states = scene.states()
    assert "accepted" not in states[5:]
    assert "withheld" in states[5:]
    assert set(Application.objects.filter(state="withheld").values_list("reason", flat=True)) == {"in_another_wave"}
    assert told(scene)["draw.withheld"] == {"withheld"}


def placed_numbers(scene: Scene, draw: Draw) -> list[int]:
    """Whose applications have a place, in the order of the draw."""
    number_of = {application.pk: number for number, application in enumerate(scene.applications)}
    return [number_of[key] for key in placed_in_order(draw)]


def test_a_household_that_filled_up_since_the_freeze_holds_up_nobody_else() -> None:
    scene = Scene(places=4, people=[{"household": HOUSEHOLD}, {"household": HOUSEHOLD}, {}, {}])
    (relative,) = scene.register([{"household": HOUSEHOLD}])
    draw = scene.order()
    first, last = [number for number in placed_numbers(scene, draw) if number < 2]
    with clock.at(ANNOUNCES_AT):
        enrol_people(participants=[relative.pk], wave=make_wave(number=13))
        announce(draw=draw)
    states = scene.states()
    assert (states[first], states[last], states[2:]) == ("accepted", "withheld", ["accepted", "accepted"])
    assert ScreeningHit.objects.get().reason == scene.wave.applications.get(state="withheld").reason == "household_full"


def test_whom_a_case_excluded_before_the_announcement_blocks_no_place(scene: Scene) -> None:
    draw = scene.order()
    number = placed_numbers(scene, draw)[0]
    with clock.at(ANNOUNCES_AT):
        ScreeningHit.objects.create(
            participant=scene.participants[number],
            wave=scene.wave,
            reason="listed:students",
            found_at=clock.now(),
            state=HitState.CONFIRMED,
            decided_at=clock.now(),
        )
        announce(draw=draw)
        assert (scene.states()[number], Enrolment.objects.count()) == ("not_chosen", 5)
        assert len(move_up(draw=draw, actor=scene.operator)) == 1


def test_who_was_erased_before_the_announcement_blocks_no_place(scene: Scene) -> None:
    draw = scene.order()
    number = placed_numbers(scene, draw)[0]
    with clock.at(ANNOUNCES_AT):
        erase_identity(participant=scene.participants[number], actor=scene.operator)
        announce(draw=draw)
        assert (scene.states()[number], Enrolment.objects.count()) == ("not_chosen", 5)
        assert len(move_up(draw=draw, actor=scene.operator)) == 1


def test_what_was_cleared_and_is_so_again_is_found_again(scene: Scene) -> None:
    draw = scene.order()
    number = placed_numbers(scene, draw)[0]
    person = scene.participants[number]
    with clock.at(ANNOUNCES_AT):
        hit = ScreeningHit.objects.create(
            participant=person,
            wave=scene.wave,
            reason="in_another_wave",
            found_at=clock.now(),
            state=HitState.CLEARED,
            decided_at=clock.now(),
        )
        enrol_people(participants=[person.pk], wave=make_wave(number=13))
        announce(draw=draw)
        hit.refresh_from_db()
        assert (scene.states()[number], hit.state) == ("withheld", HitState.OPEN)
        with pytest.raises(NotEligible):
            decide_hit(participant=person, wave=scene.wave, reason="in_another_wave", is_cleared=True)
