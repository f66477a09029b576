"""Reading purchases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from bekal.access.models import User
from bekal.catalogue.models import Training
from bekal.core import clock
from bekal.core.errors import NotFound, Refused
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.models import Balance, Transfer
from bekal.ledger.queries import closed_on
from bekal.participants.models import Enrolment, EnrolmentStatus
from bekal.purchases.keys import bundle_request_keys, refund_key
from bekal.purchases.models import Purchase, PurchaseStatus
from bekal.purchases.rules import FEWEST_TOGETHER, Facts, bundle_refusal, refusal


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a participant can still do with the money of an enrolment.

    `has_bought`: a training that the balance paid for secures the participation. `last_day` is the person's own next last day: of
    the first purchase while nothing secures it and its days run, of spending otherwise. `at_stake_idr` returns to the treasury
    if it passes: everything before the first purchase, what is left of training after it. `days_left` counts the last day itself:
    1 on that day, 0 when it is over. `was_cancelled`: a training was cancelled, which gave days to buy another.
    """

    training_idr: int
    incentive_idr: int
    has_bought: bool
    last_day: date
    days_left: int
    at_stake_idr: int
    can_spend: bool
    was_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Refund:
    """What became of a price that was given back: on which day, whether it `went_on` to the treasury because the balance was
    closed by then, and, where it did not, on which day the balance was closed after it.
    """

    day: date
    went_on: bool
    closed_on: date | None


def wallet(enrolment: Enrolment) -> Wallet:
    """The wallet of an enrolment, in two queries."""
    accounts = (training_account(enrolment.number), incentive_account(enrolment.number))
    balances = dict(Balance.objects.filter(owner__in=accounts).values_list("owner", "available_idr"))
    training_idr, incentive_idr = (balances[account] for account in accounts)
    bought, first_purchase_by, was_cancelled = _security(enrolment)
    # Who reached the end of spending had bought; a refund since makes nothing of that undone.
    is_past_first = bought or enrolment.status == EnrolmentStatus.ENDED
    last_day = enrolment.wave.spend_by if is_past_first or first_purchase_by is None else first_purchase_by
    days_left = max((last_day - clock.today()).days + 1, 0)
    return Wallet(
        training_idr=training_idr,
        incentive_idr=incentive_idr,
        has_bought=bought,
        last_day=last_day,
        days_left=days_left,
        at_stake_idr=training_idr if bought else training_idr + incentive_idr,
        can_spend=enrolment.status == EnrolmentStatus.GRANTED and days_left > 0,
        was_cancelled=was_cancelled,
    )


def _security(enrolment: Enrolment) -> tuple[bool, date | None, bool]:
    """What secures the participation: whether something does, the last day to buy it, whether a cancellation gave that day.

    There is no such day while nobody knows that the person was told.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_bought, first_purchase_by, was_cancelled FROM purchases_security(%s::bigint, %s::date, %s::date)",
            [enrolment.pk, enrolment.first_purchase_by, enrolment.wave.spend_by],
        )
        has_bought, first_purchase_by, was_cancelled = cursor.fetchone()
    return has_bought, first_purchase_by, was_cancelled


def purchases_of(enrolment: Enrolment) -> list[Purchase]:
    """Every purchase of an enrolment with its training and provider, newest first."""
    found = enrolment.purchases.select_related("training__provider").order_by("-bought_at", "-id")
    return list(found.defer("training__words", "training__description"))


def owned_training_ids(enrolment: Enrolment) -> set[int]:
    """The primary keys of the trainings that the enrolment has."""
    return set(enrolment.purchases.filter(status=PurchaseStatus.BOUGHT).values_list("training_id", flat=True))


def purchase_of(*, user: User, public_id: UUID) -> Purchase:
    """A purchase of the participant who logs in as this user.

    Raises:
        NotFound: no such purchase, or somebody else's.
    """
    found = (
        Purchase.objects.filter(public_id=public_id, enrolment__participant__user=user)
        .select_related("training__provider", "training__platform", "enrolment__wave")
        .first()
    )
    if found is None:
        raise NotFound(what=_("purchase"), name=public_id)
    return found


def bundle_of(*, user: User, request_key: UUID) -> list[Purchase]:
    """The purchases of one bundle of the participant who logs in as this user, by price and code.

    Raises:
        NotFound: no such bundle, or somebody else's.
    """
    keys = bundle_request_keys(request_key)
    found = list(
        Purchase.objects.filter(request_key__in=keys, enrolment__participant__user=user)
        .select_related("training__provider", "training__platform", "enrolment__wave")
        .order_by("price_idr", "training__code")
    )
    if len(found) < FEWEST_TOGETHER:
        raise NotFound(what=_("purchase"), name=request_key)
    return found


def refunds_of(purchases: Sequence[Purchase]) -> dict[int, Refund]:
    """What became of the prices of refunded purchases of one enrolment, as its transfers say, by primary key; in two queries."""
    refunded = [purchase for purchase in purchases if purchase.status == PurchaseStatus.REFUNDED]
    if not refunded:
        return {}
    owner = training_account(refunded[0].enrolment.number)
    keys = [refund_key(purchase.public_id) for purchase in refunded]
    asked = [*keys, *(f"forward:{key}" for key in keys)]
    posted = dict(Transfer.objects.filter(owner=owner, key__in=asked).values_list("key", "posting_date"))
    closed = closed_on(owner)
    return {
        purchase.pk: Refund(
            day=posted[key],
            went_on=f"forward:{key}" in posted,
            closed_on=None if f"forward:{key}" in posted else closed,
        )
        for purchase, key in zip(refunded, keys, strict=True)
        if key in posted
    }


def refusal_to_buy(*, enrolment: Enrolment, training: Training, wallet: Wallet, owned: set[int]) -> Refused | None:
    """Why the training cannot be bought now: the error that `buy_training` would raise; None where it would not.

    Only a page's forecast, from what was read without a lock; `buy_training` judges.

    Args:
        owned: the primary keys of the trainings that the enrolment has.
    """
    return refusal(_facts(enrolment, training, wallet, owned), today=clock.today())


def refusal_to_buy_together(
    *, enrolment: Enrolment, trainings: Sequence[Training], wallet: Wallet, owned: set[int]
) -> Refused | None:
    """Why these trainings cannot be bought together now at their present prices, as `refusal_to_buy` says it for one.

    Args:
        trainings: 2 to 4 different ones.
        owned: the primary keys of the trainings that the enrolment has.
    """
    return bundle_refusal(
        {training: _facts(enrolment, training, wallet, owned) for training in trainings},
        prices_idr={training.pk: training.price_idr for training in trainings},
        today=clock.today(),
    )


def purchase_of_training(*, enrolment: Enrolment, training: Training) -> Purchase | None:
    """The purchase by which the enrolment has this training, or None."""
    return Purchase.objects.filter(enrolment=enrolment, training=training, status=PurchaseStatus.BOUGHT).first()


def _facts(enrolment: Enrolment, training: Training, wallet: Wallet, owned: set[int]) -> Facts:
    return Facts(
        status=enrolment.status,
        available_idr=wallet.training_idr,
        has_bought=wallet.has_bought,
        first_purchase_by=enrolment.wave.spend_by if wallet.has_bought else wallet.last_day,
        spend_by=enrolment.wave.spend_by,
        is_owned=training.pk in owned,
        is_open=training.is_open,
        price_idr=training.price_idr,
        seats_left=training.seats_left,
    )
