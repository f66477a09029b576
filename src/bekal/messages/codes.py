"""One-time codes by SMS: they show that a phone is somebody's.

Asking for one is counted before it is made, and typing one before it is compared, each in a transaction of its own: what is tried
side by side is counted too. Sizes and reasons are in docs/adr/0024-sending.md.
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import get_language, gettext_lazy

from bekal.access.logins import know_by_phone
from bekal.access.models import User
from bekal.access.services import record_act
from bekal.access.tries import Origin, came_before
from bekal.core import clock
from bekal.core.locks import hold
from bekal.core.phones import e164
from bekal.core.rotation import SealedTable
from bekal.core.sealing import Place
from bekal.messages.contacts import REPLACED, contact_key, hold_contacts, new_contact, number_index, number_of
from bekal.messages.errors import CodeMistyped, NoCodeWaiting, PhoneMalformed, PhoneVerified, SmsAway, TooManyCodes
from bekal.messages.models import Channel, CodeRequest, Contact, ContactKind, OneTimeCode, VerifiedHow
from bekal.messages.senders import is_sending
from bekal.messages.services import send_alone
from bekal.messages.templates import Placeholder, Template, register_template
from bekal.messages.topics import Topic

VALID: Final = timedelta(minutes=10)
MOST_TRIES: Final = 5
CODE: Final = "messages.code"
KNOWN: Final = "messages.known"
"""The template by which a number that somebody wants to register with is told that it has an account already."""
_DIGITS: Final = 6
_TABLE: Final = "bekal_messages_onetimecode"
SEALED: Final = SealedTable(
    table=_TABLE,
    columns=("code_sealed",),
    select="""
        SELECT code.contact_id, contact.key_salt, code.code_sealed
        FROM bekal_messages_onetimecode AS code JOIN bekal_messages_contact AS contact ON contact.id = code.contact_id
        WHERE code.contact_id > %s AND code.code_sealed <> '' ORDER BY code.contact_id LIMIT %s FOR NO KEY UPDATE OF code
    """,
    update="""
        UPDATE bekal_messages_onetimecode AS code SET code_sealed = fresh.code
        FROM unnest(%s::bigint[], %s::bytea[]) AS fresh (contact, code) WHERE code.contact_id = fresh.contact
    """,
)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_CLEAR_SQL: Final = (
    "DELETE FROM bekal_messages_coderequest WHERE id IN"
    " (SELECT id FROM bekal_messages_coderequest WHERE at < %s LIMIT 100 FOR UPDATE SKIP LOCKED)"
)
_TRY_SQL: Final = (
    "UPDATE bekal_messages_onetimecode SET tries = tries + 1"
    " WHERE contact_id = %s AND used_at IS NULL AND tries < %s AND expires_at > %s RETURNING tries"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many codes may be asked for in any hour and any day; `space` is that of its locks."""

    space: int
    an_hour: int
    a_day: int


A_NUMBER: Final = Limit(space=0x6D01, an_hour=3, a_day=6)
"""For one person, and once more for all together in browsers in which they had not come in before: these are anybody's, and must
not hold out the owner in a browser that is known."""
A_PERSON: Final = Limit(space=0x6D02, an_hour=5, a_day=10)
A_NETWORK: Final = Limit(space=0x6D03, an_hour=60, a_day=500)


def register() -> None:
    """Make the template of the SMS known."""
    register_template(
        Template(
            code=CODE,
            title=gettext_lazy("Your code"),
            text=gettext_lazy("Your code for Bekal is {code}. It is valid for 10 minutes. Never tell it to anybody."),
            placeholders={"code": Placeholder.SECRET},
            topic=Topic.CODES,
            useful=VALID,
        )
    )
    register_template(
        Template(
            code=KNOWN,
            title=gettext_lazy("This phone has an account"),
            text=gettext_lazy(
                "This number has a Bekal account already. Log in with it and your password. If you did not ask for this, do"
                " nothing."
            ),
            placeholders={},
            topic=Topic.CODES,
            useful=VALID,
        )
    )
    register_template(
        Template(
            code=REPLACED,
            title=gettext_lazy("Your phone was replaced"),
            text=gettext_lazy(
                "Another phone was confirmed for your Bekal account; this one gets no messages any more. If that was not you,"
                " change your password and tell the programme office."
            ),
            placeholders={},
            topic=Topic.CODES,
        )
    )


