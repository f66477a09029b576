from collections.abc import Iterator
from datetime import date, datetime, time

import pytest

from bekal.core import clock
from bekal.ledger.models import RunState
from bekal.ledger.queries import fund_position
from bekal.participants.models import Enrolment, EnrolmentStatus, Participant
from bekal.participants.sealed import name_of
from bekal.participants.services import Registration
from bekal.simulation import wave as waves
from bekal.simulation.people import make_people
from bekal.simulation.wave import accept_people, grant_everybody, make_office, open_funded_wave

pytestmark = pytest.mark.django_db

DAY = date(2021, 3, 1)
PEOPLE = 7


def people() -> Iterator[Registration]:
    return make_people(count=PEOPLE, seed=1, day=DAY)


def test_a_wave_is_funded_filled_in_order_and_granted_to_the_rupiah(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "_BATCH_PEOPLE", 3)
    told: list[int] = []
    office = make_office(domain="synthetic.test")
    with clock.at(clock.start_of(DAY)):
        wave = open_funded_wave(number=4, accepted_on=DAY, places=PEOPLE, reference="decision 1", office=office)
        numbers = accept_people(wave=wave, people=people(), progress=told.append)
        run = grant_everybody(wave=wave, office=office)
    assert told == [3, 3, 1]
    named = {found.number: name_of(found.participant) for found in Enrolment.objects.select_related("participant")}
    assert [named[number] for number in numbers] == [person.name for person in people()]
    assert set(Enrolment.objects.values_list("wave", "status")) == {(wave.pk, EnrolmentStatus.GRANTED)}
    assert (run.state, run.posted_count, run.posted_idr) == (RunState.FINISHED, 2 * PEOPLE, 3_550_000 * PEOPLE)
    assert (run.proposed_by, run.approved_by) == (office.operator, office.approver)
    assert fund_position(wave.fund).is_exact


def test_people_may_have_registered_before_they_are_accepted() -> None:
    office = make_office(domain="synthetic.test")
    registered_at = datetime.combine(date(2021, 2, 26), time(9), clock.JAKARTA)
    with clock.at(clock.start_of(DAY)):
        wave = open_funded_wave(number=4, accepted_on=DAY, places=PEOPLE, reference="decision 1", office=office)
        accept_people(wave=wave, people=people(), registered_at=registered_at)
    assert set(Participant.objects.values_list("registered_at", flat=True)) == {registered_at}
