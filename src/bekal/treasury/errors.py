from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, NotFound, Refused


class TooEarly(Refused):
    """The day that the rule waits for has not passed."""

    code = "too_early"
    message = _("This can be proposed from the day after {last_day}; today is {today}.")


class EndPending(Refused):
    """A proposal for the same wave waits already."""

    code = "end_pending"
    message = _("A proposal for this wave is waiting for approval already.")


class NothingToEnd(Refused):
    """Every enrolment of the wave has ended."""

    code = "nothing_to_end"
    message = _("There is nothing to take back in this wave.")


class BadReference(Invalid):
    """Not a number of an order or of a receipt."""

    code = "bad_reference"
    message = _("“{reference}” is not an official number: write up to 64 letters, digits and the characters . / _ -")


class NothingReturned(Refused):
    """No money returned from the wave in that fiscal year."""

    code = "nothing_returned"
    message = _("Nothing has returned from this wave in {fiscal_year}.")


class NotALaterWave(Refused):
    """Returned money goes to a later wave only."""

    code = "not_a_later_wave"
    message = _("Returned money can be given to a later wave only.")


class OrderUsed(Refused):
    """The order's number was used for another remittance."""

    code = "order_used"
    message = _("The order {order_number} was used for another remittance already.")


class UnknownOrder(NotFound):
    """No remittance has this order."""

    code = "unknown_order"
    message = _("There is no remittance by the order {order_number}.")


class NotRemitted(Refused):
    """The remittance was not posted, so it has no receipt."""

    code = "not_remitted"
    message = _("The remittance by the order {order_number} has not been posted.")


class ReceiptUsed(Refused):
    """One receipt for one remittance."""

    code = "receipt_used"
    message = _("The receipt {receipt_number} is recorded already, and stays.")


class ReasonMissing(Invalid):
    """A correction without a reason."""

    code = "reason_missing"
    message = _("Write why this is corrected.")


class UnknownTransfer(NotFound):
    """The chain is not that long."""

    code = "unknown_transfer"
    message = _("Account {owner} has no transfer {sequence}.")


class NotCorrectable(Refused):
    """A grant is taken back by revocation or expiry, never by a correction."""

    code = "not_correctable"
    message = _("What was granted is taken back by revoking it, not by a correction.")


class AlreadyCorrected(Refused):
    """The transfer was reversed before."""

    code = "already_corrected"
    message = _("Transfer {sequence} of account {owner} was corrected already.")
