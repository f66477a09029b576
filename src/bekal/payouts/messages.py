"""What people are told of their payments."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.messages.templates import Placeholder, Template, register_template
from bekal.messages.topics import Topic

ACCOUNT_CONFIRMED: Final = "payouts.account_confirmed"
REJECTED: Final = "payouts.rejected"
REJECTED_RETURNED: Final = "payouts.rejected_returned"
BOUNCED: Final = "payouts.bounced"


def register() -> None:
    """Make the templates known."""
    register_template(
        Template(
            code=ACCOUNT_CONFIRMED,
            title=_("Your payment account is confirmed"),
            text=_("The account that you linked on {linked_on} is in your name. Your incentives are paid to it."),
            placeholders={"linked_on": Placeholder.DAY},
            topic=Topic.PAYMENTS,
        )
    )
    register_template(
        Template(
            code=REJECTED,
            title=_("An incentive could not be paid"),
            text=_(
                "Your bank or e-wallet rejected the incentive of {amount_idr}. The money is back in your incentive balance and"
                " can be paid again. Please check that your account can receive money."
            ),
            placeholders={"amount_idr": Placeholder.IDR},
            topic=Topic.PAYMENTS,
        )
    )
    register_template(
        Template(
            code=REJECTED_RETURNED,
            title=_("An incentive could not be paid"),
            text=_(
                "Your bank or e-wallet rejected the incentive of {amount_idr}. Your incentive balance is closed, so the money"
                " went back to the state treasury."
            ),
            placeholders={"amount_idr": Placeholder.IDR},
            topic=Topic.LOSSES,
        )
    )
    register_template(
        Template(
            code=BOUNCED,
            title=_("An incentive came back"),
            text=_(
                "The incentive of {amount_idr} that was paid to your bank or e-wallet came back on {came_back_on}. It is in your"
                " incentive balance again and can be paid again. Please check that your account can receive money."
            ),
            placeholders={"amount_idr": Placeholder.IDR, "came_back_on": Placeholder.DAY},
            topic=Topic.PAYMENTS,
        )
    )