def request_code(*, user: User, number: str, origin: Origin) -> None:
    """Send a code to a number that a person says is theirs. The number waits until the code is typed; a verified one stays.

    Nothing that is answered depends on whether anybody else has the number.

    Args:
        number: as typed.
        origin: from where it is asked.

    Raises:
        PhoneMalformed: it is no telephone number.
        PhoneVerified: it is the person's verified one already.
        SmsAway: no SMS leaves this installation now.
        TooManyCodes: for the number, the person or the network; the last code stays as it is.
        RoleMissing: the person was erased meanwhile.
    """
    plain = e164(number)
    if plain is None:
        raise PhoneMalformed
    index = number_index(plain)
    if Contact.objects.filter(user=user, address_index=index, verified_at__isnull=False, replaced_at=None).exists():
        raise PhoneVerified
    if not is_sending(Channel.SMS):
        raise SmsAway
    _count(index=index, user=user, origin=origin)
    _make_code(user=user, number=plain)


def confirm_code(*, user: User, code: str) -> None:
    """Verify the number that waits by its code, which opens once; a number that was verified before is told, then forgotten.

    Args:
        code: as typed; spaces in it do not matter.

    Raises:
        NoCodeWaiting: there is none that is valid.
        CodeMistyped: it is another one; after five of them it is void.
        RoleMissing: the person was erased meanwhile.
    """
    contact = Contact.objects.filter(user=user, kind=ContactKind.PHONE, verified_at=None).first()
    if contact is None:
        raise NoCodeWaiting
    try_code(contact=contact, code=code)
    _verify(contact=contact, user=user)


def try_code(*, contact: Contact, code: str) -> None:
    """Count a try at the code that was made for a contact, then compare it.

    Raises:
        NoCodeWaiting, CodeMistyped: as `confirm_code`.
    """
    begun = _begin_try(contact)
    if begun is None:
        raise NoCodeWaiting
    tries, waiting = begun
    typed = "".join(code.split())
    if not hmac.compare_digest(_opened(waiting).encode(), typed.encode()):
        raise CodeMistyped(left=MOST_TRIES - tries)


def has_valid_code(user: User) -> bool:
    """Whether a code that was made for the number that waits can still be typed, in one query."""
    waiting = OneTimeCode.objects.filter(contact__user=user, contact__verified_at=None, used_at=None)
    return waiting.filter(tries__lt=MOST_TRIES, expires_at__gt=clock.now()).exists()


def secret_code(public_id: UUID) -> tuple[Contact, str] | None:
    """Where a code goes and what it is, for whoever sends it; None where it is void."""
    found = OneTimeCode.objects.select_related("contact").filter(public_id=public_id, used_at=None).first()
    return None if found is None else (found.contact, _opened(found))


@transaction.atomic
def _count(*, index: bytes, user: User, origin: Origin) -> None:
    """Count a request, unless one of the limits is reached."""
    is_known = came_before(user=user, token=origin.token)
    # In one order, so that no two requests wait for each other.
    hold_contacts(user)
    hold(A_NUMBER.space, index)
    hold(A_PERSON.space, sha256(user.public_id.bytes).digest())
    hold(A_NETWORK.space, sha256(origin.network.encode()).digest())
    of: list[tuple[Mapping[str, object], Limit]] = [
        ({"address_index": index, "user": user}, A_NUMBER),
        ({"user": user}, A_PERSON),
        ({"network": origin.network}, A_NETWORK),
    ]
    if not is_known:
        of.append(({"address_index": index, "is_known": False}, A_NUMBER))
    count_request(of=of, index=index, network=origin.network, user=user, is_known=is_known)


