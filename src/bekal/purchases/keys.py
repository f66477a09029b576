"""How purchases are named: in the ledger by the public id, in 22 characters of base64url, so that rows and their index are small.

`schema/keys.sql` says the same in SQL.
"""

from base64 import urlsafe_b64encode
from uuid import UUID, uuid5

from bekal.purchases.rules import MOST_TOGETHER


def buy_key(public_id: UUID) -> str:
    """The key of paying for a purchase."""
    return f"buy:{_name(public_id)}"


def release_key(public_id: UUID) -> str:
    """The key of giving its price to the provider."""
    return f"release:{_name(public_id)}"


def refund_key(public_id: UUID) -> str:
    """The key of giving its price back."""
    return f"refund:{_name(public_id)}"


def bundle_request_keys(request_key: UUID) -> list[UUID]:
    """The request keys of the purchases of one bundle: the confirmation's own, then others that follow from it.

    So a key that was used for a bundle and one that was used for a single purchase exclude each other too.
    """
    return [request_key, *(uuid5(request_key, str(place)) for place in range(1, MOST_TOGETHER))]


def _name(public_id: UUID) -> str:
    return urlsafe_b64encode(public_id.bytes).rstrip(b"=").decode()
