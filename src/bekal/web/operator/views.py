"""The programme office's pages: waves, their money, their end, the demo's clock, the audit."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from bekal.access.errors import RoleMissing
from bekal.access.models import Role
from bekal.core import clock
from bekal.core.errors import BekalError, Refused
from bekal.ledger.audit import audit as audit_ledger
from bekal.ledger.audit import count_owners
from bekal.ledger.models import RunState
from bekal.ledger.queries import Position, fund_position
from bekal.ledger.runs.queries import runs
from bekal.participants.queries import introduced
from bekal.programmes.clock import last_clock_day, move_clock
from bekal.programmes.definition import load_definition
from bekal.programmes.models import Wave
from bekal.programmes.queries import all_waves, shares_of, waiting_schedules, wave_by_public_id
from bekal.treasury import services as treasury
from bekal.treasury.queries import outlook
from bekal.treasury.runs import WAVE_END
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.deciding import decision
from bekal.web.operator.forms import ClockForm
from bekal.web.operator.fresh import has_fresh_code, require_fresh_code
from bekal.web.operator.screened import screening_context
from bekal.web.operator.shares import by_kind, shares_in_words
from bekal.web.operator.shown import shown, titled

MOST_AUDITED: Final = 300_000
"""So many accounts are audited in about ten seconds; a page ends a statement after fifteen."""
_MOVES_THE_CLOCK: Final = frozenset({Role.OPERATOR, Role.APPROVER})


class LedgerTooLarge(Refused):
    """An audit that a page cannot wait for."""

    code = "ledger_too_large"
    message = gettext_lazy(
        "This ledger has {accounts} accounts, and their audit takes longer than a page may. Have `bekal audit` run on the server;"
        " it says the same."
    )


@officers_only
@require_GET
def waves(request: HttpRequest) -> HttpResponse:
    """Every wave, newest first."""
    found = [(wave, load_definition(wave.programme)) for wave in all_waves()]
    schedules = [(schedule, load_definition(schedule.programme)) for schedule in waiting_schedules()]
    context = {"waves": found, "schedules": schedules, "today": clock.today(), **_clock(request)}
    return render(request, "operator/waves.html", context)


@officers_only
@require_GET
def wave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One wave: where its money is, what will return, and its end."""
    return wave_page(request, wave_by_public_id(public_id))


@officers_only
@require_POST
def propose_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Propose the end of the wave."""
    found = wave_by_public_id(public_id)
    try:
        treasury.propose_wave_end(wave=found, proposer=officer(request))
    except BekalError as error:
        record_fault(error)
        return wave_page(request, found, error)
    messages.success(request, _("Proposed. A second person must approve it before any money moves."))
    return redirect("operator:wave", public_id)


@officers_only
@require_POST
def propose_revocation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Propose to revoke everyone who bought nothing in time."""
    found = wave_by_public_id(public_id)
    try:
        treasury.propose_revocation(wave=found, proposer=officer(request))
    except BekalError as error:
        record_fault(error)
        return wave_page(request, found, error)
    messages.success(request, _("Proposed. A second person must approve it before any money moves."))
    return redirect("operator:wave", public_id)


@sensitive_post_parameters("code")
@officers_only
@require_POST
def set_clock(request: HttpRequest) -> HttpResponse:
    """Move the demo's clock forward."""
    if officer(request).role not in _MOVES_THE_CLOCK:
        raise RoleMissing(role=Role.OPERATOR.label)
    form = ClockForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a day."))
    else:
        try:
            require_fresh_code(request)
            move_clock(day=form.cleaned_data["day"], actor=officer(request))
        except BekalError as error:
            record_fault(error)
            messages.error(request, str(error))
        else:
            messages.success(request, _("The clock was moved."))
    back = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/operator/")
    return redirect(back if allowed else "operator:waves")


@officers_only
@require_POST
def audit(request: HttpRequest) -> HttpResponse:
    """Audit the whole ledger now, if that is a matter of seconds."""
    if (accounts := count_owners()) > MOST_AUDITED:
        raise LedgerTooLarge(accounts=accounts)
    return render(request, "operator/audit.html", {"verdict": audit_ledger(), "at": clock.now()})


def wave_page(request: HttpRequest, found: Wave, error: BekalError | None = None) -> HttpResponse:
    """The page of a wave, with the reason where something was refused on it."""
    of_wave = list(runs(fund=found.fund))
    waiting = [shown(run) for run in reversed(of_wave) if run.state == RunState.PROPOSED and run.kind in WAVE_END]
    today = clock.today()
    position, returning = fund_position(found.fund), outlook(found)
    definition = load_definition(found.programme)
    shares, kept = shares_in_words(definition, by_kind(shares_of(found)))
    context = {
        "wave": found,
        "definition": definition,
        "shares": shares,
        "open_places": (found.places or 0) - kept,
        "today": today,
        "position": position,
        "lines": _lines(position.training, position.incentive),
        "outlook": returning,
        "introduced": introduced(found) if found.places is not None else None,
        # What else waits for this wave is decided on its own page.
        "decision": decision(request, waiting) if waiting else None,
        "runs": [titled(run) for run in of_wave],
        "posting": any(run.state == RunState.APPROVED for run in of_wave),
        "revocable": returning.next_revocation_after is not None and today > returning.next_revocation_after,
        "spending_over": today > found.spend_by,
        **screening_context(found),
        **_clock(request),
        "error": error,
    }
    return render(request, "operator/wave.html", context, status=error.http_status if error else 200)


def _clock(request: HttpRequest) -> dict[str, object]:
    """What the form of the demo's clock needs; nothing where there is none, or for those who look on."""
    if not clock.is_demo() or officer(request).role not in _MOVES_THE_CLOCK:
        return {}
    last = last_clock_day()
    form = ClockForm(initial={"day": clock.today()})
    bounds = {"min": clock.today().isoformat(), "max": last.isoformat(), "aria-describedby": "id_day_helptext"}
    form.fields["day"].widget.attrs |= bounds
    return {"clock_form": form, "last_clock_day": last, "clock_needs_code": not has_fresh_code(request)}


def _lines(training: Position, incentive: Position) -> list[tuple[str, int, int]]:
    """The terms of the identity, with what people read for each."""
    labels = {
        "granted_idr": _("Granted"),
        "remaining_idr": _("Left with participants"),
        "escrow_idr": _("Paid for courses, in escrow"),
        "released_idr": _("Owed or settled to providers"),
        "clearing_idr": _("On its way through a bank"),
        "paid_idr": _("Paid out"),
        "returned_idr": _("Returned"),
    }
    return [(label, getattr(training, name), getattr(incentive, name)) for name, label in labels.items()]
