"""Somebody with every right changes the ledger behind everybody's back: what the audit, a seal or an exported seal says then."""

import json
from collections.abc import Callable, Iterable
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
    owners = _owners()
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
    """A whole chain is composed anew, with its balance, purchases and pools, so that all agrees: the seal names it."""
    from django.db import transaction

    from bekal.ledger.audit import audit
    from bekal.ledger.seals.errors import SealBroken
    from bekal.ledger.seals.queries import exported_seal, newest_seal
    from bekal.ledger.seals.statements import compose_statement
    from bekal.ledger.seals.verify import Broken, verify_statement

    use_database(stage.server.url(TEMPLATE))
    seal = newest_seal()
    assert seal is not None
    exported = json.dumps(exported_seal(seal))
    owners = stage.draw.sample(_owners(), len(_REWRITINGS))
    for (name, rewrite), owner in zip(_REWRITINGS.items(), owners, strict=True):
        verify_statement(json.dumps(compose_statement(owner=owner)), exported)
        with transaction.atomic():
            _rewrite(owner, rewrite)
            found = audit().findings
            try:
                verify_statement(json.dumps(compose_statement(owner=owner)), exported)
            except (SealBroken, Broken):
                pass
            else:
                stage.expect(False, f"a new statement of an account with {name} agrees with the seal")
            transaction.set_rollback(True)
        stage.expect({finding.check for finding in found} == {"seal"}, f"a chain with {name} was called {found[:3]}")
        named = [finding.owner for finding in found if finding.owner is not None]
        stage.expect(bool(named) and min(named) <= owner, f"a chain of {owner} with {name} was put down to {named}")
    return len(owners)


def rewritten_seals(stage: Stage) -> int:
    """The chain and every seal are composed anew: only a seal or a statement that was given away earlier still says so."""
    from django.db import connection, transaction

    from bekal.ledger.audit import audit
    from bekal.ledger.seals.checks import exported_contradictions
    from bekal.ledger.seals.queries import exported_seal, newest_seal
    from bekal.ledger.seals.services import seal_day
    from bekal.ledger.seals.statements import compose_statement
    from bekal.ledger.seals.verify import Broken, read_seal, verify_statement

    stage.fresh(TEMPLATE)
    seal = newest_seal()
    assert seal is not None
    exported = read_seal(json.dumps(exported_seal(seal)))
    stage.expect(exported_contradictions(exported) == [], "an untouched ledger contradicts its exported seal")
    owner = stage.draw.choice(_owners())
    statement = json.dumps(compose_statement(owner=owner))
    verify_statement(statement, json.dumps(exported_seal(seal)))
    name = stage.draw.choice(list(_REWRITINGS))
    with transaction.atomic():
        _rewrite(owner, _REWRITINGS[name])
        with connection.cursor() as cursor:
            for table in ("ledger_seal_pool", "ledger_seal_block", "ledger_seal"):
                cursor.execute(f"DELETE FROM {table}")
    with at(DAY_OF_PURCHASES + timedelta(days=1)):
        forged = seal_day(day=DAY_OF_PURCHASES, patience_seconds=5)
    verdict = audit()
    stage.expect(verdict.exact, f"a forgery with {name} was meant to be complete: {verdict.findings[:3]}")
    stage.expect(exported_contradictions(exported) != [], f"the exported seal says nothing of a ledger with {name}")
    try:
        verify_statement(statement, json.dumps(exported_seal(forged)))
    except Broken as broken:
        stage.expect(broken.problem == "another_seal", f"an earlier statement says {broken.problem} of a ledger with {name}")
    else:
        stage.expect(False, f"an earlier statement says nothing of a ledger with {name}")
    return 1


def _owners() -> list[int]:
    """The training accounts of everybody."""
    from bekal.ledger.models import Balance

    return [owner for owner in Balance.objects.order_by("owner").values_list("owner", flat=True) if owner % 10 == 1]


