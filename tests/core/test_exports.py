import csv
import io
from collections.abc import Sequence

import pytest

from bekal.core.exports import write_rows


def written(*rows: Sequence[object]) -> str:
    file = io.StringIO(newline="")
    write_rows(file, rows)
    return file.getvalue()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "＝"])
def test_a_text_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    (row,) = csv.reader(io.StringIO(written([f"{start}HYPERLINK(1)", "after"]), newline=""))
    assert row == [f"'{start}HYPERLINK(1)", "after"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Kopi;=1", "Kopi;'=1"),
        ("Kopi; =1;@2", "Kopi;' =1;'@2"),
        ("Kopi\t=1", "Kopi\t'=1"),
        ("Kopi\r\n=1", "Kopi\r\n'=1"),
        ('Kopi;"=1', "Kopi;'\"=1"),
    ],
)
def test_what_a_spreadsheet_that_separates_by_semicolons_would_run_is_text(text: str, safe: str) -> None:
    (row,) = csv.reader(io.StringIO(written([text, "after"]), newline=""))
    assert row == [safe, "after"]


def test_everything_else_stays_as_it_is() -> None:
    rest = ["a; b-c"]
    assert written(rest) == "a; b-c\r\n"
    assert written(["kode", "a=b", 'dua "kali"', -5, 0, None, "", "a,b"]) == 'kode,a=b,"dua ""kali""",-5,0,,,"a,b"\r\n'
