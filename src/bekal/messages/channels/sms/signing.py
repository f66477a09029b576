"""Reports are signed: HMAC-SHA256 (RFC 2104) of the body under the secret that the installation shares with its gateway."""

import hmac
from hashlib import sha256
from typing import Final

HEADER: Final = "X-Bekal-Signature"


def signature(body: bytes, secret: str) -> str:
    """64 hexadecimal digits."""
    return hmac.digest(secret.encode(), body, sha256).hex()


def is_signed(body: bytes, secret: str, given: str) -> bool:
    """Whether a signature is that of the body; takes as long for any."""
    return hmac.compare_digest(signature(body, secret).encode(), given.encode())
