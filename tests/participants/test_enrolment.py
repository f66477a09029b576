from datetime import date, timedelta
from functools import partial

import pytest
from django.db import transaction

from bekal.access.models import Role
from bekal.core.errors import BekalError
from bekal.core.sealing import UnreadableValue
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import InsufficientBalance, KeyConflict, NothingToPost
from bekal.ledger.models import Balance, RunSkip
from bekal.ledger.queries import available_idr, fund_position
from bekal.ledger.runs.services import approve_run, post_run
from bekal.participants.errors import AlreadyEnrolled, NotEligible
from bekal.participants.grants import propose_grant
from bekal.participants.models import Bar, Enrolment, EnrolmentStatus, Participant
from bekal.participants.queries import current_enrolment
from bekal.participants.services import enrol_people, enrol_person
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.programmes.services import WaveExists, fund_places, open_wave
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    PROGRAMME,
    SPEND_BY,
    TOTAL_IDR,
    TRAINING_IDR,
    approve_and_post,
    enrol,
    grant_wave,
    make_user,
    make_wave,
    on,
    register,
)
from tests.threads import race

EIGHTEENTH_BIRTHDAY_ON_ACCEPTANCE = ACCEPTED_ON.replace(year=ACCEPTED_ON.year - 18)


def rule_of(error: pytest.ExceptionInfo[NotEligible]) -> tuple[object, object]:
    return error.value.details["rule"], error.value.details["people"]


@pytest.mark.django_db
class TestWaves:
    def test_a_wave_has_the_calendar_of_its_programme_and_an_empty_fund(self) -> None:
        wave = make_wave()
        assert (wave.accepted_on, wave.first_purchase_by, wave.spend_by) == (ACCEPTED_ON, FIRST_PURCHASE_BY, SPEND_BY)
        assert available_idr(wave.fund) == 0

    def test_a_number_is_taken_once(self) -> None:
        make_wave(number=12)
        with pytest.raises(WaveExists):
            make_wave(number=12)
        assert Wave.objects.count() == 1
        open_wave(programme="prakerja-2023", number=12, accepted_on=date(2023, 3, 1))

    def test_places_cost_what_the_programme_promises(self) -> None:
        wave = make_wave(places=3)
        assert load_definition(PROGRAMME).total_idr == TOTAL_IDR == TRAINING_IDR + INCENTIVE_IDR
        assert available_idr(wave.fund) == 3 * TOTAL_IDR

    def test_one_decision_funds_once(self) -> None:
        wave = make_wave()
        for _ in range(2):
            fund_places(wave=wave, places=3, reference="decision 7")
        with pytest.raises(KeyConflict):
            fund_places(wave=wave, places=4, reference="decision 7")
        assert fund_position(wave.fund).funded_idr == 3 * TOTAL_IDR


