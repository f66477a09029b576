"""docs/runs.md says what a kind of run states, and which values its SQL gets."""

import dataclasses
import re
from pathlib import Path

import pytest

from bekal.access.models import Role
from bekal.core import clock
from bekal.ledger.accounts import training_account
from bekal.ledger.runs.kinds import RunKind, registered
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.services import open_entitlements, open_fund, returned_pool
from tests.builders import make_user
from tests.ledger.kinds import SWEEP

PAGE = (Path(__file__).parents[1] / "docs" / "runs.md").read_text()


def table(heading: str) -> list[str]:
    """What the first column names, of the first table after a heading."""
    rows = PAGE.split(heading, 1)[1].split("\n|", 2)[2].split("\n\n", 1)[0]
    return re.findall(r"`([^`]+)`", "\n".join(row.split("|")[0 if not row.startswith("|") else 1] for row in rows.split("\n|")))


def test_every_attribute_of_a_kind_is_described_in_its_order() -> None:
    assert table("## What a kind states") == [field.name for field in dataclasses.fields(RunKind)]


@pytest.mark.django_db
def test_every_value_that_is_described_reaches_the_sql() -> None:
    described = PAGE.split("The SQL may use these values", 1)[1].split("## Rules", 1)[0]
    named = {
        name: when
        for names, when in re.findall(r"^\| (.+?) \| (always|posting) \|", described, re.MULTILINE)
        for name in re.findall(r"%\((\w+)\)s", names)
    }
    always = [name for name, when in named.items() if when == "always"]
    assert sorted(named) == ["fund", "granting", "high", "low", "posted_at", "posting_date", "returned", "run"]
    asks = " AND ".join(f"(%({name})s)::text IS NOT DISTINCT FROM (%({name})s)::text" for name in always)
    asks_posting = " AND ".join(f"(%({name})s)::text IS NOT NULL" for name in named if name not in always)
    kind = dataclasses.replace(
        SWEEP,
        code="test-values",
        targets_sql=f"{SWEEP.targets_sql} AND {asks}",
        verdict_sql=f"{SWEEP.verdict_sql} WHERE {asks} AND {asks_posting}",
        before_sql=f"SELECT {asks_posting}",
        after_sql=f"SELECT {asks_posting}",
    )
    fund = open_fund()
    (number,) = open_entitlements(fund=fund, count=1)
    with registered(kind):
        run = propose_run(
            kind=kind.code,
            fund=fund,
            parameters={"owners": [training_account(number)]},
            proposer=make_user(Role.OPERATOR),
            returned=returned_pool(fund=fund, day=clock.today()),
        )
        finished = post_run(run=approve_run(run=run, approver=make_user(Role.APPROVER)))
    assert (finished.target_count, finished.skipped_count) == (1, 0)
