"""Buying a training."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from bekal.catalogue.models import Training
from bekal.catalogue.services import take_seat
from bekal.core import clock
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.bulk import post_many
from bekal.ledger.errors import AccountClosed, BulkRefused
from bekal.ledger.services import lock_owner, post
from bekal.participants.models import Enrolment
from bekal.purchases.errors import OrdersRefused, PriceChanged, RequestReused
from bekal.purchases.keys import buy_key
from bekal.purchases.models import Purchase, PurchaseStatus
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


@transaction.atomic
def buy_training(*, enrolment: Enrolment, training: Training, price_idr: int, request_key: UUID) -> Purchase:
    """Buy one training from the training balance: one transfer to the provider's escrow, one redeem code.

    Everything is judged under the lock of the training account, so that two clicks, a retried request or two browsers neither buy
    twice nor overspend, and a purchase never races a clawback.

    Args:
        price_idr: the price that the person saw and confirmed.
        request_key: made by the confirmation page; the same key again gives the same purchase.

    Raises:
        ParticipationRevoked, NotGranted: the enrolment has nothing to spend.
        SpendingEnded, FirstPurchaseTooLate: a last day has passed.
        RequestReused: the key stands for another training.
        AlreadyBought, TrainingClosed, PriceChanged, NoSeatLeft: the training cannot be bought (so).
        InsufficientBalance: with the amount that is missing.
    """
    account = training_account(enrolment.number)
    available_idr = _lock(account)
    earlier = Purchase.objects.filter(enrolment=enrolment, request_key=request_key).first()
    if earlier is not None:
        if earlier.training_id != training.pk:
            raise RequestReused
        return earlier
    enrolment.refresh_from_db(fields=["status"])
    training = Training.objects.select_related("provider").get(pk=training.pk)
    today = clock.today()
    refused = refusal(
        enrolment=enrolment,
        training=training,
        today=today,
        available_idr=available_idr,
        started_in_time=today <= enrolment.wave.first_purchase_by or _has_bought(enrolment),
        is_owned=Purchase.objects.filter(enrolment=enrolment, training=training, status=PurchaseStatus.BOUGHT).exists(),
    )
    if refused is not None:
        raise refused
    if training.price_idr != price_idr:
        raise PriceChanged(price_idr=training.price_idr)
    if training.seats_left is not None:
        take_seat(training_id=training.pk)
    purchase = Purchase(
        enrolment=enrolment,
        training=training,
        price_idr=price_idr,
        request_key=request_key,
        redeem_code=new_redeem_code(),
        bought_at=clock.now(),
    )
    if price_idr:
        post(
            owner=account,
            key=buy_key(purchase.public_id),
            debit=account,
            credit=escrow_pool(training.provider.number),
            amount_idr=price_idr,
        )
    purchase.save(force_insert=True)
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


def _lock(account: int) -> int | None:
    """Lock the training account and return what is available; None where it is closed."""
    try:
        return lock_owner(owner=account)
    except AccountClosed:
        return None


def _has_bought(enrolment: Enrolment) -> bool:
    """Whether the enrolment ever spent from its balance; a free training does not count as a first purchase."""
    return Purchase.objects.filter(enrolment=enrolment, price_idr__gt=0).exists()


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
