"""The keys of an installation.

They are random and kept in the database, each wrapped (AES-256-GCM) under the identity secret, which is kept outside of it:
neither a copy of the database nor the secret alone opens anything. One key makes blind indexes and stays for ever, since what it
indexes can't always be read again. Those that seal have versions; `rotation.py` makes new ones.

Beside them stands the check value of the secret, which tells nothing of it: with another secret nothing is sealed, opened or
looked up, so that no person is ever registered a second time under another index.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Corrupt, Unavailable

INDEX_VERSION: Final = 0
FIRST_VERSION: Final = 1
NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_CHECK_BYTES: Final = 8


class SecretMismatch(Unavailable):
    """The identity secret is not the one under which the database's keys are wrapped."""

    code = "secret_mismatch"
    message = _(
        "The identity secret of this installation has the check value {given}, but the database {database} was sealed under the"
        " secret with the check value {expected}. Nothing was changed. Put the secrets of this database back, or name the"
        " database that belongs to these secrets."
    )


class KeysUnreadable(Corrupt):
    """The database has no keys, or keys that were changed."""

    code = "keys_unreadable"
    message = _("The keys in this database are missing or were changed. Restore them from a backup.")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The unwrapped keys: `index` of the blind indexes, `sealing` by version, and the version that seals what is new."""

    index: bytes
    sealing: Mapping[int, bytes]
    current: int


_KEYS_SQL: Final = """
SELECT expected.value, key.version, key.wrapped FROM core_secretcheck AS expected CROSS JOIN core_sealingkey AS key
"""
_rings: dict[tuple[str, ...], KeyRing] = {}


def key_ring() -> KeyRing:
    """The keys of the database in use, read once for each connection.

    Raises:
        SecretMismatch, KeysUnreadable: as `reread_keys`.
    """
    return _rings.get(_name()) or reread_keys()


def reread_keys() -> KeyRing:
    """Read the keys again, after another process may have added one.

    Raises:
        SecretMismatch: they are wrapped under another secret than this installation's; the message names both check values.
        KeysUnreadable: there are none, or they were changed.
    """
    secret = settings.BEKAL_IDENTITY_SECRET
    with connection.cursor() as cursor:
        cursor.execute(_KEYS_SQL)
        found = cursor.fetchall()
    if not found:
        raise KeysUnreadable
    require_check(secret=secret, expected=found[0][0], database=str(connection.settings_dict["NAME"]))
    try:
        keys = {version: unwrap(bytes(wrapped), version=version, secret=secret) for _, version, wrapped in found}
        index = keys.pop(INDEX_VERSION)
        ring = KeyRing(index=index, sealing=keys, current=max(keys))
    except (InvalidTag, KeyError, ValueError) as error:
        raise KeysUnreadable from error
    _rings[_name()] = ring
    return ring


def forget_keys(**_: object) -> None:
    """Read the keys anew when they are asked for next: a new connection may lead to a database that was restored meanwhile."""
    _rings.clear()


def require_check(*, secret: str, expected: str, database: str) -> None:
    """Raises SecretMismatch unless the secret has the check value that a database expects."""
    if (given := check_value(secret)) != expected:
        raise SecretMismatch(given=given, expected=expected, database=database)


def check_value(secret: str) -> str:
    """16 hexadecimal digits by which a secret is known, and from which it can't be computed."""
    return _derived(secret, b"check")[:_CHECK_BYTES].hex()


def new_wrapped(*, version: int, secret: str) -> bytes:
    """A new random key of this version, wrapped."""
    return wrap(os.urandom(_KEY_BYTES), version=version, secret=secret)


def wrap(key: bytes, *, version: int, secret: str) -> bytes:
    """Encrypt a key, bound to its version."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_derived(secret, b"wrap")).encrypt(nonce, key, _bound(version))


def unwrap(wrapped: bytes, *, version: int, secret: str) -> bytes:
    """Decrypt what `wrap` made.

    Raises:
        InvalidTag, ValueError: changed, or wrapped under another secret or version.
    """
    nonce, rest = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    return AESGCM(_derived(secret, b"wrap")).decrypt(nonce, rest, _bound(version))


def _bound(version: int) -> bytes:
    return f"core_sealingkey:{version}".encode()


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"bekal keys " + purpose).derive(secret.encode())


def _name() -> tuple[str, ...]:
    of: dict[str, Any] = connection.settings_dict
    return settings.BEKAL_IDENTITY_SECRET, of["HOST"], of["PORT"], of["NAME"]
