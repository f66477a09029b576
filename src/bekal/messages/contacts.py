"""Where people can be reached: sealed, found by a keyed index, forgotten with the person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from bekal.access.logins import phone_index
from bekal.access.models import Role, User
from bekal.access.services import require_role
from bekal.core.ids import next_ids
from bekal.core.rotation import SealedTable
from bekal.core.sealing import DataKey, Place, new_salt
from bekal.messages.models import Channel, CodeRequest, Contact, ContactKind, Delivery, DeliveryState, Refusal
from bekal.messages.topics import OPTIONAL, Topic

TABLE: Final = "bekal_messages_contact"
SEALED: Final = SealedTable(
    table=TABLE,
    columns=("address_sealed",),
    select="""
        SELECT id, key_salt, address_sealed FROM bekal_messages_contact WHERE id > %s ORDER BY id LIMIT %s FOR NO KEY UPDATE
    """,
    update="""
        UPDATE bekal_messages_contact AS contact SET address_sealed = fresh.address
        FROM unnest(%s::bigint[], %s::bytea[]) AS fresh (id, address) WHERE contact.id = fresh.id
    """,
)
REPLACED: Final = "messages.phone_replaced"
"""The template by which a number is told that another one has taken its place."""
_COUNTRY_DIGITS: Final = 3
_SHOWN_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number as its owner's page shows it: enough to know it again, too little to be read over a shoulder."""

    masked: str
    verified_at: datetime | None


def phones_of(user: User) -> tuple[Phone | None, Phone | None]:
    """The verified phone of a person and the one that waits for its code, in one query."""
    phones = Contact.objects.filter(user=user, kind=ContactKind.PHONE, replaced_at=None)
    found = {contact.verified_at is not None: contact for contact in phones}
    verified, waiting = (found.get(is_verified) for is_verified in (True, False))
    return shown(verified) if verified else None, shown(waiting) if waiting else None


def new_contact(*, user: User, number: str, language: str, now: datetime) -> Contact:
    """Keep a number that waits for its code, in the place of one that waited before, in the caller's transaction.

    Args:
        number: in E.164.
    """
    Contact.objects.filter(user=user, kind=ContactKind.PHONE, verified_at=None).delete()
    return add_contact(user=user, number=number, language=language, now=now)


def add_contact(*, user: User | None, number: str, language: str, now: datetime) -> Contact:
    """Keep a number that waits for its code, in the caller's transaction; a newcomer's has no user yet."""
    (key,) = next_ids(TABLE, count=1)
    contact = Contact(pk=key, user=user, key_salt=new_salt(), address_index=number_index(number), language=language, added_at=now)
    contact.address_sealed = contact_key(contact).seal(number, Place(TABLE, "address_sealed", key))
    contact.save(force_insert=True)
    return contact


def number_of(contact: Contact) -> str:
    """The number in E.164."""
    return contact_key(contact).unseal(bytes(contact.address_sealed), Place(TABLE, "address_sealed", contact.pk))


def number_index(number: str) -> bytes:
    """The blind index of a number in E.164; users who log in with it have the same."""
    return phone_index(number)


def contact_key(contact: Contact) -> DataKey:
    """What seals the address of a contact and its code."""
    return DataKey(bytes(contact.key_salt))


def verified_phones(users: Iterable[int]) -> Mapping[int, Contact]:
    """The verified phones of people, by the primary keys of their users."""
    found = Contact.objects.filter(user__in=users, kind=ContactKind.PHONE, verified_at__isnull=False, replaced_at=None)
    return {contact.user_id: contact for contact in found if contact.user_id is not None}


def wanted_topics(user: User) -> frozenset[Topic]:
    """The topics of which a person is told by SMS too, in one query."""
    refused = set(Refusal.objects.filter(user=user, channel=Channel.SMS).values_list("topic", flat=True))
    return frozenset(topic for topic in Topic if topic not in refused)


def hold_contacts(user: User) -> None:
    """Hold what is kept of how a person is reached until the caller's transaction ends: whoever changes or forgets it waits.

    Raises:
        RoleMissing: the person was erased meanwhile, so that nothing may be kept any more.
    """
    require_role(user=_held(user), role=Role.PARTICIPANT)


@transaction.atomic
def choose_topics(*, user: User, wanted: Iterable[Topic]) -> None:
    """Have these topics come by SMS too, and no other that may be refused.

    Raises:
        RoleMissing: as `hold_contacts`.
    """
    hold_contacts(user)
    refused = set(OPTIONAL) - set(wanted)
    rows = Refusal.objects.filter(user=user, channel=Channel.SMS)
    rows.exclude(topic__in=refused).delete()
    Refusal.objects.bulk_create(
        [Refusal(user=user, channel=Channel.SMS, topic=topic) for topic in sorted(refused)], ignore_conflicts=True
    )


def replaced_contact(public_id: UUID) -> Contact | None:
    """A number that gave way to another and was not told of it yet."""
    return Contact.objects.filter(public_id=public_id, replaced_at__isnull=False).first()


def forget_replaced() -> None:
    """Erase numbers that gave way to another, once nothing is going to be sent to them any more."""
    going = Delivery.objects.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING], template=REPLACED)
    told_of = going.values("message__about")
    Contact.objects.filter(replaced_at__isnull=False).exclude(public_id__in=told_of).delete()


@transaction.atomic
def forget_contacts(*, user: User) -> None:
    """Erase numbers and codes of a person, how often codes were asked for, and what was refused; for good."""
    _held(user)
    Contact.objects.filter(user=user).delete()
    CodeRequest.objects.filter(user=user).delete()
    Refusal.objects.filter(user=user).delete()


def _held(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def shown(contact: Contact) -> Phone:
    """A contact as its owner's page shows it."""
    number = number_of(contact)
    hidden = len(number) - _COUNTRY_DIGITS - _SHOWN_DIGITS
    masked = f"{number[:_COUNTRY_DIGITS]} {'•' * hidden} {number[-_SHOWN_DIGITS:]}"
    return Phone(masked=masked, verified_at=contact.verified_at)
