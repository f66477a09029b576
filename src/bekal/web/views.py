"""Pages that belong to no one role: the first page, help with a password, and the answer to a watchdog."""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bekal.access.models import Role, User
from bekal.web.participant.views import dashboard
from bekal.web.public.programme import current_programme
from bekal.web.public.views import landing


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponseBase:
    """The first page, by who asks: the programme's rules, the participant's dashboard, the office's desk."""
    user = request.user
    if not isinstance(user, User):
        return landing(request)
    if user.is_officer:
        return redirect("operator:waves")
    if user.role == Role.PROVIDER:
        return redirect("catalogue")
    return dashboard(request, user)


@require_safe
def password_help(request: HttpRequest) -> HttpResponse:
    """Whom to ask for a new password."""
    return render(request, "account/password_help.html", {"current": current_programme()})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process can answer: 200, or 503 when the database is away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return JsonResponse({"status": "unavailable", "database": "away"}, status=503)
    return JsonResponse({"status": "ok"})
