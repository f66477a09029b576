"""Phones of people who have no account yet: a code shows that a number is theirs, before anything else is known of them.

What is answered, and what is done for it, is the same for a number that has an account already: its owner gets another SMS, and
the code that was made is told nobody.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language

from bekal.access.models import User
from bekal.core import clock
from bekal.core.locks import hold
from bekal.core.phones import e164
from bekal.messages.codes import A_NETWORK, A_NUMBER, CODE, KNOWN, count_request, make_code_for, try_code, use_up
from bekal.messages.contacts import Phone, add_contact, number_index, number_of, shown
from bekal.messages.errors import NoCodeWaiting, PhoneMalformed, SmsAway
from bekal.messages.models import Channel, Contact, VerifiedHow
from bekal.messages.senders import is_sending
from bekal.messages.services import send_alone

KEPT: Final = timedelta(hours=2)
"""For how long a newcomer's number is kept without an account."""
_CLEARED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A number as its page shows it, and whether its code was typed already."""

    phone: Phone
    is_verified: bool


def request_newcomer_code(*, number: str, network: str, former: UUID | None = None) -> UUID:
    """Send a code to a number with which somebody wants to register.

    Args:
        number: as typed.
        former: what an earlier request of the same visitor returned, which is forgotten.

    Returns:
        By what the visitor is known until there is an account; for nobody else to see.

    Raises:
        PhoneMalformed: it is no telephone number.
        SmsAway: no SMS leaves this installation now.
        TooManyCodes: for the number or the network; the last code stays as it is.
    """
    plain = e164(number)
    if plain is None:
        raise PhoneMalformed
    if not is_sending(Channel.SMS):
        raise SmsAway
    index = number_index(plain)
    with transaction.atomic():
        hold(A_NUMBER.space, index)
        hold(A_NETWORK.space, sha256(network.encode()).digest())
        # Those of the number's owner in a browser that is known do not count: they would tell that there is one.
        limits = (({"address_index": index, "is_known": False}, A_NUMBER), ({"network": network}, A_NETWORK))
        count_request(of=limits, index=index, network=network)
    with transaction.atomic():
        _forget(former=former)
        contact = add_contact(user=None, number=plain, language=get_language() or "id", now=clock.now())
        made = make_code_for(contact)
        known = User.objects.filter(phone_index=index).exists()
        send_alone(recipient=None, template=KNOWN if known else CODE, about=made.public_id, channel=Channel.SMS)
    return made.public_id


def confirm_newcomer_code(*, visitor: UUID, code: str) -> None:
    """Verify a newcomer's number by its code, which opens once.

    Raises:
        NoCodeWaiting: there is none that is valid.
        CodeMistyped: it is another one; after five of them it is void.
    """
    contact = _contact_of(visitor)
    if contact is None:
        raise NoCodeWaiting
    if contact.verified_at is not None:
        return
    try_code(contact=contact, code=code)
    with transaction.atomic():
        use_up(contact=contact)
        contact.verified_at, contact.verified_how = clock.now(), VerifiedHow.SMS_CODE
        contact.save(update_fields=["verified_at", "verified_how"])


def newcomer_of(visitor: UUID) -> Newcomer | None:
    """What the visitor's page shows; None where nothing is kept any more."""
    contact = _contact_of(visitor)
    return None if contact is None else Newcomer(phone=shown(contact), is_verified=contact.verified_at is not None)


def verified_number(visitor: UUID) -> str:
    """The number of a newcomer, in E.164, held until the caller's transaction ends.

    Raises:
        NoCodeWaiting: it is not verified, or not kept any more.
    """
    return number_of(_held(visitor))


def adopt_number(*, visitor: UUID, user: User) -> None:
    """Make a newcomer's number the verified phone of the account that was made for it, in the caller's transaction.

    Raises:
        NoCodeWaiting: as `verified_number`.
    """
    contact = _held(visitor)
    contact.user = user
    contact.save(update_fields=["user"])


def _contact_of(visitor: UUID) -> Contact | None:
    kept = Contact.objects.filter(code__public_id=visitor, user=None, added_at__gt=clock.now() - KEPT)
    return kept.first()


def _held(visitor: UUID) -> Contact:
    kept = Contact.objects.select_for_update(of=("self",)).filter(
        code__public_id=visitor, user=None, added_at__gt=clock.now() - KEPT
    )
    contact = kept.filter(verified_at__isnull=False).first()
    if contact is None:
        raise NoCodeWaiting
    return contact


def _forget(*, former: UUID | None) -> None:
    """Some of the numbers that nobody registered with in time, and what the same visitor asked for before."""
    late = Contact.objects.filter(user=None, added_at__lt=clock.now() - KEPT).select_for_update(skip_locked=True)
    Contact.objects.filter(pk__in=list(late.values_list("pk", flat=True)[:_CLEARED_AT_ONCE])).delete()
    if former is not None:
        Contact.objects.filter(code__public_id=former, user=None).delete()
