import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

import bekal
from bekal.core.errors import Invalid
from bekal.core.tables import DELIMITERS, Record, Table, open_table

HEADER = "kode,judul,lembaga,harga\n"
OPENS = "A quotation mark opens in this cell, and what closes it is on another line. Remove it, or close it in its own cell."
NEVER = "A quotation mark opens in this cell and is never closed."
FOLLOWED = "Text follows the quotation mark that closes this cell. Close it at its end; inside it, write each one twice."


def runs_on(line: int) -> str:
    return f"A quotation mark that opens on line {line} runs into this line. Correct that one."


def count(cells: int, columns: int = 4) -> str:
    return f"There are {cells} cells, but the header names {columns} columns. Check the delimiters and quotation marks."


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "katalog.csv"


def told(table: Table, record: Record) -> object:
    """What a record holds, or which column is at fault, and why."""
    if record.fault is None:
        return record.line, record.cells
    return record.line, table.column(record.fault.place), str(record.fault.reason)


def read(file: Path, text: str, *, required: tuple[str, ...] = ("kode", "harga"), delimiter: str | None = None) -> list[object]:
    file.write_bytes(text.encode())
    with open_table(file, required=required, delimiter=delimiter) as table:
        return [told(table, record) for record in table.records]


def header_of(file: Path, text: str, *required: str, delimiter: str | None = None) -> tuple[str, list[str]]:
    file.write_bytes(text.encode())
    with open_table(file, required=required, delimiter=delimiter) as table:
        return table.delimiter, table.header


def test_nothing_else_reads_or_writes_tables() -> None:
    source = Path(bekal.__file__).parent
    using = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if re.search(r"^\s*(import csv|from csv)\b", path.read_text(), re.M)
    }
    assert using == {"core/tables/header.py", "core/tables/records.py", "core/exports.py"}


@pytest.mark.parametrize("character", DELIMITERS.values())
def test_the_delimiter_is_found_in_the_header(file: Path, character: str) -> None:
    text = "kode,judul,harga\nK-1,Kopi,1\n".replace(",", character)
    assert read(file, text) == [(2, ["K-1", "Kopi", "1"])]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffkode,judul,harga\nK-1,Kopi,1\n",
        "kode,judul,harga\rK-1,Kopi,1\r",
        "kode,judul,harga\r\nK-1,Kopi,1",
        '"kode", "judul", "harga"\n"K-1", "Kopi", "1"\n',
        " kode ,ju\u200bdul,harga\nK-1,Kopi,1\n",
        "\n\n kode,judul,harga\n\nK-1,Kopi,1\n\n",
        "kode,judul,harga\n  \nK-1,Kopi,1\n \t\n",
        "kode;judul;harga\n;;;\nK-1;Kopi;1\n;;\n ; ;\n",
        'kode,judul,harga\n"","",""\n"K-1" ,"Kopi"  ,"1" \n',
        'kode;judul;harga\nK-1 ; "Kopi" ; 1\n',
    ],
)
def test_form_is_tolerated(file: Path, text: str) -> None:
    (found,) = read(file, text, required=("kode", "judul", "harga"))
    assert [cell.strip() for cell in found[1]] == ["K-1", "Kopi", "1"]  # type: ignore[index]


def test_a_name_in_the_header_may_have_several_lines(file: Path) -> None:
    assert header_of(file, 'kode,"harga\n(Rp)"\nK-1,1\n', "kode") == (",", ["kode", "harga (Rp)"])


def test_a_line_for_excel_states_the_delimiter_and_counts_as_a_line(file: Path) -> None:
    assert read(file, "sep=;\r\nkode;judul;harga\r\nK-1;Kopi, enak;1\r\n") == [(3, ["K-1", "Kopi, enak", "1"])]


def test_a_header_with_two_readings_is_refused_unless_the_delimiter_is_given(file: Path) -> None:
    text = "a;b,a\n1;2,3\n"
    with pytest.raises(Invalid, match="can be read with different delimiters: comma, semicolon") as refused:
        header_of(file, text, "a")
    assert refused.value.code == "delimiter_unclear"
    assert header_of(file, text, "a", delimiter="semicolon") == (";", ["a", "b,a"])
    assert header_of(file, text, "a", delimiter="comma") == (",", ["a;b", "a"])
    with pytest.raises(Invalid, match="“colon” is no delimiter"):
        header_of(file, text, "a", delimiter="colon")


def test_a_table_of_one_column_has_one_reading(file: Path) -> None:
    assert read(file, "kode\nK-1\nK-2\n", required=("kode",)) == [(2, ["K-1"]), (3, ["K-2"])]
    assert read(file, 'kode\n"K\n1"\n', required=("kode",)) == [(2, ["K\n1"])]


