"""Draws for everybody: what was announced, the files, how to check them, and the form that takes the random value."""

import itertools
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bekal.access.models import User
from bekal.core.errors import BekalError, NotFound
from bekal.participants.draw.queries import ANNOUNCEMENT_FILE, FILES, announcement_of, parts_of, public_draw, public_draws
from bekal.participants.draw.services import count_try, hand_in_value, read_signature
from bekal.participants.models import Draw
from bekal.web.draws import shown_draw
from bekal.web.errors import record_fault
from bekal.web.network import client_network
from bekal.web.standing import is_applying

_TYPES: Final = {"json": "application/json", "gz": "application/gzip", "bin": "application/octet-stream"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@require_safe
@never_cache
def draws(request: HttpRequest) -> HttpResponse:
    """Every draw that was published or cancelled, newest first."""
    return render(request, "public/draws.html", {"draws": public_draws(), "applying": is_applying(request.user)})


@require_safe
@never_cache
def draw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One draw."""
    return _page(request, public_draw(public_id))


@require_safe
def file(_request: HttpRequest, public_id: UUID, name: str) -> HttpResponseBase:
    """A file of a draw, which never changes."""
    found = public_draw(public_id)
    if not found.is_published or name not in {ANNOUNCEMENT_FILE, *FILES}:
        raise NotFound(what=_("file"), name=name)
    kind = FILES.get(name)
    content = iter([announcement_of(found)]) if kind is None else parts_of(found, kind)
    first = next(content, None)
    if first is None:
        raise NotFound(what=_("file"), name=name)
    headers = {
        "Content-Disposition": f'attachment; filename="draw-{found.wave.number}-{name}"',
        "Cache-Control": _FOR_EVER,
    }

    return StreamingHttpResponse(itertools.chain([first], content), content_type=_TYPES[name.rpartition(".")[2]], headers=headers)


@require_POST
@never_cache
def hand_in(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the signature of the round that counts, from anybody."""
    found = public_draw(public_id)
    user = request.user
    try:
        signature = read_signature(request.POST.get("signature", ""))
        count_try(network=client_network(request))
        hand_in_value(draw=found, signature=signature, actor=user if isinstance(user, User) else None)
    except BekalError as error:
        record_fault(error)
        return _page(request, public_draw(public_id), error)
    messages.success(request, _("Thank you. The signature is right, and the draw has its value."))
    return redirect("draw", public_id)


def _page(request: HttpRequest, found: Draw, error: BekalError | None = None) -> HttpResponse:
    context = {
        "shown": shown_draw(found),
        "error": error,
        "typed": request.POST.get("signature", "")[:400],
        "applying": is_applying(request.user),
    }
    return render(request, "public/draw.html", context, status=error.http_status if error else 200)
