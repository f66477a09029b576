from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bekal.catalogue.importing import ImportReport, RefusedRow, import_catalogue
from bekal.catalogue.models import PriceChange, Provider, Training
from bekal.core import clock
from bekal.core.amounts import DecimalMark
from bekal.core.money import MAX_IDR
from bekal.ledger.models import Balance, Pool
from tests.catalogue.files import ALL_COLUMNS, COLUMNS, import_rows, import_wide_rows, only_refusal, write_file

pytestmark = pytest.mark.django_db

UDEMY = Path(__file__).parents[3] / "shared" / "data" / "udemy_courses.csv"
RUNS_ON = "A quotation mark that opens on line {} runs into this line. Correct that one."
MORNING = datetime(2021, 5, 20, 2, 0, tzinfo=UTC)
HEADER = b"kode,judul,lembaga,harga\n"


def refused_of(report: ImportReport) -> list[tuple[int, str]]:
    return [(row.line, row.column) for row in report.refused]


def test_a_real_catalogue_is_imported_but_for_its_six_repeated_codes_and_five_stray_quotation_marks() -> None:
    if not UDEMY.exists():
        pytest.skip("shared/data/udemy_courses.csv is not there")
    columns = {"code": "course_id", "title": "course_title", "provider": "subject", "price": "price"}
    report = import_catalogue(path=UDEMY, columns=columns, rate=Decimal(14500))
    assert report.imported == 3667
    repeated = [(line, "course_id") for line in (790, 791, 897, 1103, 1476, 2568)]
    # There, two trainings are one record, the first with the price of the second.
    run_together = [(line, "course_title") for line in (293, 1878, 2040, 2174, 2192)]
    assert refused_of(report) == sorted([*repeated, *run_together, *((line + 1, "") for line, _column in run_together)])
    assert Training.objects.count() == 3667
    assert Training.objects.get(code="1070968").price_idr == 2_900_000
    assert Training.objects.filter(price_idr=0).count() == 309
    assert Provider.objects.count() == 4


def test_a_row_becomes_a_training_with_its_provider_platform_and_first_price(tmp_path: Path) -> None:
    row = ["K-1", " Barista\n Kopi ", "Lembaga  Satu", "371000", "Food_Beverage", "Toko", "Menyeduh\nkopi", "12", "OFFLINE", "30"]
    with clock.at(MORNING):
        assert import_wide_rows(tmp_path, row) == ImportReport(imported=1, refused=())
    training = Training.objects.select_related("provider", "platform").get()
    assert training.platform is not None
    assert (
        training.code,
        training.title,
        training.provider.name,
        training.price_idr,
        training.field,
        training.platform.name,
        training.description,
        training.hours,
        training.mode,
        training.seats,
        training.seats_left,
        training.is_open,
        training.created_at,
    ) == (
        "K-1",
        "Barista Kopi",
        "Lembaga Satu",
        371_000,
        "food_beverage",
        "Toko",
        "Menyeduh\nkopi",
        12,
        "offline",
        30,
        30,
        True,
        MORNING,
    )
    assert list(PriceChange.objects.values_list("training", "price_idr", "since")) == [(training.pk, 371_000, MORNING)]


def test_what_the_file_leaves_open_has_plain_defaults(tmp_path: Path) -> None:
    import_wide_rows(tmp_path, ["K-1", "Kopi", "Lembaga", "0", "", "", "", "", "", ""])
    training = Training.objects.get()
    assert (training.field, training.platform, training.description, training.hours) == ("other", None, "", None)
    assert (training.mode, training.seats, training.seats_left) == ("online", None, None)


