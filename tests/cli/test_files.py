from argparse import ArgumentTypeError
from decimal import Decimal
from pathlib import Path

import pytest

from bekal.cli.errors import FileNotWritten
from bekal.cli.files import number, require_place, whole_amount


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


@pytest.mark.parametrize("replaced", [True, False])
def test_a_place_that_no_file_can_have_is_refused_before_the_work(tmp_path: Path, replaced: bool) -> None:
    circle, file = tmp_path / "circle", tmp_path / "file"
    circle.symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(circle)
    file.touch()
    for place in (tmp_path / ("x" * 300), circle, tmp_path / "absent" / "x", file / "x", tmp_path):
        with pytest.raises(FileNotWritten):
            require_place(place, replaced=replaced)


def test_a_place_is_left_as_it_was(tmp_path: Path) -> None:
    for place in (tmp_path / "new.csv", tmp_path / ("x" * 250)):
        require_place(place)
    require_place(tmp_path / "new.csv", replaced=True)
    assert list(tmp_path.iterdir()) == []
