"""Buying several trainings together: the confirmation and the receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from bekal.access.models import User
from bekal.catalogue.models import Training
from bekal.catalogue.queries import count_affordable, trainings_by_code
from bekal.core.errors import BekalError, Refused
from bekal.ledger.errors import InsufficientBalance
from bekal.purchases.bundles import buy_bundle, require_bundle
from bekal.purchases.errors import BundleRefused, RequestReused
from bekal.purchases.models import PurchaseStatus
from bekal.purchases.queries import bundle_of, refunds_of, refusal_to_buy_together
from bekal.web.errors import record_fault
from bekal.web.participant.access import ConfirmationIncomplete, participant_of, require_standing
from bekal.web.participant.forms import BundleForm
from bekal.web.participant.reauthentication import authenticated_recently, require_password
from bekal.web.standing import standing_in


@dataclass(frozen=True, slots=True)
class Line:
    """One training of a bundle.

    Attributes:
        refusal: why it cannot be bought now; None where it can.
        seen_idr: the price that the person saw; None where that is still the price.
        after_idr: the balance once it and those before it are bought; None where the bundle cannot be bought.
        fits_alone: whether it can be bought without the others.
    """

    training: Training
    refusal: Refused | None
    seen_idr: int | None
    after_idr: int | None
    fits_alone: bool


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@login_required
def buy_together(request: HttpRequest) -> HttpResponseBase:
    """The confirmation of a bundle, whose trainings are in the address; its form buys all of them or none."""
    user = participant_of(request)
    if request.method != "POST":
        return _confirmation(request, user, request.GET.getlist("training"), key=uuid4())
    form = BundleForm(request.POST)
    codes = request.POST.getlist("training")
    try:
        if not form.is_valid():
            raise ConfirmationIncomplete
        prices_idr = form.cleaned_data["prices_idr"]
        standing = require_standing(user)
        trainings = trainings_by_code(codes)
        if not authenticated_recently(request, user):
            require_password(request, user)
        key = form.cleaned_data["request_key"]
        items = [(training, prices_idr[training.code]) for training in trainings]
        buy_bundle(enrolment=standing.enrolment, items=items, request_key=key)
    except BekalError as error:
        record_fault(error)
        old = None if isinstance(error, RequestReused) else form.cleaned_data.get("request_key")
        seen_idr = form.cleaned_data.get("prices_idr", {})
        return _confirmation(request, user, codes, key=old or uuid4(), error=error, seen_idr=seen_idr)
    return HttpResponse(status=303, headers={"Location": reverse("bundle_receipt", kwargs={"request_key": key})})


@require_safe
@never_cache
@login_required
def bundle_receipt(request: HttpRequest, request_key: UUID) -> HttpResponse:
    """What was bought together, each with the code that opens it."""
    user = participant_of(request)
    purchases = bundle_of(user=user, request_key=request_key)
    refunds = refunds_of(purchases)
    context = {
        "purchases": [(purchase, refunds.get(purchase.pk)) for purchase in purchases],
        "is_left": any(purchase.status == PurchaseStatus.BOUGHT for purchase in purchases),
        "bought_at": purchases[0].bought_at,
        "total_idr": sum(purchase.price_idr for purchase in purchases),
        "standing": standing_in(purchases[0].enrolment),
    }
    return render(request, "participant/bundle_receipt.html", context)


def _confirmation(
    request: HttpRequest,
    user: User,
    codes: Sequence[str],
    *,
    key: UUID,
    error: BekalError | None = None,
    seen_idr: Mapping[str, int] | None = None,
) -> HttpResponse:
    """The confirmation page, or why there is nothing to confirm, as things stand now.

    Args:
        seen_idr: by code, the prices that the person has seen.
    """
    require_bundle(codes)
    trainings = trainings_by_code(codes)
    standing = require_standing(user)
    wallet = standing.wallet
    refusal = refusal_to_buy_together(enrolment=standing.enrolment, trainings=trainings, wallet=wallet, owned=standing.owned)
    reasons = refusal.refusals if isinstance(refusal, BundleRefused) else {}
    total_idr = sum(training.price_idr for training in trainings)
    remaining_idr = wallet.training_idr - total_idr
    context = {
        "standing": standing,
        "lines": _lines(trainings, wallet.training_idr, refusal, seen_idr or {}),
        "is_broken": bool(reasons),
        "possible": [training for training in trainings if training not in reasons],
        "total_idr": total_idr,
        "remaining_idr": remaining_idr,
        "missing_idr": max(-remaining_idr, 0),
        "refusal": refusal,
        "error": error,
        "error_reasons": list(error.refusals.items()) if isinstance(error, BundleRefused) else [],
        "request_key": key,
        "needs_password": not authenticated_recently(request, user),
    }
    if refusal is None and remaining_idr:
        context["rest_fits"] = count_affordable(remaining_idr)
    return render(request, "participant/bundle_confirmation.html", context, status=error.http_status if error else 200)


def _lines(trainings: Sequence[Training], balance_idr: int, refusal: Refused | None, seen_idr: Mapping[str, int]) -> list[Line]:
    reasons = refusal.refusals if isinstance(refusal, BundleRefused) else {}
    # Other refusals forbid every purchase.
    can_spend = refusal is None or isinstance(refusal, BundleRefused | InsufficientBalance)
    return [
        Line(
            training=training,
            refusal=reasons.get(training),
            seen_idr=_other_price(training, seen_idr),
            after_idr=None if refusal else balance_idr - spent_idr,
            fits_alone=can_spend and training not in reasons and training.price_idr <= balance_idr,
        )
        for training, spent_idr in zip(trainings, accumulate(training.price_idr for training in trainings), strict=True)
    ]


def _other_price(training: Training, seen_idr: Mapping[str, int]) -> int | None:
    seen = seen_idr.get(training.code, training.price_idr)
    return None if seen == training.price_idr else seen
