"""Kinds of runs that know nothing of people, for tests of the ledger alone. Each takes a list of its owners."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from bekal.ledger.runs.kinds import RunKind, registered

_OWNERS_SQL: Final = "owner = ANY (%(owners)s::bigint[])"

ALLOT: Final = RunKind(
    code="test-allot",
    title="Allot the same amount to each",
    describe=lambda run: f"Rp {run.parameters['amount_idr']} to each",
    targets_sql=f"""
        SELECT owner, 1 AS place, %(granting)s::bigint AS debit, owner AS credit, %(amount_idr)s::bigint AS bound_idr,
            'allot:' || %(decision)s AS key
        FROM ledger_balance WHERE {_OWNERS_SQL}
    """,
    verdict_sql="SELECT target.bound_idr AS amount_idr, NULL AS reason",
    allocates=True,
)
LEVY: Final = RunKind(
    code="test-levy",
    title="Take the same amount from each",
    describe=lambda run: f"Rp {run.parameters['amount_idr']} from each",
    targets_sql=f"""
        SELECT owner, 1 AS place, owner AS debit, %(returned)s::bigint AS credit, %(amount_idr)s::bigint AS bound_idr,
            'levy:' || %(decision)s AS key
        FROM ledger_balance WHERE {_OWNERS_SQL}
    """,
    verdict_sql="SELECT %(amount_idr)s::bigint AS amount_idr, NULL AS reason",
)
SWEEP: Final = RunKind(
    code="test-sweep",
    title="Take everything and close",
    describe=str,
    targets_sql=f"""
        SELECT owner, 1 AS place, owner AS debit, %(returned)s::bigint AS credit, available_idr AS bound_idr, 'sweep' AS key
        FROM ledger_balance WHERE {_OWNERS_SQL}
    """,
    verdict_sql="SELECT balance.available_idr AS amount_idr, NULL AS reason",
    closes=True,
)


Known = Callable[[RunKind], None]


@pytest.fixture
def known() -> Iterator[Known]:
    """Makes a kind known to the ledger for one test, in place of another one with its code."""
    with ExitStack() as stack:

        def make_known(kind: RunKind) -> None:
            stack.enter_context(registered(kind))

        yield make_known


@pytest.fixture
def test_kinds(known: Known) -> None:
    """The kinds of this module, known to the ledger for one test."""
    for kind in (ALLOT, LEVY, SWEEP):
        known(kind)
