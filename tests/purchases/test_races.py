"""What changes while a deed waits for the account."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from bekal.catalogue.models import Training
from bekal.core.errors import BekalError
from bekal.ledger.accounts import training_account
from bekal.ledger.audit import audit
from bekal.ledger.runs.services import approve_run, post_run
from bekal.ledger.services import lock_owner
from bekal.purchases.errors import PriceChanged, PurchaseRefunded
from bekal.purchases.life_cycle import redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.refunds import cancel_training
from bekal.purchases.services import buy_training
from tests.builders import ACCEPTED_ON, day_after, grant_wave, make_training, on
from tests.threads import PATIENCE_SECONDS

pytestmark = pytest.mark.usefixtures("committed_database")


def meanwhile(owner: int, deed: Callable[[], Any], change: Callable[[], Any]) -> Any:
    """What a deed comes to that waits for an account while something else changes."""

    def run() -> Any:
        try:
            return deed()
        except BekalError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_owner(owner=owner)
            change()
            waiting = pool.submit(copy_context().run, run)
            with connection.cursor() as cursor:
                until = time.monotonic() + PATIENCE_SECONDS
                while time.monotonic() < until and not waiting.done():
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone()[0]:
                        break
                    time.sleep(0.01)
        return waiting.result(PATIENCE_SECONDS)


def test_a_price_that_changes_while_it_is_paid_is_asked_for_again() -> None:
    (enrolment,) = grant_wave(count=1).enrolments
    training = make_training(400_000)
    with on(day_after(ACCEPTED_ON)):
        result = meanwhile(
            training_account(enrolment.number),
            lambda: buy_training(enrolment=enrolment, training=training, price_idr=400_000, request_key=uuid4()),
            lambda: Training.objects.filter(pk=training.pk).update(price_idr=500_000),
        )
    assert isinstance(result, PriceChanged)
    assert Purchase.objects.count() == 0


def test_a_training_that_is_refunded_while_its_code_is_used_stays_closed() -> None:
    granted = grant_wave(count=1)
    (enrolment,) = granted.enrolments
    training = make_training(400_000)
    with on(day_after(ACCEPTED_ON)):
        purchase = buy_training(enrolment=enrolment, training=training, price_idr=400_000, request_key=uuid4())
        (run,) = cancel_training(training=training, proposer=granted.operator)
        run = approve_run(run=run, approver=granted.approver)
        result = meanwhile(
            training_account(enrolment.number),
            lambda: redeem_purchase(redeem_code=purchase.redeem_code),
            lambda: post_run(run=run),
        )
    purchase.refresh_from_db()
    assert (purchase.status, purchase.redeemed_at) == ("refunded", None)
    assert isinstance(result, PurchaseRefunded)
    assert audit().exact
