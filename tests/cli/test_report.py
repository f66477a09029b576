import csv
from pathlib import Path

import pytest

from bekal.access.models import Act
from bekal.ledger.accounts import training_account
from tests.builders import ACCEPTED_ON, INCENTIVE_IDR, TOTAL_IDR, TRAINING_IDR, GrantedWave, grant_wave, make_training
from tests.cli.conftest import Bekal, Outcome

DAYS = ("--from", ACCEPTED_ON.isoformat(), "--to", ACCEPTED_ON.isoformat())


@pytest.fixture
def granted(committed_database: str) -> GrantedWave:
    return grant_wave(count=2)


@pytest.fixture
def run(bekal_here: Bekal, granted: GrantedWave, committed_database: str) -> Bekal:
    def run(*arguments: str) -> Outcome:
        return bekal_here(*arguments, DATABASE_URL=committed_database)

    return run


def test_a_wave_is_named_by_its_id_or_number(bekal: Bekal, committed_database: str, granted: GrantedWave, tmp_path: Path) -> None:
    file = tmp_path / "wave.csv"
    reports = [
        bekal("report", "wave", name, *DAYS, "--csv", str(file), "--json", DATABASE_URL=committed_database)
        for name in (str(granted.wave.public_id), f"{granted.wave.programme}/{granted.wave.number}")
    ]
    assert [outcome.status for outcome in reports] == [0, 0]
    assert reports[0].json == reports[1].json
    groups = {group["accounts"]: group for group in reports[0].json["groups"]}
    assert groups["training"] == {
        "accounts": "training",
        "opening_idr": 0,
        "in_idr": 2 * TRAINING_IDR,
        "out_idr": 0,
        "closing_idr": 2 * TRAINING_IDR,
    }
    assert groups["fund"]["out_idr"] == 2 * TOTAL_IDR
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["closing_idr"] for row in rows if row["accounts"] == "incentive"] == [str(2 * INCENTIVE_IDR)]
    assert [row["transfers"] for row in rows if row["accounts"] == "granting > training"] == ["2"]


def test_an_account_and_the_treasury_are_printed(run: Bekal, granted: GrantedWave) -> None:
    account = run("report", "account", str(training_account(granted.enrolments[0].number)), *DAYS, "--json")
    assert (account.json["opening_idr"], len(account.json["lines"]), account.json["closing_idr"]) == (0, 1, TRAINING_IDR)
    printed = run("report", "treasury", *DAYS)
    assert printed.status == 0
    assert next(line.split() for line in printed.output.splitlines() if line.startswith("training"))[-1] == "Rp2.000.000"


def test_a_provider_is_named_by_its_id(run: Bekal) -> None:
    provider = make_training(1_000).provider
    report = run("report", "provider", str(provider.public_id), *DAYS, "--json")
    assert [group["accounts"] for group in report.json["groups"]] == ["escrow", "payable", "clearing", "paid"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("treasury", "x"), "report_unnamed"),
        (("wave",), "report_unnamed"),
        (("wave", "x"), "not_found"),
        (("wave", "prakerja-2021/99"), "not_found"),
        (("account", "x"), "bad_account_name"),
    ],
)
def test_a_report_about_nothing_is_refused(run: Bekal, arguments: tuple[str, ...], code: str) -> None:
    refused = run("report", *arguments, *DAYS, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, code)


def test_days_out_of_order_are_refused(run: Bekal) -> None:
    refused = run("report", "treasury", "--from", "2021-03-02", "--to", "2021-03-01", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "range_backwards")


def test_what_is_exported_stands_in_the_log_of_acts(run: Bekal, granted: GrantedWave, tmp_path: Path) -> None:
    account = str(training_account(granted.enrolments[0].number))
    days = {"first": ACCEPTED_ON.isoformat(), "last": ACCEPTED_ON.isoformat()}
    assert [
        run("report", "treasury", *DAYS).status,
        run("report", "account", account, *DAYS).status,
        run("report", "account", "none", *DAYS).status,
        run("statement", account, "--export", str(tmp_path / "statement.json")).status,
    ] == [0, 0, 2, 0]
    assert list(Act.objects.filter(verb__endswith=".export").order_by("id").values_list("verb", "subject", "details")) == [
        ("report.export", "treasury", days),
        ("report.export", f"account:{account}", days),
        ("statement.export", f"account:{account}", {}),
    ]
