"""Two people who say that one NIK is theirs: nobody learns of the other, and the rightful one can win it."""

from datetime import date
from typing import Any

import pytest

from bekal.access.errors import RoleMissing
from bekal.access.models import Role, User
from bekal.cases.queries import open_cases_of
from bekal.cases.services import open_cases
from bekal.core import clock
from bekal.participants.applications.services import apply_for_wave
from bekal.participants.errors import IdentityDecided, NikTakesPart, NotEligible, PersonErased
from bekal.participants.identity import (
    RegistryAnswer,
    correct_typed,
    decide_identity,
    holder_of_claimed,
    record_registry_answer,
)
from bekal.participants.models import IdentityCheck, IdentityClaim, IdentityState, Participant, Sex
from bekal.participants.queries import participant_by_nik
from bekal.participants.registration.queries import participant_with_check
from bekal.payouts.erasure import erase_person
from tests.builders import enrol, make_user, make_wave
from tests.participants.applications.people import OPENS_AT, answer_everything, open_window, verify_phone
from tests.participants.registration.people import NIK, new_user, registered

pytestmark = pytest.mark.django_db
BORN = date(1995, 8, 17)


@pytest.fixture
def officer() -> User:
    return make_user(Role.OPERATOR)


@pytest.fixture
def holder() -> Participant:
    return registered(new_user())


@pytest.fixture
def claimant(holder: Participant) -> Participant:
    assert holder.user is not None
    return registered(new_user("+6281311112222"), name="Sari", household="3273010101010002")


def state_of(person: Participant) -> str:
    check = IdentityCheck.objects.filter(participant=person).first()
    return "agrees" if check is None else str(check.state)


def decide(person: Participant, officer: User, *, confirmed: bool = True) -> None:
    decide_identity(participant=person, confirmed=confirmed, evidence="card seen", officer=officer)


def test_a_claim_looks_like_any_registration_that_is_to_be_verified(claimant: Participant) -> None:
    other = registered(new_user("+6281333334444"), nik="3273015708950002", sex="M")
    for person in (claimant, other):
        assert person.user is not None
        _person, check = participant_with_check(person.user)
        assert check is not None
        assert check.state == IdentityState.TO_BE_VERIFIED
        with pytest.raises(NotEligible) as refused:
            enrol(make_wave(number=12 + person.pk), [person.pk])
        assert refused.value.details["rule"] == "to_be_verified"
        verify_phone(person.user)
        answer_everything(person)
        with clock.at(OPENS_AT):
            assert apply_for_wave(participant=person, wave=open_window(number=1000 + person.pk)).state == "submitted"


def test_the_holder_notices_nothing(holder: Participant, claimant: Participant) -> None:
    assert state_of(holder) == "agrees"
    assert participant_by_nik(NIK) == holder
    assert holder_of_claimed(claimant) == holder
    assert holder_of_claimed(holder) is None


@pytest.mark.parametrize("answer", [RegistryAnswer("R-1", BORN, Sex.FEMALE)])
def test_what_anybody_who_knows_the_nik_can_say_decides_nothing(claimant: Participant, answer: RegistryAnswer) -> None:
    record_registry_answer(participant=claimant, answer=answer)
    assert correct_typed(participant=claimant, birth_date=BORN, sex=Sex.FEMALE) == IdentityState.TO_BE_VERIFIED
    assert (state_of(claimant), IdentityCheck.objects.get().disagreeing) == ("to_be_verified", "nik")


def test_the_rightful_one_wins_it(holder: Participant, claimant: Participant, officer: User) -> None:
    for _ in range(2):
        decide(claimant, officer)
    assert participant_by_nik(NIK) == claimant
    assert (state_of(claimant), state_of(holder)) == ("confirmed", "refused")
    with pytest.raises(IdentityDecided):
        decide(claimant, officer, confirmed=False)


def test_and_what_was_decided_wrongly_is_decided_the_other_way_round(
    holder: Participant, claimant: Participant, officer: User
) -> None:
    decide(claimant, officer)
    assert holder_of_claimed(holder) == claimant
    decide(holder, officer)
    assert participant_by_nik(NIK) == holder
    assert (state_of(claimant), state_of(holder)) == ("refused", "confirmed")


def test_a_refused_claim_leaves_the_holder_as_it_was(holder: Participant, claimant: Participant, officer: User) -> None:
    decide(claimant, officer, confirmed=False)
    assert participant_by_nik(NIK) == holder
    assert (state_of(claimant), state_of(holder)) == ("refused", "agrees")
    decide(claimant, officer)
    assert participant_by_nik(NIK) == claimant


def test_nobody_loses_a_nik_who_takes_part(holder: Participant, claimant: Participant, officer: User) -> None:
    enrol(make_wave(), [holder.pk])
    with pytest.raises(NikTakesPart):
        decide(claimant, officer)
    assert (participant_by_nik(NIK), state_of(claimant), state_of(holder)) == (holder, "to_be_verified", "agrees")


def test_who_was_erased_does_not_come_back_by_a_claim(holder: Participant, officer: User) -> None:
    erase_person(participant=holder, actor=officer)
    again = registered(new_user())
    assert state_of(again) == "to_be_verified"
    with pytest.raises(PersonErased):
        decide(again, officer)


def test_only_an_operator_decides(claimant: Participant) -> None:
    with pytest.raises(RoleMissing):
        decide(claimant, make_user(Role.APPROVER))


def test_two_claims_of_one_nik_are_decided_one_after_the_other(holder: Participant, claimant: Participant, officer: User) -> None:
    third = registered(new_user("+6281333334444"))
    people: list[Any] = [holder, claimant, third]
    for person in (claimant, third):
        decide(person, officer)
        assert participant_by_nik(NIK) == person
    assert [state_of(person) for person in people] == ["refused", "refused", "confirmed"]


def test_of_somebody_who_was_erased_nothing_is_claimed_any_more(
    holder: Participant, claimant: Participant, officer: User
) -> None:
    """Otherwise the NIK would go from whom it belongs to, to nobody."""
    open_cases()
    assert open_cases_of().count() == 1
    erase_person(participant=claimant, actor=officer)
    assert not IdentityClaim.objects.exists()
    with pytest.raises(PersonErased):
        decide(claimant, officer)
    assert participant_by_nik(NIK) == holder
    assert (open_cases(), open_cases_of().count()) == (0, 0)
