import csv
from collections import Counter
from pathlib import Path

import pytest

from bekal.catalogue.models import Training
from tests.cli.conftest import REPOSITORY, Bekal

UDEMY = REPOSITORY.parent / "shared" / "data" / "udemy_courses.csv"
MAPPED = ("--map", "code=id", "--map", "title=name", "--map", "provider=school", "--map", "price=usd")


def test_refused_rows_are_listed_and_tell_by_the_status_that_not_all_is_in(bekal: Bekal, tmp_path: Path) -> None:
    file = tmp_path / "courses.csv"
    file.write_text('id,name,school,usd\na,"Two\nlines",S,1.5\nb,B,S,free\na,Again,S,2\nc,Free,S,0\n')
    outcome = bekal("import-catalogue", str(file), *MAPPED, "--rate", "14500", "--json")
    assert outcome.status == 3
    assert outcome.json["imported"] == 2
    assert [(row["line"], row["column"]) for row in outcome.json["refused"]] == [(4, "usd"), (5, "id")]
    assert all(row["reason"] for row in outcome.json["refused"])
    file.write_text("id;name;school;usd\na;A;S;1.500\n")
    assert bekal("import-catalogue", str(file), *MAPPED, "--decimal", "comma", "--delimiter", "semicolon").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--map", "code"),
        ("--map", "code=id", "--rate", "much"),
        (*MAPPED, "--map", "code=name"),
        (*MAPPED[:-1], "price=nowhere"),
        MAPPED[:-2],
        (*MAPPED, "--rate", "0"),
        (*MAPPED, "--rate", "nan"),
        (*MAPPED, "--rate", "14.500"),
        (*MAPPED, "--decimal", "dot"),
        (*MAPPED, "--delimiter", "semicolon"),
    ],
)
def test_a_map_or_rate_that_cannot_be_used_imports_nothing(
    bekal_here: Bekal, committed_database: str, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "courses.csv"
    file.write_text("id,name,school,usd\nx,X,S,1\n")
    outcome = bekal_here("import-catalogue", str(file), *arguments, DATABASE_URL=committed_database)
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.errors
    assert not Training.objects.exists()


def test_a_file_that_is_not_there_is_named(bekal: Bekal, tmp_path: Path) -> None:
    outcome = bekal("import-catalogue", str(tmp_path / "nothing.csv"), *MAPPED)
    assert outcome.status == 2
    assert "nothing.csv" in outcome.errors


def test_the_real_catalogue_is_imported_or_refused_record_by_record(bekal: Bekal) -> None:
    if not UDEMY.exists():
        pytest.skip("the real catalogue is not on this machine")
    columns = ("code=course_id", "title=course_title", "provider=subject", "price=price")
    mapping = [part for column in columns for part in ("--map", column)]
    outcome = bekal("import-catalogue", str(UDEMY), *mapping, "--rate", "14500", "--json")
    with UDEMY.open(newline="", encoding="utf-8") as file:
        records = sum(1 for _ in csv.DictReader(file))
    assert (outcome.status, records) == (3, 3_678)
    # Five of the records are two trainings each, run together by a stray quotation mark.
    assert outcome.json["imported"] + len(outcome.json["refused"]) == records + 5
    columns_refused = Counter(row["column"] for row in outcome.json["refused"])
    assert columns_refused == {"course_id": 6, "course_title": 5, "": 5}
