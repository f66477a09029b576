"""Registrations whose NIK says something else than the person."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from bekal.access.errors import RoleMissing
from bekal.access.models import Act, Role
from bekal.participants.errors import EvidenceMissing, IdentityDecided, NotEligible, NothingToVerify
from bekal.participants.identity import RegistryAnswer, correct_typed, decide_identity, record_registry_answer
from bekal.participants.models import IdentityCheck, IdentityState, Participant, Sex
from bekal.participants.queries import born_on, to_be_verified
from bekal.participants.sealed import birth_date_of
from bekal.participants.services import enrol_people, enrol_person, register_people, register_person
from tests.builders import make_user, make_wave, on, registration

pytestmark = pytest.mark.django_db

TYPED, IN_NIK = date(1995, 8, 18), date(1995, 8, 17)
# What a NIK of 17 August 1995, a woman's, says of whoever typed the day after.
CORRECTED_CARD = replace(registration(nik="3273015708950001", birth_date=IN_NIK, sex=Sex.FEMALE), birth_date=TYPED)


@pytest.fixture
def sari() -> Participant:
    return register_person(registration=CORRECTED_CARD)


def state_of(person: Participant) -> str:
    return IdentityCheck.objects.get(participant=person).state


def rule_for(person: Participant) -> object:
    with pytest.raises(NotEligible) as caught, transaction.atomic():
        enrol_person(participant=person, wave=make_wave())
    assert str(caught.value)
    return caught.value.details["rule"]


@pytest.mark.parametrize(
    ("birth_date", "sex", "disagreeing"),
    [(TYPED, Sex.FEMALE, "birth_date"), (IN_NIK, Sex.MALE, "sex"), (TYPED, Sex.MALE, "birth_date,sex")],
)
def test_who_disagrees_with_the_nik_is_registered_and_to_be_verified(birth_date: date, sex: Sex, disagreeing: str) -> None:
    person = register_person(registration=replace(CORRECTED_CARD, birth_date=birth_date, sex=sex))
    assert (birth_date_of(person), person.sex) == (birth_date, sex)
    (check,) = to_be_verified()
    assert (check.participant, check.disagreeing, check.state) == (person, disagreeing, IdentityState.TO_BE_VERIFIED)
    assert rule_for(person) == "to_be_verified"


def test_of_many_only_those_who_disagree_wait() -> None:
    people = [registration(), CORRECTED_CARD, registration()]
    ids = register_people(registrations=people)
    assert [check.participant_id for check in to_be_verified()] == [ids[1]]
    with pytest.raises(NotEligible) as caught:
        enrol_people(participants=ids, wave=make_wave())
    assert caught.value.details == {"rule": "to_be_verified", "people": 1}


def test_the_registry_confirms_what_it_has_on_record(sari: Participant) -> None:
    answer = RegistryAnswer(reference="470/123/Dukcapil", birth_date=TYPED, sex=Sex.FEMALE)
    check = record_registry_answer(participant=sari, answer=answer)
    assert (check.state, check.evidence, check.decided_by) == (IdentityState.CONFIRMED, "470/123/Dukcapil", None)
    assert check.decided_at is not None
    act = Act.objects.get(verb="participants.verify")
    assert (act.actor, act.subject) == (None, f"participant:{sari.public_id}")
    assert act.details == {"state": "confirmed", "disagreeing": "birth_date", "evidence": "470/123/Dukcapil"}
    assert enrol_person(participant=sari, wave=make_wave()).participant == sari
    assert to_be_verified() == []


@pytest.mark.parametrize(("birth_date", "sex"), [(IN_NIK, Sex.FEMALE), (TYPED, Sex.MALE), (None, None)])
def test_the_registry_refuses_what_it_has_otherwise(sari: Participant, birth_date: date | None, sex: Sex | None) -> None:
    record_registry_answer(participant=sari, answer=RegistryAnswer(reference="1", birth_date=birth_date, sex=sex))
    assert (state_of(sari), rule_for(sari)) == (IdentityState.REFUSED, "identity_refused")


def test_a_refusal_is_not_for_good_and_a_confirmation_is(sari: Participant) -> None:
    officer = make_user(Role.OPERATOR)
    record_registry_answer(participant=sari, answer=RegistryAnswer(reference="1", birth_date=None, sex=None))
    confirmed = RegistryAnswer(reference="2", birth_date=TYPED, sex=Sex.FEMALE)
    record_registry_answer(participant=sari, answer=confirmed)
    record_registry_answer(participant=sari, answer=confirmed)
    decide_identity(participant=sari, confirmed=True, evidence="KTP", officer=officer)
    assert IdentityCheck.objects.values_list("state", "evidence").get() == ("confirmed", "2")
    assert Act.objects.filter(verb="participants.verify").count() == 2
    with pytest.raises(IdentityDecided):
        decide_identity(participant=sari, confirmed=False, evidence="KTP", officer=officer)


def test_an_officer_decides_with_evidence(sari: Participant) -> None:
    officer = make_user(Role.OPERATOR)
    for evidence in ("", " \u200b", "x" * 201, "a\0b"):
        with pytest.raises(EvidenceMissing):
            decide_identity(participant=sari, confirmed=True, evidence=evidence, officer=officer)
    for role in (Role.APPROVER, Role.AUDITOR, Role.PARTICIPANT):
        with pytest.raises(RoleMissing):
            decide_identity(participant=sari, confirmed=True, evidence="KTP", officer=make_user(role))
    assert state_of(sari) == IdentityState.TO_BE_VERIFIED
    decide_identity(participant=sari, confirmed=True, evidence="Family card seen on 3 March", officer=officer)
    assert (state_of(sari), Act.objects.get(verb="participants.verify").actor) == (IdentityState.CONFIRMED, officer)


def test_who_mistyped_corrects_it_and_is_confirmed_by_the_nik(sari: Participant) -> None:
    assert correct_typed(participant=sari, birth_date=IN_NIK, sex=Sex.FEMALE) == IdentityState.CONFIRMED
    sari.refresh_from_db()
    assert (birth_date_of(sari), born_on(IN_NIK), born_on(TYPED)) == (IN_NIK, [sari], [])
    assert enrol_person(participant=sari, wave=make_wave()).participant == sari
    with pytest.raises(IdentityDecided):
        correct_typed(participant=sari, birth_date=TYPED, sex=Sex.FEMALE)


def test_who_corrects_it_to_something_else_waits_anew(sari: Participant) -> None:
    record_registry_answer(participant=sari, answer=RegistryAnswer(reference="1", birth_date=None, sex=None))
    assert correct_typed(participant=sari, birth_date=date(1995, 8, 19), sex=Sex.MALE) == IdentityState.TO_BE_VERIFIED
    check = IdentityCheck.objects.get()
    assert (check.disagreeing, check.evidence, check.decided_at) == ("birth_date,sex", "", None)
    assert rule_for(sari) == "to_be_verified"


def test_the_age_band_follows_what_is_corrected() -> None:
    with on(date(2021, 3, 1)):
        sari = register_person(registration=CORRECTED_CARD)
        assert sari.age_band == "25-29"
        correct_typed(participant=sari, birth_date=date(1975, 8, 17), sex=Sex.FEMALE)
    sari.refresh_from_db()
    assert sari.age_band == "45-54"


def test_where_the_nik_agrees_nothing_is_decided_or_corrected() -> None:
    person = register_person(registration=registration())
    with pytest.raises(NothingToVerify):
        record_registry_answer(participant=person, answer=RegistryAnswer(reference="1", birth_date=None, sex=None))
    with pytest.raises(NothingToVerify):
        decide_identity(participant=person, confirmed=False, evidence="KTP", officer=make_user(Role.OPERATOR))
    with pytest.raises(NothingToVerify):
        correct_typed(participant=person, birth_date=TYPED, sex=Sex.MALE)


def test_the_database_itself_wants_evidence_for_a_decision(sari: Participant) -> None:
    with pytest.raises(IntegrityError):
        IdentityCheck.objects.filter(participant=sari).update(state=IdentityState.CONFIRMED)
