"""A correction takes money back behind the records; nothing is paid by those records any more."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from bekal.ledger.accounts import incentive_account, provider_account, training_account
from bekal.ledger.audit import audit
from bekal.ledger.errors import NothingToPost, WouldOverdraw
from bekal.ledger.models import RunSkip, Transfer
from bekal.ledger.queries import available_idr
from bekal.payouts.errors import PaymentCorrected
from bekal.payouts.queries import InstalmentStatus, payable_idr
from bekal.payouts.settlements import propose_settlement
from bekal.purchases.keys import buy_key, release_key
from bekal.purchases.life_cycle import redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.refunds import cancel_training
from bekal.purchases.services import buy_training
from bekal.treasury.corrections import propose_correction
from tests.builders import ACCEPTED_ON, GrantedWave, approve_and_post, day_after, grant_wave, make_training, on
from tests.payouts.people import PRICE_IDR, answer, open_gates, pay, sent, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def granted() -> Iterator[GrantedWave]:
    wave = grant_wave(count=1)
    with on(day_after(ACCEPTED_ON)):
        yield wave


@pytest.fixture
def purchase(granted: GrantedWave) -> Purchase:
    training = make_training(PRICE_IDR)
    return buy_training(enrolment=granted.enrolments[0], training=training, price_idr=PRICE_IDR, request_key=uuid4())


def correct(granted: GrantedWave, owner: int, key: str) -> None:
    sequence = Transfer.objects.get(owner=owner, key=key).sequence
    run = propose_correction(owner=owner, sequence=sequence, reason="a mistake", proposer=granted.operator)
    approve_and_post([run], granted.approver)


def test_a_price_taken_back_is_neither_released_nor_refunded(granted: GrantedWave, purchase: Purchase) -> None:
    correct(granted, training_account(purchase.enrolment.number), buy_key(purchase.public_id))
    with pytest.raises(WouldOverdraw) as caught:
        redeem_purchase(redeem_code=purchase.redeem_code)
    assert caught.value.details["missing_idr"] == PRICE_IDR
    (run,) = approve_and_post(cancel_training(training=purchase.training, proposer=granted.operator), granted.approver)
    assert (run.posted_idr, RunSkip.objects.get(run=run.pk).reason) == (0, "insufficient")
    assert audit().exact


def test_a_release_taken_back_is_not_settled(granted: GrantedWave, purchase: Purchase) -> None:
    redeem_purchase(redeem_code=purchase.redeem_code)
    assert payable_idr(purchase.training.provider) == PRICE_IDR
    correct(granted, training_account(purchase.enrolment.number), release_key(purchase.public_id))
    assert payable_idr(purchase.training.provider) == 0
    with pytest.raises(NothingToPost):
        propose_settlement(channel="bni", proposer=granted.operator)
    assert audit().exact


def test_a_release_taken_back_since_the_proposal_is_not_settled(granted: GrantedWave, purchase: Purchase) -> None:
    redeem_purchase(redeem_code=purchase.redeem_code)
    run = propose_settlement(channel="bni", proposer=granted.operator)
    correct(granted, training_account(purchase.enrolment.number), release_key(purchase.public_id))
    (run,) = approve_and_post([run], granted.approver)
    assert (run.posted_idr, RunSkip.objects.get(run=run.pk).reason) == (0, "nothing_payable")
    assert audit().exact


def test_an_instalment_taken_back_takes_no_result(granted: GrantedWave) -> None:
    (enrolment,) = granted.enrolments
    open_gates(enrolment)
    run = pay(granted)
    held_idr = available_idr(incentive_account(enrolment.number))
    correct(granted, incentive_account(enrolment.number), "instalment:1/1")
    assert available_idr(incentive_account(enrolment.number)) > held_idr
    for results in ({"paid": sent(run)}, {"rejected": sent(run)}):
        with pytest.raises(PaymentCorrected) as caught:
            answer(granted, run, **results)
        assert caught.value.details == {"gone": 1}
    assert state(enrolment).status == InstalmentStatus.IN_CLEARING
    assert audit().exact


def test_a_settlement_taken_back_is_owed_again(granted: GrantedWave, purchase: Purchase) -> None:
    redeem_purchase(redeem_code=purchase.redeem_code)
    (run,) = approve_and_post([propose_settlement(channel="bni", proposer=granted.operator)], granted.approver)
    provider = purchase.training.provider
    correct(granted, provider_account(provider.number), f"settle:{run.parameters['settlement']}")
    assert payable_idr(provider) == PRICE_IDR
    with pytest.raises(PaymentCorrected):
        answer(granted, run, paid=sent(run))
    (again,) = approve_and_post([propose_settlement(channel="bni", proposer=granted.operator)], granted.approver)
    assert again.posted_idr == PRICE_IDR
    assert audit().exact
