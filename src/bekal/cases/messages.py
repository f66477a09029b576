"""What people are told of the cases about them."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from bekal.cases.models import Outcome
from bekal.messages.templates import Template, register_template
from bekal.messages.topics import Topic

TEMPLATES: Final[Mapping[str, Template]] = {
    Outcome.CONFIRMED: Template(
        code="cases.confirmed",
        title=_("Your registration is confirmed"),
        text=_("The programme office has checked your registration and confirmed it. You can apply to a wave."),
        placeholders={},
        topic=Topic.RESULTS,
    ),
    Outcome.REFUSED: Template(
        code="cases.refused",
        title=_("Your registration could not be confirmed"),
        text=_(
            "The programme office has checked your registration and could not confirm it. Have your data corrected at the"
            " population registry (Dukcapil), or check on the page of your application what you typed."
        ),
        placeholders={},
        topic=Topic.RESULTS,
    ),
    Outcome.CLEARED: Template(
        code="cases.cleared",
        title=_("The check is over: nothing holds you back"),
        text=_("What a check had found about you was looked at and does not hold you back any more. You need not do anything."),
        placeholders={},
        topic=Topic.RESULTS,
    ),
    Outcome.EXCLUDED: Template(
        code="cases.excluded",
        title=_("You cannot take part"),
        text=_("What a check had found about you was looked at and is right: you cannot take part. Log in to see the reason."),
        placeholders={},
        topic=Topic.RESULTS,
    ),
    Outcome.ONE_PERSON: Template(
        code="cases.one_person",
        title=_("You are registered twice"),
        text=_("The programme office has found that you are registered twice. Only your first registration counts."),
        placeholders={},
        topic=Topic.RESULTS,
    ),
}
"""By outcome; who is not the same person as another one is told nothing."""


def register() -> None:
    """Make the templates known."""
    for template in TEMPLATES.values():
        register_template(template)
