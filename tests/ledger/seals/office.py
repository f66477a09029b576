"""A ledger with a few days of postings, for tests of seals: one wave, people with money, a provider."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from django.db import connection, transaction

from bekal.access.models import Role
from bekal.ledger.accounts import escrow_pool, training_account
from bekal.ledger.models import Run
from bekal.ledger.runs.services import approve_run, post_run, propose_run
from bekal.ledger.services import Posting, fund_wave, open_entitlements, open_fund, open_providers, post, returned_pool
from tests.builders import make_user, on
from tests.ledger.kinds import ALLOT, LEVY

DAY: Final = date(2021, 3, 1)
GRANTED_IDR: Final = 1_000_000


def day(number: int) -> date:
    """The posting days of these tests, from 0."""
    return DAY + timedelta(days=number)


@dataclass
class Office:
    """Everything happens on `day(0)` at first: the wave is funded and everyone is granted."""

    people: int = 5
    serial: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.operator, self.approver = make_user(Role.OPERATOR), make_user(Role.APPROVER)
        with on(day(0)):
            self.fund = open_fund()
            fund_wave(fund=self.fund, amount_idr=self.people * GRANTED_IDR, reference="1")
            self.owners = [training_account(number) for number in open_entitlements(fund=self.fund, count=self.people)]
            (self.provider,) = open_providers(scopes=["provider"])
            self.returned = returned_pool(fund=self.fund, day=day(0))
            post_run(run=self.approved(ALLOT.code, amount_idr=GRANTED_IDR, decision="1"))

    def approved(self, kind: str, owners: list[int] | None = None, **parameters: str | int) -> Run:
        asked = {**parameters, "owners": list(self.owners if owners is None else owners)}
        run = propose_run(kind=kind, fund=self.fund, parameters=asked, proposer=self.operator, returned=self.returned)
        return approve_run(run=run, approver=self.approver)

    def levy(self, amount_idr: int = 7, owners: list[int] | None = None) -> Run:
        return self.approved(LEVY.code, owners, amount_idr=amount_idr, decision=str(next(self.serial)))

    def buy(self, person: int, amount_idr: int = 1_000) -> Posting:
        owner = self.owners[person]
        key = f"order:{next(self.serial)}"
        return post(owner=owner, key=key, debit=owner, credit=escrow_pool(self.provider), amount_idr=amount_idr)


def execute(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def tamper(*statements: tuple[str, list[Any]]) -> None:
    """Change rows as a superuser who has switched the triggers off."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for sql, values in statements:
            cursor.execute(sql, values)
            assert cursor.rowcount != 0
        cursor.execute("SET LOCAL session_replication_role = origin")


def recompute_chain(owner: int) -> None:
    """Give an owner's changed rows the balances and hashes that follow from them, as a patient forger would."""
    rows = execute("SELECT sequence FROM ledger_transfer WHERE owner = %s ORDER BY sequence", owner)
    tamper(
        *[
            (
                "UPDATE ledger_transfer AS t SET after_idr = p.after_idr + CASE t.owner WHEN t.credit THEN t.amount_idr"
                " WHEN t.debit THEN -t.amount_idr ELSE 0 END FROM (SELECT coalesce((SELECT after_idr FROM ledger_transfer"
                " WHERE owner = %s AND sequence = %s - 1), 0) AS after_idr) AS p WHERE owner = %s AND sequence = %s",
                [owner, sequence, owner, sequence],
            )
            for (sequence,) in rows
        ],
    )
    tamper(
        *[
            (
                "UPDATE ledger_transfer AS t SET hash = ledger_hash(p.hash, owner, sequence, debit, credit, amount_idr,"
                " after_idr, posting_date, posted_at, run, key) FROM (SELECT coalesce((SELECT hash FROM ledger_transfer"
                " WHERE owner = %s AND sequence = %s - 1), decode(repeat('00', 32), 'hex')) AS hash) AS p"
                " WHERE owner = %s AND sequence = %s",
                [owner, sequence, owner, sequence],
            )
            for (sequence,) in rows
        ],
    )
    execute(
        "UPDATE ledger_balance AS b SET available_idr = t.after_idr, head = t.hash FROM ledger_transfer AS t"
        " WHERE b.owner = %s AND t.owner = b.owner AND t.sequence = b.sequence",
        owner,
    )
