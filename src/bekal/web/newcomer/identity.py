"""Who a newcomer is: one short page a step, kept as one goes, and confirmed on the last one."""

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from bekal.core.errors import BekalError
from bekal.participants.models import Education, Sex
from bekal.participants.registration.queries import STEPS, next_step, participant_with_check
from bekal.participants.registration.services import CONSENT_VERSION, complete_registration, save_step, typed_so_far
from bekal.programmes.provinces import PROVINCES
from bekal.web.errors import record_fault
from bekal.web.newcomer.forms import BackgroundForm, NumbersForm, PersonForm, typed_before
from bekal.web.participant.access import participant_of
from bekal.web.public.programme import current_programme

_FORMS: Final[dict[str, Any]] = {"numbers": NumbersForm, "person": PersonForm, "background": BackgroundForm}
_BEFORE: Final = 3
"""Pages before the first step: phone, code, password."""
PAGES: Final = _BEFORE + len(STEPS) + 1


@require_safe
@never_cache
@login_required
def here(request: HttpRequest) -> HttpResponseBase:
    """Where somebody goes on: the first step that is not done, or the application."""
    user = participant_of(request)
    person, _check = participant_with_check(user)
    if person is not None:
        return redirect("application")
    step = next_step(typed_so_far(user))
    return redirect("register_confirm") if step is None else redirect("register_step", step)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@login_required
def step(request: HttpRequest, name: str) -> HttpResponseBase:
    """One page of questions; its form keeps the answers."""
    user = participant_of(request)
    if name not in STEPS:
        raise Http404
    if participant_with_check(user)[0] is not None:
        return redirect("application")
    typed = typed_so_far(user)
    form = _form(name, request.POST or None, initial=typed_before(typed))
    if request.method != "POST" or not form.is_valid():
        return _step_page(request, name, form)
    save_step(user=user, answers=form.answers())
    after = next_step(typed | form.answers())
    return _see("register_confirm") if after is None else _see("register_step", after)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def confirm(request: HttpRequest) -> HttpResponseBase:
    """Everything that was typed, to be looked at once more; its form registers."""
    user = participant_of(request)
    if participant_with_check(user)[0] is not None:
        return redirect("application")
    if request.method != "POST":
        typed = typed_so_far(user)
        return _confirm_page(request, typed) if next_step(typed) is None else redirect("register_identity")
    agreed = request.POST.get("consent") == str(CONSENT_VERSION)
    try:
        complete_registration(user=user, consent_version=CONSENT_VERSION if agreed else None)
    except BekalError as error:
        record_fault(error)
        return _confirm_page(request, typed_so_far(user), error=error)
    return _see("questions")


def _form(name: str, data: Any, *, initial: dict[str, str]) -> Any:
    if name == "background":
        current = current_programme()
        return BackgroundForm(data, initial=initial, programme=current.definition if current else None)
    return _FORMS[name](data, initial=initial)


def _step_page(request: HttpRequest, name: str, form: forms.Form) -> HttpResponse:
    context = {"form": form, "name": name, "place": _BEFORE + 1 + list(STEPS).index(name), "pages": PAGES, "applying": True}
    return render(request, f"newcomer/{name}.html", context, status=422 if form.errors else 200)


def _confirm_page(request: HttpRequest, typed: dict[str, str], *, error: BekalError | None = None) -> HttpResponse:
    current = current_programme()
    shown = BackgroundForm(programme=current.definition if current else None)
    occupations = dict(shown.fields["occupation"].choices)  # type: ignore[attr-defined]
    context = {
        "typed": typed,
        "born": date.fromisoformat(typed["birth_date"]) if "birth_date" in typed else None,
        "sex": Sex(typed["sex"]).label if "sex" in typed else "",
        "education": Education(typed["education"]).label if "education" in typed else "",
        "occupation": occupations.get(typed.get("occupation", ""), typed.get("occupation", "")),
        "province": PROVINCES.get(typed.get("province", ""), ""),
        "current": current,
        "consent_version": CONSENT_VERSION,
        "error": error,
        "place": PAGES,
        "pages": PAGES,
        "applying": True,
    }
    return render(request, "newcomer/confirm.html", context, status=error.http_status if error else 200)


def _see(route: str, *args: str) -> HttpResponseBase:
    response = redirect(route, *args)
    response.status_code = 303
    return response
