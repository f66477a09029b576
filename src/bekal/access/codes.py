"""One-time codes of an authenticator app (TOTP, RFC 6238): each opens once, ever."""

import hmac
from collections.abc import Iterator
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import connection

from bekal.access.errors import CodeWrong, NoSecondFactor
from bekal.access.models import User
from bekal.access.services import record_act
from bekal.access.tries import Guessed, Origin, begin_try, take_back

# One statement, so that of two that bring the same code at once one finds the other's row.
_USE_SQL: Final = (
    "INSERT INTO access_lastcode AS last (user_id, counter) VALUES (%s, %s)"
    " ON CONFLICT (user_id) DO UPDATE SET counter = EXCLUDED.counter WHERE last.counter < EXCLUDED.counter"
)


def use_code(*, user: User, code: str, origin: Origin) -> Authenticator:
    """Use up the code that a person's authenticator app shows now; returns the authenticator.

    Codes come in the order of time: one that is not later than the last one used is wrong.

    Args:
        code: as typed; spaces in it do not matter.

    Raises:
        TooManyTries: the code was not looked at.
        CodeWrong: it is not this person's code of now, or was used before.
        NoSecondFactor: this person has no authenticator app.
    """
    authenticator = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if authenticator is None:
        raise NoSecondFactor(name=user.name)
    begun = begin_try(account=user, guessed=Guessed.CODE, origin=origin)
    secret, typed = decrypt(authenticator.data["secret"]), "".join(code.split()).encode()
    if any(_use(user=user, counter=counter) for counter in _counters_of(secret, typed)):
        take_back(begun=begun)
        return authenticator
    record_act(actor=None, verb="login.fail", subject=f"user:{user.public_id}", tried="code", network=origin.network)
    raise CodeWrong


def _counters_of(secret: str, typed: bytes) -> Iterator[int]:
    """The present counters, with those that clocks allow for, whose code this is."""
    for counter in yield_hotp_counters_from_time():
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, counter)).encode(), typed):
            yield counter


def _use(*, user: User, counter: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_USE_SQL, [user.pk, counter])
        return bool(cursor.rowcount == 1)
