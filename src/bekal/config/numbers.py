"""Numbers in the environment."""

import os

from bekal.core.errors import Invalid


class BadNumber(Invalid):
    """A setting is no whole number."""

    code = "bad_number_setting"


def whole_number(name: str, *, default: int) -> int:
    """The whole number, 0 or more, that a variable of the environment holds.

    Raises:
        BadNumber: it holds something else.
    """
    text = os.environ.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()):
        raise BadNumber(reason=f"{name} must be a whole number such as {default}, in digits alone; it is {text!r}.")
    return int(text)
