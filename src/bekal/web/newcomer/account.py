"""The first pages of a registration: a phone, the code that came to it, and a password."""

from typing import Final
from uuid import UUID

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.messages.errors import NoCodeWaiting
from bekal.messages.newcomers import Newcomer, confirm_newcomer_code, newcomer_of, request_newcomer_code
from bekal.participants.registration.services import register_account
from bekal.web.errors import record_fault
from bekal.web.network import client_network
from bekal.web.newcomer.forms import CodeForm, PasswordForm, PhoneForm

_VISITOR: Final = "bekal.newcomer"
"""Under which a session keeps by what a newcomer is known."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("phone")
def phone(request: HttpRequest) -> HttpResponseBase:
    """The phone with which somebody wants to register; its form sends a code."""
    if request.user.is_authenticated:
        return redirect("register_identity")
    form = PhoneForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "newcomer/phone.html", form)
    try:
        visitor = request_newcomer_code(
            number=form.cleaned_data["phone"], network=client_network(request), former=_visitor(request)
        )
    except BekalError as error:
        return _refused(request, "newcomer/phone.html", form, "phone", error)
    request.session[_VISITOR] = str(visitor)
    return _see("register_code")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("code")
def code(request: HttpRequest) -> HttpResponseBase:
    """The code that came to the phone."""
    visitor, newcomer = _newcomer(request)
    if visitor is None or newcomer is None:
        return redirect("register")
    if newcomer.is_verified:
        return redirect("register_password")
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "newcomer/code.html", form, newcomer=newcomer)
    try:
        confirm_newcomer_code(visitor=visitor, code=form.cleaned_data["code"])
    except BekalError as error:
        return _refused(request, "newcomer/code.html", form, "code", error, newcomer=newcomer)
    return _see("register_password")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def password(request: HttpRequest) -> HttpResponseBase:
    """The password of the new account; its form makes it, and logs in."""
    visitor, newcomer = _newcomer(request)
    if visitor is None or newcomer is None or not newcomer.is_verified:
        return redirect("register_identity" if request.user.is_authenticated else "register")
    form = PasswordForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, "newcomer/password.html", form, newcomer=newcomer)
    try:
        user = register_account(visitor=visitor, password=form.cleaned_data["password"])
    except NoCodeWaiting:
        # The same form came twice: the other one has made the account.
        return redirect("register_identity")
    except BekalError as error:
        return _refused(request, "newcomer/password.html", form, "password", error, newcomer=newcomer)
    del request.session[_VISITOR]
    response: HttpResponse = perform_password_login(request, {}, Login(user=user, redirect_url="/register/identity/"))
    return response


def _newcomer(request: HttpRequest) -> tuple[UUID | None, Newcomer | None]:
    visitor = _visitor(request)
    return visitor, None if visitor is None else newcomer_of(visitor)


def _visitor(request: HttpRequest) -> UUID | None:
    kept = request.session.get(_VISITOR)
    return None if kept is None else UUID(kept)


def _page(request: HttpRequest, template: str, form: Form, *, status: int = 200, **context: object) -> HttpResponse:
    stand_in = settings.BEKAL_SMS_URL if clock.is_demo() else ""
    if form.errors and status == 200:
        status = 422
    return render(request, template, {"form": form, "stand_in": stand_in, **context}, status=status)


def _refused(request: HttpRequest, template: str, form: Form, field: str, error: BekalError, **context: object) -> HttpResponse:
    """The page again, with what was wrong beside its field."""
    record_fault(error)
    form.add_error(field, str(error))
    return _page(request, template, form, status=error.http_status, error=error, **context)


def _see(route: str) -> HttpResponseBase:
    response = redirect(route)
    response.status_code = 303
    return response
