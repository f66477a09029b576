from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from bekal.catalogue.models import Training
from bekal.core.errors import Invalid, NotFound, Refused


class AlreadyBought(Refused):
    """The person has this training."""

    code = "already_bought"
    message = _("You already have this training. Your balance was not charged again.")


class RequestReused(Invalid):
    """One confirmation was sent for two purchases."""

    code = "request_reused"
    message = _("This confirmation was already used for another purchase. Please look at it and confirm again.")


class BadBundle(Invalid):
    """Not a possible bundle."""

    code = "bad_bundle"
    message = _("From {fewest} to {most} different trainings can be bought together.")


class BundleRefused(Refused):
    """At least one training of a bundle cannot be bought, so none was.

    Attributes:
        refusals: why, for each training that cannot.
    """

    code = "bundle_refused"
    message = _("Not all of these trainings can be bought now: {trainings}. None was bought; your balance was not charged.")

    def __init__(self, refusals: Mapping[Training, Refused]) -> None:
        super().__init__(trainings=", ".join(training.title for training in refusals))
        self.refusals = refusals


class TrainingClosed(Refused):
    """The training is not sold any more."""

    code = "training_closed"
    message = _("This training is not open any more. Your balance was not charged.")


class PriceChanged(Refused):
    """The price is not the one that the person saw."""

    code = "price_changed"
    message = _("The price is now {price_idr}. Please look at it and confirm again; your balance was not charged.")


class NotGranted(Refused):
    """The enrolment has no balance to spend."""

    code = "not_granted"
    message = _("You have no training balance to spend.")


class ParticipationRevoked(Refused):
    """The enrolment was revoked."""

    code = "participation_revoked"
    message = _("Your participation was revoked because nothing was bought in time. The balance went back to the treasury.")


class SpendingEnded(Refused):
    """The last day to spend has passed."""

    code = "spending_ended"
    message = _("The last day to spend the training balance was {last_day}.")


class FirstPurchaseTooLate(Refused):
    """The last day of the first purchase has passed with nothing bought."""

    code = "first_purchase_too_late"
    message = _("The first training had to be bought by {last_day}.")


class OrdersRefused(Refused):
    """At least one of many purchases breaks a rule, so none was made."""

    code = "orders_refused"
    message = _("{refused} of these purchases are not allowed. None was made.")


class UnknownRedeemCode(NotFound):
    """No purchase has this code."""

    code = "unknown_redeem_code"
    message = _("There is no purchase with the redeem code “{redeem_code}”. Please check every character.")


class PurchaseRefunded(Refused):
    """The price went back; the training cannot be taken any more."""

    code = "purchase_refunded"
    message = _("This training was cancelled and its price went back. The code opens nothing any more.")


class NotRedeemed(Refused):
    """The training has not begun."""

    code = "not_redeemed"
    message = _("The redeem code of this training was not used yet.")


class NotCompleted(Refused):
    """The training is not finished."""

    code = "not_completed"
    message = _("A training can be rated once it is completed.")


class TrainingTimeOver(Refused):
    """The last day of training itself has passed."""

    code = "training_time_over"
    message = _("The last day to take trainings was {last_day}.")


class BadRating(Invalid):
    """Not a possible rating."""

    code = "bad_rating"
    message = _("A rating has 1 to {most_stars} stars and a review of 1 to {characters} characters.")


class AlreadyRated(Refused):
    """The purchase has another rating."""

    code = "already_rated"
    message = _("You have rated this training already; a rating stays as it is.")


class RefundPending(Refused):
    """A refund of the training waits already."""

    code = "refund_pending"
    message = _("A refund of this training is waiting for approval already.")
