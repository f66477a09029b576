"""Reading cases."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bekal.access.models import ProposalState
from bekal.cases.models import Case, CaseState, Decision, Opening
from bekal.core.errors import NotFound
from bekal.participants.models import Participant


def open_cases_of(kind: str | None = None) -> QuerySet[Case]:
    """The open cases, of one kind or all, the oldest first."""
    found = Case.objects.filter(state=CaseState.OPEN).select_related("participant", "wave")
    if kind is not None:
        found = found.filter(kind=kind)
    return found.order_by("opened_at", "id")


def case_by_public_id(public_id: UUID) -> Case:
    """One case, with its people and its wave.

    Raises:
        NotFound: there is no such case.
    """
    found = Case.objects.select_related("participant", "other", "wave").filter(public_id=public_id).first()
    if found is None:
        raise NotFound(what=_("case"), name=public_id)
    return found


def decisions_of(case: Case) -> list[Decision]:
    """What was proposed about a case, the newest first, with who did."""
    return list(case.decisions.select_related("proposed_by", "approved_by").order_by("-id"))


def waiting_in(decisions: list[Decision]) -> Decision | None:
    """The decision of these that waits for a second person."""
    return next((decision for decision in decisions if decision.state == ProposalState.PROPOSED), None)


def openings_of_case(case: Case) -> list[Opening]:
    """Who opened what is sealed of the people of a case, the newest first."""
    return list(case.openings.select_related("officer").order_by("-id"))


def openings_of(participant: Participant) -> list[Opening]:
    """Who opened what is sealed of a person, and when, the newest first, with the cases."""
    return list(Opening.objects.filter(participant=participant).select_related("officer", "case").order_by("-id"))
