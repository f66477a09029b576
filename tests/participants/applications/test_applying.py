from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from bekal.access.models import Act, Role
from bekal.core import clock
from bekal.participants.applications.errors import (
    AppliedElsewhere,
    IdentityNotConfirmed,
    NotWithdrawable,
    NoWindow,
    PhoneNotVerified,
    ResultUnknown,
    UnknownPriorityGroup,
)
from bekal.participants.applications.queries import application_of, next_window, result_of, wave_taking_applications
from bekal.participants.applications.services import apply_for_wave, withdraw_application
from bekal.participants.errors import NotEligible, PersonErased
from bekal.participants.identity import RegistryAnswer, correct_typed, record_registry_answer
from bekal.participants.models import Application, ApplicationState, Bar, Sex
from bekal.participants.sealed import birth_date_of
from bekal.payouts.erasure import erase_person
from bekal.programmes.models import Wave
from tests.builders import PROGRAMME, enrol, make_user, make_wave
from tests.participants.applications.people import CLOSES_AT, MINUTE, OPENS_AT, newcomer, open_window
from tests.threads import race

LAST_MOMENT = CLOSES_AT - timedelta(microseconds=1)


@pytest.mark.django_db
class TestWindow:
    @pytest.mark.parametrize("moment", [OPENS_AT, LAST_MOMENT])
    def test_takes_applications_from_its_first_moment_until_before_its_last(self, moment: Any) -> None:
        wave, person = open_window(), newcomer()
        with clock.at(moment):
            assert wave_taking_applications(PROGRAMME) == wave
            assert apply_for_wave(participant=person, wave=wave).state == ApplicationState.SUBMITTED

    @pytest.mark.parametrize("moment", [OPENS_AT - timedelta(microseconds=1), CLOSES_AT])
    def test_takes_none_outside(self, moment: Any) -> None:
        wave, person = open_window(), newcomer()
        with clock.at(moment):
            assert wave_taking_applications(PROGRAMME) is None
            with pytest.raises(NoWindow):
                apply_for_wave(participant=person, wave=wave)

    def test_of_a_wave_without_one_is_never_open(self) -> None:
        wave, person = open_window(), newcomer()
        Wave.objects.update(registration_opens_at=None, registration_closes_at=None, announces_at=None, places=None)
        with clock.at(OPENS_AT), pytest.raises(NoWindow):
            apply_for_wave(participant=person, wave=wave)

    def test_the_next_one_is_known_before_it_opens(self) -> None:
        wave = open_window()
        with clock.at(OPENS_AT - MINUTE):
            assert next_window(PROGRAMME) == wave
            assert next_window("prakerja-2023") is None
        with clock.at(OPENS_AT):
            assert next_window(PROGRAMME) is None


@pytest.mark.django_db
class TestApplying:
    @pytest.fixture(autouse=True)
    def _open(self) -> Any:
        with clock.at(OPENS_AT + MINUTE):
            yield

    def test_is_kept_as_it_was_asked(self) -> None:
        wave, person = open_window(), newcomer()
        groups = ["women_returning", "disability", "women_returning"]
        found = apply_for_wave(participant=person, wave=wave, priority_groups=groups)
        assert application_of(person) == found
        assert (found.state, found.reason, found.priority_groups) == ("submitted", "", ["disability", "women_returning"])
        assert (found.submitted_at, found.changed_at) == (clock.now(), clock.now())

    def test_a_second_time_is_answered_with_the_first(self) -> None:
        wave, person = open_window(), newcomer()
        first = apply_for_wave(participant=person, wave=wave, priority_groups=["women_returning"])
        with clock.at(OPENS_AT + 5 * MINUTE):
            second = apply_for_wave(participant=person, wave=wave, priority_groups=[])
        assert (second, second.number, second.priority_groups) == (first, first.number, ["women_returning"])
        assert Application.objects.count() == 1

    def test_to_two_waves_at_a_time_is_refused(self) -> None:
        first, second = open_window(), open_window(number=13)
        person = newcomer()
        application = apply_for_wave(participant=person, wave=first)
        with pytest.raises(AppliedElsewhere) as refused:
            apply_for_wave(participant=person, wave=second)
        assert refused.value.details == {"number": 12}
        withdraw_application(application=application)
        assert apply_for_wave(participant=person, wave=second).wave == second

    def test_to_a_group_that_the_programme_does_not_have_is_refused(self) -> None:
        with pytest.raises(UnknownPriorityGroup):
            apply_for_wave(participant=newcomer(), wave=open_window(), priority_groups=["disability", "none"])
        assert Application.objects.count() == 0

    def test_is_refused_at_once_for_what_the_person_typed_and_did(self) -> None:
        wave = open_window()
        young, barred, elsewhere = newcomer(birth_date=date(2010, 1, 1)), newcomer(), newcomer()
        Bar.objects.create(participant=barred, programmes=None, barred_on=date(2020, 12, 1))
        enrol(make_wave(number=11, accepted_on=date(2021, 1, 20)), [elsewhere.pk])
        for person, rule in ((young, "too_young"), (barred, "barred"), (elsewhere, "in_another_wave")):
            with pytest.raises(NotEligible) as refused:
                apply_for_wave(participant=person, wave=wave)
            assert refused.value.details["rule"] == rule

    def test_tells_nothing_at_once_of_a_household_that_somebody_types(self) -> None:
        wave, household = open_window(), "3273010101010009"
        enrol(make_wave(number=11, accepted_on=date(2021, 1, 20)), [newcomer(household=household).pk for _ in range(2)])
        assert apply_for_wave(participant=newcomer(household=household), wave=wave).state == ApplicationState.SUBMITTED

    def test_needs_a_verified_phone(self) -> None:
        with pytest.raises(PhoneNotVerified):
            apply_for_wave(participant=newcomer(has_phone=False), wave=open_window())
        assert Application.objects.count() == 0

    def test_needs_an_identity_that_is_not_refused(self) -> None:
        person = newcomer(nik="3273015708950001", sex=Sex.MALE)
        wave = open_window()
        record_registry_answer(participant=person, answer=RegistryAnswer(reference="R-1", birth_date=None, sex=None))
        with pytest.raises(IdentityNotConfirmed):
            apply_for_wave(participant=person, wave=wave)

    def test_is_open_to_somebody_whose_identity_is_being_verified(self) -> None:
        person = newcomer(nik="3273015708950001", sex=Sex.MALE)
        assert apply_for_wave(participant=person, wave=open_window()).state == ApplicationState.SUBMITTED

    def test_is_closed_to_somebody_who_was_erased(self) -> None:
        person, wave = newcomer(), open_window()
        application = apply_for_wave(participant=person, wave=wave)
        born = birth_date_of(person)
        erase_person(participant=person, actor=make_user(Role.OPERATOR))
        with pytest.raises(PersonErased):
            apply_for_wave(participant=person, wave=wave)
        with pytest.raises(ResultUnknown):
            result_of(number=application.number, birth_date=born)


