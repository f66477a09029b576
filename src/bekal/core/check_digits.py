"""Numbers that people copy by hand: drawn at random, the last digit checks the others.

The check digit is Damm's (H. M. Damm, *Total anti-symmetrische Quasigruppen*, 2004): one wrong digit, or two neighbours that
changed places, never leave a number right.
"""

import secrets
from typing import Final

_TABLE: Final = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
# The same by what was read so far and the next digit, as characters.
_NEXT: Final = {(str(interim), str(digit)): row[digit] for interim, row in enumerate(_TABLE) for digit in range(10)}
_RIGHT: Final = "0"


def random_number(*, prefix: str, length: int) -> str:
    """A number of `length` digits: the prefix, random digits, a check digit.

    The randomness is the operating system's, so that nobody foresees one from others.
    """
    drawn = length - len(prefix) - 1
    digits = f"{prefix}{secrets.randbelow(10**drawn):0{drawn}}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """The digit that is to follow these; `0` where they end with theirs already."""
    interim = _RIGHT
    for digit in digits:
        interim = _NEXT[interim, digit]
    return interim


def is_checked(text: str, *, length: int) -> bool:
    """Whether a text is a number of so many digits whose check digit is right."""
    return len(text) == length and text.isascii() and text.isdigit() and check_digit(text) == _RIGHT
