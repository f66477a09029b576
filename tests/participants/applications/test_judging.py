from typing import Any

import pytest

from bekal.core import clock
from bekal.participants.applications.errors import AnnouncedTooEarly, NotAnnounceable
from bekal.participants.applications.services import (
    Found,
    announce_results,
    apply_for_wave,
    found_of,
    record_verdicts,
    withdraw_application,
)
from bekal.participants.models import Application, ApplicationState
from bekal.programmes.models import Wave
from tests.participants.applications.people import ANNOUNCES_AT, CLOSES_AT, MINUTE, OPENS_AT, newcomer, open_window

pytestmark = pytest.mark.django_db
S = ApplicationState


@pytest.fixture
def wave() -> Wave:
    return open_window()


def applied(wave: Wave, count: int) -> list[Application]:
    with clock.at(OPENS_AT):
        return [apply_for_wave(participant=newcomer(), wave=wave) for _ in range(count)]


def standing() -> list[tuple[str, str]]:
    return list(Application.objects.order_by("id").values_list("state", "reason"))


def judge(wave: Wave, *rows: tuple[Application, ApplicationState, str]) -> dict[str, int]:
    return record_verdicts(wave=wave, verdicts=found_of([(one.pk, state, reason) for one, state, reason in rows]))


def announce(wave: Wave, *rows: tuple[Application, ApplicationState, str]) -> dict[str, int]:
    with clock.at(ANNOUNCES_AT):
        return announce_results(wave=wave, results=found_of([(one.pk, state, reason) for one, state, reason in rows]))


class TestVerdicts:
    def test_are_recorded_and_recorded_again(self, wave: Wave) -> None:
        first, second, third = applied(wave, 3)
        assert judge(wave, (first, S.ELIGIBLE, ""), (second, S.REFUSED, "too_young"), (third, S.ELIGIBLE, "")) == {
            "eligible": 2,
            "refused": 1,
        }
        assert standing() == [("eligible", ""), ("refused", "too_young"), ("eligible", "")]
        judge(wave, (first, S.REFUSED, "barred"), (second, S.ELIGIBLE, ""))
        assert standing() == [("refused", "barred"), ("eligible", ""), ("eligible", "")]

    def test_that_change_nothing_leave_when_it_last_changed(self, wave: Wave) -> None:
        (one,) = applied(wave, 1)
        with clock.at(CLOSES_AT):
            judge(wave, (one, S.ELIGIBLE, ""))
        with clock.at(CLOSES_AT + MINUTE):
            assert judge(wave, (one, S.ELIGIBLE, "")) == {"eligible": 1}
        one.refresh_from_db()
        assert one.changed_at == CLOSES_AT

    def test_of_a_select_are_the_same(self, wave: Wave) -> None:
        applied(wave, 3)
        select = "SELECT id AS application, 'refused' AS state, %(reason)s AS reason FROM participants_application"
        assert record_verdicts(wave=wave, verdicts=Found(select, {"reason": "barred"})) == {"refused": 3}

    def test_pass_over_the_withdrawn_and_other_waves(self, wave: Wave) -> None:
        first, second = applied(wave, 2)
        (elsewhere,) = applied(open_window(number=13), 1)
        with clock.at(OPENS_AT):
            withdraw_application(application=first)
        assert judge(wave, *[(one, S.ELIGIBLE, "") for one in (first, second, elsewhere)]) == {"eligible": 1}
        assert standing() == [("withdrawn", ""), ("eligible", ""), ("submitted", "")]

    @pytest.mark.parametrize(("state", "reason"), [(S.ACCEPTED, ""), (S.REFUSED, ""), (S.ELIGIBLE, "too_old")])
    def test_of_another_kind_are_a_fault(self, wave: Wave, state: ApplicationState, reason: str) -> None:
        (one,) = applied(wave, 1)
        with pytest.raises(ValueError, match=r"verdict|reason"):
            judge(wave, (one, state, reason))
        assert standing() == [("submitted", "")]


class TestResults:
    def test_are_announced_from_the_minute_on(self, wave: Wave) -> None:
        (one,) = applied(wave, 1)
        judge(wave, (one, S.ELIGIBLE, ""))
        with clock.at(ANNOUNCES_AT - MINUTE), pytest.raises(AnnouncedTooEarly) as early:
            announce_results(wave=wave, results=found_of([(one.pk, S.ACCEPTED, "")]))
        assert str(early.value) == "Hasil gelombang ini diumumkan pada 1 Maret 2021, 09.00 WIB, tidak sebelumnya."
        for _ in range(2):
            assert announce(wave, (one, S.ACCEPTED, "")) == {"accepted": 1}
        assert standing() == [("accepted", "")]

    def test_of_everybody_go_together_or_not_at_all(self, wave: Wave) -> None:
        people = applied(wave, 5)
        judge(wave, *[(one, S.ELIGIBLE, "") for one in people[:4]])
        states = (S.ACCEPTED, S.RESERVE, S.HOUSEHOLD_FULL, S.WITHHELD)
        rows = [(one, state, "barred" if state == S.WITHHELD else "") for one, state in zip(people, states, strict=False)]
        with pytest.raises(NotAnnounceable) as refused:
            announce(wave, *rows, (people[4], S.ACCEPTED, ""))
        assert refused.value.details == {"count": 1}
        assert standing()[0] == ("eligible", "")
        announce(wave, *rows)
        assert [state for state, _reason in standing()] == [*states, S.SUBMITTED]

    @pytest.mark.parametrize(
        ("here", "there", "is_a_way"),
        [
            (S.RESERVE, S.ACCEPTED, True),
            (S.RESERVE, S.NOT_CHOSEN, True),
            (S.WITHHELD, S.ACCEPTED, True),
            (S.HOUSEHOLD_FULL, S.ACCEPTED, True),
            (S.ACCEPTED, S.RESERVE, False),
            (S.NOT_CHOSEN, S.ACCEPTED, False),
            (S.REFUSED, S.ACCEPTED, False),
            (S.WITHDRAWN, S.ACCEPTED, False),
        ],
    )
    def test_go_on_as_the_rules_have_it(self, wave: Wave, here: Any, there: Any, is_a_way: bool) -> None:
        (one,) = applied(wave, 1)
        Application.objects.update(state=here)
        if is_a_way:
            assert announce(wave, (one, there, "")) == {there: 1}
        else:
            with pytest.raises(NotAnnounceable):
                announce(wave, (one, there, ""))
        assert standing() == [(there if is_a_way else here, "")]
