"""What several commands take."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Final

DEFAULT_PORT: Final = 8000
_PORTS: Final = 65_535
_DIGITS: Final = 18


def whole_number(*, least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads an argument that is a whole number from `least`, which is 0 or more, to `most`, both included."""
    allowed = f"{least} or more" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
            raise ArgumentTypeError(f"{text!r} is not a whole number, {allowed}")
        if int(text) < least or (most is not None and int(text) > most):
            raise ArgumentTypeError(f"{text} is not {allowed}")
        return int(text)

    return read


port_number: Final = whole_number(least=1, most=_PORTS)
PORT_HELP: Final = f"the port to listen on, from 1 to {_PORTS}; default {DEFAULT_PORT}"
