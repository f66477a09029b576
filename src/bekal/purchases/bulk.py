"""Several purchases in one transaction, for a bundle and for many people: held, looked at for the rules to judge, and kept.

Accounts are locked before seats, and both in ascending order, as everybody does who takes seats of several trainings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from django.db import connection

from bekal.catalogue.services import hold_seats, take_seats
from bekal.core import clock
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.bulk import post_many
from bekal.ledger.services import post
from bekal.purchases.codes import new_redeem_code
from bekal.purchases.keys import buy_key
from bekal.purchases.rules import Facts


@dataclass(frozen=True, slots=True)
class Order:
    """One person's wish to buy one training, by primary keys."""

    enrolment: int
    training: int


class Found(NamedTuple):
    """An order with what the rules ask, and the numbers of the accounts between which the price moves."""

    order: Order
    number: int
    provider: int
    facts: Facts


def hold(orders: Sequence[Order]) -> None:
    """Lock the training accounts, closed or not, and the trainings whose seats are counted."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_ACCOUNTS_SQL, {"enrolments": [order.enrolment for order in orders]})
    hold_seats(training_ids=[order.training for order in orders])


def look(orders: Sequence[Order]) -> list[Found]:
    """What the rules ask of each, in the same order; without those whose enrolment or training does not exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK_SQL,
            {
                "enrolments": [order.enrolment for order in orders],
                "trainings": [order.training for order in orders],
            },
        )
        return [
            Found(orders[place - 1], number, provider, Facts(*facts)) for place, number, provider, *facts in cursor.fetchall()
        ]


def keep(bought: Sequence[Found], *, request_keys: Sequence[UUID]) -> None:
    """Post and keep purchases that the rules allow, at the prices that were found.

    Raises:
        NoSeatLeft: more seats are wanted of a training than it has.
        DayClosed: today was closed already, so the clock of this machine is behind.
    """
    public_ids = [uuid4() for _ in bought]
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP_SQL,
            {
                "public_ids": public_ids,
                "enrolments": [found.order.enrolment for found in bought],
                "trainings": [found.order.training for found in bought],
                "prices_idr": [found.facts.price_idr for found in bought],
                "request_keys": list(request_keys),
                "redeem_codes": [new_redeem_code() for _ in bought],
                "now": clock.now(),
            },
        )
    take_seats(training_ids=[found.order.training for found in bought if found.facts.seats_left is not None])
    priced = [(found, buy_key(public_id)) for found, public_id in zip(bought, public_ids, strict=True) if found.facts.price_idr]
    if len({found.number for found, _ in priced}) == len(priced):
        _post_many(priced)
    else:
        _post_each(priced)


def _post_many(priced: Sequence[tuple[Found, str]]) -> None:
    """Post the prices of purchases, of each account one, under their keys."""
    accounts = [training_account(found.number) for found, _ in priced]
    post_many(
        owners=accounts,
        debits=accounts,
        credits_=[escrow_pool(found.provider) for found, _ in priced],
        amounts_idr=[found.facts.price_idr for found, _ in priced],
        keys=[key for _, key in priced],
    )


def _post_each(priced: Sequence[tuple[Found, str]]) -> None:
    """The same for several of one account, whose transfers follow each other."""
    for found, key in priced:
        account = training_account(found.number)
        post(owner=account, key=key, debit=account, credit=escrow_pool(found.provider), amount_idr=found.facts.price_idr)


_HOLD_ACCOUNTS_SQL: Final = """
SELECT count(*) FROM (
    SELECT FROM ledger_balance AS balance
    JOIN participants_enrolment AS enrolment ON balance.owner = ledger_training(enrolment.number)
    WHERE enrolment.id = ANY (%(enrolments)s::bigint[])
    ORDER BY balance.owner
    FOR UPDATE OF balance
) AS locked
"""

_LOOK_SQL: Final = f"""
SELECT asked.place, facts.number, facts.provider, {", ".join(f"facts.{name}" for name in Facts._fields)}
FROM unnest(%(enrolments)s::bigint[], %(trainings)s::bigint[]) WITH ORDINALITY AS asked (enrolment, training, place)
CROSS JOIN LATERAL purchases_facts(asked.enrolment, asked.training) AS facts
ORDER BY asked.place
"""

_KEEP_SQL: Final = """
INSERT INTO purchases_purchase (public_id, enrolment_id, training_id, price_idr, request_key, redeem_code, status, bought_at)
SELECT public_id, enrolment, training, price_idr, request_key, redeem_code, 'bought', %(now)s
FROM unnest(
    %(public_ids)s::uuid[], %(enrolments)s::bigint[], %(trainings)s::bigint[], %(prices_idr)s::bigint[], %(request_keys)s::uuid[],
    %(redeem_codes)s::text[]
) AS bought (public_id, enrolment, training, price_idr, request_key, redeem_code)
"""
