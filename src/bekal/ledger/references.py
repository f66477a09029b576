"""Official numbers, of orders, receipts and budgets, which become part of the key of a transfer."""

import re
from typing import Final

_REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,63}")


def is_reference(text: str) -> bool:
    """Whether this is written as official numbers are: up to 64 letters, digits and the characters . / _ -"""
    return _REFERENCE.fullmatch(text) is not None
