"""What the audit asks of payments."""

from bekal.core.sql import load_sql
from bekal.ledger.audit import register_audit_check


def register() -> None:
    """Occurrences come in order, and payments agree with their transfers."""
    for name in ("occurrence", "payment"):
        register_audit_check(name=name, sql=load_sql("payouts", f"audit/{name}"), by_owner=True)
