"""Card numbers: by what partners know a participant (`prakerja_id` in their protocol).

16 digits, drawn at random and never made from a NIK; the last one is a check digit. They begin with 88: no region has that
number, so that no card number can be taken for a NIK.
"""

from typing import Final

from bekal.core.check_digits import is_checked, random_numbers
from bekal.core.names import without_separators

CARD_DIGITS: Final = 16
_PREFIX: Final = "88"


def new_card_numbers(*, count: int) -> list[str]:
    """So many different card numbers. That nobody has them yet, the database decides when they are stored."""
    found: dict[str, None] = {}
    while len(found) < count:
        found |= dict.fromkeys(random_numbers(prefix=_PREFIX, length=CARD_DIGITS, count=count - len(found)))
    return list(found)


def is_card_number(text: str) -> bool:
    """Whether what somebody typed can be a card number, however its digits are grouped; nobody need have it."""
    plain = without_separators(text)
    return is_checked(plain, length=CARD_DIGITS) and plain.startswith(_PREFIX)
