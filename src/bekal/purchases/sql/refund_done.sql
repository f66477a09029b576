-- Marks the purchases whose price a chunk of a refund gave back, and gives them. An array, not a join: whatever the statistics say, each row is
-- found by its key.
UPDATE purchases_purchase AS purchase
SET status = 'refunded', refunded_at = %(posted_at)s
WHERE purchase.public_id = ANY (ARRAY(
    SELECT purchases_public_id(split_part(target.key, ':', 2))
    FROM ledger_run_target AS target
    CROSS JOIN LATERAL (
        SELECT found.run
        FROM ledger_transfer AS found
        WHERE found.owner = target.owner AND found.key = target.key
        LIMIT 1
    ) AS transfer
    WHERE target.run = %(run)s AND target.owner > %(low)s AND target.owner <= %(high)s AND transfer.run = %(run)s
))
RETURNING purchase.public_id, purchase.enrolment_id, purchase.training_id, purchase.price_idr
