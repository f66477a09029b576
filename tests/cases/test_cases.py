"""Cases: opened for what waits below, decided by two people, carried out in the room below."""

from datetime import date
from pathlib import Path
from typing import Final

import pytest

from bekal.access.errors import RoleMissing, SamePerson
from bekal.access.models import Act, Role, User
from bekal.cases.errors import CaseDecided, CaseDiffers, DecisionPending, NothingProposed, OutcomeUnknown
from bekal.cases.kinds import KINDS
from bekal.cases.models import Case, CaseKind, CaseState, Decision, Outcome
from bekal.cases.queries import decisions_of, open_cases_of, openings_of, waiting_in
from bekal.cases.services import (
    approve_decision,
    cancel_decision,
    digest_of,
    open_cases,
    open_sealed,
    propose_decision,
)
from bekal.core import clock
from bekal.messages.models import Message
from bekal.participants.errors import EvidenceMissing
from bekal.participants.identity import RegistryAnswer, correct_typed, record_registry_answer
from bekal.participants.models import Application, HitState, IdentityCheck, Participant, ScreeningHit, Sex
from bekal.participants.screening.services import find_hits, screen_people, screen_wave
from tests.builders import make_user, register
from tests.participants.applications.people import CLOSES_AT, newcomer, open_window
from tests.participants.screening.applying import applicants, apply, put_on_list

pytestmark = pytest.mark.django_db
LETTER: Final = "letter 12/2021"


@pytest.fixture
def operator() -> User:
    return make_user(Role.OPERATOR)


@pytest.fixture
def approver() -> User:
    return make_user(Role.APPROVER)


def mistyped() -> Participant:
    """Somebody with a login whose NIK says another birth date."""
    return newcomer(has_phone=False, nik="3273011708950001", birth_date=date(1995, 8, 18), sex=Sex.MALE)


def the_case(kind: CaseKind) -> Case:
    open_cases()
    return Case.objects.get(kind=kind)


def decide(case: Case, outcome: Outcome, operator: User, approver: User) -> Case:
    decision = propose_decision(case=case, outcome=outcome, evidence=LETTER, proposer=operator)
    return approve_decision(case=case, approver=approver, seen=digest_of(case, decision))


class TestOpening:
    def test_what_waits_has_one_case(self, tmp_path: Path) -> None:
        wave = open_window()
        person, (listed,) = mistyped(), applicants(wave)
        put_on_list(tmp_path, [listed])
        Application.objects.update(state="eligible")
        find_hits(wave=wave)
        assert [open_cases(), open_cases()] == [2, 0]
        found = [(case.kind, case.participant_id, case.wave_id, case.reason) for case in open_cases_of()]
        assert sorted(found) == [
            ("hit", listed, wave.pk, "listed:civil_servant"),
            ("verification", person.pk, None, "birth_date"),
        ]
        assert [case.kind for case in open_cases_of("hit")] == ["hit"]

    def test_what_the_registry_settles_is_closed(self) -> None:
        person = mistyped()
        case = the_case(CaseKind.VERIFICATION)
        answer = RegistryAnswer(reference="R-1", birth_date=date(1995, 8, 18), sex=Sex.MALE)
        record_registry_answer(participant=person, answer=answer)
        open_cases()
        case.refresh_from_db()
        assert (case.state, case.outcome) == (CaseState.CLOSED, "")

    def test_people_of_one_name_and_birth_date_are_shown_after_a_screening_and_once(self) -> None:
        wave = open_window()
        first, second, other = (
            register(1, name=name, birth_date=date(1990, 5, 5))[0] for name in ("Sri  Rahayu", "SRI RAHAYU", "Sri Rahayuni")
        )
        apply(wave, [first, second, other])
        assert open_cases() == 0
        with clock.at(CLOSES_AT):
            screen_wave(wave=wave)
        assert [open_cases(), open_cases()] == [1, 0]
        case = Case.objects.get()
        assert (case.kind, case.participant_id, case.other_id) == ("double", second, first)
        Case.objects.update(state="decided", outcome="two_people", decided_at=CLOSES_AT)
        with clock.at(CLOSES_AT):
            screen_wave(wave=wave)
        assert open_cases() == 0


