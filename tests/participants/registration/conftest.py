"""A stand-in for the SMS gateway."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from bekal.messages.channels.sms.standin import StandIn
from tests.messages.phones import used_stand_in


@pytest.fixture
def gateway(settings: Settings) -> Iterator[StandIn]:
    with used_stand_in(settings) as stand_in:
        yield stand_in
