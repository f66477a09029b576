"""Templates that exist for these tests alone."""

from collections.abc import Iterator
from typing import Final

import pytest
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from bekal.messages import templates
from bekal.messages.channels.sms.standin import StandIn
from bekal.messages.templates import Placeholder, Template, register_template
from bekal.messages.topics import Topic
from tests.messages.phones import used_stand_in

GIVEN: Final = Template(
    code="tests.given",
    title=gettext_lazy("Trainings"),
    text=gettext_lazy("The last day is %(day)s."),
    placeholders={},
    topic=Topic.LOSSES,
)
OWED: Final = Template(
    code="tests.owed",
    title="About {title}",  # type: ignore[arg-type]
    text="{amount_idr} is owed for “{title}” until {day}.",  # type: ignore[arg-type]
    placeholders={"amount_idr": Placeholder.IDR, "day": Placeholder.DAY, "title": Placeholder.TITLE},
    topic=Topic.TRAININGS,
)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    for template in (GIVEN, OWED):
        register_template(template)
    yield
    for template in (GIVEN, OWED):
        del templates._TEMPLATES[template.code]


@pytest.fixture
def gateway(settings: Settings) -> Iterator[StandIn]:
    """A stand-in for the SMS gateway, which this installation is set to use. It reports nothing by itself."""
    with used_stand_in(settings) as stand_in:
        yield stand_in
