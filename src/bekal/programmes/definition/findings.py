"""What is wrong in a definition, and where."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is wrong.

    `key` is a dotted path; items of a list are counted from 0: `incentives.instalments[2].amount_idr`. It is empty for the file
    as a whole. `says` states what was expected and what was found.
    """

    key: str
    says: str

    def __str__(self) -> str:
        return f"{self.key}: {self.says}" if self.key else self.says


def join(at: str, key: str) -> str:
    """The path of `key` inside the table or list at path `at`."""
    if not at or not key or key.startswith("["):
        return at + key
    return f"{at}.{key}"


def below(at: str, found: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings, seen from the table that holds `at`."""
    for finding in found:
        yield Finding(join(at, finding.key), finding.says)


def expected(expectation: str, value: object) -> str:
    """The sentence for a value that is not what it must be."""
    return f"expected {expectation}, found {shown(value)}"


def shown(value: object) -> str:
    """A value from a TOML file, named by its kind, so that `1000000` and `"1000000"` cannot be confused."""
    match value:
        case bool():
            text = "true" if value else "false"
        case str():
            text = f'the text "{_shortened(value)}"'
        case int():
            # Python refuses to write numbers of thousands of digits.
            text = f"the number {value}" if value.bit_length() <= 64 else "a number beyond 64 bits"
        case float():
            text = f"the decimal number {value}"
        case dict():
            text = "a table"
        case list():
            text = "a list"
        case _:
            text = f"the date or time {value}"
    return text


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
