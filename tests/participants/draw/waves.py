"""A wave whose window is closed, people who applied and are eligible, and the office, for tests of the acts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.core.services import mark_as_demo
from bekal.participants.applications.numbers import new_registration_number
from bekal.participants.applications.services import found_of, record_verdicts
from bekal.participants.draw.announcing import announce
from bekal.participants.draw.beacon import TEST_BEACON, sign_test_round
from bekal.participants.draw.ordering import order
from bekal.participants.draw.services import approve, freeze, hand_in_value, publish
from bekal.participants.models import Application, ApplicationState, Draw, Participant, Screening
from bekal.participants.services import register_people
from bekal.programmes.models import Wave
from bekal.programmes.services import fund_places
from tests.builders import make_user, registration
from tests.participants.applications.people import ANNOUNCES_AT, CLOSES_AT, open_window

FROZEN_AT: Final = CLOSES_AT + timedelta(hours=1)
DUE: Final = CLOSES_AT + timedelta(hours=20)
AFTER_DUE: Final = DUE + timedelta(minutes=1)
HOUSEHOLD: Final = "3273010101010001"


@dataclass
class Scene:
    """People who applied to a wave, in the order in which they were registered, and two officers."""

    places: int = 10
    people: Sequence[dict[str, Any]] = ()
    operator: User = field(default_factory=lambda: make_user(Role.OPERATOR))
    approver: User = field(default_factory=lambda: make_user(Role.APPROVER))
    number: int = 12

    def __post_init__(self) -> None:
        mark_as_demo()
        with clock.at(CLOSES_AT - timedelta(hours=1)):
            self.wave: Wave = open_window(number=self.number, places=self.places)
            fund_places(wave=self.wave, places=self.places, reference=f"draw-{self.number}")
            self.participants = self.register(self.people)
            self.applications = apply(self.wave, self.participants, [each.get("groups", []) for each in self.people])
        judge(self.wave, self.applications)
        screened(self.wave)

    def register(self, people: Sequence[dict[str, Any]]) -> list[Participant]:
        changes = [{name: value for name, value in each.items() if name != "groups"} for each in people]
        keys = register_people(registrations=[registration(**each) for each in changes])
        found = Participant.objects.in_bulk(keys)
        for key in keys:
            found[key].user = make_user(Role.PARTICIPANT)
            found[key].save(update_fields=["user"])
        return [found[key] for key in keys]

    def freeze(self, due: datetime = DUE, at: datetime = FROZEN_AT) -> Draw:
        with clock.at(at):
            return freeze(wave=self.wave, due=due, beacon=TEST_BEACON, proposer=self.operator)

    def publish(self) -> Draw:
        draw = self.freeze()
        with clock.at(FROZEN_AT):
            approve(draw=draw, approver=self.approver, seen=bytes(draw.root).hex())
            return publish(draw=draw, actor=self.operator)

    def order(self) -> Draw:
        draw = self.publish()
        with clock.at(AFTER_DUE):
            hand_in_value(draw=draw, signature=sign_test_round(draw.round))
            return order(draw=draw)

    def announce(self) -> Draw:
        draw = self.order()
        with clock.at(ANNOUNCES_AT):
            return announce(draw=draw, actor=self.operator)

    def states(self) -> list[str]:
        """Of the applications, in the order in which people were registered."""
        found = dict(Application.objects.filter(wave=self.wave).values_list("pk", "state"))
        return [found[application.pk] for application in self.applications]


def apply(wave: Wave, people: Sequence[Participant], groups: Sequence[list[str]]) -> list[Application]:
    """Applications of people to a wave, as applying one by one makes them."""
    numbers = new_registration_number(len(people))
    return Application.objects.bulk_create(
        Application(
            participant=person,
            wave=wave,
            number=number,
            priority_groups=chosen,
            submitted_at=clock.now(),
            changed_at=clock.now(),
        )
        for person, number, chosen in zip(people, numbers, groups, strict=True)
    )


def judge(wave: Wave, applications: Sequence[Application]) -> None:
    """Find all of them eligible."""
    found = found_of([(application.pk, ApplicationState.ELIGIBLE, "") for application in applications])
    record_verdicts(wave=wave, verdicts=found)


def screened(wave: Wave) -> None:
    """Let the wave count as screened since its window closed, so that a freeze judges nobody again."""
    Screening.objects.create(wave=wave, started_at=CLOSES_AT, finished_at=CLOSES_AT)


def forty_people() -> Scene:
    """Forty people, thirty of them laid off, three of one family card of which two may take part; ten places."""
    people: list[dict[str, Any]] = [{"groups": ["laid_off"] if number < 30 else []} for number in range(40)]
    for number in (0, 10, 35):
        people[number]["household"] = HOUSEHOLD
    return Scene(places=10, people=people)