@pytest.mark.django_db
class TestWithdrawing:
    def test_ends_an_application_until_its_window_closes(self) -> None:
        wave, person = open_window(), newcomer()
        with clock.at(OPENS_AT):
            application = apply_for_wave(participant=person, wave=wave)
        with clock.at(LAST_MOMENT):
            for _ in range(2):
                assert withdraw_application(application=application).state == ApplicationState.WITHDRAWN
        assert [(act.verb, act.actor) for act in Act.objects.filter(verb__startswith="applications.")] == [
            ("applications.withdraw", person.user)
        ]

    def test_can_be_taken_back_by_applying_again_under_the_same_number(self) -> None:
        wave, person = open_window(), newcomer()
        with clock.at(OPENS_AT):
            first = apply_for_wave(participant=person, wave=wave)
            withdraw_application(application=first)
            again = apply_for_wave(participant=person, wave=wave, priority_groups=["women_returning"])
        assert (again.number, again.state, again.priority_groups) == (first.number, "submitted", ["women_returning"])

    def test_is_refused_afterwards(self) -> None:
        wave, person = open_window(), newcomer()
        with clock.at(OPENS_AT):
            application = apply_for_wave(participant=person, wave=wave)
        with clock.at(CLOSES_AT), pytest.raises(NotWithdrawable):
            withdraw_application(application=application)
        application.refresh_from_db()
        assert application.state == ApplicationState.SUBMITTED


@pytest.mark.django_db
class TestResults:
    def test_are_found_by_number_and_birth_date_together(self) -> None:
        wave, people = open_window(), [newcomer(), newcomer()]
        with clock.at(OPENS_AT):
            applications = [apply_for_wave(participant=person, wave=wave) for person in people]
        for person, application in zip(people, applications, strict=True):
            number = application.number
            written = f"{number[:4]} {number[4:8]}-{number[8:]}"
            assert result_of(number=written, birth_date=birth_date_of(person)) == application
        with pytest.raises(ResultUnknown):
            result_of(number=applications[0].number, birth_date=birth_date_of(people[1]))

    def test_follow_a_birth_date_that_is_corrected(self) -> None:
        person = newcomer(nik="3273015708950001", sex=Sex.MALE)
        wave, typed = open_window(), birth_date_of(person)
        with clock.at(OPENS_AT):
            application = apply_for_wave(participant=person, wave=wave)
        right = typed.replace(year=1990)
        correct_typed(participant=person, birth_date=right, sex=Sex.MALE)
        assert result_of(number=application.number, birth_date=right) == application
        with pytest.raises(ResultUnknown):
            result_of(number=application.number, birth_date=typed)


@pytest.fixture
def committed(committed_database: str, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), clock.at(OPENS_AT):
        yield


@pytest.mark.usefixtures("committed")
class TestAtTheSameMoment:
    def test_one_person_applies_once(self) -> None:
        wave, person = open_window(), newcomer()
        found = race(*[lambda: apply_for_wave(participant=person, wave=wave).number] * 4)
        assert len(set(found)) == 1
        assert Application.objects.count() == 1

    def test_one_person_applies_to_one_of_two_waves(self) -> None:
        waves, person = (open_window(), open_window(number=13)), newcomer()
        found = race(*[lambda wave=wave: apply_for_wave(participant=person, wave=wave) for wave in waves])
        assert sorted(type(one).__name__ for one in found) == ["Application", "AppliedElsewhere"]

    def test_nobody_applies_behind_a_freeze(self) -> None:
        wave, person = open_window(), newcomer()
        with transaction.atomic():
            Wave.objects.select_for_update().get()
            # What holds the wave has moved it on by the time that the other one may look.
            Wave.objects.update(
                registration_closes_at=OPENS_AT + timedelta(microseconds=1), registration_opens_at=OPENS_AT - MINUTE
            )
            with clock.at(OPENS_AT + MINUTE):
                (answer,) = race(lambda: _try_within_a_second(person, wave))
        assert answer == "waited"
        with clock.at(OPENS_AT + MINUTE), pytest.raises(NoWindow):
            apply_for_wave(participant=person, wave=wave)


def _try_within_a_second(person: Any, wave: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
    try:
        apply_for_wave(participant=person, wave=wave)
    except OperationalError:
        return "waited"
    finally:
        connections.close_all()
    return "applied"
