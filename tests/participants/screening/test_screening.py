"""Who may take part in a wave, with a reason for each person; again after the freeze and before a payout."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from bekal.access.errors import RoleMissing
from bekal.access.models import Act, Role
from bekal.core import clock
from bekal.core.sealing import UnreadableValue
from bekal.participants.errors import NotEligible
from bekal.participants.identity import decide_identity
from bekal.participants.models import (
    Application,
    Bar,
    Draw,
    DrawState,
    Education,
    Enrolment,
    HitState,
    Participant,
    Screening,
    ScreeningHit,
    Sex,
)
from bekal.participants.screening import rules
from bekal.participants.screening.queries import is_current, last_screening, withheld_by
from bekal.participants.screening.services import (
    find_hits,
    find_hits_of_placed,
    finish_screening,
    request_screening,
    screen_now,
    screen_people,
    screen_wave,
)
from bekal.participants.screening.wording import mend_in_words, reason_in_words
from bekal.participants.services import enrol_people, erase_identity
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import EducationLevel
from bekal.programmes.models import Wave
from bekal.programmes.services import open_wave
from tests.builders import ACCEPTED_ON, PROGRAMME, enrol, make_user, make_wave, on, register
from tests.participants.applications.people import CLOSES_AT, open_window
from tests.participants.screening.applying import HOUSEHOLD, applicants, apply, put_on_list, verdicts

pytestmark = pytest.mark.django_db
EIGHTEEN: Final = ACCEPTED_ON.replace(year=ACCEPTED_ON.year - 18)
ELIGIBLE: Final = ("eligible", "")


def refused(reason: str) -> tuple[str, str]:
    return "refused", reason


@pytest.fixture
def wave() -> Wave:
    return open_window()


def screened(wave: Wave) -> dict[int, tuple[str, str]]:
    with clock.at(CLOSES_AT):
        screen_wave(wave=wave)
    return verdicts(wave)


class TestRules:
    def test_each_person_has_the_first_reason_that_holds(self, wave: Wave, tmp_path: Path) -> None:
        fine, barred, young, soldier, listed, mistyped, erased = applicants(wave, 7)
        Bar.objects.create(participant_id=barred, barred_on=date(2020, 9, 27))
        young = applicants(wave, birth_date=EIGHTEEN + timedelta(days=1))[0]
        soldier = applicants(wave, occupation="army")[0]
        mistyped = applicants(wave, nik="3273011708950001", birth_date=date(1995, 8, 18), sex=Sex.MALE)[0]
        old_enough = applicants(wave, birth_date=EIGHTEEN)[0]
        erase_identity(participant=Participant.objects.get(pk=erased), actor=make_user(Role.OPERATOR))
        put_on_list(tmp_path, [listed, barred])
        found = screened(wave)
        assert {person: found[person] for person in (fine, old_enough, barred, young, soldier, listed, mistyped, erased)} == {
            fine: ELIGIBLE,
            old_enough: ELIGIBLE,
            barred: refused("barred"),
            young: refused("too_young"),
            soldier: refused("excluded_occupation"),
            listed: refused("listed:civil_servant"),
            mistyped: refused("to_be_verified"),
            erased: refused("erased"),
        }

    def test_applications_and_enrolments_are_judged_by_the_same_rules(self, wave: Wave, tmp_path: Path) -> None:
        people = [
            *applicants(wave, birth_date=EIGHTEEN + timedelta(days=1)),
            *applicants(wave, occupation="police"),
            *applicants(wave),
        ]
        put_on_list(tmp_path, people[2:], code="student")
        found = screened(wave)
        for person in people:
            with pytest.raises(NotEligible) as caught:
                enrol_people(participants=[person], wave=wave)
            rule, code = caught.value.details["rule"], caught.value.details.get("list", "")
            assert found[person] == refused(f"{rule}:{code}" if code else str(rule))

    def test_who_was_found_is_judged_anew_when_what_was_wrong_is_mended(self, wave: Wave) -> None:
        (person,) = applicants(wave, nik="3273011708950001", birth_date=date(1995, 8, 18), sex=Sex.MALE)
        assert screened(wave)[person] == refused("to_be_verified")
        of = Participant.objects.get(pk=person)
        operator = make_user(Role.OPERATOR)
        decide_identity(participant=of, confirmed=False, evidence="letter 1", officer=operator)
        assert screened(wave)[person] == refused("identity_refused")
        decide_identity(participant=of, confirmed=True, evidence="letter 2", officer=operator)
        assert screened(wave)[person] == ELIGIBLE

    def test_a_withdrawn_application_is_passed_over(self, wave: Wave) -> None:
        (person,) = applicants(wave)
        Application.objects.update(state="withdrawn")
        assert screened(wave)[person] == ("withdrawn", "")

    def test_applications_to_another_wave_are_not_judged(self, wave: Wave) -> None:
        other = make_wave(number=13)
        (person,) = applicants(other)
        screened(wave)
        assert verdicts(other)[person] == ("submitted", "")

    def test_education_counts_where_the_programme_says_so(self, wave: Wave, monkeypatch: pytest.MonkeyPatch) -> None:
        definition = load_definition(PROGRAMME)
        people = [*applicants(wave, education=Education.LOWER_SECONDARY), *applicants(wave, education=Education.DIPLOMA)]
        assert list(screened(wave).values()) == [ELIGIBLE, ELIGIBLE]
        eligibility = _with(definition.eligibility, minimum_education=EducationLevel.UPPER_SECONDARY)
        monkeypatch.setattr(rules, "load_definition", lambda _code: _with(definition, eligibility=eligibility))
        assert screened(wave) == {people[0]: refused("education"), people[1]: ELIGIBLE}

    def test_levels_of_education_are_those_of_the_definitions(self) -> None:
        assert [level.value for level in EducationLevel] == list(Education.values)

    def test_who_takes_part_in_another_wave_is_refused(self, wave: Wave) -> None:
        (person,) = applicants(wave)
        enrol(make_wave(number=11, accepted_on=date(2021, 2, 1)), [person])
        assert screened(wave)[person] == refused("in_another_wave")


class TestHouseholds:
    def test_places_that_others_of_the_household_took_count(self, wave: Wave) -> None:
        family = register(4, household=HOUSEHOLD)
        enrol(make_wave(number=11, accepted_on=date(2021, 2, 1)), family[:1])
        apply(wave, family[1:])
        # Two may still win the one place that is left: the draw passes over whoever comes later.
        assert set(screened(wave).values()) == {ELIGIBLE}
        enrol(make_wave(number=10, accepted_on=date(2021, 2, 2)), family[1:2])
        assert screened(wave) == {
            family[1]: refused("in_another_wave"),
            family[2]: refused("household_full"),
            family[3]: refused("household_full"),
        }

    def test_whoever_took_part_before_keeps_the_place_of_the_household(self, wave: Wave) -> None:
        family = register(2, household=HOUSEHOLD)
        enrol(make_wave(number=11, accepted_on=date(2021, 2, 1)), family)
        Enrolment.objects.update(status="ended")
        apply(wave, family)
        assert set(screened(wave).values()) == {ELIGIBLE}

    def test_another_programme_takes_no_place(self, wave: Wave) -> None:
        family = register(3, household=HOUSEHOLD)
        enrol(open_wave(programme="prakerja-2023", number=1, accepted_on=date(2023, 3, 1)), family[:2])
        apply(wave, family[2:])
        assert set(screened(wave).values()) == {ELIGIBLE}


class TestAges:
    def test_a_birth_date_is_opened_only_where_the_band_leaves_it_open(self, wave: Wave) -> None:
        with on(EIGHTEEN.replace(year=ACCEPTED_ON.year) - timedelta(days=1)):
            (grown,) = applicants(wave, birth_date=EIGHTEEN - timedelta(days=400))
            (child,) = applicants(wave, birth_date=EIGHTEEN)
        assert Participant.objects.get(pk=child).age_band == "-17"
        _spoil(grown)
        assert screened(wave) == {grown: ELIGIBLE, child: ELIGIBLE}
        _spoil(child)
        with pytest.raises(UnreadableValue):
            screened(wave)

    def test_who_took_part_before_is_always_opened(self, wave: Wave) -> None:
        (person,) = applicants(wave)
        enrol(make_wave(number=11, accepted_on=date(2021, 2, 1)), [person])
        Enrolment.objects.update(status="ended")
        _spoil(person)
        with pytest.raises(UnreadableValue):
            screened(wave)

    @pytest.mark.parametrize("registered_years_ago", [0, 1, 9, 20])
    @given(data=st.data())
    @settings(max_examples=12)
    def test_the_band_never_hides_who_is_too_young_or_too_old(self, data: Any, registered_years_ago: int) -> None:
        """Judged by the band where it suffices, people get the verdict that their exact age gives."""
        day = date(2023, 3, 1)
        registered_on = day.replace(year=day.year - registered_years_ago)
        years = data.draw(st.lists(st.integers(0, 90), min_size=1, max_size=5))
        shifts = data.draw(st.lists(st.integers(-1, 1), min_size=len(years), max_size=len(years)))
        births = [day.replace(year=day.year - age) + timedelta(days=shift) for age, shift in zip(years, shifts, strict=True)]
        births = [min(birth, registered_on) for birth in births]
        wave = Wave.objects.filter(number=7).first() or open_wave(programme="prakerja-2023", number=7, accepted_on=day)
        with on(registered_on):
            people = [register(1, birth_date=birth)[0] for birth in births]
        with on(day):
            found = screen_people(participants=people, wave=wave)
        exact = {}
        for person, birth in zip(people, births, strict=True):
            age = day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
            if not 18 <= age <= 64:
                exact[person] = "too_young" if age < 18 else "too_old"
        assert found == exact


class TestAfterTheFreeze:
    def test_who_is_found_keeps_the_application_and_has_a_hit(self, wave: Wave, tmp_path: Path) -> None:
        fine, listed = applicants(wave, 2)
        screened(wave)
        _freeze(wave)
        put_on_list(tmp_path, [listed])
        with clock.at(CLOSES_AT):
            assert [screen_now(wave=wave).hits for _ in range(2)] == [1, 0]
        assert verdicts(wave) == {fine: ELIGIBLE, listed: ELIGIBLE}
        hit = ScreeningHit.objects.get()
        assert (hit.participant_id, hit.wave, hit.reason, hit.state) == (listed, wave, "listed:civil_servant", HitState.OPEN)
        assert withheld_by(wave) == {listed: "listed:civil_servant"}

    def test_a_cancelled_draw_leaves_the_wave_open(self, wave: Wave, tmp_path: Path) -> None:
        (listed,) = applicants(wave)
        _freeze(wave)
        Draw.objects.update(state=DrawState.CANCELLED)
        put_on_list(tmp_path, [listed])
        with clock.at(CLOSES_AT):
            screen_now(wave=wave)
        assert verdicts(wave) == {listed: refused("listed:civil_servant")}

    def test_a_cleared_hit_stays_cleared_and_lets_the_person_in(self, wave: Wave, tmp_path: Path) -> None:
        (listed,) = applicants(wave)
        screened(wave)
        put_on_list(tmp_path, [listed])
        find_hits(wave=wave)
        assert screen_people(participants=[listed], wave=wave) == {listed: "listed:civil_servant"}
        ScreeningHit.objects.update(state=HitState.CLEARED, decided_at=CLOSES_AT)
        assert (find_hits(wave=wave), withheld_by(wave)) == (0, {})
        assert screen_people(participants=[listed], wave=wave) == {}
        assert len(enrol(wave, [listed])) == 1

    def test_of_those_with_a_place_only_lists_and_identity_are_judged(self, wave: Wave, tmp_path: Path) -> None:
        fine, listed, barred = people = register(3)
        enrol(wave, people)
        Bar.objects.create(participant_id=barred, barred_on=date(2021, 3, 2))
        put_on_list(tmp_path, [listed], code="student")
        assert (find_hits_of_placed(wave=wave), find_hits_of_placed(wave=wave)) == (1, 0)
        assert withheld_by(wave) == {listed: "listed:student"}
        assert fine not in withheld_by(wave)


class TestRecord:
    def test_what_a_screening_found_is_kept(self, wave: Wave, tmp_path: Path) -> None:
        _fine, listed = applicants(wave, 2)
        applicants(wave, occupation="army")
        assert (is_current(wave), last_screening(wave)) == (False, None)
        put_on_list(tmp_path, [listed])
        with clock.at(CLOSES_AT):
            found = screen_now(wave=wave)
        assert (found.judged, found.eligible) == (3, 1)
        assert found.reasons == {"excluded_occupation": 1, "listed:civil_servant": 1}
        assert found.lists == {"civil_servant": 1}
        assert "student" in found.missing_lists
        assert "civil_servant" not in found.missing_lists
        kept = Screening.objects.get()
        assert (kept.judged, kept.eligible, kept.reasons, kept.lists) == (3, 1, found.reasons, found.lists)
        assert Act.objects.latest("id").verb == "screening.screen"

    def test_a_list_that_came_later_makes_it_outdated(self, wave: Wave, tmp_path: Path) -> None:
        people = applicants(wave)
        screen_wave(wave=wave)
        assert is_current(wave)
        put_on_list(tmp_path, people)
        assert not is_current(wave)

    def test_a_worker_does_what_an_operator_asks_for_and_does_it_once(self, wave: Wave) -> None:
        people = applicants(wave)
        asked = request_screening(wave=wave, actor=make_user(Role.OPERATOR))
        assert request_screening(wave=wave, actor=make_user(Role.OPERATOR)) == asked
        assert (is_current(wave), verdicts(wave)[people[0]]) == (False, ("submitted", ""))
        found = finish_screening(screening=asked)
        assert found is not None
        assert (found.judged, verdicts(wave)[people[0]], is_current(wave)) == (1, ELIGIBLE, True)
        assert finish_screening(screening=asked) is None
        assert list(Act.objects.order_by("id").values_list("verb", flat=True))[-2:] == ["screening.request", "screening.screen"]

    def test_only_an_operator_asks_for_it(self, wave: Wave) -> None:
        for role in (Role.APPROVER, Role.AUDITOR):
            with pytest.raises(RoleMissing):
                request_screening(wave=wave, actor=make_user(role))

    def test_a_wave_without_applications_is_screened_too(self, wave: Wave) -> None:
        assert screen_wave(wave=wave).judged == 0


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_reason_has_words_and_a_list_says_where_to_go(language: str) -> None:
    with translation.override(language):
        for reason in NotEligible.messages:
            assert reason_in_words(reason, PROGRAMME) != reason
        words = reason_in_words("listed:student", PROGRAMME), mend_in_words("listed:student", PROGRAMME)
        assert (
            words
            == {
                "id": (
                    "Anda ada di daftar orang yang tidak dapat mengikuti program ini: Sedang menempuh pendidikan formal.",
                    "Jika itu keliru, mintalah perbaikan kepada yang mengelola daftar: Dapodik dan PDDikti,"
                    " Kementerian Pendidikan.",
                ),
                "en": (
                    "You are on this list of people to whom the programme is not open: People in formal education.",
                    "If that is a mistake, have it corrected by who keeps the list: Registers of pupils and students"
                    " (Dapodik, PDDikti), Ministry of Education.",
                ),
            }[language]
        )
        assert mend_in_words("barred", PROGRAMME) == ""
        assert mend_in_words("too_young", PROGRAMME) != ""


def _with(of: Any, **changes: Any) -> Any:
    return replace(of, **changes)


def _spoil(person: int) -> None:
    """Make the sealed birth date unreadable, so that whoever opens it fails."""
    found = Participant.objects.get(pk=person)
    found.birth_date_sealed = bytes(found.birth_date_sealed)[:-1] + b"\0"
    found.save()


def _freeze(wave: Wave) -> None:
    Draw.objects.create(
        wave=wave,
        beacon="test",
        reserve_until=ACCEPTED_ON,
        round=1,
        late_round=2,
        places=2,
        proposed_by=make_user(Role.OPERATOR),
        proposed_at=CLOSES_AT,
    )
