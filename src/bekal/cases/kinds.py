"""What each kind of case can be decided to, and what follows from it in the rooms below."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bekal.access.models import User
from bekal.cases.errors import CaseDiffers
from bekal.cases.models import Case, CaseKind, Outcome
from bekal.participants.draw.announcing import settle_withheld
from bekal.participants.identity import decide_identity
from bekal.participants.models import Application, ApplicationState
from bekal.participants.screening.queries import reason_held_back
from bekal.participants.screening.services import decide_hit, exclude_double


@dataclass(frozen=True, slots=True)
class Approved:
    """A decision that a second person has just approved."""

    case: Case
    outcome: Outcome
    evidence: str
    proposed_at: datetime
    operator: User
    approver: User


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of case can be decided to, and what carries a decision out."""

    outcomes: tuple[Outcome, ...]
    carry_out: Callable[[Approved], None]


def _verify(approved: Approved) -> None:
    check = decide_identity(
        participant=approved.case.participant,
        confirmed=approved.outcome is Outcome.CONFIRMED,
        evidence=approved.evidence,
        officer=approved.operator,
    )
    # Whoever has corrected what was typed is looked at anew. Asked last, since the person is locked by now.
    if check.opened_at > approved.proposed_at:
        raise CaseDiffers


def _settle_hit(approved: Approved) -> None:
    case, is_cleared = approved.case, approved.outcome is Outcome.CLEARED
    if case.wave is None:
        raise TypeError("a hit is of a wave")
    decide_hit(participant=case.participant, wave=case.wave, reason=case.reason, is_cleared=is_cleared)
    withheld = Application.objects.filter(participant=case.participant, wave=case.wave, state=ApplicationState.WITHHELD).first()
    if withheld is None or (is_cleared and reason_held_back(participant=case.participant.pk, wave=case.wave.pk)):
        return
    settle_withheld(application=withheld, is_accepted=is_cleared, actor=approved.approver)


def _settle_double(approved: Approved) -> None:
    case = approved.case
    if case.other is None:
        raise TypeError("a double is of two people")
    if approved.outcome is Outcome.ONE_PERSON:
        exclude_double(participant=case.participant, first=case.other)


KINDS: Final[Mapping[CaseKind, Kind]] = {
    CaseKind.VERIFICATION: Kind((Outcome.CONFIRMED, Outcome.REFUSED), _verify),
    CaseKind.HIT: Kind((Outcome.CLEARED, Outcome.EXCLUDED), _settle_hit),
    CaseKind.DOUBLE: Kind((Outcome.TWO_PEOPLE, Outcome.ONE_PERSON), _settle_double),
}
