"""People on their way through the gates of an instalment, and the runs that pay them."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID, uuid4

from bekal.ledger.models import Run
from bekal.participants import sealed
from bekal.participants.models import Enrolment, Participant
from bekal.payouts.instalments import propose_instalment
from bekal.payouts.models import Payment, PaymentAccount
from bekal.payouts.queries import InstalmentState, instalments_of
from bekal.payouts.results import Results, record_results
from bekal.payouts.services import link_payment_account, verify_payment_account
from bekal.purchases.life_cycle import complete_purchase, rate_purchase, redeem_purchase
from bekal.purchases.models import Purchase
from bekal.purchases.services import buy_training
from tests.builders import ACCEPTED_ON, GrantedWave, approve_and_post, day_after, grant_wave, make_training, on

PRICE_IDR: Final = 371_000
INSTALMENT_IDR: Final = 600_000


def nik_of(enrolment: Enrolment) -> str:
    return sealed.nik_of(Participant.objects.get(pk=enrolment.participant_id))


def finish(enrolment: Enrolment, *, price_idr: int = PRICE_IDR) -> Purchase:
    """A training bought, redeemed and completed."""
    training = make_training(price_idr)
    purchase = buy_training(enrolment=enrolment, training=training, price_idr=price_idr, request_key=uuid4())
    redeem_purchase(redeem_code=purchase.redeem_code)
    return complete_purchase(purchase=purchase)


def rate(purchase: Purchase) -> Purchase:
    return rate_purchase(purchase=purchase, stars=5, review="Jelas dan berguna.")


def bank(enrolment: Enrolment, *, channel: str = "bni", number: str = "081234567890") -> PaymentAccount:
    """A verified account of the person's own."""
    account = link_payment_account(enrolment=enrolment, channel=channel, number=number)
    return verify_payment_account(account=account, holder_nik=nik_of(enrolment))


def open_gates(enrolment: Enrolment, *, channel: str = "bni") -> Purchase:
    """All gates of the first instalment, opened now."""
    bank(enrolment, channel=channel)
    return rate(finish(enrolment))


def state(enrolment: Enrolment, number: int = 1) -> InstalmentState:
    (found,) = (instalment for instalment in instalments_of(enrolment) if instalment.number == number)
    return found


def status_on(day: date, enrolment: Enrolment, number: int = 1) -> str:
    with on(day):
        return state(enrolment, number).status


def payable_wave(*, count: int) -> GrantedWave:
    """A wave of people who passed the gates of the first instalment on the day after they were accepted."""
    wave = grant_wave(count=count)
    with on(day_after(ACCEPTED_ON)):
        for enrolment in wave.enrolments:
            open_gates(enrolment)
    return wave


def pay(granted: GrantedWave, number: int = 1) -> Run:
    """An instalment run from proposal to last row."""
    (run,) = approve_and_post([propose_instalment(wave=granted.wave, number=number, proposer=granted.operator)], granted.approver)
    return run


def sent(run: Run) -> list[UUID]:
    """What the run sent, in the order of the owners."""
    return list(Payment.objects.filter(run=run.pk).order_by("owner").values_list("public_id", flat=True))


def answer(
    granted: GrantedWave,
    run: Run,
    *,
    paid: Iterable[UUID] = (),
    rejected: Iterable[UUID] = (),
    bounced: Iterable[UUID] = (),
) -> Results:
    return record_results(
        run=run,
        paid=list(paid),
        rejected=dict.fromkeys(rejected, "AC01"),
        bounced=dict.fromkeys(bounced, "AC04"),
        actor=granted.operator,
    )
