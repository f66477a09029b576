from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from bekal.core import clock
from bekal.core.models import DemoClock
from bekal.core.services import ClockIsReal, ClockOnlyForward, move_demo_clock, start_demo_clock

pytestmark = pytest.mark.django_db


def test_the_clock_is_the_real_one_without_a_demo() -> None:
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert not clock.is_demo()


def test_the_calendar_day_is_that_of_jakarta() -> None:
    with clock.at(datetime(2021, 12, 15, 16, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2021, 12, 15)
    with clock.at(datetime(2021, 12, 15, 17, 0, tzinfo=UTC)):
        assert clock.today() == date(2021, 12, 16)
    assert clock.start_of(date(2021, 12, 16)) == datetime(2021, 12, 15, 17, tzinfo=UTC)


def test_a_fixed_clock_stands_and_is_given_back() -> None:
    moment = datetime(2020, 9, 27, tzinfo=UTC)
    with clock.at(moment):
        assert clock.now() == clock.now() == moment
    assert clock.now() > moment


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"), clock.at(datetime(2020, 1, 1)):  # noqa: DTZ001
        pass


def test_a_demo_starts_on_its_day_and_moves_forward_by_whole_days() -> None:
    before = datetime.now(UTC)
    start_demo_clock(day=date(2021, 11, 22))
    assert (clock.today(), clock.is_demo()) == (date(2021, 11, 22), True)
    move_demo_clock(day=date(2021, 12, 16))
    assert clock.today() == date(2021, 12, 16)
    shift = DemoClock.objects.get().shift
    assert timedelta(0) <= clock.now() - shift - before < timedelta(minutes=1)


def test_a_demo_never_moves_back() -> None:
    start_demo_clock(day=date(2021, 11, 22))
    with pytest.raises(ClockOnlyForward):
        move_demo_clock(day=date(2021, 11, 21))
    assert clock.today() == date(2021, 11, 22)


def test_the_real_clock_cannot_be_moved() -> None:
    with pytest.raises(ClockIsReal):
        move_demo_clock(day=date(2030, 1, 1))


def test_a_pinned_clock_is_read_once_and_again_when_it_moves(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    start_demo_clock(day=date(2021, 11, 22))
    with django_assert_num_queries(1), clock.pinned():
        assert (clock.today(), clock.today(), clock.is_demo()) == (date(2021, 11, 22), date(2021, 11, 22), True)
    with clock.pinned():
        move_demo_clock(day=date(2021, 11, 23))
        assert clock.today() == date(2021, 11, 23)
