"""What people are told of their purchases."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.messages.templates import Placeholder, Template, register_template
from bekal.messages.topics import Topic

REFUNDED: Final = "purchases.refunded"
REFUND_RETURNED: Final = "purchases.refund_returned"
REFUND_BUY_BY: Final = "purchases.refund_buy_by"
REFUND_LATE: Final = "purchases.refund_late"
AT_WISH: Final = {code: f"{code}_at_wish" for code in (REFUNDED, REFUND_RETURNED, REFUND_BUY_BY, REFUND_LATE)}
"""The same where the person wished it: nothing was cancelled."""

_OF_A_REFUND: Final = {"title": Placeholder.TITLE, "amount_idr": Placeholder.IDR}
_WITH_A_DAY: Final = _OF_A_REFUND | {"last_day": Placeholder.DAY}


def register() -> None:
    """Make the templates known."""
    _register_cancelled()
    _register_at_wish()


def _register_cancelled() -> None:
    register_template(
        Template(
            code=REFUNDED,
            title=_("A training was cancelled"),
            text=_("“{title}” was cancelled. {amount_idr} is back in your training balance."),
            placeholders=_OF_A_REFUND,
            topic=Topic.TRAININGS,
        )
    )
    register_template(
        Template(
            code=REFUND_RETURNED,
            title=_("A training was cancelled"),
            text=_("“{title}” was cancelled. Your training balance is closed, so {amount_idr} went back to the state treasury."),
            placeholders=_OF_A_REFUND,
            topic=Topic.LOSSES,
        )
    )
    register_template(
        Template(
            code=REFUND_BUY_BY,
            title=_("A training was cancelled"),
            text=_(
                "“{title}” was cancelled. {amount_idr} is back in your training balance. Buy another training by {last_day};"
                " otherwise your participation is revoked."
            ),
            placeholders=_WITH_A_DAY,
            topic=Topic.LOSSES,
        )
    )
    register_template(
        Template(
            code=REFUND_LATE,
            title=_("A training was cancelled"),
            text=_(
                "“{title}” was cancelled. {amount_idr} is back in your training balance, but the last day to spend it was"
                " {last_day}: it goes back to the state treasury."
            ),
            placeholders=_WITH_A_DAY,
            topic=Topic.LOSSES,
        )
    )


def _register_at_wish() -> None:
    register_template(
        Template(
            code=AT_WISH[REFUNDED],
            title=_("A training was given back"),
            text=_("At your own wish, “{title}” was given back. {amount_idr} is back in your training balance."),
            placeholders=_OF_A_REFUND,
            topic=Topic.TRAININGS,
        )
    )
    register_template(
        Template(
            code=AT_WISH[REFUND_RETURNED],
            title=_("A training was given back"),
            text=_(
                "At your own wish, “{title}” was given back. Your training balance is closed, so {amount_idr} went back to the"
                " state treasury."
            ),
            placeholders=_OF_A_REFUND,
            topic=Topic.LOSSES,
        )
    )
    register_template(
        Template(
            code=AT_WISH[REFUND_BUY_BY],
            title=_("A training was given back"),
            text=_(
                "At your own wish, “{title}” was given back. {amount_idr} is back in your training balance. Buy another training"
                " by {last_day}; otherwise your participation is revoked."
            ),
            placeholders=_WITH_A_DAY,
            topic=Topic.LOSSES,
        )
    )
    register_template(
        Template(
            code=AT_WISH[REFUND_LATE],
            title=_("A training was given back"),
            text=_(
                "At your own wish, “{title}” was given back. {amount_idr} is back in your training balance, but the last day to"
                " spend it was {last_day}: it goes back to the state treasury."
            ),
            placeholders=_WITH_A_DAY,
            topic=Topic.LOSSES,
        )
    )
