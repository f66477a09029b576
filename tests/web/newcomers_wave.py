"""A wave that takes applications on the village's day, with others who apply to it, and what the office and the worker do."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from bekal.access.models import Role, User
from bekal.core import clock
from bekal.participants.applications.bringing import bring_applications
from bekal.participants.draw.announcing import announce
from bekal.participants.draw.beacon import TEST_BEACON
from bekal.participants.draw.ordering import order
from bekal.participants.draw.services import approve, freeze, publish
from bekal.participants.models import Application, Draw, Participant
from bekal.programmes.models import Wave
from bekal.programmes.services import fund_places
from tests.builders import approve_and_post, make_user, register, waiting
from tests.participants.screening.applying import put_on_list
from tests.web.newcomers import open_applications

_PLACES: Final = 10
_FAMILY: Final = "3273010101019999"


@dataclass
class NewcomersWave:
    """The wave, a family of three who applied to it, and somebody who did and is on a list of those excluded.

    There are places for all of them and for a newcomer, so that only the rules decide who has none. The acts take the demo's
    clock as it stands.
    """

    folder: Path
    wave: Wave = field(init=False)
    family: list[User] = field(init=False)
    listed: User = field(init=False)
    draw: Draw = field(init=False)

    def __post_init__(self) -> None:
        self.operator, self.approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        self.wave = open_applications(places=_PLACES)
        fund_places(wave=self.wave, places=_PLACES, reference="wave-22")
        people = [*register(3, household=_FAMILY), *register(1)]
        users = [_login_of(person) for person in people]
        self.family, self.listed = users[:3], users[3]
        bring_applications(wave=self.wave, groups={person: [] for person in people})
        put_on_list(self.folder, people[3:])

    def publish(self) -> None:
        """What two officers do once the window is closed."""
        due = clock.now() + timedelta(hours=2)
        self.draw = freeze(wave=self.wave, due=due, beacon=TEST_BEACON, proposer=self.operator)
        approve(draw=self.draw, approver=self.approver, seen=bytes(self.draw.root).hex())
        self.draw = publish(draw=self.draw, actor=self.operator)

    def order(self) -> None:
        """What the worker does once the value is there."""
        self.draw = order(draw=self.draw)

    def announce(self) -> None:
        """What the worker does at the announced minute."""
        self.draw = announce(draw=self.draw)

    def grant(self) -> None:
        """What the approver does with the grant that the announcement proposed."""
        approve_and_post(waiting(self.wave), self.approver)

    def capped(self) -> User:
        """The one of the family who has no place."""
        states = Application.objects.filter(wave=self.wave, participant__user__in=self.family)
        (application,) = states.filter(state="household_full").select_related("participant__user")
        assert states.filter(state="accepted").count() == 2
        user = application.participant.user
        assert user is not None
        return user


def _login_of(person: int) -> User:
    user = make_user(Role.PARTICIPANT)
    Participant.objects.filter(pk=person).update(user=user)
    return user
