"""A participant's application to a wave: whether one can apply, where it stands and why, and taking it back."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from bekal.access.models import User
from bekal.core import clock
from bekal.core.errors import BekalError, NotFound
from bekal.messages.contacts import verified_phones
from bekal.participants.applications.errors import NotWithdrawable, NoWindow
from bekal.participants.applications.hindrances import hindrance
from bekal.participants.applications.queries import application_of, next_window, wave_taking_applications
from bekal.participants.applications.services import OPEN, UNDECIDED, apply_for_wave, withdraw_application
from bekal.participants.draw.queries import draw_of, drawn, row_and_proof_of
from bekal.participants.models import Application, ApplicationState, Draw, IdentityCheck, IdentityState, Participant
from bekal.participants.registration.answers import next_question
from bekal.participants.registration.queries import participant_with_check
from bekal.participants.screening.wording import mend_in_words, reason_in_words
from bekal.programmes.definition import Programme
from bekal.programmes.models import Wave
from bekal.web.errors import record_fault
from bekal.web.participant.access import participant_of
from bekal.web.public.programme import current_programme


@dataclass(frozen=True, slots=True)
class Prospect:
    """What somebody who is registered and takes part in no wave can do: `wave` takes applications now, `upcoming` will next."""

    definition: Programme | None
    wave: Wave | None
    upcoming: Wave | None
    application: Application | None
    check: IdentityCheck | None
    has_phone: bool
    has_questions: bool
    hindrance: str

    @property
    def is_refused(self) -> bool:
        """Whether an officer or the registry did not confirm who the person is."""
        return self.check is not None and self.check.state == IdentityState.REFUSED

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be found out who the person is."""
        return self.check is not None and self.check.state == IdentityState.TO_BE_VERIFIED

    @property
    def can_apply(self) -> bool:
        """Whether `apply` would be taken now."""
        return self.may_apply and self.has_phone and not self.has_questions

    @property
    def may_apply(self) -> bool:
        """Whether the person can apply now, once phone and questions are seen to."""
        application = self.application
        if self.wave is None or self.is_refused or self.hindrance:
            return False
        if application is None or application.state == ApplicationState.WITHDRAWN:
            return True
        return application.wave != self.wave and application.state not in OPEN

    @property
    def can_withdraw(self) -> bool:
        """Whether `withdraw` would be taken now."""
        application = self.application
        if application is None or application.state not in UNDECIDED:
            return False
        closes_at = application.wave.registration_closes_at
        return closes_at is not None and clock.now() < closes_at


def prospect_of(user: User, person: Participant, check: IdentityCheck | None) -> Prospect:
    """Where somebody who is registered stands, in eight queries."""
    current = current_programme()
    programme = current.definition.code if current else ""
    wave = wave_taking_applications(programme)
    return Prospect(
        definition=current.definition if current else None,
        wave=wave,
        upcoming=next_window(programme) if wave is None else None,
        application=application_of(person),
        check=check,
        has_phone=user.pk in verified_phones([user.pk]),
        hindrance=hindrance(person, wave) if wave is not None else "",
        has_questions=current is not None and next_question(person, current.definition) is not None,
    )


def home_before_a_wave(request: HttpRequest, user: User, unread: int) -> HttpResponseBase:
    """The first page of somebody who takes part in no wave: where the registration or the application goes on."""
    person, check = participant_with_check(user)
    prospect = None if person is None else prospect_of(user, person, check)
    return render(request, "participant/not_enrolled.html", {"unread": unread, "prospect": prospect, "applying": True})


@require_safe
@never_cache
@login_required
def application(request: HttpRequest) -> HttpResponseBase:
    """The page of the application."""
    return _page(request, participant_of(request))


@require_safe
@never_cache
@login_required
def own_row(request: HttpRequest) -> HttpResponseBase:
    """The row of the application in the file of its draw, with its proof, as a file to keep."""
    person, _check = participant_with_check(participant_of(request))
    found = None if person is None else application_of(person)
    row = None if found is None else row_and_proof_of(found)
    if found is None or row is None:
        raise NotFound(what=_("row"), name=_("of your own"))
    headers = {"Content-Disposition": f'attachment; filename="draw-{found.wave.number}-own-row.json"'}
    return JsonResponse({**row.written(), "registration_number": found.number}, headers=headers)


@require_POST
@never_cache
@login_required
def apply(request: HttpRequest) -> HttpResponseBase:
    """Apply to the wave that takes applications now."""
    user = participant_of(request)
    person, check = participant_with_check(user)
    if person is None:
        return redirect("register_identity")
    prospect = prospect_of(user, person, check)
    try:
        if prospect.wave is None:
            raise NoWindow
        groups = {group.code for group in prospect.definition.eligibility.priority_groups} if prospect.definition else set()
        asked = [code for code in request.POST.getlist("group") if code in groups]
        apply_for_wave(participant=person, wave=prospect.wave, priority_groups=asked)
    except BekalError as error:
        record_fault(error)
        return _page(request, user, error=error)
    messages.success(request, _("You have applied. Keep your registration number."))
    return _back()


@require_POST
@never_cache
@login_required
def withdraw(request: HttpRequest) -> HttpResponseBase:
    """Take the application back."""
    user = participant_of(request)
    person, _check = participant_with_check(user)
    found = None if person is None else application_of(person)
    try:
        if found is None:
            raise NotWithdrawable
        withdraw_application(application=found)
    except BekalError as error:
        record_fault(error)
        return _page(request, user, error=error)
    messages.success(request, _("Your application is withdrawn."))
    return _back()


def _page(request: HttpRequest, user: User, *, error: BekalError | None = None) -> HttpResponseBase:
    person, check = participant_with_check(user)
    if person is None:
        return redirect("register_identity")
    prospect = prospect_of(user, person, check)
    context = {"prospect": prospect, "error": error, **application_context(prospect.application)}
    if prospect.hindrance:
        programme = prospect.definition.code if prospect.definition else ""
        context["hindrance"] = reason_in_words(prospect.hindrance, programme)
        context["hindrance_mend"] = mend_in_words(prospect.hindrance, programme)
    # Who takes part has a balance to go to.
    context["applying"] = prospect.application is None or prospect.application.state != ApplicationState.ACCEPTED
    if prospect.application is not None and context["draw"] is not None:
        context["own_row"] = row_and_proof_of(prospect.application)
        context["drawn"] = drawn(prospect.application)
    return render(request, "participant/application.html", context, status=error.http_status if error else 200)


def application_context(application: Application | None) -> dict[str, object]:
    """What a page says of an application: itself, its state, and in words why and what can be done."""
    if application is None:
        return {"application": None}
    programme = application.wave.programme
    return {
        "application": application,
        "draw": published_draw(application.wave),
        "reason": reason_in_words(application.reason, programme) if application.reason else "",
        "mend": mend_in_words(application.reason, programme) if application.reason else "",
    }


def published_draw(wave: Wave) -> Draw | None:
    """The draw of a wave, from its publication on."""
    draw = draw_of(wave)
    return draw if draw is not None and draw.is_published else None


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("application"), status=303)
