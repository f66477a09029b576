from argparse import ArgumentTypeError
from decimal import Decimal

import pytest

from bekal.cli.files import number, whole_amount


def test_amounts_as_arguments_are_read_as_in_files() -> None:
    amount = whole_amount(most=1_000_000)
    assert [amount(text) for text in ("0", "371000", "1.000.000", "371000,00", "Rp371.000,-")] == [
        0,
        371_000,
        1_000_000,
        371_000,
        371_000,
    ]
    assert number("14500.5") == Decimal("14500.5")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("371.000", "can be read as 371 or 371000"),
        ("371,000", "can be read as 371 or 371000"),
        ("-1", "is not a number, 0 or more"),
        ("1e5", "is not a number, 0 or more"),
        ("1.5", "is no whole number from 0 to 1000000"),
        ("1.000.001", "is no whole number from 0 to 1000000"),
    ],
)
def test_what_is_no_such_amount_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ArgumentTypeError, match=reason):
        whole_amount(most=1_000_000)(text)
