"""Templates that exist for these tests alone."""

from collections.abc import Iterator
from typing import Final

import pytest
from django.utils.translation import gettext_lazy

from bekal.messages import templates
from bekal.messages.templates import Placeholder, Template, register_template

GIVEN: Final = Template(
    code="tests.given",
    title=gettext_lazy("Trainings"),
    text=gettext_lazy("The last day is %(day)s."),
    placeholders={},
)
OWED: Final = Template(
    code="tests.owed",
    title="About {title}",  # type: ignore[arg-type]
    text="{amount_idr} is owed for “{title}” until {day}.",  # type: ignore[arg-type]
    placeholders={"amount_idr": Placeholder.IDR, "day": Placeholder.DAY, "title": Placeholder.TITLE},
)


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    for template in (GIVEN, OWED):
        register_template(template)
    yield
    for template in (GIVEN, OWED):
        del templates._TEMPLATES[template.code]
