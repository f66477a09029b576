"""A participant's standing: what every page that shows trainings has to know of the reader."""

from dataclasses import dataclass

from bekal.access.models import User
from bekal.catalogue.models import Training
from bekal.participants.models import Enrolment
from bekal.participants.queries import current_enrolment, was_enrolled
from bekal.purchases.queries import Wallet, owned_training_ids, wallet


def is_applying(reader: object) -> bool:
    """Whether a page leads this reader to an application, not to a balance; in one query for whoever is logged in."""
    return isinstance(reader, User) and not was_enrolled(reader)


@dataclass(frozen=True, slots=True)
class Standing:
    """An enrolment with its wallet and the primary keys of the trainings it has."""

    enrolment: Enrolment
    wallet: Wallet
    owned: set[int]


@dataclass(frozen=True, slots=True)
class Offer:
    """A training as one reader sees it.

    `remaining_idr` is what would be left of the balance after buying, below zero by what is missing; None where there is no
    balance to compare with. `used_percent` is the price's share of the balance, at most 100.
    """

    training: Training
    is_owned: bool = False
    remaining_idr: int | None = None
    used_percent: int = 0
    reason: str = ""

    @property
    def fits(self) -> bool:
        """Whether the balance is enough."""
        return self.remaining_idr is not None and self.remaining_idr >= 0

    @property
    def missing_idr(self) -> int:
        """What the balance lacks; 0 where it is enough."""
        return max(-(self.remaining_idr or 0), 0)


def standing_of(user: User) -> Standing | None:
    """The standing of the participant who logs in as this user, in four queries; None without an enrolment."""
    enrolment = current_enrolment(user)
    return None if enrolment is None else standing_in(enrolment)


def standing_in(enrolment: Enrolment) -> Standing:
    """The standing in one enrolment, which need not be the person's newest, in three queries."""
    return Standing(enrolment=enrolment, wallet=wallet(enrolment), owned=owned_training_ids(enrolment))


def offer_to(standing: Standing | None, training: Training, *, reason: str = "") -> Offer:
    """The training as this participant sees it, or as anyone does."""
    if standing is None:
        return Offer(training=training)
    is_owned = training.pk in standing.owned
    if is_owned or not standing.wallet.can_spend:
        return Offer(training=training, is_owned=is_owned)
    balance_idr, price_idr = standing.wallet.training_idr, training.price_idr
    return Offer(
        training=training,
        remaining_idr=balance_idr - price_idr,
        used_percent=100 if price_idr >= balance_idr else price_idr * 100 // balance_idr,
        reason=reason,
    )
