"""Who moves the demo's clock, and how far."""

from datetime import date, timedelta

import pytest

from bekal.access.errors import RoleMissing
from bekal.access.models import Role
from bekal.core import clock
from bekal.core.services import ClockIsReal, ClockOnlyForward, start_demo_clock
from bekal.programmes.clock import ClockBeforePosting, ClockOutOfBounds, last_clock_day, move_clock
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from tests.builders import grant_wave, make_user, make_wave

pytestmark = pytest.mark.django_db


def calendar_end(wave: Wave) -> date:
    year = load_definition(wave.programme).fiscal_year(wave.accepted_on)
    return max(year.last_day_to_complete, *year.instalment_last_days, *year.survey_last_days)


def test_the_clock_ends_a_year_after_the_calendar() -> None:
    end = calendar_end(make_wave()) + timedelta(days=366)
    start_demo_clock(day=date(2021, 11, 22))
    operator = make_user(Role.OPERATOR)
    assert last_clock_day() == end
    with pytest.raises(ClockOutOfBounds):
        move_clock(day=end + timedelta(days=1), actor=operator)
    assert clock.today() == date(2021, 11, 22)
    move_clock(day=end, actor=operator)
    assert clock.today() == end


def test_without_a_wave_there_is_no_calendar_to_move_in() -> None:
    start_demo_clock(day=date(2021, 11, 22))
    with pytest.raises(ClockOutOfBounds):
        move_clock(day=date(2021, 11, 23), actor=make_user(Role.OPERATOR))


def test_the_clock_never_stands_before_a_posting() -> None:
    grant_wave(count=1)  # posted in March 2021
    start_demo_clock(day=date(2020, 12, 1))
    operator = make_user(Role.APPROVER)
    with pytest.raises(ClockBeforePosting):
        move_clock(day=date(2020, 12, 31), actor=operator)
    move_clock(day=date(2021, 4, 1), actor=operator)
    with pytest.raises(ClockOnlyForward):
        move_clock(day=date(2020, 12, 31), actor=operator)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PARTICIPANT, Role.PROVIDER])
def test_only_who_proposes_or_approves_moves_it(role: Role) -> None:
    with pytest.raises(RoleMissing):
        move_clock(day=date(2021, 11, 23), actor=make_user(role))


def test_a_real_clock_is_not_moved() -> None:
    make_wave()
    with pytest.raises(ClockIsReal):
        move_clock(day=clock.today() + timedelta(days=1), actor=make_user(Role.OPERATOR))
