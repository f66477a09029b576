"""Looking for a result without logging in: nobody finds one by trying, nobody learns which numbers there are."""

import re
import time
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bekal.core import clock
from bekal.participants.applications.errors import NumberMistyped, ResultUnknown, TooManyLooks
from bekal.participants.applications.numbers import new_registration_number
from bekal.participants.applications.results import A_NETWORK_AN_HOUR, A_NUMBER_A_DAY, A_NUMBER_AN_HOUR, look_up_result
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.models import Application, ResultTry
from bekal.participants.sealed import birth_date_of
from tests.participants.applications.people import OPENS_AT, newcomer, open_window
from tests.threads import race

WRONG = date(1970, 1, 1)
HOME = "203.0.113.0/24"


def look(number: str, born: date, network: str = HOME) -> Application:
    return look_up_result(number=number, birth_date=born, network=network)


def missed(number: str, *, times: int = 1, network: str = HOME) -> int:
    """How many of so many vain looks were not refused unseen."""
    seen = 0
    for _ in range(times):
        try:
            look(number, WRONG, network)
        except ResultUnknown:
            seen += 1
        except TooManyLooks:
            continue
    return seen


@pytest.fixture
def found(db: None) -> Any:
    with clock.at(OPENS_AT):
        person = newcomer()
        application = apply_for_wave(participant=person, wave=open_window())
        yield application, birth_date_of(person)


def test_what_is_found_does_not_count(found: Any) -> None:
    application, born = found
    for _ in range(A_NUMBER_AN_HOUR + 1):
        assert look(application.number, born) == application
    assert ResultTry.objects.count() == 0


def test_a_wrong_date_and_an_unknown_number_are_answered_alike_after_the_same_work(found: Any) -> None:
    application, _born = found
    answers = []
    for number in (application.number, new_registration_number()[0]):
        with CaptureQueriesContext(connection) as asked, pytest.raises(ResultUnknown) as unknown:
            look(number, WRONG)
        # The statements are the same but for their parameters, which are hashes and moments.
        asked_for = [query["sql"].partition(" WHERE ")[0][:60] for query in asked]
        answers.append((str(unknown.value), [re.sub(r"\s*x?-?\d+", "", statement) for statement in asked_for]))
    assert answers[0] == answers[1]
    assert len(answers[0][1]) == 11


def test_neither_takes_longer(found: Any) -> None:
    application, _born = found
    took: dict[bool, list[int]] = {True: [], False: []}
    for at in range(30):
        for is_known in (True, False):
            number = application.number if is_known else new_registration_number()[0]
            begun = time.perf_counter_ns()
            with pytest.raises((ResultUnknown, TooManyLooks)):
                look(number, WRONG, f"198.51.{at}.0/24")
            took[is_known].append(time.perf_counter_ns() - begun)
            ResultTry.objects.all().delete()
    # A look that found something, or joined tables, would be off by more than scheduling is.
    assert 0.5 < median(took[True]) / median(took[False]) < 2


def test_a_number_is_tried_so_often_an_hour_and_a_day_whoever_has_it(found: Any) -> None:
    application, born = found
    for number in (application.number, new_registration_number()[0]):
        networks = [f"198.51.{at}.0/24" for at in range(A_NUMBER_AN_HOUR * 2)]
        assert sum(missed(number, network=network) for network in networks) == A_NUMBER_AN_HOUR
    with pytest.raises(TooManyLooks):
        look(application.number, born, "192.0.2.0/24")
    later = clock.now() + timedelta(hours=1, minutes=1)
    with clock.at(later):
        assert look(application.number, born) == application
        assert missed(application.number, times=30) == A_NUMBER_A_DAY - A_NUMBER_AN_HOUR
    with clock.at(later + timedelta(hours=2)), pytest.raises(TooManyLooks):
        look(application.number, born)
    with clock.at(later + timedelta(days=1)):
        assert look(application.number, born) == application


def test_a_network_is_held_back_and_others_are_not(found: Any) -> None:
    application, born = found
    numbers = new_registration_number(A_NETWORK_AN_HOUR + 5)
    assert sum(missed(number) for number in numbers) == A_NETWORK_AN_HOUR
    with pytest.raises(TooManyLooks):
        look(application.number, born)
    assert look(application.number, born, "192.0.2.0/24") == application


def test_a_mistyped_digit_is_said_and_not_counted(found: Any) -> None:
    application, born = found
    wrong = application.number[:-1] + str((int(application.number[-1]) + 1) % 10)
    for number in (wrong, "", "123", "x" * 12):
        with pytest.raises(NumberMistyped):
            look(number, born)
    assert ResultTry.objects.count() == 0


def test_tries_are_forgotten_after_a_day(found: Any) -> None:
    application, _born = found
    missed(application.number, times=3)
    with clock.at(clock.now() + timedelta(days=1, seconds=1)):
        missed(application.number)
    assert ResultTry.objects.count() == 1


def test_what_is_tried_side_by_side_is_counted(committed_database: str, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        (number,) = new_registration_number()
        missed(number, times=A_NUMBER_AN_HOUR - 2)
        found = race(*[lambda: look(number, WRONG)] * 6)
        assert sorted(type(one).__name__ for one in found) == ["ResultUnknown"] * 2 + ["TooManyLooks"] * 4
