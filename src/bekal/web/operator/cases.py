"""Cases: one list and one page for all kinds."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from bekal.access.models import Role
from bekal.access.services import require_role
from bekal.cases.kinds import KINDS
from bekal.cases.models import Case, CaseKind, CaseState
from bekal.cases.queries import case_by_public_id, decisions_of, open_cases_of, openings_of_case, waiting_in
from bekal.cases.services import approve_decision, cancel_decision, digest_of, open_sealed, propose_decision
from bekal.core.errors import BekalError
from bekal.participants.models import Participant
from bekal.participants.screening.wording import reason_in_words
from bekal.participants.sealed import birth_date_of, name_of
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.fresh import has_fresh_code, require_fresh_code
from bekal.web.operator.wording import finding_in_words

_CASES_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class OpenedPerson:
    """What an officer sees of a person of a case, once it was opened."""

    person: Participant
    name: str
    birth_date: date


@officers_only
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The open cases, the oldest first, of one kind or of all; what the address asks wrongly is left out."""
    asked = request.GET.get("kind", "")
    kind = CaseKind(asked) if asked in CaseKind.values else None
    page = Paginator(open_cases_of(kind), _CASES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "cases": [(case, _reason(case)) for case in page],
        "kinds": CaseKind.choices,
        "kind": kind,
        "count": page.paginator.count,
        "found": {"page": page.number, "pages": page.paginator.num_pages},
        "query": {"kind": kind} if kind else {},
    }
    return render(request, "operator/cases.html", context)


@officers_only
@require_GET
def case(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One case: what was found, what is proposed, and who opened the data."""
    return _page(request, case_by_public_id(public_id))


@officers_only
@require_POST
def open_data(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what is sealed of the people of a case; that an officer did stays in the log, and the person can see it."""
    found = case_by_public_id(public_id)
    try:
        opened = [
            OpenedPerson(person=person, name=name_of(person), birth_date=birth_date_of(person))
            for person in open_sealed(case=found, officer=officer(request))
        ]
    except BekalError as error:
        record_fault(error)
        return _page(request, found, error)
    return _page(request, found, opened=opened)


@officers_only
@require_POST
def propose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Propose what is to be decided."""
    found = case_by_public_id(public_id)
    try:
        propose_decision(
            case=found,
            outcome=request.POST.get("outcome", ""),
            evidence=request.POST.get("evidence", ""),
            proposer=officer(request),
        )
    except BekalError as error:
        record_fault(error)
        return _page(request, found, error)
    messages.success(request, _("Proposed. A second person must approve it before it counts."))
    return redirect("operator:case", public_id)


@sensitive_post_parameters("code")
@officers_only
@require_POST
def approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide as the page showed it."""
    found = case_by_public_id(public_id)
    try:
        require_role(user=officer(request), role=Role.APPROVER)
        require_fresh_code(request)
        approve_decision(case=found, approver=officer(request), seen=request.POST.get("seen", ""))
    except BekalError as error:
        record_fault(error)
        return _page(request, case_by_public_id(public_id), error)
    messages.success(request, _("Decided. The person is told."))
    return redirect("operator:case", public_id)


@officers_only
@require_POST
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Drop what is proposed."""
    found = case_by_public_id(public_id)
    try:
        cancel_decision(case=found, actor=officer(request))
    except BekalError as error:
        record_fault(error)
        return _page(request, found, error)
    messages.success(request, _("Cancelled. Nothing was decided."))
    return redirect("operator:case", public_id)


def _page(
    request: HttpRequest, found: Case, error: BekalError | None = None, opened: list[OpenedPerson] | None = None
) -> HttpResponse:
    decisions = decisions_of(found)
    waiting = waiting_in(decisions)
    is_open = found.state == CaseState.OPEN
    context = {
        "case": found,
        "reason": _reason(found),
        "people": [person for person in (found.participant, found.other) if person is not None],
        "decisions": decisions,
        "waiting": waiting,
        "seen": digest_of(found, waiting) if waiting else "",
        "outcomes": [(outcome.value, outcome.label) for outcome in KINDS[CaseKind(found.kind)].outcomes] if is_open else [],
        "is_open": is_open,
        "openings": openings_of_case(found),
        "opened": opened,
        "needs_code": not has_fresh_code(request),
        "error": error,
        "evidence": request.POST.get("evidence", "") if error else "",
    }
    return render(request, "operator/case.html", context, status=error.http_status if error else 200)


def _reason(case: Case) -> str:
    """What was found, in words."""
    if case.kind == CaseKind.HIT and case.wave is not None:
        return reason_in_words(case.reason, case.wave.programme)
    if case.kind == CaseKind.DOUBLE:
        return _("The same name and birth date as somebody who registered before.")
    return " ".join(finding_in_words(part) for part in case.reason.split(","))
