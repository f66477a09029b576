"""Asking for a fresh one-time code before money moves, or time."""

import time

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.mfa.base.internal.flows import post_authentication
from django.http import HttpRequest

from bekal.access.codes import use_code
from bekal.access.errors import CodeNeeded
from bekal.web.network import origin_of
from bekal.web.operator.access import officer


def has_fresh_code(request: HttpRequest) -> bool:
    """Whether this session saw a one-time code of its officer within the last five minutes."""
    records = get_authentication_records(request, officer(request))
    latest = max((float(record["at"]) for record in records if record["method"] == "mfa"), default=0.0)
    return time.time() - latest < float(app_settings.REAUTHENTICATION_TIMEOUT)


def require_fresh_code(request: HttpRequest) -> None:
    """Use up the `code` of the posted form unless the session saw one lately, and note it in the session.

    Raises:
        CodeNeeded: the form has none.
        CodeWrong, TooManyTries, NoSecondFactor: as `use_code`.
    """
    if has_fresh_code(request):
        return
    code = request.POST.get("code", "").strip()
    if not code:
        raise CodeNeeded
    authenticator = use_code(user=officer(request), code=code, origin=origin_of(request))
    post_authentication(request, authenticator, reauthenticated=True)
