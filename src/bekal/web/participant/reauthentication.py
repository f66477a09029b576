"""Asking for the password again before money moves."""

import time
from typing import Final

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.forms import ReauthenticateForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.core.errors import BekalError, Forbidden

_TOO_MANY_REQUESTS: Final = 429


class PasswordWrong(Forbidden):
    """The password is missing or wrong; nothing was done."""

    code = "password_wrong"
    message = _("{reason}")


class TooManyTries(BekalError):
    """Passwords were tried too often."""

    code = "too_many_tries"
    http_status = _TOO_MANY_REQUESTS
    message = _("Too many wrong passwords. Wait five minutes, then try again. Your balance was not charged.")


def authenticated_recently(request: HttpRequest, user: User) -> bool:
    """Whether this session saw the person's password, or a second factor, within the last minutes."""
    latest = max((float(record["at"]) for record in get_authentication_records(request, user)), default=0.0)
    return time.time() - latest < float(app_settings.REAUTHENTICATION_TIMEOUT)


def require_password(request: HttpRequest, user: User) -> None:
    """Check the `password` of the posted form, and note it in the session as an authentication.

    Raises:
        PasswordWrong: with what is wrong.
        TooManyTries: this person or this address has tried too often.
    """
    if not ratelimit.consume(request, action="reauthenticate", user=user):
        raise TooManyTries
    form = ReauthenticateForm(user=user, data=request.POST)
    if form.is_valid():
        reauthenticate_by_password(request)
        return
    (problem, *_others) = form.errors.as_data()["password"]
    if problem.code == "too_many_login_attempts":
        raise TooManyTries
    raise PasswordWrong(
        reason=_("Please type your password.") if problem.code == "required" else _("This password is not right.")
    )
