from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Invalid, NotFound, Refused


class UnknownChannel(Invalid):
    """The programme pays through no such bank or e-wallet."""

    code = "unknown_channel"
    message = _("“{channel}” is not among the banks and e-wallets that can be used here: {known}.")


class AccountMalformed(Invalid):
    """Not a possible number of a payment account."""

    code = "account_malformed"
    message = _("An account number has 4 to 34 letters and digits. Please copy it from your bank or e-wallet.")


class WalletMalformed(Invalid):
    """Not a telephone number that an e-wallet could have."""

    code = "wallet_malformed"
    message = _("An e-wallet is found by a telephone number, such as 0812 3456 7890. Please copy it from your e-wallet.")


class HolderMismatch(Refused):
    """The channel says that the account is somebody else's."""

    code = "holder_mismatch"
    message = _("This account belongs to another NIK than yours. Please link an account of your own.")


class AccountReplaced(Refused):
    """The person has linked another account since."""

    code = "account_replaced"
    message = _("This account was replaced by another one.")


class UnknownInstalment(NotFound):
    """The programme has no instalment of this number."""

    code = "unknown_instalment"
    message = _("This programme has no instalment {number}.")


class UnknownPayment(NotFound):
    """The run has sent no such payment."""

    code = "unknown_payment"
    message = _("{unknown} of these results name no payment of this run. Nothing was recorded.")


class ResultConflict(Refused):
    """A payment cannot be both paid and rejected, and what came back is recorded after it was paid."""

    code = "result_conflict"
    message = _("{conflicting} of these payments have two results that exclude each other. Nothing was recorded.")


class NotPaidBefore(Refused):
    """Only what was paid can bounce."""

    code = "not_paid_before"
    message = _(
        "{unpaid} of these payments are said to have come back, but were not reported as paid before. Record them as paid first,"
        " or as rejected. Nothing was recorded."
    )


class ReasonMalformed(Invalid):
    """What a channel gave as its reason is none."""

    code = "reason_malformed"
    message = _(
        "{malformed} of these results have no reason, or one of more than {most} characters. Write the channel's word for"
        " it, such as AC04. Nothing was recorded."
    )


class PaymentCorrected(Refused):
    """The money is not on its way any more."""

    code = "payment_corrected"
    message = _("{gone} of these payments were taken back by a correction. Nothing was recorded.")


class MoneyWaiting(Refused):
    """Somebody who is to be erased still has money, or money is on its way to them."""

    code = "money_waiting"
    message = _(
        "This person has {balance_idr}; payments on their way: {sent}. Erased, the person can no longer be paid, and what is left"
        " returns with the wave. Wait until it is spent and paid; or, where the person gives it up: --give-up-money"
    )
