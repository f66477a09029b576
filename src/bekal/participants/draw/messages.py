"""What people are told of a draw's result."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.messages.services import write_many
from bekal.messages.templates import Placeholder, Template, register_template
from bekal.messages.topics import Topic
from bekal.participants.models import ApplicationState
from bekal.programmes.models import Wave

_OF_A_WAVE: Final = {"wave": Placeholder.TITLE}
_TEMPLATES: Final = {
    ApplicationState.ACCEPTED: Template(
        code="draw.accepted",
        title=_("You have a place in wave {wave}"),
        text=_("You have a place in wave {wave}. Log in to see your balance, and until when you must buy your first training."),
        placeholders=_OF_A_WAVE,
        topic=Topic.RESULTS,
    ),
    ApplicationState.RESERVE: Template(
        code="draw.reserve",
        title=_("You are on the reserve list of wave {wave}"),
        text=_(
            "The draw of wave {wave} gave you no place. You are on the reserve list: if a place falls free for you, you are told."
            " Anybody can check the draw on its public page."
        ),
        placeholders=_OF_A_WAVE,
        topic=Topic.RESULTS,
    ),
    ApplicationState.HOUSEHOLD_FULL: Template(
        code="draw.household_full",
        title=_("Your household has all its places in wave {wave}"),
        text=_(
            "In wave {wave} others of your family card were drawn before you, and took the places that one household can have."
            " If one of these falls free, you are told."
        ),
        placeholders=_OF_A_WAVE,
        topic=Topic.RESULTS,
    ),
    ApplicationState.WITHHELD: Template(
        code="draw.withheld",
        title=_("Your place in wave {wave} is being checked"),
        text=_("You were drawn in wave {wave}, but a check found something to be settled first. Log in to see what it is."),
        placeholders=_OF_A_WAVE,
        topic=Topic.RESULTS,
    ),
    ApplicationState.NOT_CHOSEN: Template(
        code="draw.not_chosen",
        title=_("No place in wave {wave}"),
        text=_("Wave {wave} has no place for you, and its reserve list has ended. You can apply to a later wave."),
        placeholders=_OF_A_WAVE,
        topic=Topic.RESULTS,
    ),
}


def register() -> None:
    """Make the templates known."""
    for template in _TEMPLATES.values():
        register_template(template)


def tell_results(*, wave: Wave, told: str) -> int:
    """Tell everybody with a login what became of the application, in the caller's transaction; how many messages that were.

    Args:
        told: a temporary table `(application, state)`.
    """
    return sum(
        write_many(
            template=template.code,
            select="SELECT person.user_id AS recipient, application.public_id AS about, %(wave)s::text AS wave"
            f" FROM {told} AS told"
            " JOIN participants_application AS application ON application.id = told.application"
            " JOIN participants_participant AS person ON person.id = application.participant_id"
            " WHERE told.state = %(state)s AND person.user_id IS NOT NULL",
            values={"wave": str(wave.number), "state": state.value},
        )
        for state, template in _TEMPLATES.items()
    )
