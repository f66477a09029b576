"""Asking for the screening of a wave."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bekal.core.errors import BekalError
from bekal.participants.screening.services import request_screening
from bekal.programmes.queries import wave_by_public_id
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.views import wave_page


@officers_only
@require_POST
def screen(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Have a worker screen everybody who applied to the wave."""
    found = wave_by_public_id(public_id)
    try:
        request_screening(wave=found, actor=officer(request))
    except BekalError as error:
        record_fault(error)
        return wave_page(request, found, error)
    messages.success(request, _("A worker screens everybody now. Open this page again to see what it found."))
    return redirect("operator:wave", public_id)
