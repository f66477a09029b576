"""When a training may be bought."""

from datetime import date

from bekal.catalogue.errors import NoSeatLeft
from bekal.catalogue.models import Training
from bekal.core.errors import Refused
from bekal.ledger.errors import InsufficientBalance
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.purchases.errors import (
    AlreadyBought,
    FirstPurchaseTooLate,
    NotGranted,
    ParticipationRevoked,
    SpendingEnded,
    TrainingClosed,
)


def refusal(
    *, enrolment: Enrolment, training: Training, today: date, available_idr: int | None, started_in_time: bool, is_owned: bool
) -> Refused | None:
    """The first rule that forbids this purchase; None where none does.

    Args:
        enrolment: with its wave.
        today: the programme's calendar day.
        available_idr: what the training account holds; None once it is closed.
        started_in_time: something was bought before, or the first purchase may still be made.
        is_owned: the enrolment has this training.
    """
    wave = enrolment.wave
    if enrolment.status == EnrolmentStatus.REVOKED:
        return ParticipationRevoked()
    if available_idr is None or enrolment.status == EnrolmentStatus.ENDED:
        return SpendingEnded(last_day=wave.spend_by)
    if enrolment.status != EnrolmentStatus.GRANTED:
        return NotGranted()
    if today > wave.spend_by:
        return SpendingEnded(last_day=wave.spend_by)
    if not started_in_time:
        return FirstPurchaseTooLate(last_day=wave.first_purchase_by)
    if is_owned:
        return AlreadyBought()
    if not training.is_open:
        return TrainingClosed()
    if training.price_idr > available_idr:
        missing_idr = training.price_idr - available_idr
        return InsufficientBalance(available_idr=available_idr, amount_idr=training.price_idr, missing_idr=missing_idr)
    return NoSeatLeft() if training.seats_left == 0 else None
