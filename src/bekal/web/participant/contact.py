"""A participant's phone: added, confirmed by a code, and what comes to it."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from bekal.access.models import User
from bekal.core import clock
from bekal.core.errors import BekalError
from bekal.messages.codes import confirm_code, has_valid_code, request_code
from bekal.messages.contacts import choose_topics, phones_of, wanted_topics
from bekal.messages.topics import OPTIONAL, REQUIRED, Topic
from bekal.participants.queries import was_enrolled
from bekal.web.errors import record_fault
from bekal.web.network import origin_of
from bekal.web.participant.access import participant_of
from bekal.web.participant.reauthentication import authenticated_recently, require_password


@require_safe
@never_cache
@login_required
def contact(request: HttpRequest) -> HttpResponse:
    """The page of the participant's contact details."""
    return _page(request, participant_of(request))


@require_POST
@never_cache
@sensitive_post_parameters("password", "phone")
@login_required
def phone(request: HttpRequest) -> HttpResponse:
    """Send a code to the number that the form names."""
    user = participant_of(request)
    try:
        if not authenticated_recently(request, user):
            require_password(request, user)
        request_code(user=user, number=request.POST.get("phone", ""), origin=origin_of(request))
    except BekalError as error:
        record_fault(error)
        return _page(request, user, phone_error=error)
    messages.success(request, _("A code is on its way to your phone. Type it below."))
    return _back("id_code")


@require_POST
@never_cache
@sensitive_post_parameters("code")
@login_required
def code(request: HttpRequest) -> HttpResponse:
    """Verify the number that waits."""
    user = participant_of(request)
    try:
        confirm_code(user=user, code=request.POST.get("code", ""))
    except BekalError as error:
        record_fault(error)
        return _page(request, user, code_error=error)
    messages.success(request, _("Your phone is confirmed."))
    return _back()


@require_POST
@never_cache
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep which topics come by SMS."""
    user = participant_of(request)
    asked = set(request.POST.getlist("topic"))
    choose_topics(user=user, wanted=[topic for topic in Topic if topic in asked])
    messages.success(request, _("Your choice is kept."))
    return _back()


def _page(
    request: HttpRequest, user: User, *, phone_error: BekalError | None = None, code_error: BekalError | None = None
) -> HttpResponse:
    verified, waiting = phones_of(user)
    wanted = wanted_topics(user)
    error = phone_error or code_error
    context = {
        "applying": not was_enrolled(user),
        "verified": verified,
        "waiting": waiting,
        "is_code_valid": waiting is not None and has_valid_code(user),
        "required": [topic.label for topic in Topic if topic in REQUIRED],
        "optional": [(topic, topic in wanted) for topic in OPTIONAL],
        "needs_password": not authenticated_recently(request, user),
        "phone_error": phone_error,
        "code_error": code_error,
        "error": error,
        "stand_in": settings.BEKAL_SMS_URL if clock.is_demo() else "",
    }
    return render(request, "participant/contact.html", context, status=error.http_status if error else 200)


def _back(anchor: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("contact") + (f"#{anchor}" if anchor else ""), status=303)
