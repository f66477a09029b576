"""How keys of the ledger name a purchase: by its public id, in 22 signs of base64url, so that rows and their index stay small."""

from base64 import urlsafe_b64encode
from typing import Final
from uuid import UUID

NAME_SQL: Final = "rtrim(translate(encode(uuid_send(purchase.public_id), 'base64'), '+/', '-_'), '=')"
"""The name of a row `purchase`."""


def buy_key(public_id: UUID) -> str:
    """The key of paying for a purchase."""
    return f"buy:{_name(public_id)}"


def release_key(public_id: UUID) -> str:
    """The key of giving its price to the provider."""
    return f"release:{_name(public_id)}"


def refund_key(public_id: UUID) -> str:
    """The key of giving its price back."""
    return f"refund:{_name(public_id)}"


def public_id_sql(name: str) -> str:
    """The public id that a name in SQL stands for."""
    return f"encode(decode(translate({name}, '-_', '+/') || '==', 'base64'), 'hex')::uuid"


def _name(public_id: UUID) -> str:
    return urlsafe_b64encode(public_id.bytes).rstrip(b"=").decode()