@pytest.mark.django_db
class TestEligibility:
    def test_an_enrolled_person_has_two_empty_accounts(self) -> None:
        wave = make_wave()
        (person,) = register(1)
        enrolment = enrol_person(participant=Participant.objects.get(pk=person), wave=wave)
        assert (enrolment.participant_id, enrolment.wave, enrolment.status) == (person, wave, EnrolmentStatus.ACCEPTED)
        accounts = [training_account(enrolment.number), incentive_account(enrolment.number)]
        assert list(Balance.objects.filter(owner__in=accounts).values_list("fund", "available_idr")) == [(wave.fund, 0)] * 2

    def test_numbers_come_back_in_order(self) -> None:
        wave, people = make_wave(), register(5)
        numbers = enrol_people(participants=people[::-1], wave=wave)
        found = dict(Enrolment.objects.values_list("participant", "number"))
        assert [found[person] for person in people[::-1]] == numbers

    @pytest.mark.parametrize(
        ("birth_date", "rule"),
        [
            (EIGHTEENTH_BIRTHDAY_ON_ACCEPTANCE, None),
            (EIGHTEENTH_BIRTHDAY_ON_ACCEPTANCE + timedelta(days=1), "too_young"),
            (date(2020, 1, 1), "too_young"),
            (date(1930, 1, 1), None),
        ],
    )
    def test_age_counts_on_the_day_of_acceptance(self, birth_date: date, rule: str | None) -> None:
        people = register(1, birth_date=birth_date)
        wave = make_wave()
        with on(date(2022, 1, 1)):
            if rule is None:
                assert len(enrol(wave, people)) == 1
                return
            with pytest.raises(NotEligible) as caught:
                enrol(wave, people)
        assert rule_of(caught) == (rule, 1)

    def test_the_answer_about_the_age_is_stored_and_the_band_follows(self) -> None:
        born = ACCEPTED_ON.replace(year=ACCEPTED_ON.year - 25)
        with on(ACCEPTED_ON - timedelta(days=1)):
            people = register(1, birth_date=born) + register(1, birth_date=born + timedelta(days=1))
        bands = Participant.objects.filter(pk__in=people).order_by("pk").values_list("age_band", flat=True)
        assert list(bands) == ["18-24", "18-24"]
        with on(ACCEPTED_ON + timedelta(days=9)):
            enrolments = enrol(make_wave(), people)
        assert [enrolment.age_fits_on for enrolment in enrolments] == [ACCEPTED_ON, ACCEPTED_ON]
        assert list(bands.all()) == ["25-29", "18-24"]

    def test_who_is_older_than_a_programme_accepts_is_refused_from_the_birthday_on(self) -> None:
        most = load_definition("prakerja-2023").eligibility.maximum_age_years
        assert most is not None
        day = date(2023, 3, 1)
        wave = open_wave(programme="prakerja-2023", number=1, accepted_on=day)
        birthday = day.replace(year=day.year - most - 1)
        enrol(wave, register(1, birth_date=birthday + timedelta(days=1)))
        with pytest.raises(NotEligible) as caught:
            enrol(wave, register(1, birth_date=birthday))
        assert rule_of(caught) == ("too_old", 1)

    def test_a_birth_date_that_was_changed_in_the_database_enrols_nobody(self) -> None:
        young, old = register(1, birth_date=date(2010, 1, 1)) + register(1, birth_date=date(1990, 1, 1))
        Participant.objects.filter(pk=young).update(birth_date_sealed=Participant.objects.get(pk=old).birth_date_sealed)
        with pytest.raises(UnreadableValue):
            enrol(make_wave(), [young])
        assert Enrolment.objects.count() == 0

    @pytest.mark.parametrize("occupation", [exclusion.code for exclusion in load_definition(PROGRAMME).eligibility.exclusions])
    def test_excluded_occupations(self, occupation: str) -> None:
        with pytest.raises(NotEligible) as caught:
            enrol(make_wave(), register(1, occupation=occupation))
        assert rule_of(caught) == ("excluded_occupation", 1)

    def test_two_of_a_household_may_take_part_and_a_third_may_not(self) -> None:
        wave = make_wave()
        people = register(3, household="3273010101010001")
        enrol(wave, people[:2])
        with pytest.raises(NotEligible) as caught:
            enrol(wave, people[2:])
        assert rule_of(caught) == ("household_full", 1)

    def test_three_of_a_household_at_once_may_not(self) -> None:
        people = register(2) + register(3, household="3273010101010001")
        with pytest.raises(NotEligible) as caught:
            enrol(make_wave(), people)
        assert rule_of(caught) == ("household_full", 3)
        assert Enrolment.objects.count() == 0

    def test_a_household_counts_over_all_waves_of_the_programme_and_no_other(self) -> None:
        people = register(4, household="3273010101010001")
        enrol(make_wave(number=1), people[:1])
        enrol(make_wave(number=2), people[1:2])
        with pytest.raises(NotEligible) as caught:
            enrol(make_wave(number=3), people[2:3])
        assert rule_of(caught) == ("household_full", 1)
        enrol(open_wave(programme="prakerja-2023", number=1, accepted_on=date(2023, 3, 1)), people[2:])

    def test_a_barred_person_may_not_join_again(self) -> None:
        people = register(2)
        Bar.objects.create(participant_id=people[1], barred_on=date(2020, 9, 27))
        with pytest.raises(NotEligible) as caught:
            enrol(make_wave(), people)
        assert rule_of(caught) == ("barred", 1)

    def test_a_bar_holds_for_the_programmes_that_it_names(self) -> None:
        people = register(2)
        for person, programme in zip(people, ("prakerja-2021", "prakerja-2023"), strict=True):
            Bar.objects.create(participant_id=person, programmes=[programme], barred_on=date(2020, 9, 27))
        later = open_wave(programme="prakerja-2023", number=1, accepted_on=date(2023, 3, 1))
        for wave, barred, free in ((make_wave(), people[0], people[1]), (later, people[1], people[0])):
            with pytest.raises(NotEligible) as caught:
                enrol(wave, [barred])
            assert rule_of(caught) == ("barred", 1)
            assert len(enrol(wave, [free])) == 1

    def test_nobody_takes_part_in_two_waves_at_a_time(self) -> None:
        people = register(1)
        enrol(make_wave(number=1), people)
        with pytest.raises(NotEligible) as caught:
            enrol(make_wave(number=2), people)
        assert rule_of(caught) == ("in_another_wave", 1)

    @pytest.mark.parametrize("status", [EnrolmentStatus.ENDED, EnrolmentStatus.REVOKED])
    def test_a_person_who_is_done_and_not_barred_may_join_a_later_wave(self, status: EnrolmentStatus) -> None:
        people = register(1)
        enrol(make_wave(number=1), people)
        Enrolment.objects.update(status=status)
        enrol(make_wave(number=2), people)
        assert Enrolment.objects.count() == 2

    def test_nobody_is_twice_in_one_wave(self) -> None:
        wave, people = make_wave(), register(2)
        enrol(wave, people[:1])
        for again in (people[:1], people[::-1], [people[1], people[1]]):
            with pytest.raises(AlreadyEnrolled), transaction.atomic():
                enrol(wave, again)
        assert Enrolment.objects.count() == 1

    def test_every_rule_has_a_message(self) -> None:
        messages = {str(NotEligible(rule=rule, people=1)) for rule in NotEligible.messages}
        assert len(messages) == len(NotEligible.messages)

    def test_current_enrolment_is_the_newest(self) -> None:
        user = make_user(Role.PARTICIPANT)
        assert current_enrolment(user) is None
        (person,) = register(1)
        Participant.objects.filter(pk=person).update(user=user)
        enrol(make_wave(number=1, accepted_on=date(2021, 2, 1)), [person])
        Enrolment.objects.update(status=EnrolmentStatus.ENDED)
        (newest,) = enrol(make_wave(number=2, accepted_on=date(2021, 5, 1)), [person])
        assert current_enrolment(user) == newest


