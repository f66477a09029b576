"""What the audit asks of purchases."""

from bekal.core.sql import load_sql
from bekal.ledger.audit import register_audit_check


def register() -> None:
    """Every purchase has its transfers of the same amount between the right accounts, and every such transfer its purchase."""
    for name, key, happened, debit, credit in (
        ("purchase", "buy", "purchase.price_idr > 0", "owner", "escrow"),
        ("release", "release", "purchase.released_idr > 0", "escrow", "payable"),
        ("refund", "refund", "purchase.status = 'refunded'", "escrow", "owner"),
    ):
        sql = load_sql("purchases", "audit/agrees").format(name=name, key=key, happened=happened, debit=debit, credit=credit)
        register_audit_check(name=name, sql=sql, by_owner=True)
