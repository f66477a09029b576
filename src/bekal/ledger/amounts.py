"""What an amount of a transfer can be."""

from bekal.core.money import MAX_IDR
from bekal.ledger.errors import BadAmount


def require_amount(amount_idr: int) -> None:
    """Refuse what no transfer can move.

    Raises:
        BadAmount: not a whole number of rupiah from 1 to the largest `bigint`.
    """
    if type(amount_idr) is not int or not 0 < amount_idr <= MAX_IDR:
        raise BadAmount(amount=amount_idr, largest=MAX_IDR)
