"""Asking for the password again before money moves."""

import time

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from bekal.access.models import User
from bekal.access.passwords import is_password_of
from bekal.core.errors import Forbidden
from bekal.web.network import origin_of


class PasswordWrong(Forbidden):
    """The password is missing or wrong; nothing was done."""

    code = "password_wrong"
    message = _("{reason}")


def authenticated_recently(request: HttpRequest, user: User) -> bool:
    """Whether this session saw the person's password, or a second factor, within the last minutes."""
    latest = max((float(record["at"]) for record in get_authentication_records(request, user)), default=0.0)
    return time.time() - latest < float(app_settings.REAUTHENTICATION_TIMEOUT)


def require_password(request: HttpRequest, user: User) -> None:
    """Check the `password` of the posted form, and note it in the session as an authentication.

    Raises:
        PasswordWrong: with what is wrong.
        TooManyTries: it was not looked at.
    """
    password = request.POST.get("password", "")
    if not password:
        raise PasswordWrong(reason=_("Please type your password."))
    if not is_password_of(user=user, password=password, origin=origin_of(request)):
        raise PasswordWrong(reason=_("This password is not right."))
    reauthenticate_by_password(request)
