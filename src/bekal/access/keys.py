"""Keys of other systems: `bekal_<public id>_<secret>`, shown once and kept as a hash.

The secret is 256 random bits, so that a plain SHA-256 keeps it: nobody can guess one to try.
"""

import hashlib
import hmac
import secrets
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from bekal.access.errors import KeyNameTaken
from bekal.access.models import ApiKey
from bekal.access.services import record_act
from bekal.core import clock
from bekal.core.errors import NotFound
from bekal.core.names import clean_name

_PREFIX: Final = "bekal"
_PUBLIC_BYTES: Final = 8
_SECRET_BYTES: Final = 32
_LOCKS: Final = 0x6B79  # advisory locks of keys
# Compared against where no key has the public id asked for, so that the answer takes as long.
_NOBODYS_HASH: Final = bytes(32)


@transaction.atomic
def make_key(*, name: str) -> str:
    """A new key. This is the only time that it can be seen.

    Args:
        name: whose it is, for people.

    Raises:
        KeyNameTaken: a key of that name is in use.
    """
    name = clean_name(name)
    public_id, secret = secrets.token_hex(_PUBLIC_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    try:
        with transaction.atomic():
            ApiKey.objects.create(public_id=public_id, name=name, secret_sha256=_hashed(secret), made_at=clock.now())
    except IntegrityError as error:
        raise KeyNameTaken(name=name) from error
    record_act(actor=None, verb="key.make", subject=f"key:{public_id}", name=name)
    return f"{_PREFIX}_{public_id}_{secret}"


@transaction.atomic
def revoke_key(*, name: str) -> ApiKey:
    """Make a key useless at once.

    Raises:
        NotFound: no key of that name is in use.
    """
    name = clean_name(name)
    key = ApiKey.objects.select_for_update().filter(name=name, revoked_at=None).first()
    if key is None:
        raise NotFound(what=_("key"), name=name)
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])
    record_act(actor=None, verb="key.revoke", subject=f"key:{key.public_id}", name=name)
    return key


def key_in_use(text: str) -> ApiKey | None:
    """The key in use that a text is, or None; in one query."""
    prefix, _separator, rest = text.partition("_")
    public_id, _separator, secret = rest.partition("_")
    well_formed = prefix == _PREFIX and len(public_id) == 2 * _PUBLIC_BYTES and public_id.isascii() and public_id.isalnum()
    key = ApiKey.objects.filter(public_id=public_id, revoked_at=None).first() if well_formed else None
    is_it = hmac.compare_digest(_hashed(secret), _NOBODYS_HASH if key is None else bytes(key.secret_sha256))
    return key if is_it else None


def hold_key(key: ApiKey) -> bool:
    """Hold a key until the present transaction ends, unless somebody else holds it; whether it is held now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCKS, key.pk])
        (is_held,) = cursor.fetchone()
    return bool(is_held)


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
