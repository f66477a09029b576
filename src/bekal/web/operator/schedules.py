"""Waves that are proposed: the form, and the page on which a second person approves one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bekal.access.models import Role
from bekal.access.services import cancel as cancel_proposal
from bekal.access.services import require_role
from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.programmes.definition import available_definitions, load_definition
from bekal.programmes.models import WaveSchedule
from bekal.programmes.queries import all_waves, schedule_by_public_id
from bekal.programmes.scheduling import ScheduleWrong, digest_of
from bekal.treasury.waves import approve_wave, returned_money, schedule_wave
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.deciding import is_large, require_typed
from bekal.web.operator.fresh import has_fresh_code, require_fresh_code
from bekal.web.operator.schedule_form import ScheduleForm
from bekal.web.operator.shares import shares_in_words


@officers_only
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Propose a wave of the programme that the address names, or of the newest wave's."""
    require_role(user=officer(request), role=Role.OPERATOR)
    definition = load_definition(_programme(request))
    form = ScheduleForm(request.POST or None, definition=definition, returned=returned_money())
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                schedule = schedule_wave(plan=form.plan(), proposer=officer(request))
            except ScheduleWrong as error:
                form.show(error)
            else:
                messages.success(request, _("Proposed. A second person must approve it before anything opens."))
                return redirect("operator:schedule", schedule.public_id)
    others = [load_definition(code) for code in available_definitions() if code != definition.code]
    context = {"form": form, "definition": definition, "others": others}
    return render(request, "operator/schedule_new.html", context, status=status)


@officers_only
@require_GET
def schedule(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A proposed wave as it would be opened, or what was decided about it."""
    return _page(request, schedule_by_public_id(public_id))


@sensitive_post_parameters("code")
@officers_only
@require_POST
def approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the wave as its page showed it."""
    found = schedule_by_public_id(public_id)
    try:
        require_role(user=officer(request), role=Role.APPROVER)
        require_fresh_code(request)
        require_typed(request, found.cost_idr)
        opened = approve_wave(schedule=found, approver=officer(request), seen=request.POST.get("seen", ""))
    except BekalError as error:
        record_fault(error)
        return _page(request, schedule_by_public_id(public_id), error)
    messages.success(request, _("The wave is opened."))
    return redirect("operator:wave", opened.wave.public_id if opened.wave else public_id)


@officers_only
@require_POST
def cancel(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Drop a proposed wave."""
    found = schedule_by_public_id(public_id)
    try:
        cancel_proposal(proposal=found, actor=officer(request))
    except BekalError as error:
        record_fault(error)
        return _page(request, schedule_by_public_id(public_id), error)
    messages.success(request, _("Cancelled. No wave was opened."))
    return redirect("operator:schedule", public_id)


def _page(request: HttpRequest, found: WaveSchedule, error: BekalError | None = None) -> HttpResponse:
    definition = load_definition(found.programme)
    accepted_on = clock.day_of(found.announces_at)
    shares, kept = shares_in_words(definition, found.shares)
    context = {
        "schedule": found,
        "definition": definition,
        "accepted_on": accepted_on,
        "first_purchase_by": definition.first_purchase_last_day(accepted_on),
        "reserve_by": definition.reserve_last_day(accepted_on),
        "spend_by": definition.last_day_to_spend(accepted_on),
        "shares": shares,
        "kept": kept,
        "open_places": found.places - kept,
        "sources": found.sources.select_related("wave").order_by("id"),
        "seen": digest_of(found),
        "types_total": officer(request).role == Role.APPROVER and is_large(found.cost_idr),
        "needs_code": not has_fresh_code(request),
        "error": error,
    }
    return render(request, "operator/schedule.html", context, status=error.http_status if error else 200)


def _programme(request: HttpRequest) -> str:
    asked = request.POST.get("programme") or request.GET.get("programme")
    newest = next(iter(all_waves()), None)
    return asked or (newest.programme if newest else available_definitions()[0])
