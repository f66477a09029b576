"""Opening cases, and deciding them: one person proposes, another approves, and the room below takes the state."""

import hashlib
import json
from typing import Final

from django.db import IntegrityError, connection, transaction

from bekal.access.models import ProposalState, Role, User
from bekal.access.services import approving, proposing, record_act, require_role
from bekal.access.services import cancel as cancel_proposal
from bekal.cases.errors import CaseDecided, CaseDiffers, DecisionPending, NothingProposed, OutcomeUnknown
from bekal.cases.kinds import KINDS, Approved
from bekal.cases.messages import TEMPLATES
from bekal.cases.models import Case, CaseKind, CaseState, Decision, DoublesSearch, Opening, Outcome
from bekal.core import clock
from bekal.core.names import clean_name
from bekal.core.sql import load_sql
from bekal.messages.services import write
from bekal.participants.errors import EvidenceMissing
from bekal.participants.models import EVIDENCE_CHARACTERS, Participant, Screening
from bekal.programmes.models import Wave

OPEN_JOB: Final = "cases.open"


@transaction.atomic
def open_cases() -> int:
    """Open a case for whatever waits below and has none, and close those that were settled elsewhere; how many were opened.

    Doubles are looked for once after each screening, among those who applied to its wave.
    """
    values = {"now": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("cases", "close"), values)
        cursor.execute(load_sql("cases", "open"), values)
        opened = int(cursor.rowcount)
    for screening in Screening.objects.filter(finished_at__isnull=False, doubles_search=None).select_related("wave"):
        opened += find_doubles(wave=screening.wave)
        DoublesSearch.objects.get_or_create(screening=screening, defaults={"searched_at": clock.now()})
    return opened


@transaction.atomic
def find_doubles(*, wave: Wave) -> int:
    """Open a case for everybody who applied to a wave and has the name and birth date of somebody before; how many."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("cases", "doubles"), {"wave": wave.pk, "now": clock.now()})
        return int(cursor.rowcount)


def propose_decision(*, case: Case, outcome: str, evidence: str, proposer: User) -> Decision:
    """Propose what is to be decided.

    Args:
        outcome: one of those of the case's kind.
        evidence: what was seen, for the second person and the auditor, such as the number of a letter; never an identity number.

    Raises:
        RoleMissing: the proposer is not an operator.
        OutcomeUnknown: the kind has no such outcome.
        EvidenceMissing: nothing was named, or more than 200 characters.
        CaseDecided: the case is no longer open.
        DecisionPending: a decision waits already.
    """
    if outcome not in KINDS[CaseKind(case.kind)].outcomes:
        raise OutcomeUnknown
    evidence = clean_name(evidence)
    if not 1 <= len(evidence) <= EVIDENCE_CHARACTERS or "\0" in evidence:
        raise EvidenceMissing
    try:
        with transaction.atomic():
            found = _held(case)
            with proposing(proposal=Decision(case=found, outcome=outcome, evidence=evidence), proposer=proposer) as decision:
                return decision
    except IntegrityError as error:
        raise DecisionPending from error


@transaction.atomic
def approve_decision(*, case: Case, approver: User, seen: str) -> Case:
    """Decide as it is proposed, in the room below too, and tell the person.

    Args:
        seen: what `digest_of` the case was when it was shown to the approver.

    Raises:
        RoleMissing, SamePerson: not a second person with the approver's role.
        NothingProposed, CaseDecided: no decision waits, or the case is no longer open.
        CaseDiffers: it is not as it was shown, or the person has corrected what was typed since it was proposed.
        Whatever the room below raises where it cannot be so any more, such as IdentityDecided, NikTakesPart, NotEligible.
    """
    decision = _waiting(case)
    with approving(proposal=decision, approver=approver) as approved:
        found = _held(case)
        if seen != digest_of(found, approved):
            raise CaseDiffers
        outcome = Outcome(approved.outcome)
        KINDS[CaseKind(found.kind)].carry_out(
            Approved(
                case=found,
                outcome=outcome,
                evidence=approved.evidence,
                proposed_at=approved.proposed_at,
                operator=approved.proposed_by,
                approver=approver,
            )
        )
        found.state, found.outcome, found.decided_at = CaseState.DECIDED, outcome, clock.now()
        found.save(update_fields=["state", "outcome", "decided_at"])
        _tell(found, outcome)
    return found


def cancel_decision(*, case: Case, actor: User) -> Decision:
    """Drop what is proposed.

    Raises:
        RoleMissing: the actor is neither the proposer nor an approver.
        NothingProposed: no decision waits.
    """
    return cancel_proposal(proposal=_waiting(case), actor=actor)


@transaction.atomic
def open_sealed(*, case: Case, officer: User) -> list[Participant]:
    """Note that an officer opens what is sealed of the people of a case, who can see that; returns them.

    Raises:
        RoleMissing: an auditor, who looks on.
        CaseDecided: the case is no longer open.
    """
    if officer.role not in {Role.OPERATOR, Role.APPROVER}:
        require_role(user=officer, role=Role.OPERATOR)
    found = _held(case)
    people = [person for person in (found.participant, found.other) if person is not None]
    now = clock.now()
    Opening.objects.bulk_create(Opening(case=found, participant=person, officer=officer, opened_at=now) for person in people)
    record_act(actor=officer, verb="cases.open_data", subject=f"case:{found.public_id}")
    return people


def digest_of(case: Case, decision: Decision) -> str:
    """What a person is shown before deciding, as a digest."""
    shown = [
        *(str(case.public_id), case.kind, case.state, case.participant_id, case.other_id, case.wave_id, case.reason),
        *(str(decision.public_id), decision.outcome, decision.evidence, decision.proposed_by_id),
    ]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def _held(case: Case) -> Case:
    found = Case.objects.select_for_update(of=("self",)).select_related("participant__user", "other", "wave").get(pk=case.pk)
    if found.state != CaseState.OPEN:
        raise CaseDecided
    return found


def _waiting(case: Case) -> Decision:
    found = Decision.objects.select_related("case").filter(case=case, state=ProposalState.PROPOSED).first()
    if found is None:
        raise NothingProposed
    return found


def _tell(case: Case, outcome: Outcome) -> None:
    template, user = TEMPLATES.get(outcome), case.participant.user
    if template is not None and user is not None:
        write(recipient=user, template=template.code, about=case.public_id)
