"""What the audit asks of purchases."""

from bekal.ledger.audit import register_audit_check


def register() -> None:
    """Every purchase has its transfer of the same amount to its provider's escrow, and every such transfer its purchase."""
    register_audit_check(
        name="purchase",
        sql="""
            SELECT 'purchase', coalesce(transfer.owner, enrolment.number * 10 + 1), CASE
                WHEN transfer.owner IS NULL THEN format(
                    'purchase %s of Rp %s has no transfer', purchase.public_id, purchase.price_idr)
                WHEN purchase.id IS NULL THEN format('transfer %s of Rp %s has no purchase', transfer.key, transfer.amount_idr)
                ELSE format('purchase %s of Rp %s was posted as Rp %s from %s to %s', purchase.public_id, purchase.price_idr,
                    transfer.amount_idr, transfer.debit, transfer.credit)
            END
            FROM (
                SELECT * FROM purchases_purchase WHERE price_idr > 0
            ) AS purchase
            JOIN participants_enrolment AS enrolment ON enrolment.id = purchase.enrolment_id
            JOIN catalogue_training AS training ON training.id = purchase.training_id
            JOIN catalogue_provider AS provider ON provider.id = training.provider_id
            FULL JOIN (
                SELECT * FROM ledger_transfer WHERE key LIKE 'buy:%'
            ) AS transfer ON transfer.key = 'buy:' || purchase.public_id
            WHERE transfer.owner IS NULL OR purchase.id IS NULL
               OR (transfer.owner, transfer.debit, transfer.credit, transfer.amount_idr) <>
                  (enrolment.number * 10 + 1, enrolment.number * 10 + 1, -(provider.number * 10 + 3), purchase.price_idr)
        """,
    )
