"""What happens to a purchase after it was made: redeemed, attended, completed, rated; and when its provider has earned the price.

Every step is judged under the lock of the training account, as buying and refunding are. A step that was made already changes
nothing and gives the purchase as it is.
"""

from contextlib import suppress
from typing import Final

from django.db import transaction

from bekal.core import clock
from bekal.core.names import clean_text
from bekal.ledger.accounts import escrow_pool, payable_pool, training_account
from bekal.ledger.errors import AccountClosed, WouldOverdraw
from bekal.ledger.queries import can_give_idr
from bekal.ledger.services import lock_owner, post
from bekal.participants.models import EnrolmentStatus
from bekal.programmes.definition import load_definition
from bekal.programmes.definition.kinds import ReleaseMilestone
from bekal.purchases.codes import typed_redeem_code
from bekal.purchases.errors import (
    AlreadyRated,
    BadRating,
    NotCompleted,
    NotRedeemed,
    ParticipationRevoked,
    PurchaseRefunded,
    TrainingTimeOver,
    UnknownRedeemCode,
)
from bekal.purchases.keys import release_key
from bekal.purchases.models import MOST_STARS, REVIEW_CHARACTERS, Purchase, PurchaseStatus

_MILESTONES: Final = list(ReleaseMilestone)


@transaction.atomic
def redeem_purchase(*, redeem_code: str) -> Purchase:
    """Open a bought training with its code.

    Args:
        redeem_code: as a person types it.

    Raises:
        UnknownRedeemCode: no purchase has it.
        WouldOverdraw: its price has left escrow by a correction.
        PurchaseRefunded: the training was cancelled.
        ParticipationRevoked: the enrolment was revoked before.
        TrainingTimeOver: the last day of training has passed.
    """
    found = Purchase.objects.filter(redeem_code=typed_redeem_code(redeem_code)).first()
    if found is None:
        raise UnknownRedeemCode(redeem_code=redeem_code)
    purchase = _locked(found)
    if purchase.redeemed_at is None:
        if purchase.enrolment.status == EnrolmentStatus.REVOKED:
            raise ParticipationRevoked
        _require_time(purchase)
        purchase.redeemed_at = clock.now()
        _reach(purchase, ReleaseMilestone.REDEEMED)
    return purchase


@transaction.atomic
def attend_purchase(*, purchase: Purchase) -> Purchase:
    """Record that the participant was at the first session.

    Raises:
        PurchaseRefunded, NotRedeemed: the training was cancelled, or not begun.
        TrainingTimeOver: the last day of training has passed.
    """
    purchase = _locked(purchase)
    if purchase.first_attended_at is None:
        _require_redeemed(purchase)
        _require_time(purchase)
        purchase.first_attended_at = clock.now()
        _reach(purchase, ReleaseMilestone.FIRST_ATTENDANCE)
    return purchase


@transaction.atomic
def complete_purchase(*, purchase: Purchase) -> Purchase:
    """Record that the participant finished the training, which means that they attended it too.

    Raises:
        PurchaseRefunded, NotRedeemed: the training was cancelled, or not begun.
        TrainingTimeOver: the last day of training has passed.
    """
    purchase = _locked(purchase)
    if purchase.completed_at is None:
        _require_redeemed(purchase)
        _require_time(purchase)
        purchase.completed_at = clock.now()
        _reach(purchase, ReleaseMilestone.COMPLETED)
    return purchase


@transaction.atomic
def rate_purchase(*, purchase: Purchase, stars: int, review: str) -> Purchase:
    """Rate and review a completed training, once.

    Args:
        stars: 1 to 5.
        review: up to `REVIEW_CHARACTERS`; kept as `clean_text` writes it.

    Raises:
        BadRating: not such stars or such a review.
        PurchaseRefunded, NotCompleted: the training was cancelled, or not finished.
        AlreadyRated: with other stars or another review.
    """
    review = clean_text(review)
    if type(stars) is not int or not 1 <= stars <= MOST_STARS or not 1 <= len(review) <= REVIEW_CHARACTERS or "\0" in review:
        raise BadRating(most_stars=MOST_STARS, characters=REVIEW_CHARACTERS)
    purchase = _locked(purchase)
    if purchase.completed_at is None:
        raise NotCompleted
    if purchase.rated_at is None:
        purchase.rated_at, purchase.stars, purchase.review = clock.now(), stars, review
        purchase.save(update_fields=["rated_at", "stars", "review"])
    elif (purchase.stars, purchase.review) != (stars, review):
        raise AlreadyRated
    return purchase


def _locked(purchase: Purchase) -> Purchase:
    """The purchase as it is under the lock of its training account, closed or not."""
    number = Purchase.objects.values_list("enrolment__number", flat=True).get(pk=purchase.pk)
    with suppress(AccountClosed):
        lock_owner(owner=training_account(number))
    found = Purchase.objects.select_related("enrolment__wave", "training__provider").get(pk=purchase.pk)
    if found.status == PurchaseStatus.REFUNDED:
        raise PurchaseRefunded
    return found


def _reach(purchase: Purchase, milestone: ReleaseMilestone) -> None:
    """Save what was reached; the price is the provider's from the definition's milestone on, or one beyond it."""
    awaited = load_definition(purchase.enrolment.wave.programme).training.release_to_provider_at
    if purchase.released_idr == 0 < purchase.price_idr and _MILESTONES.index(milestone) >= _MILESTONES.index(awaited):
        owner, provider = training_account(purchase.enrolment.number), purchase.training.provider.number
        held_idr = can_give_idr(owner=owner, account=escrow_pool(provider)) or 0
        if held_idr < purchase.price_idr:
            missing_idr = purchase.price_idr - held_idr
            raise WouldOverdraw(available_idr=held_idr, amount_idr=purchase.price_idr, missing_idr=missing_idr)
        post(
            owner=owner,
            key=release_key(purchase.public_id),
            debit=escrow_pool(provider),
            credit=payable_pool(provider),
            amount_idr=purchase.price_idr,
        )
        purchase.released_idr = purchase.price_idr
    purchase.save(update_fields=["redeemed_at", "first_attended_at", "completed_at", "released_idr"])


def _require_redeemed(purchase: Purchase) -> None:
    if purchase.redeemed_at is None:
        raise NotRedeemed


def _require_time(purchase: Purchase) -> None:
    wave = purchase.enrolment.wave
    last_day = load_definition(wave.programme).last_day_to_complete(wave.accepted_on)
    if clock.today() > last_day:
        raise TrainingTimeOver(last_day=last_day)
