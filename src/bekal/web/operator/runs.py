"""Runs of every kind: what waits for a second person, what is being posted, what was done."""

from typing import Final
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
from bekal.core.errors import BekalError, NotFound
from bekal.ledger.errors import UnknownRun
from bekal.ledger.models import Run, RunState
from bekal.ledger.runs import queries
from bekal.ledger.runs.services import approve_runs, cancel_runs, post_small
from bekal.programmes.models import Wave
from bekal.programmes.queries import wave_by_fund, wave_by_public_id
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.deciding import decision, require_typed_total
from bekal.web.operator.fresh import require_fresh_code
from bekal.web.operator.shown import shown, titled
from bekal.web.operator.views import wave_page
from bekal.web.operator.wording import skip_in_words

_RUNS_A_PAGE: Final = 50


@officers_only
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every run, newest first, a page at a time; what waits for approval above."""
    page = Paginator(queries.runs(), _RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": [shown(run) for run in queries.runs(states=[RunState.PROPOSED])],
        "runs": [titled(run) for run in page],
        "found": {"page": page.number, "pages": page.paginator.num_pages},
    }
    return render(request, "operator/runs.html", context)


@officers_only
@require_GET
def run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One run: what it does, who proposed and approved it, what was posted and what was skipped."""
    return _run_page(request, queries.run_by_public_id(public_id))


@sensitive_post_parameters("code")
@officers_only
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Approve the runs that the form names, as its page showed them, and post them: large ones in the background."""
    named, wave = _named(request, Role.APPROVER), _wave(request)
    try:
        require_role(user=officer(request), role=Role.APPROVER)
        require_fresh_code(request)
        require_typed_total(request, named)
        approved = approve_runs(runs=named, approver=officer(request), seen=request.POST.get("seen", ""))
    except BekalError as error:
        return _refused(request, named, wave, error)
    posted = post_small(runs=approved)
    messages.success(request, _("Approved and posted.") if posted else _("Approved. It is being posted now."))
    return _back(named, wave)


@officers_only
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Drop the proposed runs that the form names, together."""
    named, wave = _named(request, Role.APPROVER, Role.OPERATOR), _wave(request)
    try:
        cancel_runs(runs=named, actor=officer(request))
    except BekalError as error:
        return _refused(request, named, wave, error)
    messages.success(request, _("Cancelled. Nothing was posted."))
    return _back(named, wave)


def _run_page(request: HttpRequest, found: Run, error: BekalError | None = None) -> HttpResponse:
    context = {
        "shown": (of_kind := shown(found)),
        "decision": decision(request, [of_kind]),
        "run": found,
        "wave": wave_by_fund(found.fund),
        "skipped": [(skip_in_words(reason), targets) for reason, targets in queries.skipped_by_reason(found).items()],
        "error": error,
    }
    return render(request, "operator/run.html", context, status=error.http_status if error else 200)


def _refused(request: HttpRequest, named: list[Run], wave: Wave | None, error: BekalError) -> HttpResponse:
    """The page that the form was on, with the reason."""
    record_fault(error)
    if wave is not None:
        return wave_page(request, wave, error)
    if len(named) == 1:
        return _run_page(request, named[0], error)
    raise error


def _back(named: list[Run], wave: Wave | None) -> HttpResponse:
    if wave is not None:
        return redirect("operator:wave", wave.public_id)
    return redirect("operator:run", named[0].public_id) if len(named) == 1 else redirect("operator:runs")


def _named(request: HttpRequest, *deciding: Role) -> list[Run]:
    """The runs that a form names by their public ids.

    Raises:
        UnknownRun: one of them does not exist, which only officers of the `deciding` roles are told.
    """
    wanted = request.POST.getlist("run")
    found = list(queries.runs().filter(public_id__in=[public_id for text in wanted if (public_id := _uuid(text))]))
    unknown = set(wanted) - {str(run.public_id) for run in found}
    if unknown and officer(request).role in deciding:
        raise UnknownRun(run=min(unknown))
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _wave(request: HttpRequest) -> Wave | None:
    """The wave on whose page the form was, if it was on one."""
    public_id = _uuid(request.POST.get("wave", ""))
    try:
        return wave_by_public_id(public_id) if public_id else None
    except NotFound:
        return None
