"""Messages that leave the database: how many of which kind, what became of them, and what nobody knows."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from bekal.access.models import Role
from bekal.access.services import require_role
from bekal.core import clock
from bekal.core.errors import BekalError, Invalid
from bekal.messages.models import Channel
from bekal.messages.queries import SHOWN, stopped_at, sums, unknown_deliveries, unknown_kinds
from bekal.messages.senders import sender_of
from bekal.messages.settling import resume_sending, settle_kind, settle_messages
from bekal.messages.templates import title_of
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.fresh import has_fresh_code, require_fresh_code

_OUTCOMES: Final = {"sent": True, "not_sent": False}


class OutcomeMissing(Invalid):
    """The form does not say what became of the messages."""

    code = "outcome_missing"
    message = gettext_lazy("Say whether these messages were sent.")


@officers_only
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """The sums, the unknown messages, and the switch after a restore."""
    return _page(request)


@officers_only
@require_POST
def settle(request: HttpRequest) -> HttpResponse:
    """Say of the messages that the form names, or of all of a kind, whether they were sent."""
    kind = request.POST.get("kind", "")
    try:
        require_role(user=officer(request), role=Role.OPERATOR)
        was_sent = _OUTCOMES.get(request.POST.get("outcome", ""))
        if was_sent is None:
            raise OutcomeMissing
        if kind:
            shown = request.POST.get("shown", "")
            count = settle_kind(template=kind, shown=shown, was_sent=was_sent, actor=officer(request))
        else:
            references = [key for text in request.POST.getlist("message")[:SHOWN] for key in _keys(text)]
            count = settle_messages(references=references, was_sent=was_sent, actor=officer(request))
    except BekalError as error:
        record_fault(error)
        return _page(request, error)
    messages.success(request, ngettext("%(count)s message settled.", "%(count)s messages settled.", count) % {"count": count})
    return redirect("operator:messages")


@sensitive_post_parameters("code")
@officers_only
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Switch sending on again."""
    try:
        require_role(user=officer(request), role=Role.OPERATOR)
        require_fresh_code(request)
        resume_sending(actor=officer(request))
    except BekalError as error:
        record_fault(error)
        return _page(request, error)
    messages.success(request, _("Messages are sent again."))
    return redirect("operator:messages")


def _page(request: HttpRequest, error: BekalError | None = None) -> HttpResponse:
    found = sums()
    context = {
        "sums": [(title_of(each.template), Channel(each.channel).label, each) for each in found],
        "figures": [
            (_("Queued"), sum(each.queued for each in found)),
            (_("Confirmed"), sum(each.confirmed for each in found)),
            (_("Waiting"), sum(each.waiting for each in found)),
            (_("Unknown"), unknown := sum(each.unknown for each in found)),
        ],
        "unknown_kinds": [(title_of(each.template), each) for each in unknown_kinds()] if unknown else [],
        "unknown": [(title_of(each.template), each) for each in unknown_deliveries()] if unknown else [],
        "stopped_at": stopped_at(),
        "is_set": sender_of(Channel.SMS).is_set(),
        "needs_code": not has_fresh_code(request),
        "at": clock.now(),
        "error": error,
    }
    return render(request, "operator/outbox.html", context, status=error.http_status if error else 200)


def _keys(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