def test_a_stray_quotation_mark_never_gives_a_line_the_values_of_another(file: Path) -> None:
    body = 'X1,"Barista dasar,Kafe Kita,100000\nX2,"Roti sourdough",Dapur Ibu,200000\nX3,Kopi,Kafe Kita,300000\n'
    assert read(file, HEADER + body) == [
        (2, "judul", FOLLOWED),
        (3, "", runs_on(2)),
        (4, ["X3", "Kopi", "Kafe Kita", "300000"]),
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # Two stray marks, one on each line, make a well-formed file.
        ('X1,"Barista,Kafe,1\nX2,Roti",Dapur,2\n', [(2, "judul", OPENS), (3, "", runs_on(2))]),
        ('X1,Barista,Kafe,"1\nX2,Roti,Dapur",2\n', [(2, "harga", OPENS), (3, "", runs_on(2))]),
        (
            'X1,"Barista,Kafe,1\nX2,Roti,Dapur,2\n\nX3,"Kopi",Kafe,3\n',
            [(2, "judul", FOLLOWED), (3, "", runs_on(2)), (5, "", runs_on(2))],
        ),
        ('X1,"Barista,Kafe,1\nX2,Roti,Dapur,2\n', [(2, "judul", NEVER), (3, "", runs_on(2))]),
        ('X1,"Bar"ista,Kafe,1\nX2,Roti,Dapur,2\n', [(2, "judul", FOLLOWED), (3, ["X2", "Roti", "Dapur", "2"])]),
        ('X1,Pipa 5",Kafe,1\nX2,"5"" p",D,2\n', [(2, ["X1", 'Pipa 5"', "Kafe", "1"]), (3, ["X2", '5" p', "D", "2"])]),
        ("X1,Barista,Kafe\nX2,a,b,c,d\n", [(2, "", count(3)), (3, "", count(5))]),
        ('X1,"Bar, is","Ka, fe","1\nX2",Roti,D,2\n', [(2, "", count(7)), (3, "", runs_on(2))]),
        ('X1,"Satu\ndua",Kafe,1\nX2,Roti,Dapur,2\n', [(2, ["X1", "Satu\ndua", "Kafe", "1"]), (4, ["X2", "Roti", "Dapur", "2"])]),
        ('X1,"Ka ""fe"" , ini" ,"satu\ndua" ,"1" \nX2,Roti,Dapur,2\n', [
            (2, ["X1", 'Ka "fe" , ini', "satu\ndua", "1"]), (4, ["X2", "Roti", "Dapur", "2"]),
        ]),
        ('X1,"Barista" ,"Kafe,1\nX2,Roti,Dapur,2\n', [(2, "lembaga", NEVER), (3, "", runs_on(2))]),
        ('X1,"Barista" ,Ka,1\nX2,"Roti" x,D,2\n', [(2, ["X1", "Barista", "Ka", "1"]), (3, "judul", FOLLOWED)]),
        ('X1,"Barista,Kafe,1\nX2,Roti" ,Dapur,2\n', [(2, "judul", OPENS), (3, "", runs_on(2))]),
        ('X1,"Satu, dua\ntiga, empat",Kafe,1\n', [(2, ["X1", "Satu, dua\ntiga, empat", "Kafe", "1"])]),
    ],
)  # fmt: skip
def test_what_quotation_marks_do_to_lines(file: Path, body: str, expected: list[object]) -> None:
    assert read(file, HEADER + body) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf\n\r\n", "file_empty"),
        (b"sep=;\n", "file_empty"),
        (HEADER.encode() + b"a,caf\xe9,p,1\n", "file_not_utf8"),
        (HEADER.encode("utf-16"), "file_not_utf8"),
        (b"kode,judul\n", "column_absent"),
        (b'kode,harga,"judul\nX1,1,Kopi, enak"\nX2,2,Roti\n', "header_broken"),
        (b"kode,harga,kode\n", "column_repeated"),
        (HEADER.encode() + b'a,"' + b"x\n" * 600_000, "record_too_long"),
        (HEADER.encode() + b"x," * 600_000, "record_too_long"),
        (HEADER.encode() + b"a," + b"x" * 200_000 + b",p,1\n", "record_too_long"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(file: Path, content: bytes, code: str) -> None:
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused, open_table(file, required=("kode", "harga")) as table:
        list(table.records)
    assert refused.value.code == code


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "tiada.csv", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(Invalid) as refused, open_table(path):
            pass
        assert refused.value.code == "file_unreadable"


@given(st.text(st.sampled_from('ab1,,,""\n\r\t\0é;'), max_size=60))
def test_every_line_of_any_text_is_in_one_record(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    file = tmp_path_factory.mktemp("t") / "k.csv"
    text = HEADER + body
    file.write_bytes(text.encode())
    with open_table(file, required=("kode",)) as table:
        records = list(table.records)
    lines = [
        line.removesuffix("\n").removesuffix("\r") for line in "".join(text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ]
    taken = [record.line + number for record in records for number, _text in enumerate(record.lines)]
    assert taken == sorted(set(taken))
    # Only lines that say nothing are in none.
    said = [line.strip(' \t",') for number, line in enumerate(lines, start=1) if number > 1 and number not in taken]
    assert [text for text in said if text] == []
    assert all(len(record.cells) == 4 for record in records if record.fault is None)
