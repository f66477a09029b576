"""Whether people are whom their NIK says, where the two disagree.

A NIK never changes, also when the registry corrects a birth date or a sex on the card that it is on. So a NIK that says something
else than the person is no mistake by itself: the registration waits, and is decided by the registry's answer or by an officer who
has seen evidence. Until then the person cannot be enrolled.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction

from bekal.access.models import Role, User
from bekal.access.services import record_act, require_role
from bekal.core import clock
from bekal.core.names import clean_name
from bekal.participants.applications.services import find_results_by
from bekal.participants.errors import EvidenceMissing, IdentityDecided, NikTakesPart, NothingToVerify
from bekal.participants.models import EVIDENCE_CHARACTERS, IdentityCheck, IdentityClaim, IdentityState, Participant, Sex
from bekal.participants.nik import CLAIMED, parse_nik
from bekal.participants.sealed import birth_date_of, claimed_nik_index, data_key_of, nik_of, seal_birth_date

_AGREED: Final = "the NIK agrees"


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """What the population registry says of a NIK.

    Attributes:
        reference: the number of its answer, by which it can be found again.
        birth_date, sex: what it has on record; None for both where it does not know the NIK.
    """

    reference: str
    birth_date: date | None
    sex: Sex | None


@transaction.atomic
def record_registry_answer(*, participant: Participant, answer: RegistryAnswer) -> IdentityCheck:
    """Decide by the registry: confirmed where it has what the person typed on record, refused otherwise.

    A refusal may be decided again, as when the registry corrects its record; a confirmation is final, and the same one again
    changes nothing.

    Raises:
        EvidenceMissing: the answer has no reference, or one that is too long.
        NothingToVerify: the person's NIK never disagreed.
        IdentityDecided: it was confirmed, and the registry now says otherwise.
    """
    check = _held(participant)
    person = check.participant
    confirmed = (answer.birth_date, answer.sex) == (birth_date_of(person), person.sex)
    if confirmed and _is_claim(check):
        # Whoever knows a NIK knows what the registry says of it: that does not tell whose it is.
        return check
    return _decide(check, confirmed=confirmed, evidence=answer.reference, officer=None)


@transaction.atomic
def decide_identity(*, participant: Participant, confirmed: bool, evidence: str, officer: User) -> IdentityCheck:
    """Decide by what an officer has seen.

    Where another one is registered with the same NIK, a confirmation says that it is this person's: the other registration loses
    it and is refused.

    Args:
        evidence: what that was, for the auditor, such as the number of a letter; never an identity number.

    Raises:
        RoleMissing: not an operator.
        EvidenceMissing: nothing was named, or more than 200 characters.
        NothingToVerify: the person's NIK never disagreed.
        IdentityDecided: it was confirmed before.
        NikTakesPart: the other one takes part in a wave, or did.
        PersonErased: this person is to be confirmed, but was erased; or the other one was, and the same person cannot join again.
    """
    require_role(user=officer, role=Role.OPERATOR)
    if confirmed:
        data_key_of(Participant.objects.select_for_update(no_key=True).get(pk=participant.pk))
    if confirmed and (rival := holder_of_claimed(participant)) is not None:
        _take_nik(participant=participant, rival=rival, evidence=evidence, officer=officer)
    decided = _decide(_held(participant), confirmed=confirmed, evidence=evidence, officer=officer)
    if confirmed:
        _end_claim(decided)
    return decided


def holder_of_claimed(participant: Participant) -> Participant | None:
    """Who is registered with the NIK that a person claims; None where nobody is, or the person claims none."""
    claim = IdentityClaim.objects.filter(identity_check=participant.pk).first()
    return None if claim is None else Participant.objects.filter(nik_index=claim.nik_index).first()


@transaction.atomic
def correct_typed(*, participant: Participant, birth_date: date, sex: Sex) -> IdentityState:
    """Let a person correct what was typed, while it is not confirmed; where the NIK then agrees, that confirms it.

    Returns:
        The state in which the registration is then.

    Raises:
        NothingToVerify: the person's NIK never disagreed: what agrees with it is not changed by hand.
        IdentityDecided: it was confirmed.
        PersonErased: what is known of the person was erased.
    """
    check = _held(participant)
    if check.state == IdentityState.CONFIRMED:
        raise IdentityDecided
    person = check.participant
    seal_birth_date(person, birth_date)
    person.sex = sex
    person.save(update_fields=["birth_date_sealed", "birth_date_index", "name_birth_index", "age_band", "sex"])
    find_results_by(participant=person, birth_date=birth_date)
    record_act(actor=person.user, verb="participants.correct", subject=f"participant:{person.public_id}")
    disagreeing = parse_nik(nik_of(person)).disagreeing(birth_date=birth_date, sex=sex)
    if _is_claim(check):
        disagreeing = (CLAIMED, *disagreeing)
    if not disagreeing:
        return IdentityState(_decide(check, confirmed=True, evidence=_AGREED, officer=None).state)
    check.state, check.disagreeing = IdentityState.TO_BE_VERIFIED, ",".join(disagreeing)
    check.evidence, check.decided_at, check.decided_by = "", None, None
    check.opened_at = clock.now()
    check.save()
    return IdentityState.TO_BE_VERIFIED


def _is_claim(check: IdentityCheck) -> bool:
    return IdentityClaim.objects.filter(identity_check=check).exists()


def _take_nik(*, participant: Participant, rival: Participant, evidence: str, officer: User) -> None:
    """Take the NIK from whoever is registered with it, in the caller's transaction."""
    # Both are held in the order in which those hold people who enrol them.
    list(Participant.objects.select_for_update(no_key=True).filter(pk__in=[participant.pk, rival.pk]).order_by("pk"))
    rival.refresh_from_db()
    digits = nik_of(rival)
    if rival.enrolments.exists():
        raise NikTakesPart
    index, rival.nik_index = rival.nik_index, claimed_nik_index(digits, rival.pk)
    rival.save(update_fields=["nik_index"])
    check, _made = IdentityCheck.objects.get_or_create(
        participant=rival, defaults={"disagreeing": CLAIMED, "opened_at": clock.now()}
    )
    check.state, check.disagreeing = IdentityState.TO_BE_VERIFIED, CLAIMED
    _decide(check, confirmed=False, evidence=evidence, officer=officer)
    # So that it can be decided the other way round later.
    IdentityClaim.objects.create(identity_check=check, nik_index=index)


