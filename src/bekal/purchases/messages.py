"""What people are told of their purchases."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.messages.templates import Placeholder, Template, register_template

REFUNDED: Final = "purchases.refunded"
REFUND_RETURNED: Final = "purchases.refund_returned"

_OF_A_REFUND: Final = {"title": Placeholder.TITLE, "amount_idr": Placeholder.IDR}


def register() -> None:
    """Make the templates known."""
    register_template(
        Template(
            code=REFUNDED,
            title=_("A training was cancelled"),
            text=_("“{title}” was cancelled. {amount_idr} is back in your training balance."),
            placeholders=_OF_A_REFUND,
        )
    )
    register_template(
        Template(
            code=REFUND_RETURNED,
            title=_("A training was cancelled"),
            text=_("“{title}” was cancelled. Your training balance is closed, so {amount_idr} went back to the state treasury."),
            placeholders=_OF_A_REFUND,
        )
    )