class TestDeciding:
    def test_a_verification_is_decided_by_two_and_the_person_is_told(self, operator: User, approver: User) -> None:
        person = mistyped()
        case = decide(the_case(CaseKind.VERIFICATION), Outcome.CONFIRMED, operator, approver)
        assert (case.state, case.outcome) == (CaseState.DECIDED, Outcome.CONFIRMED)
        check = IdentityCheck.objects.get(participant=person)
        assert (check.state, check.evidence, check.decided_by) == ("confirmed", LETTER, operator)
        assert Message.objects.get(recipient=person.user).template == "cases.confirmed"
        assert {"decision.propose", "decision.approve", "participants.verify"} <= set(Act.objects.values_list("verb", flat=True))

    @pytest.mark.parametrize(
        ("outcome", "state", "held"), [(Outcome.CLEARED, HitState.CLEARED, False), (Outcome.EXCLUDED, HitState.CONFIRMED, True)]
    )
    def test_a_hit_is_cleared_or_holds(  # noqa: PLR0917 (fixtures)
        self, outcome: Outcome, state: HitState, held: bool, operator: User, approver: User, tmp_path: Path
    ) -> None:
        wave = open_window()
        (listed,) = applicants(wave)
        put_on_list(tmp_path, [listed])
        Application.objects.update(state="eligible")
        find_hits(wave=wave)
        decide(the_case(CaseKind.HIT), outcome, operator, approver)
        assert ScreeningHit.objects.get().state == state
        assert (screen_people(participants=[listed], wave=wave) != {}) == held

    @pytest.mark.parametrize(("outcome", "excluded"), [(Outcome.ONE_PERSON, True), (Outcome.TWO_PEOPLE, False)])
    def test_of_a_double_the_first_registration_counts(
        self, outcome: Outcome, excluded: bool, operator: User, approver: User
    ) -> None:
        wave = open_window()
        first, second = (register(1, name="Sri Rahayu", birth_date=date(1990, 5, 5))[0] for _ in range(2))
        apply(wave, [first, second])
        with clock.at(CLOSES_AT):
            screen_wave(wave=wave)
        decide(the_case(CaseKind.DOUBLE), outcome, operator, approver)
        assert screen_people(participants=[first, second], wave=wave) == ({second: "registered_twice"} if excluded else {})

    def test_nobody_decides_alone(self, operator: User, approver: User) -> None:
        mistyped()
        case = the_case(CaseKind.VERIFICATION)
        for proposer in (approver, make_user(Role.AUDITOR)):
            with pytest.raises(RoleMissing):
                propose_decision(case=case, outcome=Outcome.CONFIRMED, evidence=LETTER, proposer=proposer)
        decision = propose_decision(case=case, outcome=Outcome.CONFIRMED, evidence=LETTER, proposer=operator)
        seen = digest_of(case, decision)
        with pytest.raises(SamePerson):
            approve_decision(case=case, approver=operator, seen=seen)
        with pytest.raises(RoleMissing):
            approve_decision(case=case, approver=make_user(Role.OPERATOR), seen=seen)
        assert IdentityCheck.objects.get().state == "to_be_verified"

    def test_what_is_approved_is_what_was_shown(self, operator: User, approver: User) -> None:
        mistyped()
        case = the_case(CaseKind.VERIFICATION)
        seen = digest_of(case, propose_decision(case=case, outcome=Outcome.REFUSED, evidence=LETTER, proposer=operator))
        cancel_decision(case=case, actor=operator)
        propose_decision(case=case, outcome=Outcome.CONFIRMED, evidence=LETTER, proposer=operator)
        with pytest.raises(CaseDiffers):
            approve_decision(case=case, approver=approver, seen=seen)
        assert IdentityCheck.objects.get().state == "to_be_verified"

    def test_what_the_person_corrected_since_is_not_approved(self, operator: User, approver: User) -> None:
        person = mistyped()
        case = the_case(CaseKind.VERIFICATION)
        decision = propose_decision(case=case, outcome=Outcome.CONFIRMED, evidence=LETTER, proposer=operator)
        # The same disagrees as before, but it is another day than the one on the letter.
        correct_typed(participant=person, birth_date=date(1995, 8, 19), sex=Sex.MALE)
        with pytest.raises(CaseDiffers):
            approve_decision(case=case, approver=approver, seen=digest_of(case, decision))
        assert IdentityCheck.objects.get().state == "to_be_verified"
        cancel_decision(case=case, actor=operator)
        assert decide(case, Outcome.CONFIRMED, operator, approver).outcome == Outcome.CONFIRMED

    def test_one_decision_waits_at_a_time(self, operator: User, approver: User) -> None:
        mistyped()
        case = the_case(CaseKind.VERIFICATION)
        with pytest.raises(NothingProposed):
            approve_decision(case=case, approver=approver, seen="")
        propose_decision(case=case, outcome=Outcome.REFUSED, evidence=LETTER, proposer=operator)
        with pytest.raises(DecisionPending):
            propose_decision(case=case, outcome=Outcome.CONFIRMED, evidence=LETTER, proposer=operator)
        assert Decision.objects.count() == 1
        assert waiting_in(decisions_of(case)) == Decision.objects.get()

    def test_a_decided_case_is_decided(self, operator: User, approver: User) -> None:
        mistyped()
        case = the_case(CaseKind.VERIFICATION)
        decide(case, Outcome.REFUSED, operator, approver)
        with pytest.raises(CaseDecided):
            propose_decision(case=case, outcome=Outcome.CONFIRMED, evidence=LETTER, proposer=operator)
        with pytest.raises(CaseDecided):
            open_sealed(case=case, officer=operator)

    @pytest.mark.parametrize("outcome", ["", "none", Outcome.CLEARED, Outcome.ONE_PERSON])
    def test_only_outcomes_of_the_kind(self, outcome: str, operator: User) -> None:
        mistyped()
        with pytest.raises(OutcomeUnknown):
            propose_decision(case=the_case(CaseKind.VERIFICATION), outcome=outcome, evidence=LETTER, proposer=operator)

    @pytest.mark.parametrize("evidence", ["", " ", "x" * 201, "a\0b"])
    def test_a_decision_has_evidence(self, evidence: str, operator: User) -> None:
        mistyped()
        with pytest.raises(EvidenceMissing):
            propose_decision(
                case=the_case(CaseKind.VERIFICATION), outcome=Outcome.CONFIRMED, evidence=evidence, proposer=operator
            )

    def test_every_outcome_belongs_to_one_kind(self) -> None:
        of_kinds = [outcome for kind in KINDS.values() for outcome in kind.outcomes]
        assert sorted(of_kinds) == sorted(Outcome.values)
        assert set(KINDS) == set(CaseKind)


def test_who_opens_the_data_is_kept_for_the_person(operator: User, approver: User) -> None:
    person = mistyped()
    case = the_case(CaseKind.VERIFICATION)
    for officer in (operator, approver):
        assert open_sealed(case=case, officer=officer) == [person]
    with pytest.raises(RoleMissing):
        open_sealed(case=case, officer=make_user(Role.AUDITOR))
    assert [(opening.officer, opening.case) for opening in openings_of(person)] == [(approver, case), (operator, case)]
