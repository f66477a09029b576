"""The one screen that somebody who was drawn reads before the first page: what the balance is, and what happens to it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bekal.core import clock
from bekal.participants.models import EnrolmentStatus
from bekal.participants.services import acknowledge_introduction
from bekal.programmes.definition import load_definition
from bekal.web.participant.access import participant_of
from bekal.web.standing import Standing, standing_of


def is_to_be_introduced(standing: Standing) -> bool:
    """Whether the person has a balance that can be spent, and has not read yet what it is."""
    introduction = getattr(standing.enrolment, "introduction", None)
    is_open = standing.enrolment.status == EnrolmentStatus.GRANTED and standing.wallet.can_spend
    return introduction is not None and introduction.acknowledged_at is None and is_open


def introduction_page(request: HttpRequest, standing: Standing) -> HttpResponse:
    """The screen itself. Whose days do not run yet is told how many there are, since they begin with this."""
    enrolment, definition = standing.enrolment, load_definition(standing.enrolment.wave.programme)
    days_until_end = (enrolment.wave.spend_by - clock.today()).days + 1
    context = {
        "standing": standing,
        "wallet": standing.wallet,
        "definition": definition,
        "days_run": enrolment.first_purchase_by is not None,
        "days": min(definition.training.first_purchase_within_days, days_until_end),
    }
    return render(request, "participant/introduction.html", context)


@require_POST
@never_cache
@login_required
def read(request: HttpRequest) -> HttpResponseBase:
    """Note that it was read, and go to the first page."""
    standing = standing_of(participant_of(request))
    if standing is not None:
        acknowledge_introduction(enrolment=standing.enrolment)
    response = redirect("home")
    response.status_code = 303
    return response
