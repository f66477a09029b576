"""Buying several trainings at once, all or none."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from bekal.catalogue.errors import UnknownTraining
from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.ledger.accounts import training_account
from bekal.ledger.errors import UnknownAccount
from bekal.participants.models import Enrolment
from bekal.purchases.bulk import Order, hold, keep, look
from bekal.purchases.errors import BadBundle, RequestReused
from bekal.purchases.keys import bundle_request_keys
from bekal.purchases.models import Purchase
from bekal.purchases.rules import FEWEST_TOGETHER, MOST_TOGETHER, bundle_refusal


@transaction.atomic
def buy_bundle(*, enrolment: Enrolment, items: Sequence[tuple[Training, int]], request_key: UUID) -> list[Purchase]:
    """Buy several trainings from the training balance: one transfer and one redeem code each, all or none.

    The rules are those of `buy_training`, for each and for the sum, judged under the lock of the training account.

    Args:
        items: 2 to 4 different trainings, each with the price that the person saw and confirmed.
        request_key: made by the confirmation page; the same key and trainings again give the same purchases.

    Returns:
        The purchases in ascending order of the trainings' primary keys.

    Raises:
        BadBundle: not 2 to 4 different trainings.
        ParticipationRevoked, NotGranted: the enrolment has nothing to spend.
        SpendingEnded, FirstPurchaseTooLate: a last day has passed.
        RequestReused: the key is that of other trainings' purchases.
        BundleRefused: with the reason of each training that cannot be bought (so).
        InsufficientBalance: with the amount that the sum is over the balance.
    """
    require_bundle([training.pk for training, _ in items])
    trainings = {training.pk: training for training, _ in sorted(items, key=lambda item: item[0].pk)}
    orders = [Order(enrolment=enrolment.pk, training=training) for training in trainings]
    keys = bundle_request_keys(request_key)
    hold(orders)
    if earlier := _bought(enrolment, keys):
        if {purchase.training_id for purchase in earlier} != trainings.keys():
            raise RequestReused
        return earlier
    found = {it.order.training: it for it in look(orders)}
    if missing := trainings.keys() - found.keys():
        if found or not Training.objects.filter(pk__in=missing).exists():
            raise UnknownTraining(training=min(missing))
        raise UnknownAccount(owner=training_account(enrolment.number))
    refused = bundle_refusal(
        {training: found[key].facts for key, training in trainings.items()},
        prices_idr={training.pk: price_idr for training, price_idr in items},
        today=clock.today(),
    )
    if refused is not None:
        raise refused
    keep(list(found.values()), request_keys=keys[: len(found)])
    return _bought(enrolment, keys)


def require_bundle(trainings: Sequence[object]) -> None:
    """Raise BadBundle unless these, whatever names the trainings, are 2 to 4 different ones."""
    if not FEWEST_TOGETHER <= len(trainings) <= MOST_TOGETHER or len(set(trainings)) < len(trainings):
        raise BadBundle(fewest=FEWEST_TOGETHER, most=MOST_TOGETHER)


def _bought(enrolment: Enrolment, keys: Sequence[UUID]) -> list[Purchase]:
    return list(Purchase.objects.filter(enrolment=enrolment, request_key__in=keys).order_by("training_id"))
