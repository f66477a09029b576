"""Somebody with every right changes the ledger behind everybody's back: what the audit, a seal or an exported seal says then."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from fault_stage import PRICES_IDR, Stage, at
from harness import use_database

DAY_OF_PURCHASES = date(2021, 3, 10)
TEMPLATE = "sealed"


def prepare_sealed() -> None:
    """In the database in use: everybody buys two trainings, and the day is sealed."""
    from bekal.catalogue.models import Training
    from bekal.ledger.seals.services import seal_day
    from bekal.participants.models import Enrolment
    from bekal.purchases.services import buy_training

    trainings = list(Training.objects.filter(price_idr__in=PRICES_IDR[:2]))
    with at(DAY_OF_PURCHASES):
        for enrolment in Enrolment.objects.select_related("wave"):
            for training in trainings:
                buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())
    with at(DAY_OF_PURCHASES + timedelta(days=1)):
        seal_day(day=DAY_OF_PURCHASES, patience_seconds=5)


def tampered_rows(stage: Stage) -> int:
    """One row is changed, deleted, inserted or moved, also with hashes computed anew: the audit names its owner."""
    from django.db import connection, transaction

    from bekal.ledger.audit import audit

    use_database(stage.server.url(TEMPLATE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner FROM ledger_balance WHERE owner % 10 = 1 ORDER BY owner")
        owners = [owner for (owner,) in cursor.fetchall()]
    for name, tamper in _TAMPERINGS.items():
        owner = stage.draw.choice(owners)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                tamper(cursor, stage, owner)
            found = audit().findings
            transaction.set_rollback(True)
        stage.expect(owner in {finding.owner for finding in found}, f"{name} on account {owner} was not named: {found[:3]}")
    verdict = audit()
    stage.expect(verdict.exact, f"without tampering the audit found {verdict.findings[:3]}")
    return len(_TAMPERINGS)


def rewritten_chains(stage: Stage) -> int:
    """A whole chain is composed anew, with its balance, purchase and pools, so that all agrees: the seal names it."""
    from django.db import connection, transaction

    from bekal.ledger.audit import audit

    use_database(stage.server.url(TEMPLATE))
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner FROM ledger_balance WHERE owner % 10 = 1 ORDER BY random() LIMIT 3")
        owners = [owner for (owner,) in cursor.fetchall()]
    for owner in owners:
        with transaction.atomic():
            _rewrite(owner)
            found = audit().findings
            transaction.set_rollback(True)
        stage.expect({finding.check for finding in found} == {"seal"}, f"a rewritten chain was called {found[:3]}")
        named = [finding.owner for finding in found if finding.owner is not None]
        stage.expect(bool(named) and min(named) <= owner, f"a rewritten chain of {owner} was put down to {named}")
    return len(owners)


def rewritten_seals(stage: Stage) -> int:
    """The chain and every seal are composed anew: only a seal that was given away earlier still says so."""
    from django.db import connection, transaction

    from bekal.ledger.audit import audit
    from bekal.ledger.seals.checks import exported_contradictions
    from bekal.ledger.seals.queries import exported_seal, newest_seal
    from bekal.ledger.seals.services import seal_day
    from bekal.ledger.seals.verify import read_seal

    stage.fresh(TEMPLATE)
    seal = newest_seal()
    assert seal is not None
    exported = read_seal(json.dumps(exported_seal(seal)))
    stage.expect(exported_contradictions(exported) == [], "an untouched ledger contradicts its exported seal")
    with connection.cursor() as cursor:
        cursor.execute("SELECT owner FROM ledger_balance WHERE owner % 10 = 1 ORDER BY random() LIMIT 1")
        (owner,) = cursor.fetchone()
    with transaction.atomic():
        _rewrite(owner)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in ("ledger_seal_pool", "ledger_seal_block", "ledger_seal"):
                cursor.execute(f"DELETE FROM {table}")
    with at(DAY_OF_PURCHASES + timedelta(days=1)):
        seal_day(day=DAY_OF_PURCHASES, patience_seconds=5)
    stage.expect(audit().exact, "the forgery was meant to be complete")
    stage.expect(exported_contradictions(exported) != [], "the exported seal says nothing of a rewritten ledger")
    return 1


def _rewrite(owner: int) -> None:
    """Make the owner's first purchase one rupiah cheaper, everywhere."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_transfer SET amount_idr = amount_idr - 1 WHERE owner = %s AND sequence = 2 RETURNING amount_idr",
            [owner],
        )
        (amount_idr,) = cursor.fetchone()
        cursor.execute("UPDATE ledger_transfer SET after_idr = after_idr + 1 WHERE owner = %s AND sequence >= 2", [owner])
        cursor.execute(
            "UPDATE purchases_purchase SET price_idr = %s FROM participants_enrolment AS enrolment"
            " WHERE enrolment_id = enrolment.id AND enrolment.number = %s AND price_idr = %s",
            [amount_idr, owner // 10, amount_idr + 1],
        )
        assert cursor.rowcount == 1
        _recompute(cursor, owner)


def _recompute(cursor: Any, owner: int) -> None:
    """Compute every hash of a chain anew, and have the balance row follow."""
    cursor.execute("SELECT sequence FROM ledger_transfer WHERE owner = %s ORDER BY sequence", [owner])
    head = bytes(32)
    for (sequence,) in cursor.fetchall():
        cursor.execute(
            "UPDATE ledger_transfer SET hash = ledger_hash(%s, owner, sequence, debit, credit, amount_idr, after_idr,"
            " posting_date, posted_at, run, key) WHERE owner = %s AND sequence = %s RETURNING hash, after_idr",
            [head, owner, sequence],
        )
        head, after_idr = cursor.fetchone()
    cursor.execute(
        "UPDATE ledger_balance SET head = %s, available_idr = %s, sequence = %s WHERE owner = %s",
        [head, after_idr, sequence, owner],
    )


def _change(column: str, value: str) -> Callable[[Any, Stage, int], None]:
    def tamper(cursor: Any, stage: Stage, owner: int) -> None:
        sequence = stage.draw.randint(1, 3)
        cursor.execute(f"UPDATE ledger_transfer SET {column} = {value} WHERE owner = %s AND sequence = %s", [owner, sequence])
        assert cursor.rowcount == 1

    return tamper


def _delete(cursor: Any, stage: Stage, owner: int) -> None:
    cursor.execute("DELETE FROM ledger_transfer WHERE owner = %s AND sequence = %s", [owner, stage.draw.randint(1, 3)])


def _insert(cursor: Any, stage: Stage, owner: int) -> None:
    cursor.execute(
        "INSERT INTO ledger_transfer"
        " SELECT owner, debit, credit, amount_idr, after_idr, posted_at, 4, posting_date, run, 'more', hash"
        " FROM ledger_transfer WHERE owner = %s AND sequence = %s",
        [owner, stage.draw.randint(1, 3)],
    )


def _reorder(cursor: Any, stage: Stage, owner: int) -> None:
    first, second = stage.draw.sample((1, 2, 3), 2)
    for old, new in ((first, 99), (second, first), (99, second)):
        cursor.execute("UPDATE ledger_transfer SET sequence = %s WHERE owner = %s AND sequence = %s", [new, owner, old])


def _rehash_one(cursor: Any, stage: Stage, owner: int) -> None:
    """A row is changed and given the hash of its new content."""
    sequence = stage.draw.randint(1, 3)
    cursor.execute(
        "UPDATE ledger_transfer AS t SET posted_at = t.posted_at + interval '1 second', hash = ledger_hash("
        " coalesce((SELECT p.hash FROM ledger_transfer AS p WHERE p.owner = t.owner AND p.sequence = t.sequence - 1), %s),"
        " owner, sequence, debit, credit, amount_idr, after_idr, posting_date, t.posted_at + interval '1 second', run, key)"
        " WHERE owner = %s AND sequence = %s",
        [bytes(32), owner, sequence],
    )


def _rehash_all(cursor: Any, _: Stage, owner: int) -> None:
    """A purchase is made cheaper and the whole chain follows, but not what was bought."""
    cursor.execute(
        "UPDATE ledger_transfer SET amount_idr = amount_idr - 1, after_idr = after_idr + 1 WHERE owner = %s AND sequence = 3",
        [owner],
    )
    _recompute(cursor, owner)


_TAMPERINGS: dict[str, Callable[[Any, Stage, int], None]] = {
    "a changed amount": _change("amount_idr", "amount_idr + 1"),
    "a changed balance": _change("after_idr", "after_idr + 1"),
    "a changed day": _change("posting_date", "posting_date - 1"),
    "a changed key": _change("key", "key || '.'"),
    "a changed moment": _change("posted_at", "posted_at + interval '1 microsecond'"),
    "a changed hash": _change("hash", "sha256(hash)"),
    "a deleted row": _delete,
    "an inserted row": _insert,
    "rows in another order": _reorder,
    "a row with a new hash": _rehash_one,
    "a chain with new hashes": _rehash_all,
}