def _rewrite(owner: int, rewrite: Callable[[Any, int], None]) -> None:
    """Tell the owner's past otherwise, everywhere, with no trigger or key in the way until the transaction ends."""
    from django.db import connection

    with connection.cursor() as cursor:
        rewrite(cursor, owner)
        _recompute(cursor, owner)


def _cheaper(cursor: Any, owner: int) -> None:
    """The first purchase cost one rupiah less."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(
        "UPDATE ledger_transfer SET amount_idr = amount_idr - 1 WHERE owner = %s AND sequence = 2 RETURNING key",
        [owner],
    )
    (key,) = cursor.fetchone()
    cursor.execute(f"UPDATE purchases_purchase AS purchase SET price_idr = price_idr - 1 WHERE {_NAMED_SQL}", [key])
    assert cursor.rowcount == 1


def _never_bought(cursor: Any, owner: int) -> None:
    """The first purchase never was."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute("DELETE FROM ledger_transfer WHERE owner = %s AND sequence = 2 RETURNING key", [owner])
    (key,) = cursor.fetchone()
    cursor.execute("UPDATE ledger_transfer SET sequence = 2 WHERE owner = %s AND sequence = 3", [owner])
    cursor.execute(f"DELETE FROM purchases_purchase AS purchase WHERE {_NAMED_SQL}", [key])
    assert cursor.rowcount == 1


def _bought_earlier(cursor: Any, owner: int) -> None:
    """What was bought after the seal had been bought first of all, on the sealed day."""
    from bekal.catalogue.models import Training
    from bekal.participants.models import Enrolment
    from bekal.purchases.services import buy_training

    training = Training.objects.get(price_idr=PRICES_IDR[2])
    enrolment = Enrolment.objects.select_related("wave").get(number=owner // 10)
    with at(DAY_OF_PURCHASES + timedelta(days=1)):
        buy_training(enrolment=enrolment, training=training, price_idr=training.price_idr, request_key=uuid4())
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute(
        "UPDATE ledger_transfer SET sequence = 99, posting_date = %s WHERE owner = %s AND sequence = 4", [DAY_OF_PURCHASES, owner]
    )
    _move(cursor, owner, ((3, 4), (2, 3), (99, 2)))


def _other_order(cursor: Any, owner: int) -> None:
    """The second purchase was the first."""
    cursor.execute("SET LOCAL session_replication_role = replica")
    _move(cursor, owner, ((2, 99), (3, 2), (99, 3)))


_NAMED_SQL = "'buy:' || purchases_name(purchase.public_id) = %s"
_REWRITINGS: dict[str, Callable[[Any, int], None]] = {
    "a changed row": _cheaper,
    "a deleted row": _never_bought,
    "an inserted row": _bought_earlier,
    "rows in another order": _other_order,
}


def _move(cursor: Any, owner: int, moves: Iterable[tuple[int, int]]) -> None:
    for old, new in moves:
        cursor.execute("UPDATE ledger_transfer SET sequence = %s WHERE owner = %s AND sequence = %s", [new, owner, old])


def _recompute(cursor: Any, owner: int) -> None:
    """Compute every balance and hash of a chain anew, and have the balance row follow."""
    cursor.execute("SELECT sequence FROM ledger_transfer WHERE owner = %s ORDER BY sequence", [owner])
    head, after_idr = bytes(32), 0
    for (sequence,) in cursor.fetchall():
        cursor.execute(
            "UPDATE ledger_transfer SET after_idr = %s + CASE owner WHEN credit THEN amount_idr WHEN debit THEN -amount_idr END"
            " WHERE owner = %s AND sequence = %s",
            [after_idr, owner, sequence],
        )
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
    _move(cursor, owner, ((first, 99), (second, first), (99, second)))


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
        "UPDATE ledger_transfer SET amount_idr = amount_idr - 1 WHERE owner = %s AND sequence = 3",
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