def count_request(
    *,
    of: Iterable[tuple[Mapping[str, object], Limit]],
    index: bytes,
    network: str,
    user: User | None = None,
    is_known: bool = False,
) -> None:
    """Count a request for a code, in the caller's transaction, which holds what the limits are of.

    Args:
        of: which requests are counted together, and how many there may be.
        user: None for a newcomer.
        is_known: in a browser in which the person had come in before this visit.

    Raises:
        TooManyCodes: one of the limits is reached.
    """
    now = clock.now()
    for same, limit in of:
        asked = CodeRequest.objects.filter(**same)
        if asked.filter(at__gt=now - _HOUR).count() >= limit.an_hour or asked.filter(at__gt=now - _DAY).count() >= limit.a_day:
            raise TooManyCodes
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR_SQL, [now - _DAY])
    CodeRequest.objects.create(address_index=index, user=user, network=network, is_known=is_known, at=now)


@transaction.atomic
def _make_code(*, user: User, number: str) -> None:
    # So that of two requests of one person the second finds the contact of the first.
    hold_contacts(user)
    made = make_code_for(new_contact(user=user, number=number, language=get_language() or "id", now=clock.now()))
    send_alone(recipient=user, template=CODE, about=made.public_id, channel=Channel.SMS)


def make_code_for(contact: Contact) -> OneTimeCode:
    """A new code for a contact, in the caller's transaction."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    sealed = contact_key(contact).seal(code, _place(contact))
    return OneTimeCode.objects.create(contact=contact, code_sealed=sealed, expires_at=clock.now() + VALID)


def _begin_try(contact: Contact) -> tuple[int, OneTimeCode] | None:
    """Count a try, and give what it is compared with; None where no code is valid."""
    waiting = OneTimeCode.objects.filter(contact=contact).first()
    with connection.cursor() as cursor:
        cursor.execute(_TRY_SQL, [contact.pk, MOST_TRIES, clock.now()])
        row = cursor.fetchone()
    return None if row is None or waiting is None else (int(row[0]), waiting)


@transaction.atomic
def _verify(*, contact: Contact, user: User) -> None:
    now = clock.now()
    # A request for another code deletes the contact that waits, and must not find this one on its way.
    hold_contacts(user)
    use_up(contact=contact)
    former = Contact.objects.filter(user=user, kind=contact.kind, verified_at__isnull=False, replaced_at=None).first()
    if former is not None:
        former.replaced_at = now
        former.save(update_fields=["replaced_at"])
        # So that somebody whose account was taken over hears of it on the phone that is still theirs.
        send_alone(recipient=user, template=REPLACED, about=former.public_id, channel=Channel.SMS)
    contact.verified_at, contact.verified_how = now, VerifiedHow.SMS_CODE
    contact.save(update_fields=["verified_at", "verified_how"])
    if user.phone_index is not None:
        know_by_phone(user=user, number=number_of(contact))
    record_act(actor=user, verb="messages.verify", subject=f"user:{user.public_id}", how=VerifiedHow.SMS_CODE)


def use_up(*, contact: Contact) -> None:
    """Let the code of a contact open nothing more, in the caller's transaction.

    Raises:
        NoCodeWaiting: somebody was quicker.
    """
    if not OneTimeCode.objects.filter(contact=contact, used_at=None).update(used_at=clock.now(), code_sealed=b""):
        raise NoCodeWaiting


def _opened(code: OneTimeCode) -> str:
    return contact_key(code.contact).unseal(bytes(code.code_sealed), _place(code.contact))


def _place(contact: Contact) -> Place:
    return Place(_TABLE, "code_sealed", contact.pk)
