"""Pages for anyone; a participant also sees what fits the balance."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bekal.access.models import Role, User
from bekal.cases.queries import openings_of
from bekal.catalogue.queries import Order, fields_in_use, search_trainings, training_by_code
from bekal.participants.applications.queries import next_window, wave_taking_applications
from bekal.participants.registration.queries import consents_of, participant_with_check
from bekal.purchases.queries import purchase_of_training, refusal_to_buy
from bekal.web.public.forms import SearchForm
from bekal.web.public.programme import current_programme
from bekal.web.standing import Offer, Standing, is_applying, offer_to, standing_of

_INSTEAD: Final = 6


def landing(request: HttpRequest) -> HttpResponse:
    """What the programme promises, in short, and when one can apply."""
    current = current_programme()
    programme = current.definition.code if current else ""
    wave = wave_taking_applications(programme)
    context = {"current": current, "open_wave": wave, "upcoming": next_window(programme) if wave is None else None}
    return render(request, "public/landing.html", context)


@require_safe
@never_cache
def your_data(request: HttpRequest) -> HttpResponse:
    """What is kept of a person, who of the office opened it, what is erased on request, and what stays."""
    user = request.user
    consents = consents_of(user) if isinstance(user, User) else []
    person, _check = participant_with_check(user) if isinstance(user, User) else (None, None)
    context = {
        "current": current_programme(),
        "consents": consents,
        "is_registered": person is not None,
        "applying": is_applying(user),
        "openings": openings_of(person) if person is not None else [],
    }
    return render(request, "public/your_data.html", context)


@require_safe
@never_cache
def catalogue(request: HttpRequest) -> HttpResponse:
    """Search, filters and pages of trainings, by GET alone."""
    standing = _standing(request)
    can_spend = standing is not None and standing.wallet.can_spend
    form = SearchForm(request.GET.dict(), fields=fields_in_use())
    asked = form.cleaned_data
    fits = can_spend and asked.get("fits", False)
    found = search_trainings(
        text=form.text,
        field=asked.get("field"),
        most_idr=standing.wallet.training_idr if standing and fits else None,
        order=form.order,
        page=asked.get("page") or 1,
    )
    context = {
        "form": form,
        "found": found,
        "instead": _instead(standing) if standing and can_spend and not found.rows else [],
        "offers": [offer_to(standing, training) for training in found.rows],
        "standing": standing,
        "applying": standing is None,
        "can_spend": can_spend,
        "fits": fits,
        "is_narrowed": bool(form.text.strip() or asked.get("field") or fits),
    }
    return render(request, "public/catalogue.html", context)


@require_safe
@never_cache
def training(request: HttpRequest, code: str) -> HttpResponse:
    """One training, and whether this reader can buy it."""
    training = training_by_code(code)
    standing = _standing(request)
    refusal = purchase = None
    if standing is not None:
        enrolment, wallet, owned = standing.enrolment, standing.wallet, standing.owned
        refusal = refusal_to_buy(enrolment=enrolment, training=training, wallet=wallet, owned=owned)
        if training.pk in owned:
            purchase = purchase_of_training(enrolment=enrolment, training=training)
    context = {
        "training": training,
        "standing": standing,
        "applying": standing is None,
        "offer": offer_to(standing, training),
        "refusal": refusal,
        "purchase": purchase,
    }
    return render(request, "public/training.html", context)


def _instead(standing: Standing) -> list[Offer]:
    """For who finds nothing: the newest that the balance can buy, without what is owned."""
    balance_idr = standing.wallet.training_idr
    rows = search_trainings(most_idr=balance_idr, order=Order.NEWEST, limit=_INSTEAD + len(standing.owned)).rows
    return [offer_to(standing, training) for training in rows if training.pk not in standing.owned][:_INSTEAD]


def _standing(request: HttpRequest) -> Standing | None:
    user = request.user
    return standing_of(user) if isinstance(user, User) and user.role == Role.PARTICIPANT else None