def test_one_provider_in_different_spelling_of_case_is_opened_once_in_the_ledger(tmp_path: Path) -> None:
    import_rows(tmp_path, ["A", "Satu", "Lembaga", "1"], ["B", "Dua", "LEMBAGA", "1"], ["C", "Tiga", "Lain", "1"])
    providers = list(Provider.objects.order_by("pk"))
    assert [provider.name for provider in providers] == ["Lembaga", "Lain"]
    for provider in providers:
        assert Balance.objects.filter(owner=provider.number * 10 + 4).count() == 1
        assert Pool.objects.filter(scope=str(provider.public_id)).count() == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_read_with_and_without_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "katalog.csv"
    path.write_text("kode,judul,lembaga,harga\nA,Café ☕,Lembaga,1\n", encoding=encoding)
    assert import_catalogue(path=path, columns=COLUMNS).imported == 1
    assert Training.objects.get().title == "Café ☕"


def test_lines_are_those_on_which_records_start(tmp_path: Path) -> None:
    path = tmp_path / "katalog.csv"
    path.write_bytes(HEADER + b'A,"Satu\r\ndua\ntiga",L,1\r\n\r\n,kosong,L,1\r\nB,"x\n\n",L,\nC,c,L,-5')
    assert refused_of(import_catalogue(path=path, columns=COLUMNS)) == [(6, "kode"), (7, "harga"), (10, "harga")]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["", "t", "p", "1"], "kode", "This is empty; every training needs it."),
        (["a", " \n", "p", "1"], "judul", "This is empty; every training needs it."),
        (["a", "t", "", "1"], "lembaga", "This is empty; every training needs it."),
        (["a", "t", "p", " "], "harga", "This is empty; every training needs it."),
        (["a" * 256, "t", "p", "1"], "kode", "The text has 256 characters; at most 255 are allowed."),
        (["a", "t" * 301, "p", "1"], "judul", "The text has 301 characters; at most 300 are allowed."),
        (["a", "t", "p" * 201, "1"], "lembaga", "The text has 201 characters; at most 200 are allowed."),
        (["a b", "t", "p", "1"], "kode", "A code must not contain spaces or invisible characters."),
        (["a\u00a0b", "t", "p", "1"], "kode", "A code must not contain spaces or invisible characters."),
        (["a\u034fb", "t", "p", "1"], "kode", "A code must not contain spaces or invisible characters."),
        (["a\u202eb", "t", "p", "1"], "kode", "A code must not contain spaces or invisible characters."),
        (["a\tb", "t", "p", "1"], "kode", "The text contains the control character U+0009; remove it."),
        (["a\0", "t", "p", "1"], "kode", "The text contains the control character U+0000; remove it."),
        (["a", "t\0", "p", "1"], "judul", "The text contains the control character U+0000; remove it."),
        (["a", "t", "p", "-1"], "harga", "“-1” is below 0. An amount must not be."),
        (
            ["a", "t", "p", "5 USD"],
            "harga",
            "“5 USD” is not an amount. Write digits, with decimals after a point or a comma if there are any: 371000 or 19.99.",
        ),
        (
            ["a", "t", "p", "1.5.0"],
            "harga",
            "“1.5.0” is not an amount. Write digits, with decimals after a point or a comma if there are any: 371000 or 19.99.",
        ),
        (
            ["a", "t", "p", "NaN"],
            "harga",
            "“NaN” is not an amount. Write digits, with decimals after a point or a comma if there are any: 371000 or 19.99.",
        ),
        (
            ["a", "t", "p", "١٢"],
            "harga",
            "“١٢” is not an amount. Write digits, with decimals after a point or a comma if there are any: 371000 or 19.99.",
        ),
        (
            ["a", "t", "p", "371.000"],
            "harga",
            "“371.000” can be read as 371 or 371000. Write it without a separator for thousands, or state which mark separates"
            " decimals.",
        ),
        (
            ["a", "t", "p", str(MAX_IDR + 1)],
            "harga",
            "“9223372036854775808” is more than an account can hold, Rp9.223.372.036.854.775.807.",
        ),
        (
            ["a", "t", "p", "9" * 5000],
            "harga",
            f"“{'9' * 39}…” is more than an account can hold, Rp9.223.372.036.854.775.807.",
        ),
        (["a", "t", "p"], "", "There are 3 cells, but the header names 4 columns. Check the delimiters and quotation marks."),
        (
            ["a", "t", "p", "1", ""],
            "",
            "There are 5 cells, but the header names 4 columns. Check the delimiters and quotation marks.",
        ),
    ],
)
def test_a_refused_row_names_its_line_column_and_reason(tmp_path: Path, row: Sequence[str], column: str, reason: str) -> None:
    report = import_rows(tmp_path, ["ok-1", "t", "p", "1"], row, ["ok-2", "t", "p", "1"])
    assert report == ImportReport(imported=2, refused=(RefusedRow(line=3, column=column, reason=reason),))
    assert list(Training.objects.order_by("code").values_list("code", flat=True)) == ["ok-1", "ok-2"]


