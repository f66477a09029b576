"""Registration numbers: what somebody who applied is known by, on paper and on the public page of results."""

import secrets
from typing import Final

from bekal.core.check_digits import is_checked, random_number
from bekal.core.names import without_separators
from bekal.participants.models import Application

NUMBER_DIGITS: Final = 12
# A number never begins with 0, which some programs drop.
_FIRST_DIGITS: Final = "123456789"


def new_registration_number(count: int = 1) -> list[str]:
    """So many different registration numbers that nobody has: 12 digits, drawn at random, the last of them a check digit."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = {random_number(prefix=secrets.choice(_FIRST_DIGITS), length=NUMBER_DIGITS) for _ in range(count - len(found))}
        taken = set(Application.objects.filter(number__in=drawn).values_list("number", flat=True))
        found |= dict.fromkeys(drawn - taken)
    return list(found)


def plain_number(text: str) -> str:
    """What somebody typed as a registration number, without the spaces and dashes between its digits."""
    return without_separators(text)


def is_registration_number(text: str) -> bool:
    """Whether a text, as `plain_number` gives it, can be a registration number; nobody need have it."""
    return is_checked(text, length=NUMBER_DIGITS) and text[0] in _FIRST_DIGITS
