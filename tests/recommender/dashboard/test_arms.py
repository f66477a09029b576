from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import override_settings
from scipy.stats import chisquare

from bekal.participants.models import Enrolment
from bekal.recommender.dashboard.arms import SHARES, assign_by_hand, drawn_arm, open_dashboard, record_openings
from bekal.recommender.models import Arm, Assignment
from tests.builders import ACCEPTED_ON, grant_wave, on

_PEOPLE = 30_000


def enrolments(count: int) -> list[Enrolment]:
    return [Enrolment(public_id=UUID(int=number + 1)) for number in range(count)]


def test_chance_gives_every_arm_its_share() -> None:
    drawn = Counter(map(drawn_arm, enrolments(_PEOPLE)))
    expected = [_PEOPLE * share / sum(SHARES.values()) for share in SHARES.values()]
    assert chisquare([drawn[arm] for arm in SHARES], expected).pvalue > 0.001


def test_an_arm_stays_and_follows_from_the_secret_alone() -> None:
    people = enrolments(200)
    drawn = list(map(drawn_arm, people))
    assert list(map(drawn_arm, people)) == drawn
    with override_settings(BEKAL_IDENTITY_SECRET="another"):
        other = list(map(drawn_arm, people))
    # Without the secret, one arm in three is guessed right.
    assert sum(one == another for one, another in zip(drawn, other, strict=True)) < 100


@pytest.mark.django_db
class TestOpening:
    @pytest.fixture
    def sari(self) -> Any:
        with on(ACCEPTED_ON):
            yield grant_wave(count=1).enrolments[0]

    def test_records_the_first_time_alone(self, sari: Enrolment) -> None:
        first = open_dashboard(enrolment=sari, balance_idr=1_000_000)
        with on(date(2021, 4, 1)):
            again = open_dashboard(enrolment=sari, balance_idr=5)

        assigned = Assignment.objects.get()
        assert first == again == drawn_arm(sari) == assigned.arm
        assert (assigned.is_drawn, assigned.opened_balance_idr) == (True, 1_000_000)
        assert assigned.opened_at is not None
        assert assigned.opened_at.date() == ACCEPTED_ON

    def test_many_are_recorded_at_once_but_for_those_who_have_an_arm(self) -> None:
        with on(ACCEPTED_ON):
            people = grant_wave(count=4).enrolments
            assign_by_hand(enrolment=people[0], arm=Arm.BUNDLE)
            record_openings(enrolments=people[:3], balance_idr=1_000_000)

        found = Assignment.objects.order_by("enrolment_id").values_list("enrolment", "arm", "is_drawn", "opened_balance_idr")
        assert list(found) == [
            (people[0].pk, Arm.BUNDLE, False, None),
            *((person.pk, drawn_arm(person), True, 1_000_000) for person in people[1:3]),
        ]

    def test_the_arm_is_kept_when_the_secret_changes(self, sari: Enrolment) -> None:
        kept = open_dashboard(enrolment=sari, balance_idr=1)
        for number in range(12):
            with override_settings(BEKAL_IDENTITY_SECRET=f"secret {number}"):
                assert open_dashboard(enrolment=sari, balance_idr=1) == kept

    def test_an_arm_set_by_hand_holds_and_is_marked(self, sari: Enrolment) -> None:
        for arm in Arm:
            assign_by_hand(enrolment=sari, arm=arm)
            assert open_dashboard(enrolment=sari, balance_idr=1) == arm
        assert Assignment.objects.values_list("is_drawn", flat=True).get() is False
