-- Marks the purchases whose price a chunk of a refund gave back, and gives them. An array, not a join: whatever the statistics
-- say, each row is found by its key.
UPDATE purchases_purchase AS purchase
SET status = 'refunded', refunded_at = %(posted_at)s
WHERE purchase.public_id = ANY (ARRAY(
    SELECT purchases_public_id(split_part(posted.key, ':', 2)) FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
))
RETURNING purchase.public_id, purchase.enrolment_id, purchase.training_id, purchase.price_idr
