"""Buying one training, as a page does it; and one for each of many people."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from django.db import connection, transaction

from bekal.catalogue.errors import NoSeatLeft, UnknownTraining
from bekal.catalogue.models import Training
from bekal.catalogue.services import take_seat
from bekal.core import clock
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.errors import DayClosed, UnknownAccount
from bekal.participants.models import Enrolment
from bekal.purchases.bulk import Order, hold, keep, look
from bekal.purchases.codes import new_redeem_code
from bekal.purchases.errors import OrdersRefused, PriceChanged, RequestReused
from bekal.purchases.keys import buy_key
from bekal.purchases.models import Purchase
from bekal.purchases.rules import Facts, refusal


def buy_training(*, enrolment: Enrolment, training: Training, price_idr: int, request_key: UUID) -> Purchase:
    """Buy one training from the training balance: one transfer to the provider's escrow, one redeem code.

    What the rules ask is read first, without a lock. It must still hold under the lock of the training account, in the one
    statement that pays; else everything is judged again. So two clicks, a retried request or two browsers neither buy twice nor
    overspend, and a purchase never races a clawback.

    Args:
        price_idr: the price that the person saw and confirmed.
        request_key: made by the confirmation page; the same key again gives the same purchase.

    Raises:
        ParticipationRevoked, NotGranted: the enrolment has nothing to spend.
        SpendingEnded, FirstPurchaseTooLate: a last day has passed.
        RequestReused: the key is that of another training's purchase.
        AlreadyBought, TrainingClosed, PriceChanged, NoSeatLeft: the training cannot be bought (so).
        InsufficientBalance: with the amount that is missing.
        DayClosed: today was closed already, so the clock of this machine is behind.
    """
    purchase = Purchase(
        enrolment=enrolment, training=training, price_idr=price_idr, request_key=request_key, redeem_code=new_redeem_code()
    )
    while True:
        found = _look(purchase)
        if found.earlier is not None:
            earlier = Purchase.objects.get(pk=found.earlier)
            if earlier.training_id != training.pk:
                raise RequestReused
            return earlier
        purchase.bought_at = clock.now()
        refused = refusal(found.facts, today=_day(purchase))
        if refused is not None:
            raise refused
        if found.facts.price_idr != price_idr:
            raise PriceChanged(price_idr=found.facts.price_idr)
        if found.facts.seats_left is None:
            is_bought = _pay(purchase, found)
        else:
            with transaction.atomic():
                is_bought = _pay(purchase, found)
                if is_bought:
                    take_seat(training_id=training.pk)
        if is_bought:
            return purchase


@transaction.atomic
def buy_many(*, orders: Sequence[Order]) -> None:
    """Buy one training for each of many enrolments at today's prices, by the same rules; all or none.

    Raises:
        OrdersRefused: an enrolment is named twice, or an order breaks a rule of `buy_training`.
        DayClosed: as for `buy_training`.
    """
    if repeated := len(orders) - len({order.enrolment for order in orders}):
        raise OrdersRefused(refused=repeated)
    hold(orders)
    bought = look(orders)
    refused, taken, today = len(orders) - len(bought), Counter[int](), clock.today()
    for found in bought:
        facts = found.facts
        if facts.seats_left is not None:
            facts = facts._replace(seats_left=facts.seats_left - taken[found.order.training])
        if refusal(facts, today=today) is None:
            taken[found.order.training] += 1
        else:
            refused += 1
    if refused:
        raise OrdersRefused(refused=refused)
    try:
        keep(bought, request_keys=[uuid4() for _ in bought])
    except NoSeatLeft as error:
        raise OrdersRefused(refused=1) from error


class _Found(NamedTuple):
    """What the rules ask, and in `judged` all of it that must still hold when it is paid for."""

    judged: str
    earlier: int | None
    provider: int
    facts: Facts


def _look(purchase: Purchase) -> _Found:
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_SQL, [purchase.enrolment_id, purchase.training_id, purchase.request_key])
        row = cursor.fetchone()
    if row is None:
        if not Training.objects.filter(pk=purchase.training_id).exists():
            raise UnknownTraining(training=purchase.training_id)
        raise UnknownAccount(owner=training_account(purchase.enrolment.number))
    judged, earlier, provider, *facts = row
    return _Found(judged, earlier, provider, Facts(*facts))


def _pay(purchase: Purchase, found: _Found) -> bool:
    """Post the transfer and keep the purchase, unless something that was judged has changed; whether it was done."""
    day = _day(purchase)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, is_closed_day FROM purchases_pay("
            "%s::bigint, %s::bigint, %s::bigint, %s::uuid, %s, %s::uuid, %s, %s, %s::bigint, %s::bigint, %s::date,"
            " %s::timestamptz)",
            [
                training_account(purchase.enrolment.number), purchase.enrolment_id, purchase.training_id, purchase.request_key,
                found.judged, purchase.public_id, purchase.redeem_code, buy_key(purchase.public_id),
                escrow_pool(found.provider), purchase.price_idr, day, purchase.bought_at,
            ],
        )  # fmt: skip
        purchase.pk, is_closed_day = cursor.fetchone()
    if is_closed_day:
        raise DayClosed(day=day)
    purchase._state.adding = purchase.pk is None
    return purchase.pk is not None


def _day(purchase: Purchase) -> date:
    return clock.day_of(purchase.bought_at)


_LOOK_SQL: Final = (
    f"SELECT judged, earlier, provider, {', '.join(Facts._fields)} FROM purchases_look(%s::bigint, %s::bigint, %s::uuid)"
)
