"""The database refuses to change what was written, and the audit names what was changed behind its back."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from bekal.access.models import Act
from bekal.ledger.accounts import AccountKind, account_id, incentive_account, training_account
from bekal.ledger.audit import Finding, audit, register_audit_check
from bekal.ledger.models import Balance, Run, Transfer
from bekal.ledger.services import post
from bekal.purchases.keys import buy_key
from bekal.purchases.services import buy_training
from tests.builders import ACCEPTED_ON, GrantedWave, day_after, grant_wave, make_training, on

pytestmark = pytest.mark.django_db


@pytest.fixture
def wave() -> GrantedWave:
    """Three people with their money; the first bought two courses of Rp 300,000 and Rp 371,000."""
    granted = grant_wave(count=3)
    with on(day_after(ACCEPTED_ON)):
        for price_idr in (300_000, 371_000):
            buy_training(
                enrolment=granted.enrolments[0], training=make_training(price_idr), price_idr=price_idr, request_key=uuid4()
            )
    assert audit().exact
    return granted


def execute(sql: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def tamper(sql: str, *values: Any) -> None:
    """Change rows as a superuser who has switched the triggers off."""
    with transaction.atomic():
        execute("SET LOCAL session_replication_role = replica")
        assert execute(sql, *values) > 0
        execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize("table", ["ledger_transfer", "access_act", "ledger_run_target", "ledger_run_skip"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_appended_rows_cannot_be_changed(wave: GrantedWave, table: str, sql: str) -> None:
    if table == "ledger_run_skip":
        execute("INSERT INTO ledger_run_skip (run, owner, place, reason) SELECT id, 1, 1, 'x' FROM ledger_run")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    column = "id" if table == "access_act" else "owner"
    with pytest.raises(DatabaseError, match="it is append-only"), transaction.atomic():
        execute(sql.format(table, column, column))


@pytest.mark.parametrize("sql", ["DELETE FROM ledger_balance", "TRUNCATE ledger_balance"])
def test_owners_rows_cannot_be_removed(wave: GrantedWave, sql: str) -> None:
    with pytest.raises(DatabaseError, match="it is append-only"), transaction.atomic():
        execute(sql)


def test_the_orm_cannot_change_them_either(wave: GrantedWave) -> None:
    for change in (
        lambda: Transfer.objects.update(amount_idr=1),
        lambda: Transfer.objects.all().delete(),
        lambda: Act.objects.update(verb="x"),
        lambda: Act.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="it is append-only"), transaction.atomic():
            change()


def findings() -> list[tuple[str, int | None]]:
    return [(finding.check, finding.owner) for finding in audit().findings]


def test_a_changed_digit_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    tamper("UPDATE ledger_transfer SET amount_idr = amount_idr + 1 WHERE owner = %s AND sequence = 2", owner)
    purchase = wave.enrolments[0].purchases.get(price_idr=300_000)
    assert audit().findings[0] == Finding(
        check="balance_after",
        owner=owner,
        detail=f"row 2 ({buy_key(purchase.public_id)}) states Rp 700000 after it, the amounts give Rp 699999",
    )


@pytest.mark.parametrize(
    "change",
    [
        "key = key || 'x'",
        "posting_date = posting_date + 1",
        "posted_at = posted_at + interval '1 microsecond'",
        "run = 7",
        "credit = credit - 10",
        "hash = sha256(hash)",
    ],
)
def test_every_field_is_under_the_hash(wave: GrantedWave, change: str) -> None:
    owner = training_account(wave.enrolments[0].number)
    tamper(f"UPDATE ledger_transfer SET {change} WHERE owner = %s AND sequence = 2", owner)
    assert findings()[0] == ("hash", owner)


def test_a_row_changed_together_with_all_that_follow_from_it_but_the_hash_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    tamper("UPDATE ledger_transfer SET amount_idr = amount_idr - 1 WHERE owner = %s AND sequence = 2", owner)
    tamper("UPDATE ledger_transfer SET after_idr = after_idr + 1 WHERE owner = %s AND sequence >= 2", owner)
    tamper("UPDATE ledger_balance SET available_idr = available_idr + 1 WHERE owner = %s", owner)
    assert findings()[0] == ("hash", owner)


def test_a_chain_composed_anew_from_a_changed_row_no_longer_fits_its_purchase(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    tamper(
        "UPDATE ledger_transfer SET amount_idr = amount_idr - 1, after_idr = after_idr + 1 WHERE owner = %s AND sequence = 3",
        owner,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_hash(earlier.hash, t.owner, t.sequence, t.debit, t.credit, t.amount_idr, t.after_idr, t.posting_date,"
            " t.posted_at, t.run, t.key) FROM ledger_transfer t JOIN ledger_transfer earlier ON earlier.owner = t.owner"
            " AND earlier.sequence = 2 WHERE t.owner = %s AND t.sequence = 3",
            [owner],
        )
        (forged,) = cursor.fetchone()
    tamper("UPDATE ledger_transfer SET hash = %s WHERE owner = %s AND sequence = 3", forged, owner)
    tamper("UPDATE ledger_balance SET available_idr = available_idr + 1, head = %s WHERE owner = %s", forged, owner)
    assert findings() == [("purchase", owner)]


@pytest.mark.parametrize(("sequence", "expected"), [(1, "sequence"), (2, "sequence"), (3, "balance")])
def test_a_deleted_row_is_found(wave: GrantedWave, sequence: int, expected: str) -> None:
    owner = training_account(wave.enrolments[0].number)
    tamper("DELETE FROM ledger_transfer WHERE owner = %s AND sequence = %s", owner, sequence)
    assert findings()[0] == (expected, owner)


def test_a_chain_that_vanished_with_its_row_is_found(wave: GrantedWave) -> None:
    owner = incentive_account(wave.enrolments[1].number)
    tamper("DELETE FROM ledger_transfer WHERE owner = %s", owner)
    tamper("DELETE FROM ledger_balance WHERE owner = %s", owner)
    found = audit().findings
    assert ("run", wave.wave.fund) in [(finding.check, finding.owner) for finding in found]


def test_a_row_without_its_owner_is_found(wave: GrantedWave) -> None:
    owner = incentive_account(wave.enrolments[1].number)
    tamper("DELETE FROM ledger_balance WHERE owner = %s", owner)
    assert ("balance", owner) in findings()


def test_an_inserted_row_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[1].number)
    tamper(
        "INSERT INTO ledger_transfer SELECT owner, debit, credit, amount_idr, after_idr + amount_idr, posted_at, 2, posting_date,"
        " NULL, 'more', hash FROM ledger_transfer WHERE owner = %s",
        owner,
    )
    assert findings()[0] == ("hash", owner)


def test_rows_in_another_order_are_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    tamper("UPDATE ledger_transfer SET sequence = 9 WHERE owner = %s AND sequence = 2", owner)
    tamper("UPDATE ledger_transfer SET sequence = 2 WHERE owner = %s AND sequence = 3", owner)
    tamper("UPDATE ledger_transfer SET sequence = 3 WHERE owner = %s AND sequence = 9", owner)
    assert audit().findings[0].check == "balance_after"
    assert audit().findings[0].owner == owner


@pytest.mark.parametrize("change", ["available_idr = available_idr + 1", "sequence = sequence + 1", "head = sha256(head)"])
def test_a_changed_balance_row_is_found(wave: GrantedWave, change: str) -> None:
    owner = training_account(wave.enrolments[2].number)
    execute(f"UPDATE ledger_balance SET {change} WHERE owner = %s", owner)
    assert findings() == [("balance", owner)]


def test_the_first_bad_row_of_each_owner_is_named(wave: GrantedWave) -> None:
    owners = [training_account(enrolment.number) for enrolment in wave.enrolments]
    tamper("UPDATE ledger_transfer SET posted_at = posted_at + interval '1 hour' WHERE owner = ANY (%s)", owners)
    assert [(finding.owner, finding.detail.split(" (")[0]) for finding in audit().findings] == [
        (owner, "row 1") for owner in owners
    ]


@pytest.mark.parametrize(
    "change",
    ["posted_idr = posted_idr - 1", "posted_count = posted_count - 1", "target_count = 1", "bound_idr = bound_idr + 1"],
)
def test_a_run_that_counts_otherwise_than_the_ledger_is_found(wave: GrantedWave, change: str) -> None:
    execute(f"UPDATE ledger_run SET {change}")
    assert findings() == [("run", wave.wave.fund)]


def test_a_target_added_after_the_proposal_is_found(wave: GrantedWave) -> None:
    run = Run.objects.get()
    execute(
        "INSERT INTO ledger_run_target (run, owner, place, debit, credit, bound_idr, key) VALUES (%s, 1, 1, 1, -7, 0, 'x')",
        run.pk,
    )
    assert findings() == [("run", wave.wave.fund)]


def test_more_taken_from_escrow_than_was_paid_into_it_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    purchase = wave.enrolments[0].purchases.get(price_idr=300_000)
    escrow = account_id(purchase.training.provider.number, AccountKind.ESCROW)
    post(owner=owner, key="undo:1", debit=escrow, credit=owner, amount_idr=300_000)
    assert audit().exact
    post(owner=owner, key="undo:2", debit=escrow, credit=owner, amount_idr=1)
    assert findings() == [("pooled", owner)]


def test_more_settled_than_was_earned_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    number = wave.enrolments[0].purchases.get(price_idr=300_000).training.provider.number
    escrow, payable = account_id(number, AccountKind.ESCROW), account_id(number, AccountKind.PAYABLE)
    clearing = -15
    execute("INSERT INTO ledger_pool (id, kind, scope) VALUES (%s, -5, 'bank')", clearing)
    post(owner=owner, key="earn:1", debit=escrow, credit=payable, amount_idr=300_000)
    post(owner=-payable, key="send:1", debit=payable, credit=clearing, amount_idr=300_000)
    assert audit().exact
    post(owner=-payable, key="send:2", debit=payable, credit=clearing, amount_idr=1)
    assert findings() == [("pooled", -payable)]
    assert audit().findings[0].detail == f"pool {payable} was overdrawn by Rp 1"


def test_more_remitted_than_came_back_is_found(wave: GrantedWave) -> None:
    fund = wave.wave.fund
    execute("INSERT INTO ledger_pool (id, kind, scope) VALUES (-17, -7, 'returned')")
    post(owner=fund, key="remit:1", debit=-17, credit=-1, amount_idr=1)
    assert findings() == [("pooled", fund), ("remittance", fund)]


def test_a_pool_that_nobody_opened_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[1].number)
    post(owner=owner, key="order", debit=owner, credit=-9_999_993, amount_idr=1)
    assert findings() == [("pooled", owner)]


def test_money_left_in_a_finished_runs_pool_is_found(wave: GrantedWave) -> None:
    granting = Run.objects.get().granting
    assert granting is not None
    post(owner=wave.wave.fund, key="deallocate:x", debit=granting, credit=wave.wave.fund, amount_idr=1)
    assert findings() == [("granting", wave.wave.fund)]


def test_a_changed_price_of_a_purchase_is_found(wave: GrantedWave) -> None:
    owner = training_account(wave.enrolments[0].number)
    wave.enrolments[0].purchases.filter(price_idr=300_000).update(price_idr=300_001)
    assert findings() == [("purchase", owner)]


def test_a_purchase_without_a_transfer_is_found(wave: GrantedWave) -> None:
    purchase = wave.enrolments[0].purchases.get(price_idr=300_000)
    purchase.pk, purchase.public_id, purchase.request_key, purchase.redeem_code = None, uuid4(), uuid4(), "x"
    purchase.enrolment = wave.enrolments[1]
    purchase.save()
    assert findings() == [("purchase", training_account(wave.enrolments[1].number))]


def test_audit_counts_the_transfers_and_writes_nothing(wave: GrantedWave) -> None:
    rows = Balance.objects.count(), Transfer.objects.count()
    verdict = audit()
    assert (verdict.exact, verdict.transfers) == (True, 10)
    assert (Balance.objects.count(), Transfer.objects.count()) == rows


def test_an_audit_check_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register_audit_check(name="chain", sql="SELECT 1")
