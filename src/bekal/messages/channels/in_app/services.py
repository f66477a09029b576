"""Recording that somebody has read messages."""

from collections.abc import Sequence
from uuid import UUID

from bekal.access.models import User
from bekal.core import clock
from bekal.messages.channels.in_app.models import Reading
from bekal.messages.models import Channel, Message


def mark_read(*, user: User, public_ids: Sequence[UUID]) -> None:
    """Mark a person's messages as read; those of others, and those read already, stay as they are."""
    own = Message.objects.filter(recipient=user, channel=Channel.IN_APP, public_id__in=public_ids).values_list("pk", flat=True)
    read_at = clock.now()
    Reading.objects.bulk_create([Reading(message_id=pk, read_at=read_at) for pk in own], ignore_conflicts=True)
