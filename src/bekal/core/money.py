"""Whole rupiah, and how they are read and written.

Money is `int` rupiah everywhere. No float ever holds money; a decimal appears only where a foreign price is converted.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from babel.numbers import format_decimal

MAX_IDR: Final = 2**63 - 1
"""The largest amount a ledger column holds."""


def format_idr(amount_idr: int) -> str:
    """Write an amount as Indonesia writes it, in every language: `Rp300.000`, `-Rp50`."""
    sign = "-" if amount_idr < 0 else ""
    return f"{sign}Rp{format_decimal(abs(amount_idr), locale='id_ID')}"


def convert_to_idr(*, price: str, rate: Decimal) -> int:
    """Convert a price in another currency to whole rupiah, half a rupiah rounding up.

    Args:
        price: digits with an optional decimal point, no sign, no grouping.
        rate: rupiah for one unit of that currency, above zero.

    Raises:
        ValueError: not such a number, or an amount that no account can hold.
    """
    text = price.strip()
    if not text or not set(text) <= set("0123456789."):
        raise ValueError(price)
    try:
        amount = (Decimal(text) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    except InvalidOperation as error:
        raise ValueError(price) from error
    if amount > MAX_IDR:
        raise ValueError(price)
    return int(amount)
