"""What people are told of their participation."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.messages.templates import Placeholder, Template, register_template
from bekal.messages.topics import Topic

GRANTED: Final = "participants.granted"


def register() -> None:
    """Make the template known."""
    register_template(
        Template(
            code=GRANTED,
            title=_("Your training balance is here"),
            text=_(
                "You are accepted, and your training balance of {training_idr} is here. Buy your first training within {days}"
                " days; otherwise your participation is revoked and the money goes back to the state treasury."
            ),
            placeholders={"training_idr": Placeholder.IDR, "days": Placeholder.COUNT},
            topic=Topic.LOSSES,
        )
    )
