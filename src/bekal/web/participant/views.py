"""Pages for a participant alone."""

from enum import StrEnum
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from bekal.access.models import User
from bekal.catalogue.queries import count_affordable, training_by_code
from bekal.core.errors import BekalError
from bekal.ledger.accounts import training_account
from bekal.ledger.queries import enrolment_position, statement
from bekal.messages.channels.in_app.queries import unread_count
from bekal.participants.models import EnrolmentStatus
from bekal.participants.screening.queries import reason_held_back
from bekal.participants.screening.wording import mend_in_words
from bekal.participants.screening.wording import reason_in_words as why_not_eligible
from bekal.payouts.queries import InstalmentStatus, instalments_of
from bekal.payouts.reasons import needs_another_account, reason_in_words
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import Gate
from bekal.purchases.errors import AlreadyBought, RequestReused
from bekal.purchases.keys import buy_key
from bekal.purchases.models import PurchaseStatus
from bekal.purchases.queries import purchase_of, purchase_of_training, purchases_of, refunds_of, refusal_to_buy
from bekal.purchases.services import buy_training
from bekal.web.errors import record_fault
from bekal.web.participant.access import ConfirmationIncomplete, participant_of, require_standing
from bekal.web.participant.application import home_before_a_wave
from bekal.web.participant.forms import PurchaseForm
from bekal.web.participant.introduction import introduction_page, is_to_be_introduced
from bekal.web.participant.reauthentication import authenticated_recently, require_password
from bekal.web.participant.shelves import shelves_on_page
from bekal.web.participant.wording import gate_in_words, movement
from bekal.web.standing import Standing, offer_to, standing_in, standing_of


class Stage(StrEnum):
    """Where an enrolment is on its way; each has its own words on the dashboard."""

    WAITING = "waiting"
    FIRST = "first"
    FIRST_MISSED = "first_missed"
    SPENDING = "spending"
    SPENT = "spent"
    OVER = "over"
    ENDED = "ended"
    REVOKED = "revoked"

    @property
    def is_over(self) -> bool:
        """Whether the balance can no longer be spent."""
        return self in {Stage.FIRST_MISSED, Stage.OVER, Stage.ENDED, Stage.REVOKED}


def dashboard(request: HttpRequest, user: User) -> HttpResponseBase:
    """The participant's first page: the balance, the days left, what happens to the rest, and what fits."""
    standing, unread = standing_of(user), unread_count(user)
    if standing is None:
        return home_before_a_wave(request, user, unread)
    enrolment, wallet = standing.enrolment, standing.wallet
    if is_to_be_introduced(standing):
        return introduction_page(request, standing)
    purchases = purchases_of(enrolment)
    spent_idr = sum(purchase.price_idr for purchase in purchases if purchase.status == PurchaseStatus.BOUGHT)
    days = (wallet.last_day - enrolment.wave.accepted_on).days + 1
    context = {
        "standing": standing,
        "unread": unread,
        "stage": _stage(standing),
        "definition": load_definition(enrolment.wave.programme),
        "purchases": purchases,
        "had_bought": any(purchase.price_idr for purchase in purchases),
        "spent_idr": spent_idr,
        "spent_percent": _percent(spent_idr, spent_idr + wallet.training_idr),
        "time_percent": _percent(days - wallet.days_left, days),
    }
    if wallet.can_spend and wallet.training_idr:
        context["shelves"] = shelves_on_page(standing)
        context["fitting_count"] = count_affordable(wallet.training_idr)
    if wallet.has_bought or enrolment.status == EnrolmentStatus.ENDED:
        instalments = instalments_of(enrolment)
        context["came_back"] = [
            (found, reason_in_words(found.reason), found.is_same_account and needs_another_account(found.reason))
            for found in instalments
            if found.came_back_on
        ]
        context["lapsed"] = [found for found in instalments if found.status == InstalmentStatus.LAPSED]
        withheld = [found for found in instalments if found.status == InstalmentStatus.WITHHELD]
        if withheld:
            reason = reason_held_back(participant=enrolment.participant_id, wave=enrolment.wave_id)
            context["withheld"] = withheld
            context["held_back_reason"] = why_not_eligible(reason, enrolment.wave.programme)
            context["held_back_mend"] = mend_in_words(reason, enrolment.wave.programme)
        waiting = next((found for found in instalments if found.status == InstalmentStatus.WAITING), None)
        context["waiting"] = waiting
        context["missing"] = [gate_in_words(gate) for gate in waiting.missing] if waiting else []
        # What is far from done is told on request: the first page is short on a phone.
        context["has_begun"] = waiting is not None and len(waiting.missing) < len(Gate)
    if enrolment.status in {EnrolmentStatus.ENDED, EnrolmentStatus.REVOKED}:
        context["returned_idr"] = sum(part.returned_idr for part in enrolment_position(enrolment.number).values())
    return render(request, "participant/dashboard.html", context)


