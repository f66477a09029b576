"""The audit by owner range, by several jobs, on one snapshot, in little memory; and runs that no stale statistics slow down."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.conf import settings
from django.db import connection, transaction

from bekal.config.main import main
from bekal.ledger import audit as audits
from bekal.ledger.accounts import incentive_account, training_account
from bekal.ledger.audit import Finding, audit, count_owners
from bekal.ledger.models import Balance, Transfer
from tests.builders import GrantedWave, grant_wave

pytestmark = pytest.mark.usefixtures("committed_database")
PEOPLE: Final = 25


@pytest.fixture
def wave(monkeypatch: pytest.MonkeyPatch) -> Iterator[GrantedWave]:
    """Twenty-five people with their money, walked four accounts at a time."""
    monkeypatch.setattr(audits, "OWNERS_AT_ONCE", 4)
    yield grant_wave(count=PEOPLE)
    connection.close()


def tamper(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0


def shifted(wave: GrantedWave) -> list[int]:
    """Accounts in the first, in a middle and in the last range, whose first row no longer has its hash."""
    owners = [training_account(wave.enrolments[place].number) for place in (0, 11, PEOPLE - 1)]
    tamper("UPDATE ledger_transfer SET posted_at = posted_at + interval '1 hour' WHERE owner = ANY (%s)", owners)
    return owners


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_range_is_walked_once(wave: GrantedWave, jobs: int) -> None:
    walked: list[int] = []
    verdict = audit(jobs=jobs, progress=walked.append)
    assert (verdict.exact, verdict.transfers) == (True, Transfer.objects.count())
    assert sum(walked) == count_owners() == Balance.objects.count()
    assert max(walked) == 4


@pytest.mark.parametrize("jobs", [1, 3])
def test_the_first_bad_row_of_each_owner_is_named_in_order(wave: GrantedWave, jobs: int) -> None:
    owners = shifted(wave)
    told: list[Finding] = []
    found = audit(jobs=jobs, tell=told.append).findings
    assert [(finding.check, finding.owner) for finding in found] == [("hash", owner) for owner in owners]
    assert sorted(told, key=lambda finding: finding.owner or 0) == list(found)


def test_only_the_owners_asked_for_are_judged(wave: GrantedWave) -> None:
    first, middle, last = shifted(wave)
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"from_owner": first, "to_owner": last}, [first, middle, last]),
        ({"from_owner": first + 1, "to_owner": last - 1}, [middle]),
        ({"to_owner": middle}, [first, middle]),
        ({"from_owner": last}, [last]),
        ({"from_owner": last + 2}, []),
        ({"from_owner": -(10**30), "to_owner": first}, [first]),
        ({"from_owner": 10**30}, []),
    ]
    for bounds, owners in cases:
        walked: list[int] = []
        found = audit(**bounds, jobs=2, progress=walked.append).findings
        assert [finding.owner for finding in found] == owners
        low, high = bounds.get("from_owner", 0), bounds.get("to_owner", 10**30)
        assert sum(walked) == count_owners(**bounds) == Balance.objects.filter(owner__gte=low, owner__lte=high).count()


def test_what_is_found_of_all_accounts_together_is_not_split_by_ranges(wave: GrantedWave) -> None:
    tamper("UPDATE ledger_run SET posted_idr = posted_idr - 1")
    owner = incentive_account(wave.enrolments[5].number)
    tamper("UPDATE ledger_run_target SET bound_idr = bound_idr - 1 WHERE owner = %s", owner)
    ((finding),) = audit(jobs=2).findings
    assert (finding.check, finding.owner) == ("run", wave.wave.fund)
    assert ", 1 beyond their bound, " in finding.detail


def test_transfers_of_a_run_that_nobody_proposed_are_found(wave: GrantedWave) -> None:
    tamper("DELETE FROM ledger_run")
    assert "run" in {finding.check for finding in audit().findings}


def test_more_jobs_than_one_need_a_transaction_of_their_own(wave: GrantedWave) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        audit(jobs=2)


def test_a_job_that_fails_fails_the_audit(wave: GrantedWave, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError("the pipe is closed")

    with pytest.raises(OSError, match="the pipe is closed"):
        audit(jobs=3, progress=fail)
    assert audit(jobs=3).exact


def test_an_owner_far_beyond_the_others_does_not_make_more_ranges(wave: GrantedWave) -> None:
    tamper(
        "INSERT INTO ledger_transfer SELECT 9000000000000000001, debit, 9000000000000000001, amount_idr, after_idr, posted_at, 1,"
        " posting_date, NULL, key, hash FROM ledger_transfer WHERE owner = %s",
        training_account(wave.enrolments[0].number),
    )
    found = {(finding.check, finding.owner) for finding in audit(jobs=2).findings}
    assert ("balance", 9_000_000_000_000_000_001) in found


def test_amounts_at_the_edge_of_bigint_are_judged(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[3].number)
    tamper("UPDATE ledger_transfer SET amount_idr = 9223372036854775807 WHERE owner = %s", owner)
    assert ("balance_after", owner) in {(finding.check, finding.owner) for finding in audit().findings}


def test_only_so_many_findings_are_kept_but_all_are_told(wave: GrantedWave, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audits, "_KEPT_FINDINGS", 2)
    shifted(wave)
    told: list[Finding] = []
    verdict = audit(tell=told.append)
    assert (verdict.exact, len(verdict.findings), len(told)) == (False, 2, 3)


def _bekal(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bekal.config.main", *arguments],
        env={
            **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
            "DATABASE_URL": database,
            "BEKAL_HOME": str(settings.BEKAL_HOME),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_one_object_with_every_finding(wave: GrantedWave, committed_database: str) -> None:
    owners = shifted(wave)
    done = _bekal(committed_database, "audit", "--json", "--jobs", "2")
    assert (done.returncode, bool(done.stdout)) == (1, True), done.stderr
    printed = json.loads(done.stdout)
    assert set(printed) == {"exact", "transfers", "findings"}
    assert (printed["exact"], printed["transfers"]) == (False, 2 * PEOPLE + 2)
    assert sorted(finding["owner"] for finding in printed["findings"]) == owners
    assert {tuple(finding) for finding in printed["findings"]} == {("check", "owner", "detail")}

    done = _bekal(committed_database, "audit", "--from-owner", str(owners[0] + 1), "--to-owner", str(owners[2] - 1))
    assert (done.returncode, done.stdout.splitlines()[1:]) == (1, [f"{2 * PEOPLE - 3} transfers: 1 findings"])
    assert done.stdout.startswith(f"hash: account {owners[1]}: row 1 (")


@pytest.mark.parametrize("jobs", ["0", "65", "many"])
def test_a_number_of_jobs_that_makes_no_sense_is_refused(capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["audit", "--jobs", jobs])
    output, errors = capsys.readouterr()
    assert (refusal.value.code, output) == (2, "")
    assert "--jobs" in errors
