"""Adding trainings, changing their prices, closing them, and counting their seats."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from bekal.access.models import User
from bekal.access.services import record_act
from bekal.catalogue.bulk import (
    NewTraining,
    clean_training,
    find_flaw,
    match_staged,
    stage,
    staged_codes_in_use,
    staged_ids,
    write_staged,
)
from bekal.catalogue.errors import BadPrice, BadTraining, CodesTaken, NoSeatLeft, UnknownTraining
from bekal.catalogue.models import PriceChange, Training
from bekal.core import clock
from bekal.core.money import MAX_IDR

__all__ = [
    "NewTraining",
    "add_trainings",
    "change_price",
    "close_training",
    "give_seat_back",
    "hold_seats",
    "take_seat",
    "take_seats",
]

_CODES_SHOWN: Final = 10


@transaction.atomic
def add_trainings(*, trainings: Sequence[NewTraining]) -> list[int]:
    """Add trainings, open for sale, with providers and platforms as needed; return their primary keys in the same order.

    Raises:
        BadTraining: one of them is impossible.
        CodesTaken: a code is in use or given twice.
    """
    cleaned = [clean_training(training) for training in trainings]
    for training in cleaned:
        if flaw := find_flaw(training):
            raise BadTraining(training=training.code, name=flaw.name, reason=flaw.reason)
    if twice := [code for code, times in Counter(training.code for training in cleaned).items() if times > 1]:
        raise CodesTaken(codes=", ".join(twice[:_CODES_SHOWN]))
    stage(enumerate(cleaned))
    match_staged(given=())
    if taken := staged_codes_in_use(most=_CODES_SHOWN):
        raise CodesTaken(codes=", ".join(taken))
    write_staged()
    return staged_ids()


@transaction.atomic
def change_price(*, training_id: int, price_idr: int, actor: User | None) -> None:
    """Give a training another price from now on; the price that it has already changes nothing.

    Raises:
        BadPrice: not from 0 to what an account can hold.
        UnknownTraining: no such training.
    """
    if isinstance(price_idr, bool) or not 0 <= price_idr <= MAX_IDR:
        raise BadPrice(price=price_idr, largest=MAX_IDR)
    training = _locked(training_id)
    if training.price_idr == price_idr:
        return
    before_idr, training.price_idr = training.price_idr, price_idr
    training.save(update_fields=["price_idr"])
    PriceChange.objects.create(training=training, price_idr=price_idr, since=clock.now())
    record_act(
        actor=actor,
        verb="catalogue.change_price",
        subject=f"training:{training.public_id}",
        before_idr=before_idr,
        price_idr=price_idr,
    )


@transaction.atomic
def close_training(*, training_id: int, actor: User | None) -> None:
    """Stop selling a training; what was sold stays sold. Closing it again changes nothing.

    Raises:
        UnknownTraining: no such training.
    """
    training = _locked(training_id)
    if not training.is_open:
        return
    training.is_open = False
    training.save(update_fields=["is_open"])
    record_act(actor=actor, verb="catalogue.close_training", subject=f"training:{training.public_id}")


def take_seat(*, training_id: int) -> None:
    """Take one seat in the caller's transaction; where there is no limit, nothing is counted and no row is written.

    Seats of several trainings are taken by `hold_seats` and `take_seats`.

    Raises:
        NoSeatLeft: all are taken.
        UnknownTraining: no such training.
    """
    wanted = Training.objects.filter(pk=training_id)
    if wanted.filter(seats_left__gt=0).update(seats_left=F("seats_left") - 1):
        return
    seats_left = wanted.values_list("seats_left", flat=True)
    if not seats_left:
        raise UnknownTraining(training=training_id)
    if seats_left[0] is not None:
        raise NoSeatLeft


def hold_seats(*, training_ids: Collection[int]) -> None:
    """Lock the trainings whose seats are counted to the end of the caller's transaction, in ascending order of primary key.

    The others are left to everybody else who sells them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_SEATS_SQL, {"trainings": list(training_ids)})


def take_seats(*, training_ids: Sequence[int]) -> None:
    """Take a seat of each training that `hold_seats` locked, as often as it is named; where there is no limit, none is counted.

    Raises:
        NoSeatLeft: a training has fewer seats left than that.
    """
    if not training_ids:
        return
    wanted = Counter(training_ids)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TAKE_SEATS_SQL, {"trainings": list(wanted), "seats": list(wanted.values())})
    except IntegrityError as error:
        raise NoSeatLeft from error


def give_seat_back(*, training_id: int) -> None:
    """Return one seat in the caller's transaction; never more than there are in all.

    Raises:
        UnknownTraining: no such training.
    """
    wanted = Training.objects.filter(pk=training_id)
    is_taken = Q(seats__isnull=True) | Q(seats_left__lt=F("seats"))
    if not wanted.filter(is_taken, seats_left__isnull=False).update(seats_left=F("seats_left") + 1) and not wanted.exists():
        raise UnknownTraining(training=training_id)


def _locked(training_id: int) -> Training:
    training = Training.objects.select_for_update(no_key=True).filter(pk=training_id).first()
    if training is None:
        raise UnknownTraining(training=training_id)
    return training


_HOLD_SEATS_SQL: Final = """
SELECT count(*) FROM (
    SELECT FROM catalogue_training AS training
    WHERE training.id = ANY (%(trainings)s::bigint[]) AND training.seats_left IS NOT NULL
    ORDER BY training.id
    FOR NO KEY UPDATE
) AS held
"""
_TAKE_SEATS_SQL: Final = """
UPDATE catalogue_training AS training
SET seats_left = training.seats_left - wanted.seats
FROM unnest(%(trainings)s::bigint[], %(seats)s::int[]) AS wanted (training, seats)
WHERE training.id = wanted.training AND training.seats_left IS NOT NULL
"""
