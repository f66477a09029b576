"""The ledger's transfers and the gates of an incentive, in the words of the person whose money they move or hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from bekal.ledger.accounts import AccountKind
from bekal.ledger.queries import StatementLine
from bekal.programmes.definition.kinds import Gate
from bekal.purchases.models import Purchase


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a participant's statement; `purchase` where it is about one."""

    day: date
    text: str
    change_idr: int
    after_idr: int
    purchase: Purchase | None


def movement(line: StatementLine, purchases: Mapping[str, Purchase]) -> Movement:
    """A line of the training account in plain words.

    Args:
        purchases: the enrolment's, by their key in the ledger.
    """
    purchase = purchases.get(line.key)
    return Movement(
        day=line.posting_date,
        text=_text(line, purchase),
        change_idr=line.change_idr,
        after_idr=line.after_idr,
        purchase=purchase,
    )


def gate_in_words(gate: Gate) -> str:
    """What a person must have done before an instalment is paid, as one of a list."""
    match gate:
        case Gate.FIRST_TRAINING_COMPLETED:
            return _("Your first training is finished.")
        case Gate.FIRST_TRAINING_RATED:
            return _("You have rated your first training.")
        case Gate.PAYMENT_ACCOUNT_VERIFIED:
            return _("Your bank account or e-wallet is confirmed.")


def _text(line: StatementLine, purchase: Purchase | None) -> str:
    if purchase is not None:
        return _("Bought: {title}").format(title=purchase.training.title)
    came = line.change_idr > 0
    match line.counterpart:
        case AccountKind.GRANTING:
            return _("Training balance received")
        case AccountKind.ESCROW:
            return _("A training was refunded") if came else _("Bought a training")
        case AccountKind.RETURNED:
            return _("Went back to the state treasury")
        case AccountKind():
            return _("Balance received") if came else _("Balance taken")
