"""Buying several trainings at once, all or none."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from bekal.catalogue.models import Training
from bekal.catalogue.services import take_seat
from bekal.core import clock
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.errors import AccountClosed
from bekal.ledger.services import lock_owner, post
from bekal.participants.models import Enrolment
from bekal.purchases.errors import BadBundle, RequestReused
from bekal.purchases.keys import FEWEST_TOGETHER, MOST_TOGETHER, bundle_request_keys, buy_key
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.rules import bundle_refusal
from bekal.purchases.services import new_redeem_code


@transaction.atomic
def buy_bundle(*, enrolment: Enrolment, items: Sequence[tuple[Training, int]], request_key: UUID) -> list[Purchase]:
    """Buy several trainings from the training balance: one transfer and one redeem code each, all or none.

    The rules are those of `buy_training`, for each and for the sum, judged under the lock of the training account. Seats are
    locked after the account, in ascending order of primary key, as everybody does who takes seats of several trainings.

    Args:
        items: 2 to 4 different trainings, each with the price that the person saw and confirmed.
        request_key: made by the confirmation page; the same key and trainings again give the same purchases.

    Returns:
        The purchases in ascending order of the trainings' primary keys.

    Raises:
        BadBundle: not 2 to 4 different trainings.
        ParticipationRevoked, NotGranted: the enrolment has nothing to spend.
        SpendingEnded, FirstPurchaseTooLate: a last day has passed.
        RequestReused: the key stands for other trainings.
        BundleRefused: with the reason of each training that cannot be bought (so).
        InsufficientBalance: with the amount that the sum is over the balance.
    """
    require_bundle([training.pk for training, _ in items])
    prices_idr = {training.pk: price_idr for training, price_idr in items}
    account = training_account(enrolment.number)
    available_idr = _lock(account)
    keys = bundle_request_keys(request_key)
    earlier = list(Purchase.objects.filter(enrolment=enrolment, request_key__in=keys).order_by("training_id"))
    if earlier:
        if {purchase.training_id for purchase in earlier} != set(prices_idr):
            raise RequestReused
        return earlier
    trainings = _locked(prices_idr)
    enrolment.refresh_from_db(fields=["status"])
    today = clock.today()
    bought = enrolment.purchases.filter(status=PurchaseStatus.BOUGHT, training__in=trainings)
    refused = bundle_refusal(
        enrolment=enrolment,
        trainings=trainings,
        prices_idr=prices_idr,
        today=today,
        available_idr=available_idr,
        started_in_time=today <= enrolment.wave.first_purchase_by or enrolment.purchases.filter(price_idr__gt=0).exists(),
        owned=set(bought.values_list("training_id", flat=True)),
    )
    if refused is not None:
        raise refused
    return [_buy(enrolment, training, request_key=key, account=account) for training, key in zip(trainings, keys, strict=False)]


def require_bundle(trainings: Sequence[object]) -> None:
    """Raise BadBundle unless these, whatever names the trainings, are 2 to 4 different ones."""
    if not FEWEST_TOGETHER <= len(trainings) <= MOST_TOGETHER or len(set(trainings)) < len(trainings):
        raise BadBundle(fewest=FEWEST_TOGETHER, most=MOST_TOGETHER)


def _lock(account: int) -> int | None:
    """Lock the training account and return what is available; None where it is closed."""
    try:
        return lock_owner(owner=account)
    except AccountClosed:
        return None


def _locked(prices_idr: Mapping[int, int]) -> list[Training]:
    """The trainings in ascending order, those with counted seats locked; the others are left to whoever else sells them."""
    wanted = Training.objects.filter(pk__in=prices_idr)
    list(wanted.filter(seats_left__isnull=False).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return list(wanted.select_related("provider").order_by("pk"))


def _buy(enrolment: Enrolment, training: Training, *, request_key: UUID, account: int) -> Purchase:
    if training.seats_left is not None:
        take_seat(training_id=training.pk)
    purchase = Purchase(
        enrolment=enrolment,
        training=training,
        price_idr=training.price_idr,
        request_key=request_key,
        redeem_code=new_redeem_code(),
        bought_at=clock.now(),
    )
    if training.price_idr:
        post(
            owner=account,
            key=buy_key(purchase.public_id),
            debit=account,
            credit=escrow_pool(training.provider.number),
            amount_idr=training.price_idr,
        )
    purchase.save(force_insert=True)
    return purchase