@pytest.mark.usefixtures("committed_database")
class TestTogether:
    def test_enrolments_of_one_household_judge_one_after_the_other(self) -> None:
        waves = [make_wave(number=number) for number in (1, 2)]
        for repetition in range(1, 6):
            people = register(5, household=f"327301010101000{repetition}")
            results = race(*[partial(enrol, waves[person % 2], [person]) for person in people])
            assert [type(result) for result in results].count(list) == 2
            assert {result.details["rule"] for result in results if isinstance(result, BekalError)} == {"household_full"}
            assert Enrolment.objects.count() == 2 * repetition

    def test_one_person_joins_one_of_two_waves(self) -> None:
        waves = [make_wave(number=number) for number in range(4)]
        people = register(1)
        results = race(*[partial(enrol, wave, people) for wave in waves])
        assert [type(result) for result in results].count(list) == 1
        assert {result.details["rule"] for result in results if isinstance(result, BekalError)} == {"in_another_wave"}

    def test_the_same_people_in_another_order_do_not_deadlock(self) -> None:
        wave, people = make_wave(), register(40)
        results = race(*[partial(enrol, wave, order) for order in (people, people[::-1], people[20:] + people[:20])])
        assert sorted(type(result).__name__ for result in results) == ["AlreadyEnrolled", "AlreadyEnrolled", "list"]
        assert Enrolment.objects.count() == 40


@pytest.mark.django_db
class TestGrant:
    def test_gives_everybody_accepted_what_the_programme_promises(self) -> None:
        granted = grant_wave(count=3, places=5)
        for enrolment in granted.enrolments:
            assert enrolment.status == EnrolmentStatus.GRANTED
            accounts = training_account(enrolment.number), incentive_account(enrolment.number)
            assert tuple(map(available_idr, accounts)) == (TRAINING_IDR, INCENTIVE_IDR)
        position = fund_position(granted.wave.fund)
        assert (position.funded_idr, position.fund_idr, position.granting_idr) == (5 * TOTAL_IDR, 2 * TOTAL_IDR, 0)
        assert (position.training.granted_idr, position.incentive.granted_idr) == (3 * TRAINING_IDR, 3 * INCENTIVE_IDR)
        assert position.is_exact
        assert audit().exact

    def test_beyond_the_fund_gives_nobody_anything(self) -> None:
        wave = make_wave(places=2)
        enrol(wave, register(3))
        run = propose_grant(wave=wave, proposer=make_user(Role.OPERATOR))
        with pytest.raises(InsufficientBalance) as caught:
            approve_run(run=run, approver=make_user(Role.APPROVER))
        assert caught.value.details["missing_idr"] == TOTAL_IDR
        assert available_idr(wave.fund) == 2 * TOTAL_IDR
        assert set(Enrolment.objects.values_list("status", flat=True)) == {EnrolmentStatus.ACCEPTED}

    def test_happens_once_a_person(self) -> None:
        granted = grant_wave(count=3)
        with pytest.raises(NothingToPost):
            propose_grant(wave=granted.wave, proposer=granted.operator)

    def test_of_two_proposals_gives_once_and_returns_the_rest(self) -> None:
        operator, approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        wave = make_wave(places=6)
        enrolments = enrol(wave, register(3))
        both = [approve_run(run=propose_grant(wave=wave, proposer=operator), approver=approver) for _ in range(2)]
        posted = [post_run(run=run) for run in both]
        assert [(run.posted_idr, run.skipped_count) for run in posted] == [(3 * TOTAL_IDR, 0), (0, 6)]
        assert set(RunSkip.objects.values_list("reason", flat=True)) == {"not_accepted"}
        assert available_idr(wave.fund) == 3 * TOTAL_IDR
        assert {available_idr(training_account(enrolment.number)) for enrolment in enrolments} == {TRAINING_IDR}
        assert audit().exact

    def test_of_people_who_came_later_leaves_the_others_alone(self) -> None:
        granted = grant_wave(count=2, places=3)
        with on(ACCEPTED_ON):
            (late,) = enrol(granted.wave, register(1))
            (run,) = approve_and_post([propose_grant(wave=granted.wave, proposer=granted.operator)], granted.approver)
        assert (run.target_count, run.posted_idr) == (2, TOTAL_IDR)
        assert available_idr(training_account(late.number)) == TRAINING_IDR
        assert available_idr(granted.wave.fund) == 0