def _end_claim(check: IdentityCheck) -> None:
    """Give somebody the NIK that they claimed."""
    claim = IdentityClaim.objects.filter(identity_check=check).first()
    if claim is not None:
        Participant.objects.filter(pk=check.pk).update(nik_index=claim.nik_index)
        claim.delete()


def _held(participant: Participant) -> IdentityCheck:
    # The person is locked first, as everybody does who enrols one: a decision and an enrolment see each other.
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    check = (
        IdentityCheck.objects.select_for_update(of=("self",))
        .select_related("participant__user")
        .filter(participant=participant.pk)
        .first()
    )
    if check is None:
        raise NothingToVerify
    return check


def _decide(check: IdentityCheck, *, confirmed: bool, evidence: str, officer: User | None) -> IdentityCheck:
    evidence = clean_name(evidence)
    if not 1 <= len(evidence) <= EVIDENCE_CHARACTERS or "\0" in evidence:
        raise EvidenceMissing
    state = IdentityState.CONFIRMED if confirmed else IdentityState.REFUSED
    if check.state == IdentityState.CONFIRMED:
        if confirmed:
            return check
        raise IdentityDecided
    if (check.state, check.evidence, check.decided_by) == (state, evidence, officer):
        return check
    check.state, check.evidence, check.decided_at, check.decided_by = state, evidence, clock.now(), officer
    check.save(update_fields=["state", "evidence", "decided_at", "decided_by"])
    record_act(
        actor=officer,
        verb="participants.verify",
        subject=f"participant:{check.participant.public_id}",
        state=state.value,
        disagreeing=check.disagreeing,
        evidence=evidence,
    )
    return check
