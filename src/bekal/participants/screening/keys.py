"""The blind indexes of exclusion lists: keyed by the version of the installation's key, so that a rotation makes them void."""

import hashlib
import hmac

from bekal.core.keys import KeyRing


def list_key(ring: KeyRing) -> bytes:
    """The key under which the entries of lists are made that are imported now."""
    return hmac.digest(ring.sealing[ring.current], b"exclusion lists", hashlib.sha256)


def entry_key(nik_index: bytes, *, key: bytes) -> bytes:
    """What an entry holds of a person: 32 bytes made of the blind index of the NIK, which itself is in no list."""
    return hmac.digest(key, nik_index, hashlib.sha256)