@require_safe
@never_cache
@login_required
def balance(request: HttpRequest) -> HttpResponseBase:
    """Every movement of the participant's training balance, the newest first."""
    standing = standing_of(participant_of(request))
    if standing is None:
        return redirect("home")
    enrolment = standing.enrolment
    purchases = {buy_key(purchase.public_id): purchase for purchase in purchases_of(enrolment)}
    lines = statement(training_account(enrolment.number))
    movements = [movement(line, purchases) for line in reversed(lines)]
    return render(request, "participant/balance.html", {"standing": standing, "movements": movements})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@login_required
def buy(request: HttpRequest, code: str) -> HttpResponseBase:
    """The confirmation of a purchase; its form buys."""
    user = participant_of(request)
    if request.method != "POST":
        return _confirmation(request, user, code, key=uuid4())
    form = PurchaseForm(request.POST)
    try:
        if not form.is_valid():
            raise ConfirmationIncomplete
        standing = require_standing(user)
        training = training_by_code(code)
        if not authenticated_recently(request, user):
            require_password(request, user)
        purchase = buy_training(enrolment=standing.enrolment, training=training, **form.cleaned_data)
    except BekalError as error:
        record_fault(error)
        key = None if isinstance(error, RequestReused) else form.cleaned_data.get("request_key")
        return _confirmation(request, user, code, key=key or uuid4(), error=error)
    address = reverse("receipt", kwargs={"public_id": purchase.public_id})
    return HttpResponse(status=303, headers={"Location": address})


@require_safe
@never_cache
@login_required
def receipt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was bought, with the code that opens it."""
    user = participant_of(request)
    purchase = purchase_of(user=user, public_id=public_id)
    context = {
        "purchase": purchase,
        "standing": standing_in(purchase.enrolment),
        "refund": refunds_of([purchase]).get(purchase.pk),
    }
    return render(request, "participant/receipt.html", context)


def _confirmation(request: HttpRequest, user: User, code: str, *, key: UUID, error: BekalError | None = None) -> HttpResponse:
    """The confirmation page, or why there is nothing to confirm, as things stand now."""
    training = training_by_code(code)
    standing = require_standing(user)
    enrolment, wallet, owned = standing.enrolment, standing.wallet, standing.owned
    refusal = refusal_to_buy(enrolment=enrolment, training=training, wallet=wallet, owned=owned)
    context = {
        "training": training,
        "standing": standing,
        "offer": offer_to(standing, training),
        "refusal": refusal,
        "error": error,
        "request_key": key,
        "needs_password": not authenticated_recently(request, user),
    }
    remaining_idr = wallet.training_idr - training.price_idr
    if refusal is None and remaining_idr:
        context["rest_fits"] = count_affordable(remaining_idr)
    if isinstance(refusal, AlreadyBought):
        context["purchase"] = purchase_of_training(enrolment=enrolment, training=training)
    return render(request, "participant/confirmation.html", context, status=error.http_status if error else 200)


def _stage(standing: Standing) -> Stage:
    enrolment, wallet = standing.enrolment, standing.wallet
    match enrolment.status:
        case EnrolmentStatus.ACCEPTED:
            return Stage.WAITING
        case EnrolmentStatus.REVOKED:
            return Stage.REVOKED
        case EnrolmentStatus.ENDED:
            return Stage.ENDED
    if not wallet.has_bought:
        return Stage.FIRST if wallet.can_spend else Stage.FIRST_MISSED
    if not wallet.can_spend:
        return Stage.OVER
    return Stage.SPENDING if wallet.training_idr else Stage.SPENT


def _percent(part: int, whole: int) -> int:
    return min(max(part * 100 // whole, 0), 100) if whole else 0
