"""Correcting what was typed of oneself, while it is not confirmed who one is."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bekal.core.errors import BekalError
from bekal.participants.identity import correct_typed
from bekal.participants.models import IdentityState, Participant, Sex
from bekal.participants.registration.queries import participant_with_check
from bekal.participants.sealed import birth_date_of
from bekal.web.errors import record_fault
from bekal.web.newcomer.forms import BornForm, typed_before
from bekal.web.participant.access import participant_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@login_required
def correct(request: HttpRequest) -> HttpResponseBase:
    """Birth date and sex as they were typed; the form corrects them, or says once more that they are right."""
    person, check = participant_with_check(participant_of(request))
    if person is None or check is None or check.state == IdentityState.CONFIRMED:
        return _to_application(request)
    form = BornForm(request.POST or None, initial=_typed(person))
    if request.method != "POST" or not form.is_valid():
        return render(request, "participant/correct.html", {"form": form, "applying": True}, status=422 if form.errors else 200)
    try:
        state = correct_typed(participant=person, birth_date=form.cleaned_data["birth_date"], sex=Sex(form.cleaned_data["sex"]))
    except BekalError as error:
        record_fault(error)
        form.add_error(None, str(error))
        return render(request, "participant/correct.html", {"form": form, "applying": True}, status=error.http_status)
    if state == IdentityState.CONFIRMED:
        messages.success(request, _("Kept. What you typed agrees with your NIK now."))
    else:
        messages.success(request, _("Kept. It is verified anew, and you are told what was decided."))
    return _to_application(request)


def _typed(person: Participant) -> dict[str, str]:
    return typed_before({"birth_date": birth_date_of(person).isoformat(), "sex": person.sex})


def _to_application(request: HttpRequest) -> HttpResponseBase:
    response = redirect("application")
    if request.method == "POST":
        response.status_code = 303
    return response
