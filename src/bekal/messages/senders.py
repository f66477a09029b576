"""The port through which messages leave: each channel that sends registers how."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID

from bekal.messages.models import REASON_CHARACTERS, Channel, SendingSwitch


class Answer(Enum):
    """What a gateway made of a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """It may have it, or not: it did not say in time, or said nothing that can be understood."""
    NOT_TAKEN = "not taken"
    """It certainly does not have it: there was no connection, or it asks to come back later."""


def kept_of(reason: str) -> str:
    """As much of a reason as is kept, in one line of what the database can hold."""
    # Half of a surrogate pair can stand in JSON, and nowhere in UTF-8.
    plain = reason.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return " ".join(plain.split())[:REASON_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer, and the gateway's word for it."""

    answer: Answer
    reason: str = ""

    @property
    def short_reason(self) -> str:
        """As much of the reason as is kept."""
        return kept_of(self.reason)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way: `reference` names it in the gateway's reports; `to` is a number in E.164."""

    reference: UUID
    to: str
    text: str


Send = Callable[[Outgoing], Outcome]


@dataclass(frozen=True, slots=True)
class Sender:
    """How a channel sends.

    Attributes:
        is_set: whether the installation names a gateway.
        connected: for the length of a block, what gives one message to the gateway. It never raises, and is called by several
            threads at once, without the database.
    """

    is_set: Callable[[], bool]
    connected: Callable[[], AbstractContextManager[Send]]


_SENDERS: Final[dict[Channel, Sender]] = {}


def register_sender(channel: Channel, sender: Sender) -> None:
    """Make known how a channel sends; called when its app is ready."""
    _SENDERS[channel] = sender


def sender_of(channel: Channel) -> Sender:
    """How a channel sends."""
    return _SENDERS[channel]


def is_sending(channel: Channel) -> bool:
    """Whether what is written for this channel now would be sent."""
    return sender_of(channel).is_set() and not SendingSwitch.objects.filter(stopped_at__isnull=False).exists()
