"""What a participant was told."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bekal.messages.channels.in_app.queries import PAGE_MESSAGES, inbox_page
from bekal.messages.channels.in_app.services import mark_read
from bekal.participants.queries import was_enrolled
from bekal.web.participant.access import participant_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """A participant's messages, newest first; its form marks those that it names as read, and passes over what is no message."""
    user = participant_of(request)
    if request.method == "POST":
        mark_read(user=user, public_ids=[key for text in request.POST.getlist("message")[:PAGE_MESSAGES] for key in _keys(text)])
        page = _page(request.POST.get("page", ""))
        return HttpResponseRedirect(reverse("inbox") + (f"?page={page}" if page > 1 else ""), status=303)
    found = inbox_page(user=user, page=_page(request.GET.get("page", "")))
    return render(request, "participant/inbox.html", {"found": found, "applying": not was_enrolled(user)})


def _keys(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
