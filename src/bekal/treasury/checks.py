"""What the audit asks of remittances."""

from bekal.core.sql import load_sql
from bekal.ledger.audit import register_audit_check


def register() -> None:
    """Every remittance in the directory was posted as its order says, every one posted is in it, and what left one wave reached
    the other.
    """
    register_audit_check(name="remittance", sql=load_sql("treasury", "audit/remittance"))
