"""The result of an application, for anybody who knows its number and the birth date (cek hasil gelombang)."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bekal.core.errors import BekalError
from bekal.participants.applications.results import look_up_result
from bekal.web.errors import record_fault
from bekal.web.network import client_network
from bekal.web.newcomer.forms import BirthDateForm
from bekal.web.participant.application import application_context
from bekal.web.standing import is_applying

_MOST_CHARACTERS: Final = 40


class ResultForm(BirthDateForm):
    """The registration number and the birth date."""

    number = forms.CharField(label=_("Registration number"), max_length=_MOST_CHARACTERS)

    field_order = ("number", "birth_day", "birth_month", "birth_year")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def result(request: HttpRequest) -> HttpResponse:
    """Ask for a result; it is shown on the page that the form answers with, and kept nowhere."""
    form = ResultForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "applying": is_applying(request.user)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "public/result.html", context, status=422 if form.errors else 200)
    try:
        found = look_up_result(
            number=form.cleaned_data["number"],
            birth_date=form.cleaned_data["birth_date"],
            network=client_network(request),
        )
    except BekalError as error:
        record_fault(error)
        form.add_error("number" if error.code == "number_mistyped" else None, str(error))
        return render(request, "public/result.html", context, status=error.http_status)
    return render(request, "public/result_found.html", {**context, **application_context(found)})
