"""Who has no paid training any more, because it was cancelled or was given back: what protects from revocation, and how long."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from bekal.ledger.audit import audit
from bekal.ledger.models import RunSkip
from bekal.ledger.runs.services import approve_runs
from bekal.purchases.errors import FirstPurchaseTooLate
from bekal.purchases.models import Purchase
from bekal.purchases.queries import wallet
from bekal.purchases.refunds import cancel_training, give_back
from bekal.treasury.queries import outlook
from bekal.treasury.runs import EXPIRY, REVOCATION
from bekal.treasury.services import propose_revocation
from tests.builders import (
    ACCEPTED_ON,
    FIRST_PURCHASE_BY,
    INCENTIVE_IDR,
    SPEND_BY,
    TOTAL_IDR,
    TRAINING_IDR,
    approve_and_post,
    day_after,
    on,
    post_approved,
    waiting,
)
from tests.scenes import found_again, made_once
from tests.treasury.test_wave_end import Mixed, buy, make_scene, returned_idr, status_of

pytestmark = pytest.mark.usefixtures("mixed")
AFTER_FIRST, AFTER_END = day_after(FIRST_PURCHASE_BY), day_after(SPEND_BY)


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any) -> Iterator[Mixed]:
    with made_once(django_db_blocker, make_scene) as made:
        yield made


@pytest.fixture
def mixed(scene: Mixed) -> Iterator[Mixed]:
    with found_again(scene) as found, on(AFTER_END):
        yield found


def cancel(mixed: Mixed, day: date) -> None:
    with on(day):
        proposed = cancel_training(training=mixed.purchase.training, proposer=mixed.granted.operator)
        approve_and_post(proposed, mixed.granted.approver)


def revoked_on(mixed: Mixed, day: date) -> str:
    with on(day):
        propose_revocation(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        approve_runs(runs=waiting(mixed.granted.wave), approver=mixed.granted.approver)
        post_approved(mixed.granted.wave)
    return status_of(mixed.one)[0]


@pytest.mark.parametrize("day", [date(2021, 3, 20), date(2021, 5, 10), date(2021, 11, 16)])
def test_has_the_days_of_the_definition_from_the_notice(mixed: Mixed, day: date) -> None:
    cancel(mixed, day)
    last_day = day + timedelta(days=29)
    assert Purchase.objects.get(pk=mixed.purchase.pk).protects_until == last_day
    with on(last_day):
        found = wallet(mixed.one)
        assert (found.has_bought, found.last_day, found.days_left, found.can_spend) == (False, last_day, 1, True)
    assert revoked_on(mixed, max(last_day, AFTER_FIRST)) == "granted"
    assert revoked_on(mixed, day_after(last_day)) == "revoked"
    assert returned_idr(mixed.one) == (TRAINING_IDR, INCENTIVE_IDR)
    assert audit().exact


def test_can_buy_another_on_the_last_of_those_days_and_not_later(mixed: Mixed) -> None:
    cancel(mixed, date(2021, 5, 10))
    with on(date(2021, 6, 9)), pytest.raises(FirstPurchaseTooLate) as caught:
        buy(mixed.one, 100_000)
    assert caught.value.details == {"last_day": date(2021, 6, 8)}
    with on(date(2021, 6, 8)):
        buy(mixed.one, 100_000)
    assert revoked_on(mixed, date(2021, 6, 9)) == "granted"


def test_never_loses_days_of_the_first_purchase(mixed: Mixed) -> None:
    cancel(mixed, day_after(ACCEPTED_ON))
    assert wallet(mixed.one).last_day == date(2021, 3, 31)
    with on(ACCEPTED_ON):
        Purchase.objects.filter(pk=mixed.purchase.pk).update(protects_until=date(2021, 3, 5))
        assert wallet(mixed.one).last_day == FIRST_PURCHASE_BY


def test_whose_days_the_end_of_spending_cut_short_is_not_revoked(mixed: Mixed) -> None:
    cancel(mixed, date(2021, 11, 17))
    with on(SPEND_BY):
        found = wallet(mixed.one)
        assert (found.has_bought, found.last_day, found.at_stake_idr) == (True, SPEND_BY, TRAINING_IDR)
    runs = mixed.end()
    assert [(run.kind, run.posted_idr) for run in runs] == [(REVOCATION, 2 * TOTAL_IDR), (EXPIRY, TRAINING_IDR)]
    assert (status_of(mixed.one)[0], returned_idr(mixed.one)) == ("ended", (TRAINING_IDR, 0))
    assert audit().exact


def test_is_seen_by_a_revocation_that_was_proposed_before(mixed: Mixed) -> None:
    with on(FIRST_PURCHASE_BY, hour=23):
        bought = buy(mixed.free, 50_000)
    with on(AFTER_FIRST):
        approve_and_post([give_back(purchase=bought, proposer=mixed.granted.operator)], mixed.granted.approver)
        propose_revocation(wave=mixed.granted.wave, proposer=mixed.granted.operator)
        Purchase.objects.filter(pk=bought.pk).update(protects_until=AFTER_FIRST)
        approve_runs(runs=waiting(mixed.granted.wave), approver=mixed.granted.approver)
        post_approved(mixed.granted.wave)
    assert status_of(mixed.free)[0] == "granted"
    assert set(RunSkip.objects.values_list("reason", flat=True)) == {"days_left"}


def test_at_the_persons_own_wish_protects_no_more(mixed: Mixed) -> None:
    with on(date(2021, 5, 10)):
        approve_and_post([give_back(purchase=mixed.purchase, proposer=mixed.granted.operator)], mixed.granted.approver)
        found = wallet(mixed.one)
        assert (found.has_bought, found.last_day, found.can_spend) == (False, FIRST_PURCHASE_BY, False)
        assert mixed.purchase.training.is_open
        assert outlook(mixed.granted.wave).idle_people == 3
    assert revoked_on(mixed, date(2021, 5, 10)) == "revoked"
    assert returned_idr(mixed.one) == (TRAINING_IDR, INCENTIVE_IDR)
    assert audit().exact


def test_of_one_training_leaves_another_to_protect(mixed: Mixed) -> None:
    with on(date(2021, 5, 10)):
        approve_and_post(
            [
                give_back(purchase=purchase, proposer=mixed.granted.operator)
                for purchase in Purchase.objects.filter(enrolment=mixed.spent, price_idr=1)
            ],
            mixed.granted.approver,
        )
    revoked_on(mixed, date(2021, 5, 10))
    assert status_of(mixed.spent)[0] == "granted"
