"""The log of acts, for the auditor."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bekal.access.models import Act, Role
from bekal.access.queries import acts_page
from bekal.access.services import require_role
from bekal.core.money import format_idr
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.wording import act_in_words, detail_in_words


class PageForm(forms.Form):
    """Which page of which part of the log."""

    of = forms.ChoiceField(required=False, choices=[("", ""), ("logins", "logins")])
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@officers_only
@require_GET
def acts(request: HttpRequest) -> HttpResponse:
    """Who did what and when, newest first; logins apart, since they are many. What the address asks wrongly is left out."""
    require_role(user=officer(request), role=Role.AUDITOR)
    form = PageForm(request.GET)
    form.is_valid()
    of_logins = form.cleaned_data.get("of") == "logins"
    page = acts_page(of_logins=of_logins, before=form.cleaned_data.get("before"))
    found = [(act, act_in_words(act.verb), _details(act)) for act in page.acts]
    return render(request, "operator/acts.html", {"acts": found, "older": page.older, "of_logins": of_logins})


def _details(act: Act) -> list[tuple[str, object]]:
    """What the log holds of an act beside its subject, in words; sums are written as everywhere else."""
    known = {name: value for name, value in act.details.items() if value is not None}
    return [(detail_in_words(name), format_idr(value) if name.endswith("_idr") else value) for name, value in known.items()]
