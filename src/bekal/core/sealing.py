"""Keeping what identifies people secret at rest.

A value is sealed with AES-256-GCM and bound to its place: copied to another row, column or table it does not open. In front
stand the version of the key (two bytes) and a fresh random nonce (twelve). Each person's values are sealed under a data key of
that person alone, derived from a key of the installation and the random salt in the person's row: without the salt nobody opens
them again.

What must be found again has a blind index: HMAC-SHA256 under a key of its own.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Corrupt
from bekal.core.keys import NONCE_BYTES, KeyRing, key_ring, reread_keys

SALT_BYTES: Final = 32
_VERSION_BYTES: Final = 2


class UnreadableValue(Corrupt):
    """The sealed value was changed, or belongs elsewhere."""

    code = "unreadable_value"
    message = _("A sealed value cannot be opened: it was changed, or it was sealed for another row or under another key.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value is stored; `row` is a number that the row has for ever."""

    table: str
    column: str
    row: int


class DataKey:
    """What seals and opens the values of one person, or of the installation where there is no salt."""

    __slots__ = ("_ciphers", "_ring", "_salt")

    def __init__(self, salt: bytes = b"", *, ring: KeyRing | None = None) -> None:
        """Args:
        salt: 32 random bytes of one person; without them, the installation's own key.
        ring: the keys of the installation, where a caller with many people has read them.
        """
        self._salt = salt
        self._ring = ring or key_ring()
        self._ciphers: dict[int, AESGCM] = {}

    def seal(self, value: str, place: Place) -> bytes:
        """Encrypt a short text under the newest version."""
        version = self._ring.current
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher(version).encrypt(nonce, value.encode(), _bound(place, version))
        return version.to_bytes(_VERSION_BYTES) + nonce + sealed

    def unseal(self, sealed: bytes, place: Place) -> str:
        """Decrypt what `seal` made for this place.

        Raises:
            UnreadableValue: changed since, sealed for another place or person, or under a key that is gone.
        """
        version, start = version_of(sealed), _VERSION_BYTES + NONCE_BYTES
        if version not in self._ring.sealing:
            self._ring = reread_keys()
        try:
            cipher = self._cipher(version)
            return cipher.decrypt(sealed[_VERSION_BYTES:start], sealed[start:], _bound(place, version)).decode()
        except (InvalidTag, KeyError, ValueError) as error:
            raise UnreadableValue from error

    def _cipher(self, version: int) -> AESGCM:
        cipher = self._ciphers.get(version)
        if cipher is None:
            cipher = AESGCM(hmac.digest(self._ring.sealing[version], b"data key" + self._salt, hashlib.sha256))
            self._ciphers[version] = cipher
        return cipher


def new_salt() -> bytes:
    """What makes the data key of one more person."""
    return os.urandom(SALT_BYTES)


def version_of(sealed: bytes) -> int:
    """The version of the key under which a value was sealed."""
    return int.from_bytes(sealed[:_VERSION_BYTES])


def blind_index(value: str, *, column: str, ring: KeyRing | None = None) -> bytes:
    """32 bytes, equal for equal values of one column, that do not reveal the value without the key.

    Args:
        column: what is looked up, such as `nik`; the same value in another column has another index.
    """
    return hmac.digest((ring or key_ring()).index, f"{column}\0{value}".encode(), hashlib.sha256)


def _bound(place: Place, version: int) -> bytes:
    return f"{place.table}.{place.column}:{place.row}:{version}".encode()
