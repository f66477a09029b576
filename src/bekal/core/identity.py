"""Keeping identity numbers secret at rest.

A value is sealed with AES-256-GCM (a fresh random nonce each time, stored in front) and found again by a blind index: HMAC-SHA256
under a second key. Both keys are derived from one secret by HKDF, so that neither reveals the other.
"""

import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from bekal.core.errors import Corrupt

_NONCE_BYTES = 12


class UnreadableIdentity(Corrupt):
    """The sealed value was changed, or sealed under another secret."""

    code = "unreadable_identity"
    message = _(
        "A stored identity number cannot be read: the identity secret of this installation is not the one that sealed it."
    )


def seal(value: str) -> bytes:
    """Encrypt a short text: 12 bytes of nonce, then ciphertext and tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(settings.BEKAL_IDENTITY_SECRET).encrypt(nonce, value.encode(), None)


def unseal(sealed: bytes) -> str:
    """Decrypt what `seal` made.

    Raises:
        UnreadableIdentity: not sealed under this installation's secret, or changed since.
    """
    try:
        return _cipher(settings.BEKAL_IDENTITY_SECRET).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
    except (InvalidTag, ValueError) as error:
        raise UnreadableIdentity from error


def blind_index(value: str) -> bytes:
    """32 bytes, equal for equal values, that do not reveal the value without the secret."""
    return hmac.digest(_derived(settings.BEKAL_IDENTITY_SECRET, b"index"), value.encode(), hashlib.sha256)


@lru_cache(maxsize=2)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(_derived(secret, b"seal"))


@lru_cache(maxsize=4)
def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"bekal identity " + purpose).derive(secret.encode())
