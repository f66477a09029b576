"""People with a phone, and what the stand-in for the gateway received."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from pytest_django import Settings

from bekal.access.models import Role, User
from bekal.access.tries import Origin
from bekal.messages.channels.sms.standin import StandIn, running
from bekal.messages.codes import confirm_code, request_code
from bekal.messages.models import Delivery
from bekal.messages.sending import send_waiting
from tests.builders import make_user

NUMBER: Final = "+6281234567890"
ORIGIN: Final = Origin("203.0.113.0/24")
DAY: Final = date(2021, 6, 15)


@contextmanager
def used_stand_in(settings: Settings) -> Iterator[StandIn]:
    """A stand-in for the SMS gateway, which this installation is set to use for the length of a block."""
    with running(secret="rahasia-uji-" * 4) as stand_in:
        settings.BEKAL_SMS_URL, settings.BEKAL_SMS_SECRET = stand_in.url, stand_in.secret
        yield stand_in


def send() -> None:
    """Send what waits, as a worker does."""
    send_waiting(pause=lambda: None)


def code_sent_to(gateway: StandIn, number: str = NUMBER) -> str:
    """The newest code that a phone received."""
    texts = [received.text for received in gateway.received() if received.to == number]
    found = re.search(r"\b\d{6}\b", texts[-1])
    assert found is not None
    return found[0]


def another(code: str) -> str:
    """A code of as many digits that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


def with_phone(gateway: StandIn, number: str = NUMBER, user: User | None = None) -> User:
    """Somebody with a phone that is verified."""
    user = user or make_user(Role.PARTICIPANT)
    request_code(user=user, number=number, origin=ORIGIN)
    send()
    confirm_code(user=user, code=code_sent_to(gateway, number))
    return user


def states() -> list[str]:
    """Of every message that leaves the database, in the order in which they were written."""
    return [str(state) for state in Delivery.objects.order_by("message").values_list("state", flat=True)]


def texts_to(gateway: StandIn, number: str = NUMBER) -> list[str]:
    """What a phone received beside codes."""
    texts = [received.text for received in gateway.received() if received.to == number]
    return [text for text in texts if not re.search(r"\b\d{6}\b", text)]
