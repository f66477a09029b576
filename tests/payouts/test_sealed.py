"""What is owed to a provider, once days with releases and settlements were sealed."""

from datetime import timedelta
from uuid import uuid4

import pytest

from bekal.ledger.audit import audit
from bekal.ledger.errors import NothingToPost
from bekal.ledger.seals.services import seal_day
from bekal.payouts.queries import payable_idr
from bekal.payouts.settlements import propose_settlement
from bekal.purchases.life_cycle import redeem_purchase
from bekal.purchases.services import buy_training
from tests.builders import ACCEPTED_ON, approve_and_post, grant_wave, make_trainings, on
from tests.payouts.people import answer, sent


@pytest.mark.usefixtures("committed_database")
def test_days_with_and_without_a_seal_add_up() -> None:
    granted = grant_wave(count=1)
    (enrolment,) = granted.enrolments
    trainings = make_trainings(100, 20, 3, provider="One provider")
    days = [ACCEPTED_ON + timedelta(days=number) for number in range(1, 4)]
    owed, settled = [], []
    for day, training in zip(days, trainings, strict=True):
        with on(day):
            purchase = buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())
            redeem_purchase(redeem_code=purchase.redeem_code)
            owed.append(payable_idr(training.provider))
            if day != days[1]:
                proposed = propose_settlement(channel="bni", proposer=granted.operator)
                (run,) = approve_and_post([proposed], granted.approver)
                settled.append(run.posted_idr)
                if day == days[0]:
                    answer(granted, run, rejected=sent(run))
        with on(day + timedelta(days=1)):
            seal_day(day=day)
    assert (owed, settled) == ([100, 120, 123], [100, 123])
    with on(days[2] + timedelta(days=1)), pytest.raises(NothingToPost):
        propose_settlement(channel="bni", proposer=granted.operator)
    assert audit().exact
