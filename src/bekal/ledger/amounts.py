"""What an amount and a key of a transfer can be."""

from typing import Final

from bekal.core.money import MAX_IDR
from bekal.ledger.errors import BadAmount, BadKey

MOST_KEY_BYTES: Final = 100
FORWARD: Final = "forward:"
"""What the key of a credit is given for the transfer by which it goes on."""
_SHOWN_CHARACTERS: Final = 120


def require_amount(amount_idr: int) -> None:
    """Refuse what no transfer can move.

    Raises:
        BadAmount: not a whole number of rupiah from 1 to the largest `bigint`.
    """
    if type(amount_idr) is not int or not 0 < amount_idr <= MAX_IDR:
        raise BadAmount(amount=amount_idr, largest=MAX_IDR)


def require_key(key: str, *, forwards: bool = False) -> None:
    """Refuse what names no fact.

    Args:
        forwards: the transfer may go on under `forward:<key>`, which must be a key too.

    Raises:
        BadKey: empty, too long, or no text that the database can hold.
    """
    most_bytes = MOST_KEY_BYTES - len(FORWARD) if forwards else MOST_KEY_BYTES
    try:
        is_good = type(key) is str and 0 < len(key.encode()) <= most_bytes and "\0" not in key
    except UnicodeEncodeError:
        is_good = False
    if not is_good:
        raise bad_key(key, most_bytes=most_bytes)


def bad_key(key: object, *, most_bytes: int = MOST_KEY_BYTES) -> BadKey:
    """The refusal of a key, which it names as far as it can be shown."""
    shown = str(key).encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return BadKey(
        key=shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}…",
        most_bytes=most_bytes,
    )
