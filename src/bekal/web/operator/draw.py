"""The draw of a wave: its acts, each with its form, for the office."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from bekal.access.models import Role
from bekal.access.services import require_role
from bekal.core import clock
from bekal.core.errors import BekalError, Invalid
from bekal.participants.applications.queries import states_of_wave
from bekal.participants.draw import announcing, services
from bekal.participants.draw.beacon import QUICKNET, TEST_BEACON, Beacon
from bekal.participants.draw.errors import DrawDiffers, NoDraw
from bekal.participants.draw.ordering import order
from bekal.participants.draw.queries import draw_of, draws_of
from bekal.participants.models import ApplicationState, Draw
from bekal.programmes.models import Wave
from bekal.programmes.queries import wave_by_public_id
from bekal.web.draws import shown_draw
from bekal.web.errors import record_fault
from bekal.web.operator.access import officer, officers_only
from bekal.web.operator.fresh import has_fresh_code, require_fresh_code


class DueMissing(Invalid):
    """The form does not say when the value is to be due."""

    code = "due_missing"
    message = _("Type a day and a time for the random value.")


class DueForm(forms.Form):
    """When the random value is to be due, by the clocks of Jakarta."""

    due = forms.DateTimeField(
        label=_("The random value is due at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


@officers_only
@require_GET
def draw(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The draw of a wave and the act that comes next."""
    return _page(request, wave_by_public_id(public_id))


@sensitive_post_parameters("code")
@officers_only
@require_POST
def act(request: HttpRequest, public_id: UUID, deed: str) -> HttpResponse:
    """Do one of the acts, on the draw that the form names."""
    if deed not in _ACTS:
        raise Http404
    wave = wave_by_public_id(public_id)
    do, done = _ACTS[deed]
    try:
        do(request, wave)
    except BekalError as error:
        record_fault(error)
        return _page(request, wave, error)
    messages.success(request, str(done))
    return redirect("operator:draw", public_id)


def beacon_here() -> Beacon:
    """The beacon of the draws of this database: a demo's are decided by the test beacon."""
    return TEST_BEACON if clock.is_demo() else QUICKNET


def _freeze(request: HttpRequest, wave: Wave) -> None:
    form = DueForm(request.POST)
    if not form.is_valid():
        raise DueMissing
    services.freeze(wave=wave, due=form.cleaned_data["due"], beacon=beacon_here(), proposer=officer(request))


def _approve(request: HttpRequest, wave: Wave) -> None:
    require_role(user=officer(request), role=Role.APPROVER)
    require_fresh_code(request)
    services.approve(draw=_named(request, wave), approver=officer(request), seen=request.POST.get("seen", ""))


def _publish(request: HttpRequest, wave: Wave) -> None:
    services.publish(draw=_named(request, wave), actor=officer(request))


def _hand_in(request: HttpRequest, wave: Wave) -> None:
    signature = services.read_signature(request.POST.get("signature", ""))
    services.hand_in_value(draw=_named(request, wave), signature=signature, actor=officer(request))


def _order(request: HttpRequest, wave: Wave) -> None:
    services.require_office(officer(request))
    order(draw=_named(request, wave), actor=officer(request))


def _announce(request: HttpRequest, wave: Wave) -> None:
    require_fresh_code(request)
    announcing.announce(draw=_named(request, wave), actor=officer(request))


def _move_up(request: HttpRequest, wave: Wave) -> None:
    announcing.move_up(draw=_named(request, wave), actor=officer(request))


def _cancel(request: HttpRequest, wave: Wave) -> None:
    require_fresh_code(request)
    services.cancel(draw=_named(request, wave), actor=officer(request), reason=request.POST.get("reason", ""))


_ACTS: Final[dict[str, tuple[Callable[[HttpRequest, Wave], None], Promise]]] = {
    "freeze": (_freeze, _("Frozen. A second person must approve it.")),
    "approve": (_approve, _("Approved. It can be published now.")),
    "publish": (_publish, _("Published. Everybody can download the files now.")),
    "value": (_hand_in, _("The signature is right, and the draw has its value.")),
    "order": (_order, _("Drawn. The results can be downloaded now.")),
    "announce": (_announce, _("Announced. Everybody was told, and the grant is proposed.")),
    "move-up": (_move_up, _("Whoever moved up was told, and the grant is proposed.")),
    "cancel": (_cancel, _("Cancelled. It stays on its public page.")),
}


def _named(request: HttpRequest, wave: Wave) -> Draw:
    """The draw of the wave, if the form was made for it: another one may have begun since the page was opened."""
    found = draw_of(wave)
    if found is None:
        raise NoDraw
    if request.POST.get("draw") != str(found.public_id):
        raise DrawDiffers
    return found


def _page(request: HttpRequest, wave: Wave, error: BekalError | None = None) -> HttpResponse:
    every = draws_of(wave)
    current = next((each for each in every if each.cancelled_at is None), None)
    states = states_of_wave(wave)
    context = {
        "wave": wave,
        "shown": shown_draw(current) if current else None,
        "earlier": [each for each in every if each.cancelled_at is not None],
        "states": [(label, count) for state, label in ApplicationState.choices if (count := states.get(state, 0))],
        "form": DueForm(request.POST if error and "due" in request.POST else None),
        "beacon": beacon_here(),
        "is_closed": wave.registration_closes_at is not None and clock.now() >= wave.registration_closes_at,
        "is_late": services.is_late(wave),
        "can_announce": wave.announces_at is not None and clock.now() >= wave.announces_at,
        "needs_code": not has_fresh_code(request),
        "error": error,
    }
    return render(request, "operator/draw.html", context, status=error.http_status if error else 200)
