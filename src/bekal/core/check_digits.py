"""Numbers that people copy by hand: drawn at random, the last digit checks the others.

The check digit is Damm's (H. M. Damm, *Total anti-symmetrische Quasigruppen*, 2004): one wrong digit, or two neighbours that
changed places, never leave a number right.
"""

import os
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
_GROUP: Final = 3


def _after_groups() -> list[list[str]]:
    """By the digit so far, what it becomes by each group of three digits."""
    found = []
    for first in range(10):
        row = []
        for group in range(10**_GROUP):
            interim = first
            for digit in f"{group:0{_GROUP}}":
                interim = int(_TABLE[interim][int(digit)])
            row.append(str(interim))
        found.append(row)
    return found


_AFTER: Final = _after_groups()
_RIGHT: Final = "0"
_RANDOM_BYTES: Final = 10
"""So many bits that no digit is likelier than another by more than a millionth."""


def random_number(*, prefix: str, length: int) -> str:
    """A number of `length` digits: the prefix, random digits, a check digit."""
    return random_numbers(prefix=prefix, length=length, count=1)[0]


def random_numbers(*, prefix: str, length: int, count: int) -> list[str]:
    """So many of them, which may contain equal ones.

    The randomness is the operating system's, so that nobody foresees one from others.
    """
    drawn = length - len(prefix) - 1
    most, width = 10**drawn, f"0{drawn}"
    random = os.urandom(_RANDOM_BYTES * count)
    found = []
    for at in range(0, len(random), _RANDOM_BYTES):
        digits = prefix + format(int.from_bytes(random[at : at + _RANDOM_BYTES]) % most, width)
        found.append(digits + check_digit(digits))
    return found


def check_digit(digits: str) -> str:
    """The digit that is to follow these; `0` where they end with theirs already."""
    # Zeros in front change nothing.
    digits = digits.zfill(-(-len(digits) // _GROUP) * _GROUP)
    interim = _RIGHT
    for at in range(0, len(digits), _GROUP):
        interim = _AFTER[int(interim)][int(digits[at : at + _GROUP])]
    return interim


def is_checked(text: str, *, length: int) -> bool:
    """Whether a text is a number of so many digits whose check digit is right."""
    return len(text) == length and text.isascii() and text.isdigit() and check_digit(text) == _RIGHT
