"""Files that cannot be used, very large ones, and any text at all."""

import csv
import io
import tracemalloc
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bekal.access.models import Act
from bekal.catalogue.importing import ImportReport, import_catalogue
from bekal.catalogue.models import PriceChange, Provider, Training
from tests.catalogue.files import ALL_COLUMNS, COLUMNS, import_rows, write_file

pytestmark = pytest.mark.django_db

HEADER = b"kode,judul,lembaga,harga\n"


def error_of(path: Path, columns: dict[str, str] = COLUMNS, rate: Decimal = Decimal(1)) -> tuple[str, str]:
    with pytest.raises(Exception, match=r".") as caught:
        import_catalogue(path=path, columns=columns, rate=rate)
    assert not Training.objects.exists()
    assert not Provider.objects.exists()
    assert not Act.objects.exists()
    return getattr(caught.value, "code", repr(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"", "file_empty", "k.csv is empty: it must have a header with the names of its columns. Nothing of it was used."),
        (b"\xef\xbb\xbf\n\r\n", "file_empty", "k.csv is empty: it must have a header with the names of its columns."),
        (HEADER + b"a,t,p,1\nb,caf\xe9,p,1\n", "file_not_utf8", "k.csv is not UTF-8 text: line 3 holds bytes that are not."),
        (HEADER.decode().encode("utf-16"), "file_not_utf8", "k.csv is not UTF-8 text: line 1 holds bytes that are not."),
        (b"kode,judul,harga\na,t,1\n", "column_absent", "k.csv has no column “lembaga”. Its columns are: kode, judul, harga."),
        (b"kode,judul,lembaga,harga,kode\n", "column_repeated", "k.csv has more than one column “kode”."),
        (HEADER + b'a,t,p,1\nb,"' + b"x\n" * 70_000, "record_too_long", "The record that starts on line 3 of k.csv is too long"),
        (HEADER + b"a,t,p,1\n" + b"x," * 600_000, "record_too_long", "The record that starts on line 3 of k.csv is too long"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_imports_nothing(tmp_path: Path, content: bytes, code: str, message: str) -> None:
    path = tmp_path / "k.csv"
    path.write_bytes(content)
    found_code, found_message = error_of(path)
    assert found_code == code
    assert found_message.startswith(message)


def test_a_file_that_is_not_there_or_no_file_imports_nothing(tmp_path: Path) -> None:
    assert error_of(tmp_path / "tiada.csv") == (
        "file_unreadable",
        "tiada.csv cannot be read: No such file or directory. Nothing of it was used.",
    )
    assert error_of(tmp_path)[0] == "file_unreadable"
    assert error_of(tmp_path / "a\0b")[0] == "file_unreadable"


def test_a_wrong_request_imports_nothing(tmp_path: Path) -> None:
    path = write_file(tmp_path, ["a", "t", "p", "1"])
    assert error_of(path, columns=COLUMNS | {"colour": "kode"})[0] == "mapping_unknown"
    assert error_of(path, columns={"code": "kode", "title": "judul", "price": "harga"})[0] == "mapping_missing"
    for rate in ("0", "-1", "NaN", "sNaN", "Infinity", "1e999999"):
        assert error_of(path, rate=Decimal(rate))[0] == "bad_rate"


def test_a_header_alone_imports_nothing_and_refuses_nothing(tmp_path: Path) -> None:
    assert import_rows(tmp_path) == ImportReport(imported=0, refused=())


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    rows = ([f"K{number}", "Kopi", "Lembaga", "1", "", "", "x" * 19_000, "", "", ""] for number in range(2_000))
    path = write_file(tmp_path, *rows, header=list(ALL_COLUMNS.values()))
    assert path.stat().st_size > 38_000_000
    tracemalloc.start()
    try:
        assert import_catalogue(path=path, columns=ALL_COLUMNS).imported == 2_000
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8_000_000


CELLS = st.one_of(
    st.sampled_from(["", "a", "b", "K-1", "1", "0", "-1", "Lembaga", "19.99", '"', "\n", "x\r\ny", "é☕"]),
    st.text(st.characters(codec="utf-8"), max_size=12),
)
ANY_FILE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def import_text(text: str) -> ImportReport:
    """Import a text in a transaction that is undone, checking that what is stored is what the report says."""
    with TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "k.csv"
        path.write_bytes(text.encode())
        report = import_catalogue(path=path, columns=COLUMNS)
        assert Training.objects.count() == report.imported
        assert PriceChange.objects.count() == report.imported
        transaction.set_rollback(True)
    return report


@ANY_FILE
@given(st.lists(st.lists(CELLS, min_size=3, max_size=5) | st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=8))
def test_imported_and_refused_are_together_all_records_of_a_well_formed_file(rows: list[Sequence[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([tuple(COLUMNS.values()), *rows])
    report = import_text(written.getvalue())
    # A record of several lines may look like several records, and then each of its lines counts.
    said = [row for row in rows if any(map(str.strip, row))]
    assert len(said) <= report.imported + len(report.refused) <= lines_of(written.getvalue())
    lines = [row.line for row in report.refused]
    assert lines == sorted(set(lines))


@ANY_FILE
@given(st.text(st.sampled_from('ab1,,,""\n\r\t\0é'), max_size=60))
def test_imported_and_refused_are_together_no_more_than_the_lines_of_any_text(body: str) -> None:
    text = "kode,judul,lembaga,harga\n" + body
    report = import_text(text)
    assert report.imported + len(report.refused) <= lines_of(text)
    assert len({row.line for row in report.refused}) == len(report.refused)


def lines_of(text: str) -> int:
    """How many lines of a text are not empty, without its header."""
    return sum(bool(line.strip(" ")) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
