"""Kinds of runs that know nothing of people, for tests of the ledger alone. Each takes its owners as the text of an array."""

from collections.abc import Iterable
from typing import Final

import pytest

from bekal.ledger.runs import kinds
from bekal.ledger.runs.kinds import RunKind

_OWNERS_SQL: Final = "owner = ANY (%(owners)s::bigint[])"

ALLOT: Final = RunKind(
    code="test-allot",
    title="Allot the same amount to each",
    targets_sql=f"""
        SELECT owner, %(granting)s::bigint AS debit, owner AS credit, %(amount_idr)s::bigint AS bound_idr,
            'allot:' || %(decision)s AS key
        FROM ledger_balance WHERE {_OWNERS_SQL}
    """,
    verdict_sql="SELECT target.bound_idr AS amount_idr, NULL AS reason",
    allocates=True,
)
LEVY: Final = RunKind(
    code="test-levy",
    title="Take the same amount from each",
    targets_sql=f"""
        SELECT owner, owner AS debit, %(returned)s::bigint AS credit, %(amount_idr)s::bigint AS bound_idr,
            'levy:' || %(decision)s AS key
        FROM ledger_balance WHERE {_OWNERS_SQL}
    """,
    verdict_sql="SELECT %(amount_idr)s::bigint AS amount_idr, NULL AS reason",
)
SWEEP: Final = RunKind(
    code="test-sweep",
    title="Take everything and close",
    targets_sql=f"""
        SELECT owner, owner AS debit, %(returned)s::bigint AS credit, available_idr AS bound_idr, 'sweep' AS key
        FROM ledger_balance WHERE {_OWNERS_SQL}
    """,
    verdict_sql="SELECT balance.available_idr AS amount_idr, NULL AS reason",
    closes=True,
)


def as_array(owners: Iterable[int]) -> str:
    return "{" + ",".join(map(str, owners)) + "}"


@pytest.fixture
def test_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of this module, known to the ledger for one test."""
    for kind in (ALLOT, LEVY, SWEEP):
        monkeypatch.setitem(kinds._KINDS, kind.code, kind)
