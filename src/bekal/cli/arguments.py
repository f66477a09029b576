"""What several commands take."""

from argparse import ArgumentTypeError
from typing import Final

DEFAULT_PORT: Final = 8000
_PORTS: Final = 65_535


def number(text: str, *, least: int, most: int) -> int:
    """A whole number between two others, both included."""
    try:
        found = int(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from error
    if not least <= found <= most:
        raise ArgumentTypeError(f"{found} is not from {least} to {most}")
    return found


def port_number(text: str) -> int:
    """The number of a port."""
    return number(text, least=1, most=_PORTS)
