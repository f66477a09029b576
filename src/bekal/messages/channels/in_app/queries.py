"""A person's messages, as the application shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bekal.access.models import User
from bekal.messages.models import Channel, Message
from bekal.messages.templates import Words, words_of

PAGE_MESSAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as its reader sees it, in the language that is active."""

    public_id: UUID
    words: Words
    written_at: datetime
    is_unread: bool


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of a person's messages, newest first. Pages count from 1; there is always a first."""

    entries: list[Entry]
    page: int
    pages: int

    @property
    def unread(self) -> list[UUID]:
        """The messages on this page that are not read yet."""
        return [entry.public_id for entry in self.entries if entry.is_unread]


def inbox_page(*, user: User, page: int) -> Inbox:
    """A page of messages, in two queries; a page that does not exist is the nearest that does."""
    own = Message.objects.filter(recipient=user, channel=Channel.IN_APP)
    pages = max(-(-own.count() // PAGE_MESSAGES), 1)
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_MESSAGES
    found = own.select_related("reading").order_by("-id")[first : first + PAGE_MESSAGES]
    entries = [
        Entry(
            public_id=message.public_id,
            words=words_of(template=message.template, values=message.parameters),
            written_at=message.written_at,
            is_unread=not hasattr(message, "reading"),
        )
        for message in found
    ]
    return Inbox(entries=entries, page=page, pages=pages)


def unread_count(user: User) -> int:
    """How many messages a person has not read, in one query."""
    return Message.objects.filter(recipient=user, channel=Channel.IN_APP, reading__isnull=True).count()
