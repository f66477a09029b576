"""Walking the whole ledger again and saying what does not follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connection, transaction

_SQL: Final = Path(__file__).parent / "sql" / "audit"
_CHECKS: Final[dict[str, str]] = {
    name: (_SQL / f"{name}.sql").read_text() for name in ("chain", "balance", "pooled", "fund", "run")
}
_FETCH_ROWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction: the check that found it, the owner's account, and what contradicts what."""

    check: str
    owner: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The audit's result over `transfers` rows. Exact means: no finding."""

    transfers: int
    findings: tuple[Finding, ...]

    @property
    def exact(self) -> bool:
        return not self.findings


def register_audit_check(*, name: str, sql: str) -> None:
    """Let a room above have its own records checked against the ledger.

    Args:
        sql: a SELECT of (check, owner, detail) that gives a row for each contradiction and none when all is well.
    """
    if name in _CHECKS:
        raise ValueError(f"audit check {name} is registered twice")
    _CHECKS[name] = sql


@transaction.atomic
def audit() -> Verdict:
    """Check every chain, balance, pool and run, and what the rooms above registered. Writes nothing.

    Runs on one snapshot, unless the caller is in a transaction already: then on that transaction's view.
    """
    with connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT count(*) FROM ledger_transfer")
        (transfers,) = cursor.fetchone()
    findings = tuple(finding for sql in _CHECKS.values() for finding in _findings(sql))
    return Verdict(transfers=transfers, findings=findings)


def _findings(sql: str) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_FETCH_ROWS):
            for check, owner, detail in rows:
                yield Finding(check=check, owner=owner, detail=detail)
