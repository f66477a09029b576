"""Buying a training."""

import secrets
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from bekal.catalogue.errors import UnknownTraining
from bekal.catalogue.models import Training
from bekal.catalogue.services import take_seat
from bekal.core import clock
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.bulk import post_many
from bekal.ledger.errors import BulkRefused, DayClosed, UnknownAccount
from bekal.participants.models import Enrolment
from bekal.purchases.errors import OrdersRefused, PriceChanged, RequestReused
from bekal.purchases.keys import buy_key
from bekal.purchases.models import Purchase
from bekal.purchases.rules import refusal

# Crockford's base 32: no letter that is taken for a digit or for another letter.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS_EACH: Final = 5
_CODE_SIGNS: Final = 12


@dataclass(frozen=True, slots=True)
class Order:
    """One person's wish to buy one training, by primary keys."""

    enrolment: int
    training: int


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
        RequestReused: the key stands for another training.
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
        _require_allowed(purchase, found)
        if found.seats_left is None:
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
        OrdersRefused: an enrolment stands twice, or an order breaks a rule of `buy_training`.
    """
    if repeated := len(orders) - len({order.enrolment for order in orders}):
        raise OrdersRefused(refused=repeated)
    rows = [(order.enrolment, order.training, uuid4(), uuid4(), new_redeem_code()) for order in orders]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []]
    values: dict[str, Any] = dict(
        zip(("enrolments", "trainings", "public_ids", "request_keys", "redeem_codes"), columns, strict=True)
    )
    values |= {"today": clock.today(), "now": clock.now()}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK_MANY_SQL, values)
            cursor.execute(_BUY_MANY_SQL, values)
            bought = cursor.fetchall()
            if len(bought) < len(orders):
                raise OrdersRefused(refused=len(orders) - len(bought))
            cursor.execute(_TAKE_SEATS_SQL, values)
            priced = [row for row in bought if row[2] > 0]
            post_many(
                owners=[training_account(number) for number, *_ in priced],
                debits=[training_account(number) for number, *_ in priced],
                credits_=[escrow_pool(provider) for _, provider, *_ in priced],
                amounts_idr=[price_idr for *_, price_idr, _ in priced],
                keys=[buy_key(public_id) for *_, public_id in priced],
            )
    except (IntegrityError, BulkRefused) as error:
        raise OrdersRefused(refused=1) from error


def new_redeem_code() -> str:
    """Sixty random bits in twelve signs that can be read aloud: `7K3M-9QXZ-P0AB`."""
    bits = secrets.randbits(_CODE_SIGNS * _BITS_EACH)
    signs = "".join(_ALPHABET[bits >> _BITS_EACH * place & 2**_BITS_EACH - 1] for place in range(_CODE_SIGNS))
    return f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"


class _Found(NamedTuple):
    """What the rules ask, and in `facts` all of it that must still hold when it is paid for."""

    facts: str
    available_idr: int | None
    status: str
    is_open: bool
    price_idr: int
    seats_left: int | None
    provider: int
    earlier: int | None
    has_bought: bool
    is_owned: bool


def _look(purchase: Purchase) -> _Found:
    account = training_account(purchase.enrolment.number)
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_SQL, [account, purchase.enrolment_id, purchase.training_id, purchase.request_key])
        row = cursor.fetchone()
    if row is None:
        if not Training.objects.filter(pk=purchase.training_id).exists():
            raise UnknownTraining(training=purchase.training_id)
        raise UnknownAccount(owner=account)
    return _Found(*row)


def _require_allowed(purchase: Purchase, found: _Found) -> None:
    """Raise the first rule's refusal, judged by what was found and not by what the caller's objects say."""
    enrolment, training = purchase.enrolment, copy(purchase.training)
    enrolment.status = found.status
    training.is_open, training.price_idr, training.seats_left = found.is_open, found.price_idr, found.seats_left
    today = _day(purchase)
    refused = refusal(
        enrolment=enrolment,
        training=training,
        today=today,
        available_idr=found.available_idr,
        started_in_time=found.has_bought or today <= enrolment.wave.first_purchase_by,
        is_owned=found.is_owned,
    )
    if refused is not None:
        raise refused
    if training.price_idr != purchase.price_idr:
        raise PriceChanged(price_idr=training.price_idr)


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
                found.facts, purchase.public_id, purchase.redeem_code, buy_key(purchase.public_id), escrow_pool(found.provider),
                purchase.price_idr, day, purchase.bought_at,
            ],
        )  # fmt: skip
        purchase.pk, is_closed_day = cursor.fetchone()
    if is_closed_day:
        raise DayClosed(day=day)
    purchase._state.adding = purchase.pk is None
    return purchase.pk is not None


def _day(purchase: Purchase) -> date:
    return purchase.bought_at.astimezone(clock.JAKARTA).date()


_LOOK_SQL: Final = f"SELECT {', '.join(_Found._fields)} FROM purchases_look(%s::bigint, %s::bigint, %s::bigint, %s::uuid)"

_LOCK_MANY_SQL: Final = """
SELECT count(*) FROM (
    SELECT FROM ledger_balance AS balance
    JOIN participants_enrolment AS enrolment ON balance.owner = enrolment.number * 10 + 1
    WHERE enrolment.id = ANY (%(enrolments)s)
    ORDER BY balance.owner
    FOR UPDATE OF balance
) AS locked
"""

_BUY_MANY_SQL: Final = """
WITH asked AS (
    SELECT * FROM unnest(
        %(enrolments)s::bigint[], %(trainings)s::bigint[], %(public_ids)s::uuid[], %(request_keys)s::uuid[],
        %(redeem_codes)s::text[]
    ) AS asked (enrolment_id, training_id, public_id, request_key, redeem_code)
), bought AS (
    INSERT INTO purchases_purchase (
        public_id, enrolment_id, training_id, price_idr, request_key, redeem_code, status, bought_at
    )
    SELECT asked.public_id, asked.enrolment_id, asked.training_id, training.price_idr, asked.request_key, asked.redeem_code,
        'bought', %(now)s
    FROM asked
    JOIN participants_enrolment AS enrolment ON enrolment.id = asked.enrolment_id
    JOIN programmes_wave AS wave ON wave.id = enrolment.wave_id
    JOIN catalogue_training AS training ON training.id = asked.training_id
    WHERE enrolment.status = 'granted'
      AND training.is_open
      AND %(today)s <= wave.spend_by
      AND (
        %(today)s <= wave.first_purchase_by
        OR EXISTS (
            SELECT FROM purchases_purchase AS earlier WHERE earlier.enrolment_id = enrolment.id AND earlier.price_idr > 0
        )
      )
    RETURNING enrolment_id, training_id, price_idr, public_id
)
SELECT enrolment.number, provider.number, bought.price_idr, bought.public_id
FROM bought
JOIN participants_enrolment AS enrolment ON enrolment.id = bought.enrolment_id
JOIN catalogue_training AS training ON training.id = bought.training_id
JOIN catalogue_provider AS provider ON provider.id = training.provider_id
ORDER BY enrolment.number
"""

# The rows are locked in ascending order first, as everybody who takes seats of several trainings does.
_TAKE_SEATS_SQL: Final = """
WITH asked AS (
    SELECT training_id, count(*) AS seats FROM unnest(%(trainings)s::bigint[]) AS asked (training_id) GROUP BY training_id
), held AS (
    SELECT training.id, asked.seats
    FROM catalogue_training AS training
    JOIN asked ON asked.training_id = training.id
    WHERE training.seats_left IS NOT NULL
    ORDER BY training.id
    FOR NO KEY UPDATE OF training
)
UPDATE catalogue_training AS training
SET seats_left = training.seats_left - held.seats
FROM held
WHERE training.id = held.id
"""
