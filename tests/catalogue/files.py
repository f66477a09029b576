"""Files of trainings for the tests."""

import csv
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from bekal.catalogue.importing import ImportReport, RefusedRow, import_catalogue

COLUMNS = {"code": "kode", "title": "judul", "provider": "lembaga", "price": "harga"}
ALL_COLUMNS = COLUMNS | {
    "field": "bidang",
    "platform": "toko",
    "description": "uraian",
    "hours": "jam",
    "mode": "cara",
    "seats": "kuota",
}


def write_file(folder: Path, *rows: Sequence[str], header: Sequence[str] = tuple(COLUMNS.values())) -> Path:
    path = folder / "katalog.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def import_rows(folder: Path, *rows: Sequence[str], rate: str = "1") -> ImportReport:
    return import_catalogue(path=write_file(folder, *rows), columns=COLUMNS, rate=Decimal(rate))


def import_wide_rows(folder: Path, *rows: Sequence[str]) -> ImportReport:
    path = write_file(folder, *rows, header=list(ALL_COLUMNS.values()))
    return import_catalogue(path=path, columns=ALL_COLUMNS)


def only_refusal(report: ImportReport) -> RefusedRow:
    (refused,) = report.refused
    return refused
