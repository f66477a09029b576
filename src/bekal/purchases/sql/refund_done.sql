-- Marks the purchases whose price a chunk of a refund gave back. The people are told now, so the days that a
-- cancellation gives begin today, and today is the first of them. An array, not a join: whatever the statistics
-- say, each row is found by its key.
UPDATE purchases_purchase AS purchase
SET status = 'refunded', refunded_at = %(posted_at)s,
    protects_until = CASE WHEN %(days)s > 0 THEN (%(posted_at)s::timestamptz AT TIME ZONE 'Asia/Jakarta')::date + (%(days)s - 1) END
WHERE purchase.public_id = ANY (ARRAY(
    SELECT purchases_public_id(split_part(posted.key, ':', 2)) FROM ledger_posted_targets(%(run)s, %(low)s, %(high)s) AS posted
))
