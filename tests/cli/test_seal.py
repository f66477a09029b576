import json
from datetime import timedelta
from pathlib import Path

import pytest

from bekal.core import clock
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.models import Seal
from tests.builders import INCENTIVE_IDR, TRAINING_IDR, GrantedWave, grant_wave
from tests.cli.conftest import Bekal
from tests.ledger.seals.office import recompute_chain, tamper

Run = Bekal


@pytest.fixture
def granted(committed_database: str) -> GrantedWave:
    return grant_wave(count=2)


@pytest.fixture
def run(bekal: Bekal, granted: GrantedWave, committed_database: str) -> Run:
    """Run a command on this test's own database."""
    return lambda *arguments, **variables: bekal(*arguments, DATABASE_URL=committed_database, **variables)


@pytest.fixture
def run_here(bekal_here: Bekal, granted: GrantedWave, committed_database: str) -> Run:
    """The same in this process."""
    return lambda *arguments, **variables: bekal_here(*arguments, DATABASE_URL=committed_database, **variables)


def test_seal_statement_and_verification(run: Run, bekal: Bekal, granted: GrantedWave, tmp_path: Path) -> None:
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    enrolment, owner = granted.enrolments[0], training_account(granted.enrolments[0].number)
    statement, seal = str(tmp_path / "statement.json"), str(tmp_path / "seal.json")

    before = run("statement", str(owner), "--export", statement, "--json")
    assert (before.status, before.json) == (
        0,
        {
            "file": statement,
            "owner": owner,
            "transfers": 1,
            "balance_idr": TRAINING_IDR,
            "sealed_transfers": 0,
            "seal": None,
        },
    )
    # Neither a database nor a home folder is needed.
    nowhere = {"BEKAL_HOME": "/nonexistent/bekal", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    unsealed = bekal("verify-statement", statement, "--json", **nowhere)
    assert (unsealed.status, unsealed.json["valid"], unsealed.json["seal"]) == (0, True, None)

    sealed = run("seal", "--export", seal, "--json")
    assert (sealed.status, sealed.json["number"], sealed.json["day"], sealed.json["owners"]) == (0, 1, yesterday, 5)
    assert run("seal", "--date", yesterday, "--json").json == sealed.json
    assert json.loads(Path(seal).read_text())["hash"] == sealed.json["hash"]
    no_proof = bekal("verify-statement", statement, "--seal", seal, "--json", **nowhere)
    assert (no_proof.status, no_proof.json["problem"]) == (1, "no_proof")

    for name, account, balance_idr in (
        (f"training:{enrolment.public_id}", owner, TRAINING_IDR),
        (f"incentive:{enrolment.public_id}", incentive_account(enrolment.number), INCENTIVE_IDR),
        (f"fund:{granted.wave.public_id}", granted.wave.fund, 0),
    ):
        assert run("statement", name, "--export", statement, "--json").json["owner"] == account
        valid = bekal("verify-statement", statement, "--seal", seal, "--json", **nowhere)
        assert (valid.status, valid.json["owner"], valid.json["balance_idr"], valid.json["seal"]) == (0, account, balance_idr, 1)
        assert bekal("verify-statement", statement, **nowhere).output.startswith(f"valid: account {account}, ")

    Path(statement).write_text(Path(statement).read_text().replace("fund:", "fond:"))
    broken = bekal("verify-statement", statement, "--seal", seal, "--json", **nowhere)
    assert (broken.status, broken.json["problem"]) == (1, "hash")
    assert "NOT valid (hash)" in bekal("verify-statement", statement, **nowhere).output


def test_nothing_is_sealed_where_the_export_cannot_be_written(run_here: Run, granted: GrantedWave, tmp_path: Path) -> None:
    refused = run_here("seal", "--export", str(tmp_path / "no" / "seal.json"), "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "file_not_written")
    assert Seal.objects.count() == 0


def test_an_exported_seal_is_held_against_the_ledger(run_here: Run, granted: GrantedWave, tmp_path: Path) -> None:
    seal = str(tmp_path / "seal.json")
    assert run_here("seal", "--export", seal).status == 0
    assert (run_here("seal", "--check", seal).status, run_here("audit").status) == (0, 0)
    owner = incentive_account(granted.enrolments[1].number)
    tamper(("UPDATE ledger_transfer SET posted_at = posted_at - interval '1 day' WHERE owner = %s", [owner]))
    recompute_chain(owner)
    checked = run_here("seal", "--check", seal, "--json")
    assert (checked.status, checked.json["holds"], len(checked.json["problems"])) == (1, False, 1)
    audited = run_here("audit", "--json")
    assert (audited.status, [finding["check"] for finding in audited.json["findings"]]) == (1, ["seal"])


def test_today_cannot_be_sealed(run_here: Run) -> None:
    refused = run_here("seal", "--date", "9999-12-31", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "day_not_over")


@pytest.mark.parametrize(
    ("owner", "code"),
    [
        ("training", "bad_account_name"),
        ("training:1", "bad_account_name"),
        ("wallet:00000000-0000-4000-8000-000000000000", "bad_account_name"),
        ("-1x", "bad_account_name"),
        ("9" * 30, "bad_account_name"),
        ("training:00000000-0000-4000-8000-000000000000", "not_found"),
        ("provider:00000000-0000-4000-8000-000000000000", "not_found"),
        ("12345671", "unknown_account"),
    ],
)
def test_accounts_that_are_none_are_refused(run_here: Run, tmp_path: Path, owner: str, code: str) -> None:
    refused = run_here("statement", "--export", str(tmp_path / "x"), "--json", "--", owner)
    assert (refused.status, refused.json["error"]["code"]) == (2, code)
    assert not (tmp_path / "x").exists()


def test_files_that_cannot_be_used_are_named(run_here: Run, bekal_here: Bekal, granted: GrantedWave, tmp_path: Path) -> None:
    owner = str(training_account(granted.enrolments[0].number))
    unwritten = run_here("statement", owner, "--export", str(tmp_path / "no" / "x"), "--json")
    assert (unwritten.status, unwritten.json["error"]["code"]) == (2, "file_not_written")
    (tmp_path / "other").write_bytes(b"\xff")
    (tmp_path / "list").write_text("[]")
    for path in (tmp_path / "none", tmp_path / "other", tmp_path / "list", tmp_path):
        unread = bekal_here("verify-statement", str(path), "--json", BEKAL_HOME="/nonexistent/bekal")
        assert (unread.status, unread.json["error"]["code"]) == (2, "file_not_read")
        assert str(path) in unread.errors


def test_a_statement_until_a_day_holds_what_was_posted_by_then(run_here: Run, granted: GrantedWave, tmp_path: Path) -> None:
    owner = str(training_account(granted.enrolments[0].number))
    early = run_here("statement", owner, "--until", "2021-02-28", "--export", str(tmp_path / "x"), "--json")
    assert (early.json["transfers"], early.json["balance_idr"]) == (0, 0)