@pytest.mark.parametrize(
    ("name", "cell", "reason"),
    [
        ("mode", "radio", "“radio” is not known here. Known are: online, offline, hybrid."),
        ("hours", "0", "“0” is not a whole number from 1 to 2147483647."),
        ("hours", "2.5", "“2.5” is not a whole number from 1 to 2147483647."),
        ("hours", "9999999999", "“9999999999” is not a whole number from 1 to 2147483647."),
        ("seats", "-1", "“-1” is not a whole number from 0 to 2147483647."),
        ("seats", "banyak", "“banyak” is not a whole number from 0 to 2147483647."),
        ("description", "a\0b", "The text contains the control character U+0000; remove it."),
        ("description", "x" * 20_001, "The text has 20001 characters; at most 20000 are allowed."),
        ("platform", "x" * 201, "The text has 201 characters; at most 200 are allowed."),
    ],
)
def test_an_optional_cell_that_makes_no_sense_refuses_the_row(tmp_path: Path, name: str, cell: str, reason: str) -> None:
    good = dict(zip(ALL_COLUMNS, ["a", "t", "p", "1", "finance", "toko", "", "3", "hybrid", "0"], strict=True))
    report = import_wide_rows(tmp_path, list((good | {name: cell}).values()))
    assert report == ImportReport(imported=0, refused=(RefusedRow(line=2, column=ALL_COLUMNS[name], reason=reason),))
    assert not Provider.objects.exists()


def test_an_unknown_field_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    refused = only_refusal(import_wide_rows(tmp_path, ["a", "t", "p", "1", "sihir", "", "", "", "", ""]))
    assert (refused.line, refused.column) == (2, "bidang")
    assert refused.reason.startswith("“sihir” is not known here. Known are: agriculture, automotive, ")


@pytest.mark.parametrize(
    ("price", "rate", "price_idr"),
    [
        ("0", "1", 0),
        ("371000", "1", 371_000),
        ("371000.00", "1", 371_000),
        (" 1000.5 ", "1", 1001),
        (str(MAX_IDR), "1", MAX_IDR),
        ("19.99", "14500", 289_855),
        ("19,99", "14500", 289_855),
        ("Rp 1.500.000", "1", 1_500_000),
        ("371.000,00", "1", 371_000),
        ("200", "14500", 2_900_000),
        ("1", "0.5", 1),
    ],
)
def test_prices_become_whole_rupiah(tmp_path: Path, price: str, rate: str, price_idr: int) -> None:
    assert import_rows(tmp_path, ["a", "t", "p", price], rate=rate).refused == ()
    assert Training.objects.get().price_idr == price_idr


def test_of_a_repeated_code_the_first_valid_row_wins(tmp_path: Path) -> None:
    report = import_rows(
        tmp_path, ["a", "gratis", "p", "x"], ["a", "pertama", "p", "1"], ["a", "kedua", "p", "2"], ["A", "lain", "p", "3"]
    )
    assert refused_of(report) == [(2, "harga"), (4, "kode")]
    assert report.refused[1].reason == (
        "The code “a” is on line 3 already. That one counts; give this one another code or remove it."
    )
    assert list(Training.objects.order_by("price_idr").values_list("code", "title")) == [("a", "pertama"), ("A", "lain")]


