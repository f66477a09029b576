"""What the audit asks of purchases."""

from typing import Final

from bekal.ledger.audit import register_audit_check
from bekal.purchases.keys import NAME_SQL

# A purchase says that something happened to it, and the ledger has the transfer that stands for it; and the other way round.
_AGREES_SQL: Final = """
    SELECT '{name}', coalesce(transfer.owner, purchase.owner), CASE
        WHEN transfer.owner IS NULL THEN format(
            'purchase %%s of Rp %%s has no transfer {key}', purchase.public_id, purchase.price_idr)
        WHEN purchase.public_id IS NULL THEN format(
            'transfer %%s of Rp %%s has no purchase', transfer.key, transfer.amount_idr)
        ELSE format('purchase %%s of Rp %%s was posted under {key} as Rp %%s from %%s to %%s', purchase.public_id,
            purchase.price_idr, transfer.amount_idr, transfer.debit, transfer.credit)
    END
    FROM (
        SELECT purchase.public_id, {key_name} AS name, purchase.price_idr, enrolment.number * 10 + 1 AS owner,
            -(provider.number * 10 + 3) AS escrow, -(provider.number * 10 + 4) AS payable
        FROM participants_enrolment AS enrolment
        JOIN purchases_purchase AS purchase ON purchase.enrolment_id = enrolment.id
        JOIN catalogue_training AS training ON training.id = purchase.training_id
        JOIN catalogue_provider AS provider ON provider.id = training.provider_id
        WHERE enrolment.number BETWEEN %(low)s / 10 AND %(high)s / 10
          AND enrolment.number * 10 + 1 > %(low)s AND enrolment.number * 10 + 1 <= %(high)s
          AND {happened}
    ) AS purchase
    FULL JOIN (
        SELECT owner, key, debit, credit, amount_idr
        FROM ledger_transfer
        WHERE owner > %(low)s AND owner <= %(high)s AND starts_with(key, '{key}:')
    ) AS transfer ON transfer.key = '{key}:' || purchase.name
    WHERE transfer.owner IS NULL OR purchase.public_id IS NULL
       OR (transfer.owner, transfer.debit, transfer.credit, transfer.amount_idr)
            <> (purchase.owner, purchase.{debit}, purchase.{credit}, purchase.price_idr)
"""


def register() -> None:
    """Every purchase has its transfers of the same amount between the right accounts, and every such transfer its purchase."""
    for name, key, happened, debit, credit in (
        ("purchase", "buy", "purchase.price_idr > 0", "owner", "escrow"),
        ("release", "release", "purchase.released_idr > 0", "escrow", "payable"),
        ("refund", "refund", "purchase.status = 'refunded'", "escrow", "owner"),
    ):
        sql = _AGREES_SQL.format(name=name, key=key, key_name=NAME_SQL, happened=happened, debit=debit, credit=credit)
        register_audit_check(name=name, sql=sql, by_owner=True)
