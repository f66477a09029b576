"""Who may enter the programme office's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache

from bekal.access.errors import OfficersOnly, SecondFactorMissing
from bekal.access.models import User

P = ParamSpec("P")


def officers_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let in officers who logged in with a second factor; everyone else gets a typed error, or the login page.

    No browser keeps these pages: someone else may use it next.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            # What was sent is lost with the session; its address is no page to come back to.
            return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("operator:waves"))
        if not officer(request).is_officer:
            raise OfficersOnly
        if not any(record["method"] == "mfa" for record in get_authentication_records(request, request.user)):
            raise SecondFactorMissing
        return view(request, *args, **kwargs)

    return guarded


def officer(request: HttpRequest) -> User:
    """The user of a request whose login was checked."""
    if not isinstance(request.user, User):
        raise TypeError("a login is required first")
    return request.user