def test_a_quotation_mark_that_is_never_closed_refuses_what_it_swallowed(tmp_path: Path) -> None:
    path = tmp_path / "katalog.csv"
    path.write_bytes(HEADER + b'a,t,p,1\nb,"t,p,1\nc,t,p,1\n')
    assert import_catalogue(path=path, columns=COLUMNS) == ImportReport(
        imported=1,
        refused=(
            RefusedRow(line=3, column="judul", reason="A quotation mark opens in this cell and is never closed."),
            RefusedRow(line=4, column="", reason=RUNS_ON.format(3)),
        ),
    )


def test_a_stray_quotation_mark_gives_no_training_the_price_of_another(tmp_path: Path) -> None:
    path = tmp_path / "katalog.csv"
    path.write_bytes(HEADER + b'X1,"Barista dasar,Kafe Kita,100000\nX2,"Roti sourdough",Dapur Ibu,200000\nX3,Kopi,Kafe,3\n')
    report = import_catalogue(path=path, columns=COLUMNS)
    assert (report.imported, refused_of(report)) == (1, [(2, "judul"), (3, "")])
    assert list(Training.objects.values_list("code", "price_idr")) == [("X3", 3)]


@pytest.mark.parametrize(
    "body",
    [
        'X1,"Barista,Kafe,1\nX2,Roti, enak",Dapur,2\n',  # no line has a record's cells
        'X1,Barista,Kafe,"1\nX2,Roti,Dapur",2\n',
    ],
)
def test_two_stray_quotation_marks_that_make_a_well_formed_record_refuse_both_lines(tmp_path: Path, body: str) -> None:
    path = tmp_path / "katalog.csv"
    path.write_bytes(HEADER + body.encode())
    report = import_catalogue(path=path, columns=COLUMNS)
    assert (report.imported, [row.line for row in report.refused]) == (0, [2, 3])


def test_a_description_that_holds_another_training_refuses_both_lines(tmp_path: Path) -> None:
    path = tmp_path / "katalog.csv"
    header = "kode,judul,lembaga,harga,uraian\n"
    columns = COLUMNS | {"description": "uraian"}
    path.write_text(header + 'X1,T,P,1,"manis, asin\nX2,Roti,Dapur,2,empuk"\n')
    report = import_catalogue(path=path, columns=columns)
    assert (report.imported, [row.line for row in report.refused]) == (0, [2, 3])
    path.write_text(header + 'X1,T,P,1,"manis, asin\nkue, roti, tepung, gula, empuk"\n')
    assert import_catalogue(path=path, columns=columns).imported == 1


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "katalog.csv"
    path.write_text("kode,judul,lembaga,harga\nA,Kopi,Lembaga,1\n".replace(",", delimiter))
    assert import_catalogue(path=path, columns=COLUMNS) == ImportReport(imported=1, refused=())


def test_a_stated_decimal_mark_settles_what_a_price_says(tmp_path: Path) -> None:
    path = write_file(tmp_path, ["a", "t", "p", "371.000"], ["b", "t", "p", "371,5"])
    assert import_catalogue(path=path, columns=COLUMNS, decimal_mark=DecimalMark.COMMA) == ImportReport(imported=2, refused=())
    assert list(Training.objects.order_by("code").values_list("price_idr", flat=True)) == [371_000, 372]


def test_spellings_that_look_the_same_are_one_provider(tmp_path: Path) -> None:
    turned = "\u202aKafé Kita\u202c"
    spellings = ["Kafé Kita", "Kafe\u0301 Kita", "Kafé\u00a0Kita", turned, "Kafé Ki\u200bta", "KAFÉ  KITA\ufeff"]
    report = import_rows(tmp_path, *([f"K-{place}", "Kopi\u200b", name, "1"] for place, name in enumerate(spellings)))
    assert report.imported == len(spellings)
    assert list(Provider.objects.values_list("name", flat=True)) == ["Kafé Kita"]
    assert set(Training.objects.values_list("title", flat=True)) == {"Kopi"}


def test_long_codes_of_other_systems_are_codes(tmp_path: Path) -> None:
    code = "https://skills.example/trainings/" + "x" * 148
    assert (len(code), import_rows(tmp_path, [f" {code} ", "t", "p", "1"]).imported) == (181, 1)
    assert Training.objects.get().code == code
